"""Verdicts on records whose right verdict is known."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from worlds import at, records

from eautorec.study.claims import (
    CLAIMS,
    MATTERS,
    MOST_FLIPS,
    Part,
    against_controls,
    claims,
    combined_verdict,
    flip_rate,
    in_place_of_eautorec,
    tests_of,
    verdict,
)
from eautorec.study.protocol import CONTROLS
from eautorec.study.statistics import as_array, estimate

tests_of.__test__ = False  # pytest would take it for a test

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"
EQUAL, MIXED = "practically equal", "mixed"


def test_all_claims_are_decided_in_their_order():
    assert list(CLAIMS) == [f"C{k}" for k in range(1, 13)]
    table = claims(records(0.05))
    assert list(table["id"]) == list(CLAIMS)
    expected = (
        "id claim verdict found flips size statistic difference low high fold_sd start_sd matters "
        "sign folds starts"
    )
    assert list(table.columns) == expected.split()


def test_a_world_where_everything_holds():
    table = claims(records(0.05)).set_index("id")
    assert (table["verdict"] == SUPPORTED).all(), table["verdict"]
    assert (table["low"] <= table["difference"]).all()
    assert (table["difference"] <= table["high"]).all()
    # Where lower is better, what is shown is below 0.
    assert (np.sign(table["difference"]) == table["sign"]).all()


def test_several_starts_are_told_and_drawn_anew():
    table = claims(records(0.05, start_noise=0.0005, starts=2), ["C1", "C4", "C12"])
    assert (table["found"] == SUPPORTED).all() and (table["flips"] == 0).all()
    assert (table["folds"] == 10).all() and (table["starts"] == 2).all()
    assert (table["start_sd"] > 0).all()


def test_a_world_where_the_opposite_holds():
    table = claims(records(-0.1)).set_index("id")
    assert (table["verdict"] == CONTRADICTED).all(), table["verdict"]


def test_a_world_without_any_effect_decides_little():
    """Of four such worlds, hardly one gives a claim with an interval away from zero. (C1 holds in
    all of them: nothing is as good as nothing.)"""
    found = [claims(records(0.0, noise=0.01, seed=s)).set_index("id")["found"] for s in range(4)]
    table = pd.DataFrame(found).drop(columns="C1")
    assert (table == SUPPORTED).sum().max() <= 1
    assert (table == CONTRADICTED).sum().max() <= 1


def test_a_world_where_both_are_practically_equal():
    """Whatever differs is far below what matters. C11 too, of which one part is supported: the
    RMSE is not worse, while MAP is not better."""
    table = claims(records(0.0, noise=1e-4)).set_index("id")["found"].to_dict()
    assert table.pop("C1") == SUPPORTED
    assert set(table.values()) == {EQUAL}, table


def test_a_single_start_says_nothing_of_flips():
    table = claims(records(0.05), ["C1", "C3"])
    assert table["flips"].isna().all() and (table["verdict"] == SUPPORTED).all()
    assert (table["starts"] == 1).all() and (table["start_sd"] == 0).all()


def test_the_part_that_decides_is_shown():
    """MAP of the fewest gains nothing, RMSE does: C12 is mixed, and names MAP."""
    frame = records(0.05)
    frame.loc[at(frame, "map by quartile"), "value"] -= 1
    row = claims(frame, ["C12"]).iloc[0]
    assert row["verdict"] == MIXED and row["high"] < 0
    assert row["statistic"] == "gain in MAP@10 as a share of AutoRec's, fewest ratings"
    assert row["matters"] == MATTERS["share"]


def test_map_of_a_quarter_counts_as_a_share_of_what_autorec_has_there():
    """The fewest gain 0.02 of 0.05, the others 0.03 of 0.3: less, but by a smaller share."""
    frame = records(0.0, noise=1e-5)
    quarter = frame["metric"] == "map by quartile"
    first, mine = quarter & (frame["x"] == 0), frame["model"] == "E-AutoRec"
    frame.loc[quarter, "value"] += 0.2
    frame.loc[first, "value"] -= 0.25
    frame.loc[quarter & mine, "value"] += 0.03
    frame.loc[first & mine, "value"] -= 0.01
    _, parts_of = CLAIMS["C12"]
    part = parts_of(frame)[1]
    means = part.values.mean()
    assert means["fewest ratings"] == pytest.approx(0.4, abs=1e-3)
    assert means["fewest less few"] == pytest.approx(0.3, abs=1e-3)
    assert verdict(estimate(as_array(part.values)), part) == SUPPORTED


def test_records_of_several_protocols_are_refused():
    frame = records(0.05)
    frame.loc[frame.index[::7], "e_from"] = "all"
    with pytest.raises(ValueError, match="e_from"):
        claims(frame)
    with pytest.raises(ValueError, match="several protocols: they differ in .'ending'"):
        claims(pd.concat([records(0.05).assign(ending=e) for e in ("minimum", "scratch")]), ["C1"])


def test_records_that_are_there_twice_or_not_at_all_are_refused():
    frame = records(0.05, starts=2)
    with pytest.raises(ValueError, match="duplicate"):
        claims(pd.concat([frame, frame]), ["C1"])
    missing = (frame["fold"] == 3) & (frame["start"] == 1)
    with pytest.raises(ValueError, match="same starts"):
        claims(frame[~missing], ["C1"])


@pytest.mark.parametrize("claim", ["C1", "C2", "C3", "C12"])
def test_a_run_that_one_model_lacks_is_refused(claim):
    """Else nan would be told as undecided."""
    frame = records(0.05, starts=2, swept=False)
    missing = (frame["fold"] == 3) & (frame["start"] == 1) & (frame["model"] == "E-AutoRec")
    with pytest.raises(ValueError, match="same starts|same points|same cases"):
        claims(frame[~missing], [claim])


def test_a_model_can_stand_in_for_eautorec():
    frame = records(0.05)
    other = frame[frame["model"] == "E-AutoRec"].assign(model="shuffled")
    other.loc[other["metric"] == "map", "value"] -= 1
    both = pd.concat([frame, other])
    assert set(in_place_of_eautorec(both, "shuffled")["model"]) == {"AutoRec", "E-AutoRec"}
    assert claims(both, ["C3"])["verdict"].item() == SUPPORTED
    assert claims(both, ["C3"], model="shuffled")["verdict"].item() == CONTRADICTED


def test_where_autorec_has_no_map_there_is_no_share_of_it():
    """On ratings with lists that poor: undecided, with every control as well."""
    frame = records(0.05)
    fewest = (frame["metric"] == "map by quartile") & (frame["x"] == 0)
    frame.loc[fewest & (frame["model"] == "AutoRec"), "value"] = 0.0
    row = claims(frame, ["C12"]).iloc[0]
    assert row["verdict"] == UNDECIDED and np.isnan(row["difference"])
    assert row["statistic"].startswith("gain in MAP@10 as a share")
    found = against_controls(with_controls(frame, lambda c: "E-AutoRec"))
    found = found[found["id"] == "C12"]
    assert (found["verdict"] == UNDECIDED).all() and not found["beaten"].any()


def test_a_control_that_ends_earlier_is_compared_at_the_epochs_of_both(only):
    only("C2")
    frame = with_controls(records(0.05, swept=False), lambda c: "AutoRec")
    late = (frame["metric"] == "rmse at epoch") & (frame["x"] > 3)
    frame = frame[~(late & (frame["model"] == "noise"))]
    found = against_controls(frame).set_index("control")
    assert found["beaten"].all() and (found["verdict"] != SUPPORTED).all()


@pytest.fixture
def only(monkeypatch):
    """Ask the controls about one claim, which takes an eighth of the time."""
    return lambda name: monkeypatch.setattr("eautorec.study.claims.AT_ONE_POINT", (name,))


def test_every_claim_without_a_sweep_is_asked_of_every_control():
    """As copies of E-AutoRec they support all, and none is beaten."""
    found = against_controls(with_controls(records(0.05, swept=False), lambda c: "E-AutoRec"))
    assert list(found.columns) == ["id", "control", "verdict", "beaten"]
    assert list(found["id"].unique()) == ["C1", "C2", "C3", "C4", "C5", "C6", "C11", "C12"]
    assert (found.groupby("id")["control"].agg(list).map(tuple) == CONTROLS).all()
    assert (found["verdict"] == SUPPORTED).all() and not found["beaten"].any()


def with_controls(frame, made_of):
    """The records, and those of each control: a copy of the records of the model `made_of` says."""
    others = [frame[frame["model"] == made_of(c)].assign(model=c) for c in CONTROLS]
    return pd.concat([frame, *others], ignore_index=True)


def test_a_control_that_is_as_good_is_not_beaten(only):
    only("C3")
    frame = records(0.05, swept=False)
    found = against_controls(
        with_controls(frame, lambda c: "AutoRec" if c == "noise" else "E-AutoRec")
    )
    one = found[found["id"] == "C3"].set_index("control")
    assert one["beaten"].to_dict() == {c: c == "noise" for c in CONTROLS}
    assert (one["verdict"] == SUPPORTED).to_dict() == {c: c != "noise" for c in CONTROLS}


def test_a_control_is_beaten_at_the_same_x_and_at_each(only):
    """Where it is better at one length only, it is not beaten, even if its own lowest gain is
    elsewhere and lower than E-AutoRec's."""
    only("C3")
    frame = with_controls(records(0.05, swept=False), lambda c: "AutoRec")
    noise = at(frame, "map", 35, "noise")
    frame.loc[noise, "value"] += 0.06
    found = against_controls(frame)
    one = found[found["id"] == "C3"].set_index("control")
    assert one["beaten"].to_dict() == {c: c != "noise" for c in CONTROLS}


