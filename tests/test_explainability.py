import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eautorec import Explainability, InputError, Ratings
from eautorec.evaluation.ranking import top_k
from eautorec.neighbours import nearest_neighbours
from eautorec.synthetic import five_users


def plain_scores(ratings, k, theta):
    """Eq. 5-7 with loops and fractions of whole numbers: slow and obvious."""
    rows = {user: {} for user in range(ratings.n_users)}
    for user, item, value in zip(
        ratings.user_index, ratings.item_index, ratings.values, strict=True
    ):
        rows[user][item] = float(value)
    scores = np.zeros((ratings.n_users, ratings.n_items))
    for user, mine in rows.items():
        similar = []
        for other, theirs in rows.items():
            product = sum(mine[i] * theirs[i] for i in mine if i in theirs)
            if other != user and product > 0:
                similar.append((-(product**2) / sum(x * x for x in theirs.values()), other))
        neighbours = [other for _, other in sorted(similar)[:k]]
        for item in range(ratings.n_items):
            total = sum(rows[other].get(item, 0) for other in neighbours)
            if neighbours and total > theta * len(neighbours):
                scores[user, item] = total / len(neighbours)
    return scores


def test_reference_neighbours(tenth_rows, expected):
    expl = Explainability(n_neighbors=50).fit(tenth_rows[0])
    for user, known in expected["neighbours"].items():
        row = expl.ratings_.user_row(int(user))
        assert expl.neighbors(int(user))[:10].tolist() == [label for label, _ in known]
        np.testing.assert_allclose(expl.cosines_[row, :10], [c for _, c in known], atol=1e-6)


def test_reference_tie_at_the_last_place(tenth_rows, expected):
    """One user's 50th and 51st neighbours are equally similar: the lower user id comes first."""
    expl = Explainability(n_neighbors=51).fit(tenth_rows[0])
    tied = expl.cosines_[:, 49] == expl.cosines_[:, 50]
    assert expl.ratings_.users[tied].tolist() == expected["users_with_tie_at_rank_50"]
    order = expl.neighbors(expected["users_with_tie_at_rank_50"][0])
    assert order[49] < order[50]


def test_reference_sizes(tenth_rows, expected):
    train, test = tenth_rows
    assert (len(train), len(test)) == (expected["n_train"], expected["n_test"])
    assert train.n_users * train.n_items - len(train) == expected["unrated_cells"]


def test_reference_scores(tenth_rows, expected):
    expl = Explainability(n_neighbors=50).fit(tenth_rows[0])
    for user, item, score in expected["scores"]:
        assert expl.score(user, item) == pytest.approx(score, abs=1e-6)
        row, column = expl.ratings_.user_row(user), expl.ratings_.item_column(item)
        assert expl.scores[row, column] == pytest.approx(score, abs=1e-6)
    assert expl.scores.nnz == expected["explainable_cells"]
    total = expl.scores.data.sum(dtype=np.float64)
    assert total == pytest.approx(expected["sum_of_scores"], abs=0.01)
    unrated = expl.scores.nnz - expl.scores.multiply(tenth_rows[0].matrix != 0).nnz
    assert unrated == expected["explainable_unrated_cells"]


def test_reference_thresholds(tenth_rows, expected):
    for theta, n_cells in expected["theta_counts"].items():
        expl = Explainability(n_neighbors=50, theta=float(theta)).fit(tenth_rows[0])
        assert expl.scores.nnz == n_cells


def test_five_users_by_hand(expected):
    known = expected["five_users"]
    expl = Explainability(n_neighbors=known["k"]).fit(five_users())
    for user, neighbours in known["neighbours"].items():
        assert expl.neighbors(int(user)).tolist() == [label for label, _ in neighbours]
        row = expl.ratings_.user_row(int(user))
        np.testing.assert_allclose(expl.cosines_[row], [c for _, c in neighbours], atol=1e-6)
    for user, scores in known["scores"].items():
        for item in range(1, 5):
            assert expl.score(int(user), item) == pytest.approx(scores.get(str(item), 0))


cells = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([0.5, 1, 2, 3.5, 5])),
    min_size=3,
    max_size=40,
    unique_by=lambda row: row[:2],
)


@settings(deadline=None)
@given(cells, st.integers(1, 9), st.sampled_from([0, 0.5, 1, 2.5]))
def test_equals_the_slow_version(rows, k, theta):
    ratings = Ratings.from_frame(pd.DataFrame(rows, columns=["user", "item", "rating"]))
    if ratings.n_users < 2:
        return
    expl = Explainability(k, theta).fit(ratings)
    np.testing.assert_allclose(expl.scores.toarray(), plain_scores(ratings, k, theta), rtol=1e-6)


