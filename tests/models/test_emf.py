"""EMF: its gradients and its closed form by differences, plain factorisation where lambda is 0,
and a pull that pulls together."""

import numpy as np
import pytest
from small import ratings_of

from eautorec import Explainability, InputError
from eautorec.models import emf
from eautorec.models.biases import Biases
from eautorec.models.emf import EMF, SCORES, explained_ratings
from eautorec.models.matrix_factorisation import MatrixFactorisation
from eautorec.synthetic import five_users, movielens_like, two_tastes


@pytest.fixture(scope="module")
def small():
    return movielens_like(30, 40, 400)


def cells_of(ratings):
    return zip(ratings.user_index, ratings.item_index, ratings.values, strict=True)


def objective(ratings, p, q, beta, lam, w):
    """J in loops, as it is printed."""
    total = 0.0
    for u, i, r in cells_of(ratings):
        total += (r - p[u] @ q[i]) ** 2 + beta / 2 * (p[u] @ p[u] + q[i] @ q[i])
        total += lam / 2 * w[u, i] * ((p[u] - q[i]) ** 2).sum()
    return total


def slope(function, at, step=1e-5):
    """Central differences by every entry of an array."""
    found = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        ahead, behind = at.copy(), at.copy()
        ahead[place] += step
        behind[place] -= step
        found[place] = (function(ahead) - function(behind)) / (2 * step)
    return found


def test_the_steps_go_down_the_gradient_of_j():
    ratings = five_users()
    generator = np.random.default_rng(0)
    p, q = generator.normal(size=(5, 3)), generator.normal(size=(4, 3))
    w = explained_ratings(ratings, "expected", 2).toarray()
    model = EMF(3, 0.7, 0.3)
    by_p, by_q = np.zeros_like(p), np.zeros_like(q)
    for u, i, r in cells_of(ratings):
        down_p, down_q = model.gradients(p[u], q[i], r, w[u, i])
        by_p[u] += down_p
        by_q[i] += down_q
    expected = slope(lambda p: objective(ratings, p, q, 0.7, 0.3, w), p)
    np.testing.assert_allclose(by_p, expected, atol=1e-6)
    expected = slope(lambda q: objective(ratings, p, q, 0.7, 0.3, w), q)
    np.testing.assert_allclose(by_q, expected, atol=1e-6)


@pytest.mark.parametrize("score", SCORES)
def test_a_turn_ends_where_the_gradient_of_j_is_zero(score):
    ratings = five_users()
    model = EMF(2, 0.5, 0.8, score=score, n_neighbors=2).fit(ratings)
    w = explained_ratings(ratings, score, 2).toarray()
    # The items were solved last, given the users.
    found = slope(lambda q: objective(ratings, model.users_, q, 0.5, 0.8, w), model.items_)
    assert np.abs(found).max() < 1e-6


def test_both_forms_of_j_differ_by_a_constant():
    """Raised ratings and a stronger penalty: what the docstring reads off."""
    ratings = five_users()
    w = explained_ratings(ratings, "expected", 2).toarray()
    apart = []
    for seed in range(3):
        generator = np.random.default_rng(seed)
        p, q = generator.normal(size=(5, 3)), generator.normal(size=(4, 3))
        raised = sum(
            (r + 0.3 / 2 * w[u, i] - p[u] @ q[i]) ** 2
            + (0.7 + 0.3 * w[u, i]) / 2 * (p[u] @ p[u] + q[i] @ q[i])
            for u, i, r in cells_of(ratings)
        )
        apart.append(raised - objective(ratings, p, q, 0.7, 0.3, w))
    assert np.ptp(apart) < 1e-9


def test_without_lambda_turns_are_matrix_factorisation(small, monkeypatch):
    """The house's own, with nothing for the biases; and W is nowhere, to the bit."""
    found = EMF(4, 0.6, 0, n_iterations=5).fit(small).scores()

    def none(self, train):
        self.ratings_, self.mean_ = train, 0.0
        self.user_, self.item_ = np.zeros(train.n_users), np.zeros(train.n_items)
        return self

    monkeypatch.setattr(Biases, "fit", none)
    plain = MatrixFactorisation(4, 0.3, n_iterations=5).fit(small).scores()
    np.testing.assert_allclose(found, plain, atol=1e-9)
    monkeypatch.setattr(emf, "explained_ratings", lambda train, *_: 7 * train.matrix)
    assert (EMF(4, 0.6, 0, n_iterations=5).fit(small).scores() == found).all()


