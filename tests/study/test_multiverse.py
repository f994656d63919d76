"""Which readings are asked, and what is made of their verdicts."""

from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from worlds import records

from eautorec.study import multiverse, plan, tuning
from eautorec.study.claims import AT_ONE_POINT, CLAIMS, VERDICTS
from eautorec.study.multiverse import Reading
from eautorec.study.protocol import DEFAULT, Protocol, Run

OPTIONS = {option.name: option.metadata for option in fields(Protocol)}


def protocols():
    return [reading.protocol for reading in multiverse.readings()]


def test_readings_turn_every_point_and_each_is_asked_once():
    found = multiverse.readings()
    assert len(set(found)) == len(found) > 50 and found[0] == Reading(DEFAULT)
    for name, about in OPTIONS.items():
        seen = {getattr(p, name) for p in protocols()}
        assert seen == set(about["values"]), name
    # The scale of theta is of no effect without one.
    assert all(r.theta > 0 for r in found if r.protocol.turned().keys() == {"theta_scale"})


def test_each_point_is_also_turned_alone():
    """And a threshold: 26 points, of which one has no other value."""
    alone = [reading for reading in multiverse.readings() if reading.n_turned == 1]
    turns = {tuple(r.protocol.turned().items()) or r.theta for r in alone}
    assert turns == {
        *(((name, v),) for name, about in OPTIONS.items() for v in about["values"][1:]),
        multiverse.THETA,
    }
    assert set(multiverse.single_turns("training", "e", "judging")) <= set(alone)
    assert {r.theta for r in multiverse.single_turns("training", "judging")} == {0.0}


def test_a_threshold_and_its_scale_are_one_turn_together():
    assert Reading(DEFAULT).n_turned == 0 and Reading(DEFAULT, 0.5).n_turned == 1
    scaled = Protocol(theta_scale="0-1")
    assert Reading(scaled, 0.5).n_turned == 1
    assert Reading(replace(scaled, loss="all"), 0.5).n_turned == 2
    assert Reading(Protocol(loss="all"), 0.5).n_turned == 2


def test_each_optimiser_goes_to_the_minimum_and_most_stop_early():
    """With each model's own lambda and learning rate; where the rate was searched, with AutoRec's
    for both."""
    found = {tuple(r.protocol.turned().items()) for r in multiverse.pairs()}
    for optimizer in OPTIONS["optimizer"]["values"]:
        minimum, *early = (
            tuple(Protocol(optimizer=optimizer, ending=ending).turned().items()) in found
            for ending in ("minimum", "scratch", "chosen")
        )
        assert minimum and (any(early) or optimizer == "adam in batches")
    with_autorecs = [dict(turned) for turned in found if ("step", "AutoRec's") in turned]
    # The others find their own rate.
    several = {name for name, rates in tuning.LEARNING_RATES.items() if len(rates) > 1}
    assert {turned["optimizer"] for turned in with_autorecs} == several
    assert set().union(*map(dict, found)) == set(multiverse.PAIRED), "nothing else is turned"


def test_combinations_are_balanced_and_do_not_leak():
    found = multiverse.combinations()
    assert len(found) == multiverse.N_COMBINATIONS * multiverse.N_JUDGINGS
    for name in OPTIONS:
        counts = Counter(getattr(r.protocol, name) for r in found)
        # These make way where a combination would be impossible.
        if name not in ("relevant", "ending"):
            assert max(counts.values()) - min(counts.values()) <= multiverse.N_JUDGINGS, name
    thetas = Counter(reading.theta for reading in found)
    assert thetas[0.0] == thetas[multiverse.THETA] == len(found) / 2
    turned = [reading.protocol.turned() for reading in found]
    assert not any(leak.items() <= t.items() for leak in multiverse.LEAKS for t in turned)


def test_combinations_leave_out_what_cannot_be():
    """Lists of test items that are all relevant would be perfect; Adam cannot go on with other
    ratings; and one test alone has no interval."""
    for reading in multiverse.combinations():
        p = reading.protocol
        assert not (p.candidates == "test" and p.relevant == "all")
        assert not (p.ending == "continue" and p.optimizer != "lbfgs")
        assert p.split != multiverse.ONE_FOLD and p.starts == "averaged"


def test_combinations_that_only_judge_differently_share_a_training():
    found = multiverse.combinations()
    keys = [Run("E-AutoRec", 0, theta=r.theta, protocol=r.protocol).fit_key() for r in found]
    assert set(Counter(keys).values()) == {multiverse.N_JUDGINGS}


def test_combinations_are_the_same_every_time():
    assert multiverse.combinations() == multiverse.combinations()


def test_named_readings_are_asked():
    assert set(multiverse.NAMED.values()) <= set(multiverse.readings())
    letter = multiverse.NAMED["to the letter"].protocol
    assert letter.turned() == {"combination": "sum", "loss": "all"}
    code = multiverse.NAMED["as public AutoRec code does"].protocol
    assert sum(leak.items() <= code.turned().items() for leak in multiverse.LEAKS) == 2


