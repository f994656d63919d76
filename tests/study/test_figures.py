"""Which runs a figure is made of, and its table."""

import numpy as np
import pandas as pd
import pytest
from worlds import PLAIN, at, records

from eautorec.study.figures import ESTIMATES, FIGURES, by_case, differences, estimates_of
from eautorec.study.protocol import LISTS, MODELS, Protocol, Run


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)
def test_figures_give_tidy_tables(figure):
    frame = records(0.05, starts=2)
    table = figure.table(frame)
    assert list(table.columns) == ["figure", "metric", "model", "x", *ESTIMATES]
    assert set(table["folds"]) == {10} and set(table["starts"]) == {2}
    assert not table.duplicated(["model", "x"]).any() and set(table["model"]) == set(MODELS)
    if figure.values:
        assert sorted(table["x"].unique()) == sorted(figure.values)
    assert table.notna().all(axis=None)


def test_a_figure_shows_what_its_runs_have_at_ten():
    """Figure 5a: MAP@10 of each number of hidden units, and of no other neighbours or theta."""
    frame = records(0.05)
    table = FIGURES["5a"].table(frame).set_index(["model", "x"])["mean"]
    for k in (50, 300):
        here = at(frame, "map", 10) & (frame["n_hidden"] == k)
        here &= (frame["n_neighbors"] == 50) & (frame["theta"] == 0)
        assert here.sum() == 10
        assert table["E-AutoRec", k] == pytest.approx(frame.loc[here, "value"].mean())


def test_a_figure_is_run_for_each_fold_and_start():
    runs = FIGURES["5a"].runs(range(3), range(2))
    assert {(run.fold, run.start) for run in runs if run.model == "AutoRec"} == {
        (fold, start) for fold in range(3) for start in range(2)
    }
    assert Run("AutoRec", 2, 1) in runs and Run("E-AutoRec", 0, 0, n_hidden=50) in runs
    assert {run.model for run in runs} == {*MODELS, *LISTS}
    assert {run.start for run in runs if run.model in LISTS} == {0}, "nothing in them starts"
    turned = Protocol(clip="no")
    assert {r.protocol for r in FIGURES["4a"].runs([0], [0], turned, MODELS)} == {turned}
    assert {r.model for r in FIGURES["3"].runs([0], [0])} == set(MODELS)


def test_differences_are_taken_on_the_same_fold_from_the_same_start():
    """Folds and starts may differ as they like: what both models have in common is gone."""
    cases = [(fold, start) for fold in range(3) for start in range(2)]
    rows = [
        {"model": model, "fold": fold, "start": start, "x": x, "value": common + gain * x}
        for model, gain in (("AutoRec", 0.0), ("E-AutoRec", 0.5))
        for fold, start in reversed(cases)
        for common in [100.0 * fold + 7 * start]
        for x in (10.0, 5.0)
    ]
    found = differences(pd.DataFrame(rows))
    assert list(found.columns) == [5, 10] and list(found.index) == cases
    np.testing.assert_allclose(found, [[2.5, 5.0]] * 6)
    table = estimates_of(found)
    assert list(table["mean"]) == [2.5, 5] and (table["low"] == table["high"]).all()


def test_lists_without_a_model_have_one_start():
    frame = records(0.05, starts=2)
    other = frame[(frame["model"] == "AutoRec") & (frame["start"] == 0)].assign(model="popular")
    table = FIGURES["4a"].table(pd.concat([frame, other])).set_index("model")
    assert (table.loc["popular", "starts"] == 1).all()
    assert (table.loc["AutoRec", "starts"] == 2).all()
    assert by_case(other[(other["metric"] == "rmse")]).shape == (10, 1)
    assert set(PLAIN) <= set(frame)