def test_a_part_that_a_control_cannot_change_is_left_out(only):
    """C4 and C6 speak of AutoRec too, where nobody can be ahead."""
    only("C6")
    frame = records(0.05, noise=0.0001, swept=False)
    more = at(frame, "mep", 50)
    frame.loc[more, "value"] += 0.5
    found = against_controls(with_controls(frame, lambda c: "AutoRec"))
    assert found[found["id"] == "C6"]["beaten"].all()


def test_other_points_of_a_control_are_refused():
    frame = with_controls(records(0.05, swept=False), lambda c: "E-AutoRec")
    with pytest.raises(ValueError, match="RMSE at epoch"):
        against_controls(frame[~at(frame, "rmse at epoch", 3, "noise")])


def test_lower_is_better_for_an_error(only):
    """E-AutoRec beats a control in C1 where its RMSE is lower, and only there."""
    only("C1")
    frame = with_controls(records(0.05, swept=False), lambda c: "E-AutoRec")
    others, errors = frame["model"].isin(CONTROLS), frame["metric"] == "rmse"
    for shift, beaten in ((0.02, True), (-0.02, False)):
        shifted = frame.assign(value=frame["value"] + shift * (others & errors))
        found = against_controls(shifted)
        assert (found[found["id"] == "C1"]["beaten"] == beaten).all()