def test_without_lambda_steps_are_matrix_factorisation_to_the_bit():
    ratings = five_users()
    model = EMF(3, 0.4, 0, solver="sgd", n_iterations=4, seed=3).fit(ratings)
    generator = np.random.default_rng(3)
    q, p = 0.1 * generator.normal(size=(4, 3)), 0.1 * generator.normal(size=(5, 3))
    cells = sorted(cells_of(ratings))
    for _ in range(4):
        for cell in generator.permutation(len(cells)):
            u, i, r = cells[cell]
            error = float(r) - p[u] @ q[i]
            new = p[u] - 0.01 * (0.4 * p[u] - 2 * error * q[i])
            q[i] = q[i] - 0.01 * (0.4 * q[i] - 2 * error * p[u])
            p[u] = new
    assert (model.users_ == p).all() and (model.items_ == q).all()


@pytest.mark.parametrize("solver", ["als", "sgd"])
def test_the_larger_lambda_the_nearer(small, solver):
    """With the other sign in the steps they are driven apart. (The solution's signs are held by its
    gradient, above: its ridge alone would bring the two nearer.)"""
    w = explained_ratings(small, "expected", 5)
    explained = w.toarray() > 0
    apart = []
    for lam in (0, 0.05, 0.2, 1.0):
        model = EMF(
            3, 0.3, lam, n_neighbors=5, solver=solver, n_iterations=15, learning_rate=0.005
        ).fit(small)
        squares = ((model.users_[:, None] - model.items_) ** 2).sum(axis=2)
        apart.append(squares[explained].sum())
    assert (np.diff(apart) < 0).all()


def test_two_users_and_one_film():
    """Without a penalty, both people's p are the film's q, and |q|^2 is the rating."""
    model = EMF(2, 1e-9, 10.0, n_neighbors=1, n_iterations=200).fit(ratings_of(["4", "4"]))
    np.testing.assert_allclose(model.users_, np.tile(model.items_, (2, 1)), atol=1e-6)
    assert (model.items_**2).sum() == pytest.approx(4, abs=1e-6)


def test_w_by_hand():
    """Users 1 and 2 alone share items; of item 3 the nearest neighbour of user 1 says nothing."""
    ratings = ratings_of(["5430", "5100", "0001"])
    assert explained_ratings(ratings, "expected", 1).toarray()[0].tolist() == [5, 1, 0, 0]
    assert explained_ratings(ratings, "share", 1).toarray()[0].tolist() == [1, 1, 0, 0]
    assert explained_ratings(ratings, "share", 1).nnz == len(ratings)


def test_w_is_e_at_the_rated_cells(small):
    rated = small.matrix.toarray() > 0
    e = Explainability(7).fit(small)
    w = explained_ratings(small, "expected", 7).toarray()
    np.testing.assert_allclose(w, np.where(rated, e.scores.toarray(), 0))
    share = explained_ratings(small, "share", 7).toarray()
    for row in range(small.n_users):
        near = e.neighbours_[row][e.neighbours_[row] >= 0]
        np.testing.assert_allclose(share[row], np.where(rated[row], rated[near].mean(0), 0), 1e-6)


def test_learns_the_two_tastes():
    tastes = two_tastes()
    for solver, options in (("als", {}), ("sgd", {"n_iterations": 8, "learning_rate": 0.02})):
        scores = EMF(3, 0.02, solver=solver, **options).fit(tastes).scores()
        right = scores[tastes.user_index, tastes.item_index]
        assert (np.abs(right - tastes.values) > 2).mean() < 0.05


def test_reasons_are_the_neighbours(small):
    model = EMF(n_neighbors=5).fit(small)
    user = small.users[0].item()
    item = model.recommend(user, 1)["item"].item()
    reason = model.explain(user, item)
    assert reason.n_neighbors == 5
    assert reason.score == pytest.approx(model.recommend(user, 1)["rating"].item())
    expected = Explainability(5).fit(small).score(user, item)
    assert reason.explainability == pytest.approx(expected)


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("score is 'best'", {"score": "best"}),
        ("solver is 'adam'", {"solver": "adam"}),
        ("explainability_weight is -1", {"explainability_weight": -1}),
        ("regularization is 0", {"regularization": 0}),
        ("The steps diverge", {"solver": "sgd", "learning_rate": 50.0}),
    ],
)
def test_out_of_range(said, options):
    with pytest.raises(InputError, match=said), np.errstate(all="ignore"):
        EMF(**options).fit(five_users())


def test_rated_by_nobody_is_zero():
    ratings = five_users()
    train = ratings.take(np.flatnonzero(ratings.user_index > 0))
    model = EMF(2).fit(train)
    assert not model.users_[0].any()
    assert np.isfinite(model.scores()).all()
