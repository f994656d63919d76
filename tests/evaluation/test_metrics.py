from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from eautorec import Explainability
from eautorec.evaluation.metrics import average_precision, explainable_precision, rmse
from eautorec.evaluation.ranking import candidate_mask, top_lists

NS = [5, 10, 20, 50, 100]


def relevant_items(test):
    return sp.csr_matrix(
        (test.values >= 4, (test.user_index, test.item_index)), shape=test.matrix.shape
    )


@pytest.mark.parametrize("ranking", ["most_popular", "rank_by_E"])
def test_reference_values(tenth_rows, expected, ranking):
    train, test = tenth_rows
    expl = Explainability(n_neighbors=50).fit(train)
    if ranking == "rank_by_E":
        scores = expl.scores.toarray()
    else:
        scores = np.tile(train.matrix.getnnz(axis=0), (train.n_users, 1)).astype(float)
    lists = top_lists(scores, train.matrix, max(NS))
    users = np.unique(test.user_index)
    found = {"MEP": explainable_precision(lists, expl.scores, NS)[users]}
    for name, denominator in (("MAP_min", "min"), ("MAP_n", "n"), ("MAP_rel", "relevant")):
        found[name] = average_precision(lists, relevant_items(test), NS, denominator)
    for column, n in enumerate(NS):
        known = expected[ranking][str(n)]
        for name, values in found.items():
            assert np.nanmean(values[:, column]) == pytest.approx(known[name], abs=1e-6)
            counted = np.isfinite(values[:, column]).sum()
            assert counted == known["users_MEP" if name == "MEP" else "users_MAP"]


def test_average_precision_by_hand():
    lists = np.array([[2, 0, 3, 1]])
    relevant = np.array([[False, False, True, True, True]])
    hits = Fraction(1, 1) + Fraction(2, 3)
    for denominator, divisor in (("min", 3), ("n", 4), ("relevant", 3)):
        found = average_precision(lists, relevant, [4], denominator)
        assert found[0, 0] == pytest.approx(float(hits / divisor))
    assert average_precision(lists, relevant, [1], "min")[0, 0] == 1
    assert average_precision(lists, relevant, [2], "min")[0, 0] == pytest.approx(1 / 2)


def test_users_that_do_not_count_are_nan():
    lists = np.array([[0, 1], [-1, -1]])
    nothing = np.zeros((2, 3), dtype=bool)
    assert np.isnan(average_precision(lists, nothing, [2])).all()
    assert np.isnan(explainable_precision(lists, ~nothing, [1, 2]))[1].all()
    assert explainable_precision(lists, ~nothing, [1, 2])[0].tolist() == [1, 1]


def test_short_lists_are_divided_by_their_length():
    lists = np.array([[0, -1, -1]])
    assert explainable_precision(lists, np.ones((1, 2), bool), [3])[0, 0] == 1


def test_unknown_denominator():
    with pytest.raises(ValueError, match="denominator"):
        average_precision(np.array([[0]]), np.array([[True]]), [1], "max")


@given(st.integers(0, 10_000))
def test_equals_the_slow_version(seed):
    generator = np.random.default_rng(seed)
    lists = np.array([generator.permutation(8)[:5] for _ in range(3)])
    relevant = generator.random((3, 8)) < 0.4
    n = int(generator.integers(1, 6))
    for row in range(3):
        hits, total = 0, 0.0
        for rank, item in enumerate(lists[row][:n], start=1):
            if relevant[row, item]:
                hits += 1
                total += hits / rank
        found = average_precision(lists, relevant, [n])[row, 0]
        if relevant[row].any():
            assert found == pytest.approx(total / min(n, relevant[row].sum()))
        else:
            assert np.isnan(found)


def test_rmse_by_hand():
    assert rmse([4, 2], [5, 4]) == pytest.approx(np.sqrt(2.5))


def test_rated_items_are_no_candidates():
    train = sp.csr_matrix(np.array([[5, 0, 3], [0, 0, 1]], dtype=np.float32))
    assert candidate_mask(train, [0, 1]).tolist() == [[False, True, False], [True, True, False]]
    scores = np.array([[9.0, 1.0, 8.0], [2.0, 2.0, 9.0]])
    assert top_lists(scores, train, 2).tolist() == [[1, -1], [0, 1]]