@pytest.mark.parametrize(
    "worse, decided",
    [(-0.001, SUPPORTED), (0.003, SUPPORTED), (0.005, UNDECIDED), (0.007, CONTRADICTED)],
)
def test_no_less_accurate_is_within_the_margin(worse, decided):
    """0.005 stars."""
    frame = records(0.0, 0.0005)
    frame.loc[at(frame, "rmse"), "value"] += worse
    row = claims(frame, ["C1"]).iloc[0]
    assert row["verdict"] == decided and row["difference"] == pytest.approx(worse, abs=0.001)
    assert row["low"] < row["difference"] < row["high"]


def part_of(columns, matters=1e-9, **options):
    """A part whose rows are ten folds with one start."""
    frame = pd.DataFrame(columns)
    cases = [range(len(frame)), [0]]
    frame.index = pd.MultiIndex.from_product(cases, names=["fold", "start"])
    return Part("at {x}", frame, matters, **options)


def verdict_of(part):
    return verdict(estimate(as_array(part.values)), part)


def column(p, noise=0.001, seed=1):
    """Ten folds whose one-sided p-value against "at most 0" is p."""
    from scipy import stats

    values = np.random.default_rng(seed).normal(size=10)
    values = (values - values.mean()) / values.std(ddof=1)
    return noise * (values + stats.t.isf(p, 9) * np.sqrt(1 / 10 + 1 / 9))


