"""Each baseline against its equations written down plainly, or a world with a known answer."""

import numpy as np
import pytest

from eautorec import Ratings, split
from eautorec.models.biases import Biases
from eautorec.models.ease import EASE
from eautorec.models.item_autorec import ItemAutoRec
from eautorec.models.matrix_factorisation import MatrixFactorisation
from eautorec.models.popularity import Popularity
from eautorec.models.user_knn import UserKNN
from eautorec.synthetic import five_users, taste


def test_biases_are_the_ridge_solution(tastes):
    found = Biases(regularization=3.0).fit(tastes)
    design = np.zeros((len(tastes), tastes.n_users + tastes.n_items))
    design[np.arange(len(tastes)), tastes.user_index] = 1
    design[np.arange(len(tastes)), tastes.n_users + tastes.item_index] = 1
    rest = tastes.values - tastes.values.mean(dtype=float)
    ridge = design.T @ design + 3.0 * np.eye(design.shape[1])
    exact = np.linalg.solve(ridge, design.T @ rest)
    np.testing.assert_allclose(np.r_[found.user_, found.item_], exact, atol=1e-6)


def test_popularity_counts():
    assert Popularity().fit(five_users()).scores()[2].tolist() == [4, 4, 3, 1]


def test_user_knn_by_hand():
    """User 3 (ratings 1 and 4, mean 2.5) for item 2, from the formula in plain loops."""
    ratings = five_users()
    found = UserKNN(n_neighbors=2).fit(ratings).scores()
    r = ratings.matrix.toarray()
    means = np.array([row[row > 0].mean() for row in r])
    d = np.where(r > 0, r - means[:, None], 0)
    norm = np.linalg.norm(d, axis=1)
    for user in range(5):
        for item in range(4):
            weights = [
                (d[user] @ d[v] / (norm[user] * norm[v]), v)
                for v in range(5)
                if v != user and r[v, item] > 0
            ]
            best = [(w, v) for w, v in sorted(weights, reverse=True)[:2] if w > 0]
            expected = means[user]
            if best:
                expected += sum(w * d[v, item] for w, v in best) / sum(w for w, _ in best)
            assert found[user, item] == pytest.approx(expected), (user, item)


def test_ease_minimises_its_objective():
    """Its weights are a minimum: nudging any of them off the diagonal only costs."""
    model = EASE(regularization=2.0).fit(five_users())
    x, b = model.x_.toarray(), model.weights()

    def objective(b):
        return ((x - x @ b) ** 2).sum() + 2.0 * (b**2).sum()

    assert (np.diag(b) == 0).all()
    for i in range(4):
        for j in range(4):
            for step in (-1e-3, 1e-3):
                nudged = b.copy()
                nudged[i, j] += step * (i != j)
                assert objective(nudged) >= objective(b)


@pytest.mark.parametrize(
    "model",
    [
        MatrixFactorisation(n_factors=3, regularization=0.02),
        UserKNN(),
        ItemAutoRec(8, regularization=0.1),
    ],
    ids=lambda model: type(model).__name__,
)
def test_learns_the_two_tastes(tastes, model):
    train, test = split(tastes)
    scores = model.fit(train).scores()[test.user_index, test.item_index]
    wrong = np.abs(scores - taste(test.user_index, test.item_index)) > 2
    assert wrong.mean() < 0.03


def test_a_user_without_ratings_gets_a_number(tastes):
    frame = tastes.to_frame()
    ratings = Ratings.from_frame(frame, scale=(1, 5))
    train = ratings.take(np.flatnonzero(ratings.user_index > 0))
    for model in (Biases(), UserKNN(), MatrixFactorisation(3), EASE()):
        assert np.isfinite(model.fit(train).scores()).all()
