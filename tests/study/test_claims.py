"""Verdicts on records whose right verdict is known."""

import numpy as np
import pandas as pd
import pytest

from eautorec.study.claims import (
    CLAIMS,
    above_in_every_column,
    against_controls,
    claims,
    combined_verdict,
    verdict,
)
from eautorec.study.figures import FIGURES, HIDDEN, NEIGHBORS, THETAS
from eautorec.study.protocol import CONTROLS, Run
from eautorec.study.runner import NS

SEEDS = range(10)


def records(effect: float, noise: float = 0.001, seed: int = 0) -> pd.DataFrame:
    """A study in which everything that the paper says holds by `effect`, or the opposite if below
    0."""
    generator = np.random.default_rng(seed)
    rows = []

    def add(metric, x, value, model, s, **options):
        about = {"n_hidden": 300, "n_neighbors": 50, "theta": 0.0, "epoch": "validation"} | options
        value += noise * generator.normal()
        rows.append({"model": model, "seed": s, "metric": metric, "x": x, "value": value, **about})

    for s in SEEDS:
        for model, gain in (("AutoRec", 0.0), ("E-AutoRec", effect)):
            add("rmse", 0, 0.95 - gain, model, s)
            for epoch in range(1, 6):
                add("rmse at epoch", epoch, 1 - 0.01 * epoch - gain, model, s, epoch="last")
            for q in range(4):
                add("rmse by quartile", q, 0.95 - gain * (4 - q), model, s)
                add("map by quartile", q, 0.1 + gain * (4 - q), model, s)
            points = [
                *({"n_hidden": k} for k in HIDDEN),
                *({"n_neighbors": k} for k in NEIGHBORS),
                *({"theta": t} for t in THETAS),
            ]
            seen = []
            for about in points:
                full = {"n_hidden": 300, "n_neighbors": 50, "theta": 0.0} | about
                if full in seen:
                    continue
                seen.append(full)
                grow = np.log(full["n_neighbors"] / 50) * effect
                for n in NS:
                    drop = -effect * 0.1 * max(0, n - 20)
                    add("map", n, 0.1 + gain + drop - grow * 0.1, model, s, **about)
                    more = 0.01 * effect * n + grow - effect * full["theta"]
                    add("mep", n, 0.5 + gain + more, model, s, **about)
    return pd.DataFrame(rows)


def test_a_world_where_everything_holds():
    table = claims(records(0.05)).set_index("id")
    assert (table["verdict"] == "supported").all(), table["verdict"]
    shown = table.drop("C2")
    assert (table["seeds"] == 10).all() and (shown["low"] <= shown["high"]).all()
    assert table.loc["C2", "difference"] == 1.0


def test_the_part_that_decides_is_shown():
    """MAP of the fewest gains nothing: C12 names that, and not the RMSE, which does."""
    frame = records(0.05)
    spoilt = (frame["metric"] == "map by quartile") & (frame["model"] == "E-AutoRec")
    frame.loc[spoilt, "value"] -= 1
    row = claims(frame, ["C12"]).iloc[0]
    assert row["verdict"] == "contradicted" and row["statistic"] == "gain in MAP@10, fewest ratings"
    assert row["high"] < 0


def test_records_of_several_protocols_are_refused():
    frame = records(0.05).assign(e_from="training")
    frame.loc[frame.index[::7], "e_from"] = "all"
    with pytest.raises(ValueError, match="e_from"):
        claims(frame)
    twice = pd.concat([records(0.05), records(0.05)])
    with pytest.raises(ValueError, match="duplicate"):
        claims(twice, ["C1"])


def test_a_control_that_is_as_good_is_not_beaten():
    frame = records(0.05)
    others = [
        frame[frame["model"] == ("AutoRec" if control == "noise" else "E-AutoRec")].assign(
            model=control
        )
        for control in CONTROLS
    ]
    found = against_controls(pd.concat([frame, *others]).assign(e_from="training"))
    one = found[found["id"] == "C3"].set_index("control")
    assert one["beaten"].to_dict() == {c: c == "noise" for c in CONTROLS}
    assert (one["verdict"] == "supported").to_dict() == {c: c != "noise" for c in CONTROLS}