def test_in_every_column_needs_no_correction():
    """Twenty columns, each with p = 0.02 on one side: each of them must hold, and each does."""
    part = part_of({n: column(0.02, seed=n) for n in range(20)})
    assert estimate(as_array(part.values)).p_above() == pytest.approx(0.02)
    assert verdict_of(part) == SUPPORTED
    part.values[7] = column(0.03)
    assert verdict_of(part) == UNDECIDED, "one that does not hold is enough"


def test_the_opposite_in_some_column_does():
    """Of twenty columns one has p = 0.02 the wrong way: that much is chance."""
    columns = {n: column(0.001, seed=n) for n in range(20)}
    assert verdict_of(part_of(columns)) == SUPPORTED
    for p, expected in ((0.02, UNDECIDED), (0.026 / 20, UNDECIDED), (0.024 / 20, CONTRADICTED)):
        columns[20 - 1] = column(1 - p)
        assert verdict_of(part_of(columns)) == expected, p
    assert tests_of([part_of(columns)])["statistic"].item() == "at 19"
    assert verdict_of(part_of({1: column(1 - 0.024)})) == CONTRADICTED, "one column is one test"


def test_each_side_has_half_of_the_error():
    for p, decided in ((0.024, True), (0.026, False)):
        assert (verdict_of(part_of({1: column(p)})) == SUPPORTED) == decided
        assert (verdict_of(part_of({1: column(1 - p)})) == CONTRADICTED) == decided


def test_equal_is_where_no_column_can_matter():
    """An interval of 0.001 (0 +- 1.04) lies within 0.002 and not within 0.001."""
    columns = {1: column(0.5), 2: column(0.4, seed=2)}
    assert verdict_of(part_of(columns, matters=0.002)) == EQUAL
    assert verdict_of(part_of(columns, matters=0.001)) == UNDECIDED
    columns[3] = column(0.3, noise=0.01)
    assert verdict_of(part_of(columns, matters=0.002)) == UNDECIDED


def test_an_effect_too_small_to_matter_supports_and_does_not_contradict():
    assert verdict_of(part_of({1: column(0.001)}, matters=1)) == SUPPORTED
    assert verdict_of(part_of({1: column(0.999)}, matters=1)) == EQUAL
    assert verdict_of(part_of({1: column(0.999)}, matters=0.001)) == CONTRADICTED


@pytest.mark.parametrize(
    "parts, expected",
    [
        ([SUPPORTED, SUPPORTED], SUPPORTED),
        ([EQUAL, EQUAL, EQUAL], EQUAL),
        ([CONTRADICTED], CONTRADICTED),
        ([SUPPORTED, CONTRADICTED], MIXED),
        ([CONTRADICTED, UNDECIDED, SUPPORTED], MIXED),
        ([CONTRADICTED, UNDECIDED], CONTRADICTED),
        ([EQUAL, CONTRADICTED], CONTRADICTED),
        ([SUPPORTED, UNDECIDED], UNDECIDED),
        ([SUPPORTED, EQUAL], EQUAL),
        ([EQUAL, UNDECIDED], UNDECIDED),
        ([SUPPORTED, EQUAL, UNDECIDED], UNDECIDED),
    ],
    ids=" ".join,
)
def test_verdicts_of_parts_together(parts, expected):
    assert combined_verdict(parts) == expected == combined_verdict(reversed(parts))


def test_a_part_that_stands_in_the_way_is_shown(monkeypatch):
    """Before one that is open, before one that is equal, before one that holds."""
    parts = {
        CONTRADICTED: part_of({1: column(0.999)}),
        UNDECIDED: part_of({1: column(0.4)}),
        EQUAL: part_of({1: column(0.4)}, matters=1),
        SUPPORTED: part_of({1: column(0.001)}),
    }
    for word, part in parts.items():
        parts[word] = part._replace(statistic=word)
        assert verdict_of(part) == word
    frame = records(0.0, swept=False)
    shown = list(parts)
    while shown:
        asked = [parts[word] for word in reversed(shown)]
        monkeypatch.setitem(CLAIMS, "C1", ("it helps", lambda frame, asked=asked: asked))
        assert claims(frame, ["C1"])["statistic"].item() == shown.pop(0)


