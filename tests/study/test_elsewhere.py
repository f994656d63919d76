"""The study on ratings of another scale, with a lambda of their own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eautorec import InputError, Ratings
from eautorec.study import elsewhere, plan
from eautorec.study.protocol import CONTROLS, Run
from eautorec.study.runner import execute, in_stars, split_data
from eautorec.study.store import Store
from eautorec.synthetic import movielens_like


@pytest.fixture(scope="module")
def ratings():
    return movielens_like(60, 150, 1500)


@pytest.fixture
def store(tmp_path):
    return Store("other ratings", tmp_path / "store.sqlite")


def written(ratings, folder, factor=1.0):
    frame = ratings.to_frame()
    path = folder / f"times-{factor:g}.csv"
    frame.assign(rating=frame["rating"] * factor).to_csv(path, index=False)
    return str(path)


def fill(store, best):
    """The search, with the lowest RMSE at each model's `best`."""
    for run in elsewhere.search():
        away = abs(np.log(run.regularization / best[run.model]))
        store.add(run, [("rmse", 0, 1 + away + 0.1 * run.fold)], 1.0)


def test_each_model_has_the_lambda_of_the_lowest_rmse(store):
    best = {"AutoRec": 7.0, "E-AutoRec": 28.0}
    fill(store, best)
    assert elsewhere.chosen(store) == best
    table = elsewhere.searched(store.frame(elsewhere.search()))
    assert len(table) == 2 * len(elsewhere.REGULARIZATIONS)
    assert table.groupby("model")["rmse"].min().tolist() == pytest.approx([1.05, 1.05])
    runs = [Run("AutoRec", 3), Run("E-AutoRec", 3, n_neighbors=5), Run(CONTROLS[0], 1),
            Run("biases", 0), Run("random", 0)]  # fmt: skip
    given = [run.regularization for run in elsewhere.adapted(runs, store)]
    assert given == [7.0, 28.0, 28.0, None, None]
    same = [replace(run, regularization=None) for run in elsewhere.adapted(runs, store)]
    assert same == runs


def test_nothing_changes_before_a_search_and_on_the_main_ratings(store, tmp_path):
    runs = plan.runs(["3"], range(2), [0])
    assert elsewhere.adapted(runs, store) == runs
    main = Store(elsewhere.MAIN, tmp_path / "main.sqlite")
    fill(main, {"AutoRec": 7.0, "E-AutoRec": 28.0})
    assert elsewhere.adapted(runs, main) == runs


def test_a_search_that_was_stopped_is_told(store):
    store.add(elsewhere.search()[0], [("rmse", 0, 1.0)], 1.0)
    with pytest.raises(InputError, match="23 of 24 runs that choose lambda"):
        elsewhere.adapted([Run("AutoRec", 0)], store)


def test_movielens_is_the_main_data(movielens):
    assert movielens.fingerprint == elsewhere.MAIN
    assert in_stars(movielens) is movielens


SCALED = [Run("biases", 0), Run("by E", 0, theta=2.0)]


def measured(path):
    return [pd.DataFrame(execute([run], path)[0][1]) for run in SCALED]


@pytest.fixture(scope="module")
def in_the_unit(ratings, tmp_path_factory):
    """What is measured where ratings are from 1 to 5."""
    return measured(written(ratings, tmp_path_factory.mktemp("unit")))


@pytest.mark.parametrize("factor", [2.0, 0.2, 20.0])
def test_a_scale_is_a_unit(ratings, in_the_unit, tmp_path, factor):
    """Ratings from 2 to 10, or 20 to 100, are the same ones from 1 to 5: so are all results."""
    path = written(ratings, tmp_path, factor)
    for found, expected in zip(measured(path), in_the_unit, strict=True):
        pd.testing.assert_frame_equal(found, expected, rtol=1e-5)
    train, _, everything = split_data(path, SCALED[0])
    assert train.scale == everything.scale == pytest.approx((1, 5))
    assert everything.values.max() == 5


def test_stars_stay_on_their_scale():
    """Whatever single precision makes of a seventh."""
    frame = pd.DataFrame({"user": [1, 2, 3], "item": 1, "rating": [0.1, 0.3, 0.7]})
    found = in_stars(Ratings.from_frame(frame))
    low, high = found.scale
    assert np.float32(low) <= found.values.min() and found.values.max() <= high == 5