def test_runs_are_of_both_models_on_each_fold_from_each_start():
    """But for the latest ratings, of which there is one test, and for a single start."""

    def cases(reading):
        runs = multiverse.runs(range(3), range(2), [reading])
        assert len(runs) == len(set(runs)) and {r.model for r in runs} == {"AutoRec", "E-AutoRec"}
        assert {(r.protocol, r.theta) for r in runs} == {reading}
        return {(run.fold, run.start) for run in runs}

    assert cases(Reading(DEFAULT, 0.5)) == {(f, s) for f in range(3) for s in range(2)}
    assert cases(Reading(Protocol(split="latest"))) == {(0, 0), (0, 1)}
    assert cases(Reading(Protocol(starts="one"))) == {(0, 0), (1, 0), (2, 0)}
    every = multiverse.runs(range(1), range(1))
    assert {(r.protocol, r.theta) for r in every} == set(multiverse.readings())


def test_judging_choices_cost_no_training():
    cases = range(2), range(2)
    trained = {run.fit_key() for run in plan.figure_runs(*cases)}
    assert {run.fit_key() for run in multiverse.swept_runs(*cases)} <= trained


def errors_of(runs):
    """Only the RMSE of these runs: of AutoRec 0.95, of E-AutoRec 0.90."""
    rows = [{**vars(run.protocol), **vars(run)} for run in runs]
    assert len({run.protocol for run in runs}) == 1, "a claim is decided under one reading"
    frame = pd.DataFrame(rows).assign(metric="rmse", x=0.0)
    return frame.assign(value=np.where(frame["model"] == "AutoRec", 0.95, 0.90))


def claims_of_any(frame, identifiers):
    """Like `claims`, at once: supported, or undecided on a single fold."""
    n_folds, n_starts = frame["fold"].nunique(), frame["start"].nunique()
    decided = "undecided" if n_folds == 1 else "supported"
    return pd.DataFrame({"id": identifiers, "verdict": decided, "folds": n_folds}).assign(
        starts=n_starts
    )