@pytest.mark.parametrize(
    "gain, noise, size",
    [
        (0.02, 0.0005, "matters"),
        (0.002, 0.0005, "too small to matter"),
        (0.006, 0.002, "may matter"),
    ],
)
def test_the_size_of_a_supported_claim(gain, noise, size):
    """Of MAP, 0.005 is the smallest that matters: at each length, and for the whole interval."""
    frame = records(0.0, noise)
    frame.loc[at(frame, "map"), "value"] += gain
    row = claims(frame, ["C3"]).iloc[0]
    assert (row["verdict"], row["size"]) == (SUPPORTED, size)


def noisy(gain, fold_sd, start_sd, starts, folds=10):
    """A part of one column, with these folds and starts."""
    generator = np.random.default_rng(0)
    cases = pd.MultiIndex.from_product([range(folds), range(starts)], names=["fold", "start"])
    of_fold = np.repeat(generator.normal(size=folds), starts)
    of_start = generator.normal(size=folds * starts)
    values = pd.DataFrame({0: gain + fold_sd * of_fold + start_sd * of_start}, index=cases)
    return Part("gain", values, 0.001)


def test_a_verdict_that_depends_on_the_start_is_not_told(monkeypatch):
    """Twenty starts together show the gain, one alone often does not."""
    part = noisy(1.0, fold_sd=0.1, start_sd=1.4, starts=20)
    monkeypatch.setitem(CLAIMS, "C1", ("it helps", lambda frame: [part]))
    row = claims(records(0.0, starts=2), ["C1"]).iloc[0]
    assert row["flips"] > MOST_FLIPS
    assert (row["found"], row["verdict"]) == (SUPPORTED, UNDECIDED)
    part = noisy(1.0, fold_sd=0.1, start_sd=0.2, starts=20)
    row = claims(records(0.0, starts=2), ["C1"]).iloc[0]
    assert row["flips"] <= MOST_FLIPS
    assert (row["found"], row["verdict"]) == (SUPPORTED, SUPPORTED)


def test_redraws_come_near_to_all_that_could_be_drawn():
    """One of two starts on each of eight folds, the same for both parts: 256 draws."""
    parts = [noisy(0.8, 0.2, 1.0, 2, folds=8), noisy(1.2, 0.4, 1.0, 2, folds=8)]
    arrays = [as_array(part.values) for part in parts]
    variances = [np.array([np.mean([np.var(fold, ddof=1) for fold in a])]) for a in arrays]
    words = []
    for drawn in product(range(2), repeat=8):
        found = [
            verdict(estimate(a[np.arange(8), drawn][:, None], variance), part)
            for a, variance, part in zip(arrays, variances, parts, strict=True)
        ]
        words.append(combined_verdict(found))
    for decided in (SUPPORTED, UNDECIDED):
        expected = np.mean([word != decided for word in words])
        assert 0.02 < expected < 0.98
        assert flip_rate(parts, decided) == pytest.approx(expected, abs=0.05)


def test_what_is_shown_has_its_name():
    """Of the part that decides: the first of equals."""
    shown = claims(records(0.05)).set_index("id")["statistic"].to_dict()
    worst = {name: shown.pop(name) for name in ("C2", "C3", "C5", "C7", "C12")}
    assert shown == {
        "C1": "RMSE",
        "C4": "MAP@50 - MAP@20 of AutoRec",
        "C6": "MEP@50 - MEP@20 of AutoRec",
        "C8": "rise of MEP@10 from 5 to 200 neighbours of E-AutoRec",
        "C9": "rise of MAP@10 from 5 to 200 neighbours of E-AutoRec",
        "C10": "rise of MEP@10 from theta 0 to 4 of AutoRec",
        "C11": "RMSE",
    }
    assert worst["C2"].startswith("RMSE at epoch ")
    assert worst["C3"].startswith("MAP@") and worst["C5"].startswith("MEP@")
    assert worst["C7"].startswith("MAP@10 with ") and worst["C7"].endswith(" hidden units")
    assert worst["C12"].startswith("gain in RMSE, fewest less ")


