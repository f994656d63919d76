"""The table of published numbers: nDCG by hand, and what is said where nothing was run."""

import numpy as np
import pytest

from eautorec.study import published
from eautorec.synthetic import movielens_like


def test_ndcg_by_hand():
    lists = np.array([[0, 1, 2], [0, 1, 2]])
    relevant = np.array([[True, False, True], [False, False, False]])
    expected = (1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3))
    assert published.ndcg(lists, relevant, 3) == pytest.approx(expected)
    assert published.ndcg(lists[:1], relevant[:1, [0, 2, 1]], 3) == pytest.approx(1)


def test_every_number_is_met_or_says_why_not(monkeypatch):
    monkeypatch.setattr(
        published, "in_recommenders_way", lambda ratings, seed: {
            ("BPR", "MAP@10"): 0.132 + seed / 1000, ("BPR", "nDCG@10"): 0.1, ("SVD", "RMSE"): 0.94,
        }
    )  # fmt: skip
    found = published.table(movielens_like(5, 5, 10), range(3))
    ran = found[found["met"] != "not run"]
    assert ran["met"].tolist() == ["yes", "no", "near"]
    assert ran["low"].iloc[0] == 0.132 and ran["high"].iloc[0] == 0.134
    rest = found[found["met"] == "not run"]
    assert rest["ours"].isna().all() and (rest["why"] != "").all()


def test_the_other_way_of_measuring_runs():
    found = published.in_recommenders_way(movielens_like(40, 30, 600), 0)
    assert 0 < found["BPR", "MAP@10"] < 1 and 0 < found["BPR", "nDCG@10"] < 1
    assert 0.3 < found["SVD", "RMSE"] < 3