def test_operator_equals_the_scores(tenth_rows):
    expl = Explainability().fit(tenth_rows[0])
    product = expl.averaging @ tenth_rows[0].matrix
    np.testing.assert_allclose(product.toarray(), expl.scores.toarray(), atol=2e-6)


def test_blocks_change_nothing(tastes, monkeypatch):
    whole = Explainability(5).fit(tastes)
    monkeypatch.setattr("eautorec.neighbours.BLOCK_CELLS", 7 * tastes.n_users)
    blocks = Explainability(5).fit(tastes)
    assert np.array_equal(whole.neighbours_, blocks.neighbours_)


def test_rows_are_rows_of_the_scores(tastes):
    expl = Explainability(5, theta=1).fit(tastes)
    assert np.array_equal(expl.rows([3, 7]).toarray(), expl.scores[[3, 7]].toarray())


def test_neighbours_share_the_taste(tastes):
    expl = Explainability(10).fit(tastes)
    assert ((expl.neighbours_ - np.arange(60)[:, None]) % 2 == 0).all()


def test_somebody_alone_has_no_neighbour():
    frame = pd.DataFrame({"user": [1, 2, 3], "item": [1, 1, 2], "rating": [5, 4, 3]})
    expl = Explainability().fit(Ratings.from_frame(frame))
    assert expl.neighbors(3).tolist() == []
    assert expl.score(3, 1) == 0
    assert "no explanation" in str(expl.explain(3, 1))


@pytest.mark.parametrize("bad", [{"n_neighbors": 0}, {"theta": -1}])
def test_bad_parameters(tastes, bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        Explainability(**bad).fit(tastes)


def test_one_user_is_told():
    frame = pd.DataFrame({"user": [1, 1], "item": [1, 2], "rating": [5, 4]})
    with pytest.raises(InputError, match="one user only"):
        Explainability().fit(Ratings.from_frame(frame))


def test_explanation_counts_every_neighbour(movielens):
    reason = Explainability(50).fit(movielens).explain(42, 1)
    assert reason.n_raters + reason.n_silent == 50
    assert sum(reason.probabilities.values()) == pytest.approx(reason.n_raters / 50)
    assert reason.expected == pytest.approx(sum(x * p for x, p in reason.probabilities.items()))
    assert "Toy Story (1995)" in str(reason)
    assert reason.to_dict()["explainability"] == reason.explainability == reason.expected


def test_below_theta_is_not_explainable(movielens):
    low = Explainability(50, theta=4.5).fit(movielens).explain(42, 1)
    assert low.explainability == 0 and low.expected > 0 and "not above theta" in str(low)


def test_explanation_draws_one_histogram(movielens):
    import matplotlib

    matplotlib.use("Agg")
    ax = Explainability(50).fit(movielens).explain(42, 1).plot()
    heights = [bar.get_height() for bar in ax.patches]
    assert len(heights) == 6 and sum(heights) == 50


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([-np.inf, 0.0, 1.0, 2.0]), min_size=6, max_size=6), min_size=1
    ),
    st.integers(1, 8),
)
def test_top_k_equals_sorting(rows, k):
    scores = np.array(rows)
    expected = [[c for c in sorted(range(6), key=lambda c: (-row[c], c))[:k]] for row in scores]
    expected = [
        [c if row[c] > -np.inf else -1 for c in best]
        for row, best in zip(scores, expected, strict=True)
    ]
    assert top_k(scores, k).tolist() == expected


def brute_force_neighbours(matrix, k):
    """Eq. in section 3, one pair at a time, with exact fractions."""
    from fractions import Fraction

    dense = [[Fraction(float(x)) for x in row] for row in matrix.toarray()]
    found = []
    for u, row in enumerate(dense):
        scores = []
        for v, other in enumerate(dense):
            product = sum(a * b for a, b in zip(row, other, strict=True))
            if v != u and product:
                scores.append((-(product**2) / sum(b * b for b in other), v))
        found.append([v for _, v in sorted(scores)[:k]])
    return found


@pytest.fixture(scope="module")
def slow_neighbours(tastes):
    return brute_force_neighbours(tastes.matrix, 7)


@pytest.mark.parametrize("torch_is_loaded", [False, True])
@pytest.mark.parametrize("block", [1, 70, 10**6])
def test_neighbours_in_blocks_equal_the_slow_ones(
    tastes, slow_neighbours, monkeypatch, torch_is_loaded, block
):
    """With numpy alone or with torch, and in however many blocks; ties included."""
    if torch_is_loaded:
        import torch  # noqa: F401
    else:
        monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr("eautorec.neighbours.BLOCK_CELLS", block)
    found, _ = nearest_neighbours(tastes.matrix, 7)
    assert found.tolist() == slow_neighbours


