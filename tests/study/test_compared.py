"""The relatives beside the models of the study: by hand, and of what is stored."""

import numpy as np
import pandas as pd
import pytest

from eautorec.study.compared import RECORDED, RIVALS, against, by_fold, means
from eautorec_book.records import recorded, study


def values_of(**models):
    """From each model's (rmse, map, mep) on every fold."""
    rows = [
        (model, fold, 0, *measured)
        for model, folds in models.items()
        for fold, measured in enumerate(folds)
    ]
    columns = ["model", "fold", "start", "rmse", "map@10", "mep@10"]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:3]).sort_index()


VALUES = values_of(
    good=[(0.8, 0.2, 0.5), (0.9, 0.3, 0.5)],
    bad=[(0.9, 0.1, 0.5), (1.0, 0.2, 0.5)],
    list=[(np.nan, 0.1, 0.9), (np.nan, 0.3, 0.1)],
)


def test_means_are_those_over_folds_and_of_what_a_model_does():
    found = means(VALUES).set_index(["model", "measure"])
    assert found.loc[("good", "rmse"), "mean"] == pytest.approx(0.85)
    assert ("list", "rmse") not in found.index
    assert found.loc[("good", "mep@10"), ["low", "high"]].tolist() == [0.5, 0.5]


def test_better_is_less_of_rmse_and_more_of_the_others():
    found = against(VALUES, "bad").set_index(["model", "measure"])
    assert found.loc[("good", "rmse"), "difference"] == pytest.approx(-0.1)
    assert found.loc[("good", "rmse"), "beats"] == 1
    assert found.loc[("good", "map@10"), "beats"] == 1
    assert found.loc[("good", "mep@10"), "beats"] == 0  # the same on every fold
    assert found.loc[("list", "map@10"), "beats"] == 0  # the interval holds 0
    back = against(VALUES, "good").set_index(["model", "measure"])
    assert back.loc[("bad", "rmse"), "beats"] == -1
    assert ("list", "rmse") not in back.index


def test_all_that_is_stored_stands_beside_each_other_on_ten_folds():
    relatives = recorded("relatives")
    values = by_fold(relatives, study(), recorded("better"))
    assert {*RECORDED, *RIVALS, *relatives["model"]} == set(values.index.unique("model"))
    assert values.groupby("model").size().eq(10).all()
    stored = relatives.set_index(["model", "fold"])["map@10"]
    assert values["map@10"].droplevel("start").loc[stored.index].equals(stored)