def test_a_world_where_the_opposite_holds():
    table = claims(records(-0.05)).set_index("id")
    assert (table["verdict"] == "contradicted").all(), table["verdict"]


def test_a_world_without_any_effect_supports_little():
    """Of five such worlds, at most one gives a claim with an interval away from zero."""
    found = [claims(records(0.0, noise=0.01, seed=s)).set_index("id")["verdict"] for s in range(5)]
    table = pd.DataFrame(found)
    for claim in ("C3", "C5", "C7", "C10", "C12"):
        assert (table[claim] == "supported").mean() <= 0.2, claim


def test_verdicts():
    assert verdict(0.1, 0.2) == "supported" and verdict(-0.2, -0.1) == "contradicted"
    assert verdict(-0.1, 0.1) == "undecided" and verdict(-0.001, 1, -0.002) == "supported"
    assert combined_verdict("supported", "undecided") == "undecided"
    assert combined_verdict("supported", "contradicted") == "contradicted"
    assert list(CLAIMS) == [f"C{k}" for k in range(1, 13)]


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)
def test_figures_give_tidy_tables(figure):
    table = figure.table(records(0.05))
    assert list(table["seeds"].unique()) == [10]
    if figure.values:
        assert sorted(table["x"].unique()) == sorted(figure.values)
    runs = figure.runs(range(2))
    assert {run.seed for run in runs} == {0, 1} and Run("AutoRec", 0) in runs


def shifted(metric, x, gain, noise=0.001):
    """A study without effects, but for one gain of E-AutoRec in one place."""
    frame = records(0.0, noise)
    here = (frame["metric"] == metric) & (frame["x"] == x) & (frame["model"] == "E-AutoRec")
    frame.loc[here, "value"] += gain
    return frame


@pytest.mark.parametrize(
    "worse, decided", [(-0.001, "supported"), (0.001, "supported"), (0.004, "contradicted")]
)
def test_no_less_accurate_is_within_the_margin(worse, decided):
    row = claims(shifted("rmse", 0, worse, noise=0.0005), ["C1"]).iloc[0]
    assert row["verdict"] == decided and row["difference"] == pytest.approx(worse, abs=0.0006)


def test_many_tests_are_corrected_for():
    """Twenty lengths of which one has p = 0.01 by chance: no claim is contradicted by that."""
    seeds = pd.RangeIndex(10)
    generator = np.random.default_rng(1)
    columns = {n: 0.01 + 0.001 * generator.normal(size=10) for n in range(1, 20)}
    unlucky = generator.normal(size=10)
    unlucky = (unlucky - unlucky.mean()) / unlucky.std(ddof=1)
    columns[20] = 0.001 * (unlucky - 0.95)  # t = -3.0 on 9 degrees: p = 0.0075 on one side
    part = above_in_every_column("at {x}", pd.DataFrame(columns, index=seeds))
    assert part.verdict == "undecided" and part.statistic == "at 20"
    columns[20] = 0.001 * (unlucky - 3)
    assert above_in_every_column("at {x}", pd.DataFrame(columns)).verdict == "contradicted"
    del columns[20]
    assert above_in_every_column("at {x}", pd.DataFrame(columns)).verdict == "supported"


def test_c2_counts_epochs():
    """Of five epochs two have the interval below zero: not one half."""
    frame = records(0.0, 0.0001)
    here = (frame["metric"] == "rmse at epoch") & (frame["model"] == "E-AutoRec")
    frame.loc[here & frame["x"].isin([1, 2]), "value"] -= 0.01
    row = claims(frame, ["C2"]).iloc[0]
    assert row["difference"] == pytest.approx(0.4) and row["verdict"] == "undecided"
    frame.loc[here & (frame["x"] == 3), "value"] -= 0.01
    assert claims(frame, ["C2"]).iloc[0]["verdict"] == "supported"