@pytest.fixture(scope="module")
def table():
    """Of all readings on three folds from two starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multiverse, "claims", claims_of_any)
        return multiverse.table(errors_of, range(3), range(2), 0.945)


def test_every_claim_is_asked_under_the_default(table):
    default = table[table["turned"] == 0]
    assert sorted(default["id"]) == sorted(CLAIMS)


def test_readings_that_a_claim_cannot_tell_apart_count_once(table):
    """The clip of predictions is known to the RMSE only, the divisor of AP to MAP only."""
    alone = table[table["turned"] == 1]
    assert set(alone[alone["clip"] == "no"]["id"]) == {"C1", "C11", "C12"}
    assert set(alone[alone["map_divisor"] == "n"]["id"]) == {"C3", "C4", "C7", "C9", "C11", "C12"}
    assert set(alone[alone["judge"] == "fixed"]["id"]) == {"C5", "C6", "C7", "C8", "C10"}
    assert set(alone[alone["loss"] == "all"]["id"]) == set(AT_ONE_POINT)
    names = ["id", "theta", *OPTIONS]
    assert not table.duplicated(names).any()


def test_the_choice_of_starts_is_told_apart_by_every_claim(table):
    alone = table[(table["turned"] == 1) & (table["starts"] == "one")]
    assert set(alone["id"]) == set(CLAIMS)


def test_one_fold_decides_nothing(table):
    latest = table[table["split"] == "latest"]
    assert set(latest["verdict"]) == {"undecided"} and (latest["folds"] == 1).all()


def test_a_reading_is_broken_where_a_model_is_worse_than_the_means_of_the_films(table):
    """The worse of both models is above 0.945, and below 0.955."""
    assert table["broken"].all() and table["rmse"].to_numpy() == pytest.approx(0.95)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multiverse, "claims", claims_of_any)
        assert not multiverse.table(errors_of, range(3), range(2), 0.955)["broken"].any()


def test_a_reading_with_a_threshold_is_decided_at_it(monkeypatch):
    """By the real claims, though the figures look for runs without one; and so is one that has one
    fold, or one start."""
    asked = [
        Reading(DEFAULT),
        Reading(DEFAULT, multiverse.THETA),
        Reading(Protocol(split="latest")),
        Reading(Protocol(starts="one")),
    ]
    monkeypatch.setattr(multiverse, "readings", lambda: asked)
    monkeypatch.setattr(multiverse, "SWEPT", ())
    monkeypatch.setattr("eautorec.study.claims.flip_rate", lambda parts, decided: 0.0)
    world = records(0.05, starts=2, swept=False).drop(columns="e_from")

    def frame_of(runs):
        [(protocol, theta)] = {(run.protocol, run.theta) for run in runs}
        cases = pd.DataFrame({(run.fold, run.start) for run in runs}, columns=["fold", "start"])
        return world.merge(cases).assign(theta=theta, **vars(protocol))

    found = multiverse.table(frame_of, range(3), range(2), 1.0)
    verdicts = found.groupby("reading")["verdict"].agg(set)
    assert list(verdicts) == [{"supported"}, {"supported"}, {"undecided"}, {"supported"}]
    assert list(found.groupby("reading")["folds"].first()) == [3, 3, 1, 3]
    assert list(found.groupby("reading")["theta"].first()) == [0, multiverse.THETA, 0, 0]
    assert list(found["id"]) == list(AT_ONE_POINT) * 4


def test_the_number_of_starts_is_kept_beside_the_choice_of_starts(table):
    """`claims` says how many there were: two, or one where the reading has one."""
    numbers = [name for name in table if set(table[name].unique()) == {1, 2}]
    assert numbers, "no column tells how many starts a verdict rests on"


def readings(verdict_of, broken_of=lambda protocol: False) -> pd.DataFrame:
    rows = []
    for number, reading in enumerate(multiverse.readings()):
        p = reading.protocol
        about = {name: getattr(p, name) for name in OPTIONS}
        about |= {"reading": number, "theta": reading.theta, "broken": broken_of(p)}
        rows += [about | {"id": claim, "verdict": verdict_of(p)} for claim in AT_ONE_POINT]
    return pd.DataFrame(rows)


def test_readings_together_have_a_verdict_on_each_claim():
    """The clip is no business of MEP, so that C5 takes its verdict from the default reading."""
    found = readings(lambda p: "supported" if p.loss == "all" else "undecided")
    number = protocols().index(replace(DEFAULT, clip="no"))
    unread = (found["id"] == "C5") & (found["reading"] == number)
    assert unread.sum() == 1
    joint = multiverse.verdicts_by_reading(found[~unread])
    assert len(joint) == len(multiverse.readings())
    assert (joint.loc[joint["loss"] == "all", list(AT_ONE_POINT)] == "supported").all(axis=None)
    assert (joint.loc[joint["loss"] != "all", list(AT_ONE_POINT)] == "undecided").all(axis=None)
    assert list(joint["turned"]) == [reading.n_turned for reading in multiverse.readings()]


def test_a_table_has_a_verdict_for_each_reading(table):
    """Also when it comes back from a file."""
    joint = multiverse.verdicts_by_reading(table)
    assert len(joint) == len(multiverse.readings())
    assert joint[list(AT_ONE_POINT)].isin(VERDICTS).all(axis=None)
    assert (joint.iloc[0][list(AT_ONE_POINT)] == "supported").all()


def test_the_sample_is_trained_in_several_ways():
    found = multiverse.sample()
    assert len(found) == 3 and set(found) <= set(multiverse.combinations())
    assert {reading.protocol.optimizer for reading in found} == {"lbfgs"}
    runs = multiverse.runs(range(1), [0], found)
    assert len({run.fit_key() for run in runs}) == len(runs) == 3 * 2


def test_the_choice_that_changes_a_verdict_alone_is_found():
    """From undecided to supported, and not to practically equal; combinations do not count."""

    def verdict(protocol):
        if protocol.loss == "all":
            return "supported"
        return "practically equal" if protocol.levels == "penalised" else "undecided"

    found = multiverse.changed_by_one_turn(
        multiverse.verdicts_by_reading(readings(verdict).assign(turned=0))
    )
    assert list(found["id"]) == list(AT_ONE_POINT)
    assert set(zip(found["choice"], found["value"], strict=True)) == {("loss", "all")}
    assert set(found["by default"]) == {"undecided"} and set(found["verdict"]) == {"supported"}


def test_verdicts_are_counted_without_the_leaks():
    """By claim: each verdict, all of them, and how many are of broken readings."""
    found = multiverse.without_leaks(
        readings(
            lambda p: "contradicted" if p.e_from == "all" else "mixed",
            lambda p: p.loss == "all",
        )
    )
    counted = multiverse.counts_by_claim(found)
    assert list(counted["id"]) == list(AT_ONE_POINT)
    assert list(counted.columns) == ["id", *VERDICTS, "readings", "broken"]
    leaks = sum(
        any(leak.items() <= p.turned().items() for leak in multiverse.LEAKS) for p in protocols()
    )
    assert leaks >= len(multiverse.LEAKS)
    assert (counted["readings"] == len(protocols()) - leaks).all()
    assert (counted["mixed"] == counted["readings"]).all() and (counted["contradicted"] == 0).all()
    broken = sum(
        p.loss == "all" and not any(leak.items() <= p.turned().items() for leak in multiverse.LEAKS)
        for p in protocols()
    )
    assert (counted["broken"] == broken).all()


def test_claims_are_counted_in_their_order():
    """C2 before C11, also where some have other readings."""
    found = readings(lambda p: "supported")
    more = found[found["reading"] == 0].assign(id="C10", verdict="undecided")
    counted = multiverse.counts_by_claim(pd.concat([more, found])).set_index("id")
    order = ["C1", "C2", "C3", "C4", "C5", "C6", "C10", "C11", "C12"]
    assert list(counted.index) == order
    assert counted.loc["C10", "undecided"] == counted.loc["C10", "readings"] == len(more)
    assert counted.loc["C1", "readings"] == len(protocols())