@pytest.mark.parametrize(
    "claim, metric, column, value, statistic",
    [
        ("C7", "map", "n_hidden", 50, "MAP@10 with 50 hidden units"),
        ("C7", "mep", "n_hidden", 500, "MEP@10 with 500 hidden units"),
        ("C9", "map", "n_neighbors", 200, "MAP@10 with 200 neighbours"),
        ("C10", "mep", "theta", 4.0, "MEP@10 at theta 4"),
    ],
)
def test_each_part_of_a_sweep_can_decide_under_its_name(claim, metric, column, value, statistic):
    """Against the rest, which holds: the claim is mixed, or for a sweep of both a part of it."""
    frame = records(0.05)
    frame.loc[at(frame, metric, 10) & (frame[column] == value), "value"] -= 0.5
    row = claims(frame, [claim]).iloc[0]
    # As a column of its own part, one wrong x is enough; other parts still hold.
    assert (row["verdict"], row["statistic"]) == (MIXED, statistic)
    assert row["high"] < 0


@pytest.mark.parametrize("q, word", [(1, "few"), (2, "many"), (3, "most")])
def test_each_other_quarter_can_decide_under_its_name(q, word):
    frame = records(0.05)
    frame.loc[at(frame, "map by quartile", q), "value"] += 1
    row = claims(frame, ["C12"]).iloc[0]
    assert row["statistic"] == f"gain in MAP@10 as a share of AutoRec's, fewest less {word}"
    assert row["verdict"] == MIXED


@pytest.mark.parametrize("model", ["AutoRec", "E-AutoRec"])
def test_a_rise_or_fall_is_asked_of_the_right_model(model):
    """C8 and C9 of E-AutoRec, C10 of both."""
    frame = records(0.05)
    steep = np.log(frame["n_neighbors"] / 50) - frame["theta"]
    for metric in ("map", "mep"):
        here = at(frame, metric, 10, model)
        frame.loc[here, "value"] -= 0.2 * steep[here] * (1 if metric == "mep" else -1)
    table = claims(frame, ["C8", "C9", "C10"]).set_index("id")
    mine = model == "E-AutoRec"
    assert (table.loc["C8", "verdict"] == CONTRADICTED) == mine
    assert (table["statistic"].str.endswith(f"of {model}"))["C10"]
    assert table.loc["C10", "verdict"] in (MIXED, CONTRADICTED)


def test_a_drop_after_a_rise_is_a_drop():
    """MAP goes up by 0.003 to n = 20 and down by 0.002 to n = 50: later is less than earlier."""
    frame = records(0.0, 0.00001)
    level = {5: 0.100, 20: 0.103, 50: 0.101}
    for n, value in level.items():
        here = (frame["metric"] == "map") & (frame["x"] == n)
        frame.loc[here, "value"] += value - 0.1
    assert claims(frame, ["C4"]).iloc[0]["verdict"] == SUPPORTED
    frame.loc[(frame["metric"] == "map") & (frame["x"] == 5), "value"] += 0.01
    row = claims(frame, ["C4"]).iloc[0]  # then it fell faster before than after
    assert row["verdict"] == MIXED, "it does drop"
    assert row["statistic"] == "that, less MAP@20 - MAP@5 of AutoRec"


def test_c2_asks_every_epoch_that_all_trainings_reached():
    frame = records(0.05)
    short = (frame["metric"] == "rmse at epoch") & (frame["x"] == 5) & (frame["fold"] == 3)
    wrong = at(frame, "rmse at epoch", 5)
    frame.loc[wrong, "value"] += 1
    assert claims(frame, ["C2"]).iloc[0]["statistic"] == "RMSE at epoch 5"
    row = claims(frame[~short], ["C2"]).iloc[0]
    assert row["verdict"] == SUPPORTED and row["statistic"] != "RMSE at epoch 5"
    frame.loc[at(frame, "rmse at epoch", 2), "value"] += 0.05
    assert claims(frame[~short], ["C2"]).iloc[0]["verdict"] != SUPPORTED


def test_c11_names_the_length_that_decides():
    """RMSE is not worse, MAP at one length is: what is paid is paid there."""
    frame = records(0.05)
    frame.loc[at(frame, "map", 35), "value"] -= 1
    row = claims(frame, ["C11"]).iloc[0]
    assert (row["verdict"], row["statistic"]) == (MIXED, "MAP@35")