def test_what_is_shown_has_its_name():
    """Of the part that decides: the first of equals."""
    shown = claims(records(0.05)).set_index("id")["statistic"].to_dict()
    worst = {name: shown.pop(name) for name in ("C3", "C5", "C7", "C11")}
    assert shown == {
        "C1": "RMSE",
        "C2": "share of epochs with the interval below 0 (supported above one half)",
        "C4": "MAP@50 - MAP@20 of AutoRec",
        "C6": "MEP@50 - MEP@20 of AutoRec",
        "C8": "MEP@10 of E-AutoRec, for each neighbour",
        "C9": "MAP@10 of E-AutoRec, for each neighbour",
        "C10": "MEP@10 of AutoRec, for each star of theta",
        "C12": shown["C12"],
    }
    assert shown["C12"].startswith("gain in RMSE, fewest less ")
    assert worst["C3"].startswith("MAP@") and worst["C5"].startswith("MEP@")
    assert worst["C7"].startswith("MAP@10 with ") and worst["C7"].endswith(" hidden units")
    assert worst["C11"] == "RMSE"


def test_each_part_can_decide_under_its_name():
    frame = records(0.05)
    mine = frame["model"] == "E-AutoRec"
    for claim, metric, column, value, statistic in (
        ("C7", "mep", "n_hidden", 500, "MEP@10 with 500 hidden units"),
        ("C9", "map", "n_neighbors", 200, "MAP@10 with 200 neighbours"),
        ("C10", "mep", "theta", 4.0, "MEP@10 at theta 4"),
    ):
        spoilt = frame.copy()
        here = mine & (frame["metric"] == metric) & (frame["x"] == 10) & (frame[column] == value)
        spoilt.loc[here, "value"] -= 1 if claim != "C9" else 0.5
        row = claims(spoilt, [claim]).iloc[0]
        assert (row["verdict"], row["statistic"]) == ("contradicted", statistic)
    for q, word in ((1, "few"), (2, "many"), (3, "most")):
        spoilt = frame.copy()
        here = mine & (frame["metric"] == "map by quartile") & (frame["x"] == q)
        spoilt.loc[here, "value"] += 1
        row = claims(spoilt, ["C12"]).iloc[0]
        assert row["statistic"] == f"gain in MAP@10, fewest less {word}"


def test_a_drop_after_a_rise_is_a_drop():
    """MAP goes up by 0.003 to n = 20 and down by 0.002 to n = 50: later is less than earlier."""
    frame = records(0.0, 0.00001)
    level = {5: 0.100, 20: 0.103, 50: 0.101}
    for n, value in level.items():
        here = (frame["metric"] == "map") & (frame["x"] == n)
        frame.loc[here, "value"] += value - 0.1
    assert claims(frame, ["C4"]).iloc[0]["verdict"] == "supported"
    frame.loc[(frame["metric"] == "map") & (frame["x"] == 5), "value"] += 0.01
    row = claims(frame, ["C4"]).iloc[0]  # then it fell faster before than after
    assert row["verdict"] == "contradicted"
    assert row["statistic"] == "that, less MAP@20 - MAP@5 of AutoRec"


def test_lower_is_better_for_an_error():
    """E-AutoRec beats a control in C1 where its RMSE is lower, and only there."""
    frame = records(0.05)
    controls = [
        frame[frame["model"] == "E-AutoRec"].assign(model=control) for control in CONTROLS
    ]
    for shift, beaten in ((0.02, True), (-0.02, False)):
        others = pd.concat(controls)
        others.loc[others["metric"] == "rmse", "value"] += shift
        found = against_controls(pd.concat([frame, others]).assign(e_from="training"))
        assert (found[found["id"] == "C1"]["beaten"] == beaten).all()


def test_each_side_has_half_of_the_error():
    """p = 0.03 on one side: an interval of 95 % holds zero, so nothing is decided."""
    values = np.random.default_rng(1).normal(size=10)
    values = (values - values.mean()) / values.std(ddof=1)
    for sign in (1, -1):
        column = pd.DataFrame({1: values + sign * 2.15 / 10**0.5})
        assert above_in_every_column("at {x}", column).verdict == "undecided"
        column = pd.DataFrame({1: values + sign * 2.35 / 10**0.5})
        expected = "supported" if sign == 1 else "contradicted"
        assert above_in_every_column("at {x}", column).verdict == expected


def test_c11_names_the_length_that_decides():
    frame = records(0.05)
    here = (frame["model"] == "E-AutoRec") & (frame["metric"] == "map") & (frame["x"] == 35)
    frame.loc[here, "value"] -= 1
    assert claims(frame, ["C11"]).iloc[0]["statistic"] == "MAP@35"