@pytest.mark.parametrize("theta", [0.0, 1.3])
def test_rows_of_e_are_the_same_sparse_and_dense(tastes, monkeypatch, theta):
    expl = Explainability(7, theta).fit(tastes)
    dense = expl.rows([3, 0, 5])
    monkeypatch.setattr("eautorec.explainability.DENSE_CELLS", 0)
    sparse = expl.rows([3, 0, 5])
    assert np.array_equal(dense.toarray(), sparse.toarray()) and dense.nnz == sparse.nnz


def test_approximate_neighbours_find_almost_all(movielens):
    pytest.importorskip("faiss", reason="needs the extra 'approximate'")
    exact, cosines = nearest_neighbours(movielens.matrix, 50)
    found, their_cosines = nearest_neighbours(movielens.matrix, 50, approximate=True)
    recall = np.mean([len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True)]) / 50
    assert recall > 0.99
    np.testing.assert_allclose(their_cosines[:, 0], cosines[:, 0])


def test_approximate_neighbours_without_the_package(tastes, monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(InputError, match=r"eautorec\[approximate\]"):
        nearest_neighbours(tastes.matrix, 5, approximate=True)


def test_an_attribute_changed_afterwards_changes_nothing_until_the_next_fit(tastes):
    expl = Explainability(5, theta=1.0).fit(tastes)
    before = expl.scores.toarray(), expl.score(0, 2), expl.explain(0, 2)
    expl.theta, expl.n_neighbors, expl.denominator = 4.9, 3, "raters"
    assert np.array_equal(expl.rows(slice(None)).toarray(), before[0])
    assert expl.score(0, 2) == before[1] and expl.explain(0, 2) == before[2]
    assert len(expl.neighbors(0)) == 5
    again = expl.fit(tastes)
    assert len(again.neighbors(0)) == 3 and again.score(0, 2) != before[1]


def test_another_threshold_over_the_same_neighbours(tastes):
    expl = Explainability(5, theta=1.0).fit(tastes)
    higher = expl.with_theta(3.0)
    fresh = Explainability(5, theta=3.0).fit(tastes)
    assert (higher.scores != fresh.scores).nnz == 0 and higher.theta == 3.0
    assert higher.explain(0, 2) == fresh.explain(0, 2)
    assert expl.theta_ == 1.0 and expl.scores.nnz > higher.scores.nnz
    with pytest.raises(InputError, match="theta is -1"):
        expl.with_theta(-1)


@pytest.mark.parametrize(
    "options", [{"denominator": "raters"}, {"least_rating": 3}, {"theta": 1.5}], ids=str
)
def test_an_explanation_counts_as_the_scores_do(tastes, options):
    """Under every reading the score of one cell is that of the matrix, and its counts add up."""
    expl = Explainability(5, **options).fit(tastes)
    scores = expl.scores.toarray()
    for user in range(0, 60, 7):
        for item in range(0, 40, 3):
            reason = expl.explain(user, item)
            assert reason.explainability == pytest.approx(scores[user, item], abs=1e-6)
            total = sum(x * share for x, share in reason.probabilities.items())
            assert reason.expected == pytest.approx(total)


@pytest.mark.parametrize("theta", [0.0, 1.5, 2.0, 2.5])
def test_above_is_above_in_the_sparse_and_in_the_dense_product(monkeypatch, theta):
    """The five users' scores are halves of stars: 2.0 and 2.5 occur, not above themselves."""
    dense = Explainability(2, theta=theta).fit(five_users()).scores
    monkeypatch.setattr("eautorec.explainability.DENSE_CELLS", 0)
    sparse = Explainability(2, theta=theta).fit(five_users()).scores
    assert (dense != sparse).nnz == 0 and sparse.dtype == np.float32
    assert (sparse.data > theta).all() and sparse.has_sorted_indices
    every = Explainability(2).fit(five_users()).scores.data
    assert sparse.nnz == (every > theta).sum()
    assert theta in every or theta == 0


def test_neighbours_of_a_centred_cosine_by_hand():
    """Each user's mean taken off; users whose deviations point apart are no neighbours."""
    found = Explainability(4, similarity="centred").fit(five_users())
    r = five_users().matrix.toarray().astype(float)
    rated = r > 0
    r[rated] -= np.repeat(r.sum(1) / rated.sum(1), rated.sum(1))
    cosine = r @ r.T / np.outer(np.linalg.norm(r, axis=1), np.linalg.norm(r, axis=1))
    np.fill_diagonal(cosine, 0)
    for row in range(5):
        expected = sorted(np.flatnonzero(cosine[row] > 1e-9), key=lambda v: (-cosine[row, v], v))
        assert [user - 1 for user in found.neighbors(row + 1)] == expected
        np.testing.assert_allclose(
            found.cosines_[row][: len(expected)], cosine[row, expected], atol=1e-6
        )
