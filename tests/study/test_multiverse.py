"""Which readings are asked, and what is made of their verdicts."""

from collections import Counter
from dataclasses import fields, replace

import pandas as pd

from eautorec.study import multiverse, plan
from eautorec.study.claims import AT_ONE_POINT
from eautorec.study.protocol import DEFAULT, Protocol


def test_at_least_a_hundred_readings_turn_every_point():
    found = multiverse.protocols()
    assert len(found) >= 100 and found[0] == DEFAULT and len(set(found)) == len(found)
    for option in fields(Protocol):
        if option.name not in ("target", "theta_scale"):  # one value; no effect without a threshold
            seen = {getattr(p, option.name) for p in found}
            assert seen == set(option.metadata["values"]), option.name


def test_each_point_is_also_turned_alone():
    alone = [p.turned() for p in multiverse.protocols() if len(p.turned()) == 1]
    assert len(alone) == len(multiverse.single_turns("training", "e", "judging")) == 24


def test_combinations_are_balanced_and_do_not_leak():
    found = multiverse.combinations()
    for option in fields(Protocol):
        counts = Counter(getattr(p, option.name) for p in found)
        # "relevant" makes way where it would make every list perfect.
        if option.name != "relevant":
            assert max(counts.values()) - min(counts.values()) <= multiverse.N_JUDGINGS, option.name
    assert not any(p.candidates == "test" and p.relevant == "all" for p in found)
    turned = [p.turned() for p in found]
    assert not any(leak.items() <= t.items() for leak in multiverse.LEAKS for t in turned)


def test_judging_choices_cost_no_training():
    seeds = range(2)
    trained = {run.fit_key() for run in plan.figure_runs(seeds)}
    assert {run.fit_key() for run in multiverse.swept_runs(seeds)} <= trained


def test_readings_that_a_claim_cannot_tell_apart_count_once(monkeypatch):
    """The clip of predictions is known to the RMSE only, the divisor of AP to MAP only."""
    asked = []

    def claims(frame, identifiers):
        asked.extend((name, frame) for name in identifiers)
        return pd.DataFrame({"id": identifiers, "verdict": "supported"})

    monkeypatch.setattr(multiverse, "claims", claims)
    found = multiverse.table(lambda runs: {run.protocol for run in runs}, range(1))
    alone = found[found["turned"] == 1]
    assert set(alone[alone["clip"] == "no"]["id"]) == {"C1", "C11", "C12"}
    assert set(alone[alone["map_divisor"] == "n"]["id"]) == {"C3", "C4", "C7", "C9", "C11", "C12"}
    assert all(len(protocols) == 1 for _, protocols in asked)
    default = found[found["turned"] == 0]
    assert set(default["id"]) == {*AT_ONE_POINT, *multiverse.SWEPT}


def readings(verdict_of) -> pd.DataFrame:
    rows = []
    for number, protocol in enumerate(multiverse.protocols()):
        names = {option.name: getattr(protocol, option.name) for option in fields(Protocol)}
        for claim in AT_ONE_POINT:
            rows.append({"protocol": number, "id": claim, "verdict": verdict_of(protocol), **names})
    return pd.DataFrame(rows)


def test_readings_together_have_a_verdict_on_each_claim():
    """The clip is no business of MEP, so that C5 takes its verdict from the default reading."""
    found = readings(lambda p: "supported" if p.loss == "all" else "undecided")
    number = multiverse.protocols().index(replace(DEFAULT, clip="no"))
    unread = (found["id"] == "C5") & (found["protocol"] == number)
    joint = multiverse.verdicts_by_reading(found[~unread])
    assert len(joint) == len(multiverse.protocols())
    assert (joint.loc[joint["loss"] == "all", list(AT_ONE_POINT)] == "supported").all(axis=None)
    assert (joint.loc[joint["loss"] != "all", list(AT_ONE_POINT)] == "undecided").all(axis=None)


def test_the_sample_is_trained_in_several_ways():
    found = multiverse.sample()
    assert len(found) == 3 and set(found) <= set(multiverse.protocols())
    runs = plan.runs([plan.SAMPLE], range(10))
    assert len({run.fit_key() for run in runs}) == len(runs) == 3 * 5 * 2


def test_the_deciding_choice_is_found():
    found = readings(lambda p: "supported" if p.loss == "all" else "undecided")
    decided = multiverse.deciding_choices(found).query("id == 'C1'")
    decided = decided.assign(gap=decided["share"] - decided["others"])
    first = decided.sort_values("gap").iloc[-1]
    assert (first["choice"], first["value"], first["gap"]) == ("loss", "all", 1.0)


def test_shares_leave_the_leaks_out():
    found = multiverse.without_leaks(
        readings(lambda p: "contradicted" if p.e_from == "all" else "supported")
    )
    shares = multiverse.support_by_claim(found)
    assert list(shares["id"]) == list(AT_ONE_POINT)
    assert (shares["contradicted"] == 0).all()
    assert (shares["protocols"] == len(multiverse.protocols()) - len(multiverse.LEAKS)).all()
