"""Explainable matrix factorisation (Abdollahi and Nasraoui, WWW 2016 and RecSys 2017)."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix, stored_cells
from eautorec.errors import InputError
from eautorec.explainability import Explainability
from eautorec.models.recommender import NEIGHBORS, Recommender
from eautorec.parameters import number, one_of, whole_number
from eautorec.ratings import Ratings

SCORES = ("expected", "share")
"""W_ui: the neighbours' expected rating, Eq. 5-7 (2017), or the share of the neighbours who rated
the item (2016)."""

SOLVERS = ("als", "sgd")
"""Alternating least squares, in closed form; or the papers' steps, one rating at a time,
which takes some hundred times as long."""

START = 0.1
"""Standard deviation of the initial factors."""


class EMF(Recommender):
    """r^ = p_u q_i, where p_u and q_i are pulled together if the neighbours explain the rating:

        J = sum over ratings of  (r - p q)^2 + beta/2 (|p|^2 + |q|^2) + lambda/2 W |p - q|^2

    What that does can be read off. Since |p - q|^2 = |p|^2 + |q|^2 - 2 p q, up to a constant

        J = sum over ratings of  (r + lambda/2 W - p q)^2 + (beta + lambda W)/2 (|p|^2 + |q|^2)

    so this is matrix factorisation of raised ratings with a stronger penalty, both in proportion to
    W. By itself the term is least at p = q, where p q is |p|^2 whatever the rating; and it acts on
    the cells that are rated, while a list is made of those that are not.

    The papers hope that lists become explainable. Of all unrated items, they become less so
    (`results/relatives-search.csv`). On validation ratings of MovieLens-100K, with beta = 0.2, from
    lambda = 0 to 0.5: where E is above 0 the scores of unrated films rise, by 0.20 stars in the
    mean, but they come closer together (their standard deviation falls from 0.81 to 0.67); where E
    is 0 they rise by more, 0.34, and stay spread out (1.10 and 1.04). A list is drawn from the
    upper end, and films that hardly anybody rated fill it: half of those listed have one rating.

    The papers' own settings are not known here: the defaults are those of public copies.

    Parameters
    ----------
    n_factors : the length of p and q.
    regularization : beta.
    explainability_weight : lambda; 0 for matrix factorisation.
    score : W, one of SCORES.
    n_neighbors : of W, and of the reasons.
    solver : one of SOLVERS.
    n_iterations : turns of both sides, or passes over all ratings.
    learning_rate : of the steps.
    seed : of the first factors and the order of the steps.

    Attributes
    ----------
    users_ : p, float64 (n_users, n_factors); items_ : q, float64 (n_items, n_factors).
    """

    name = "EMF"

    def __init__(
        self,
        n_factors: int = 10,
        regularization: float = 0.4,
        explainability_weight: float = 0.01,
        *,
        score: str = "expected",
        n_neighbors: int = NEIGHBORS,
        solver: str = "als",
        n_iterations: int = 20,
        learning_rate: float = 0.01,
        seed: int = 0,
    ):
        self.n_factors = n_factors
        self.regularization = regularization
        self.explainability_weight = explainability_weight
        self.score = score
        self.n_neighbors = n_neighbors
        self.solver = solver
        self.n_iterations = n_iterations
        self.learning_rate = learning_rate
        self.seed = seed

    def fit(self, train: Ratings) -> Self:
        """Minimise J. Raises InputError on a parameter out of range, or steps that diverge."""
        self._check_parameters()
        self._keep(train, self.get_params())
        generator = np.random.default_rng(self.seed)
        self.items_ = START * generator.normal(size=(train.n_items, self.n_factors))
        ratings = train.matrix.astype(float)
        w = explained_ratings(train, self.score, self.n_neighbors)
        if self.solver == "als":
            self._take_turns(ratings, w)
        else:
            self.users_ = START * generator.normal(size=(train.n_users, self.n_factors))
            self._take_steps(ratings, w, generator)
        return self

    def _take_turns(self, ratings: Matrix, w: Matrix) -> None:
        by_item = ratings.T.tocsr(), w.T.tocsr()
        for _ in range(self.n_iterations):
            self.users_ = self._solve(ratings, w, self.items_)
            self.items_ = self._solve(*by_item, self.users_)

    def _solve(self, ratings: Matrix, w: Matrix, others: Array) -> Array:
        """The rows' factors where the gradient of J is 0, given those of the columns:

        (2 sum q q' + (n beta + lambda sum W) I) p = sum (2 r + lambda W) q
        """
        rated = stored_cells(ratings).astype(float)
        k = others.shape[1]
        products = (others[:, :, None] * others[:, None, :]).reshape(len(others), k * k)
        ridge = self.regularization * rated.sum(axis=1) + self.explainability_weight * w.sum(axis=1)
        left = (rated @ products).reshape(-1, k, k) + np.asarray(ridge / 2).reshape(
            -1, 1, 1
        ) * np.eye(k)
        right = (ratings + self.explainability_weight / 2 * w) @ others
        # Who rated nothing has 0 on both sides: the factors are 0.
        left[rated.getnnz(axis=1) == 0] = np.eye(k)
        return np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0])

    def _take_steps(self, ratings: Matrix, w: Matrix, generator: np.random.Generator) -> None:
        rows = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
        for _ in range(self.n_iterations):
            for cell in generator.permutation(ratings.nnz):
                p, q = self.users_[rows[cell]], self.items_[ratings.indices[cell]]
                down_p, down_q = self.gradients(p, q, ratings.data[cell], w.data[cell])
                p -= self.learning_rate * down_p
                q -= self.learning_rate * down_q
            if not np.isfinite(self.users_).all():
                raise InputError(
                    f"The steps diverge with learning_rate {self.learning_rate:g}: take a smaller "
                    "one, or solver='als'."
                )

    def gradients(self, p: Array, q: Array, rating: float, w: float) -> tuple[Array, Array]:
        """Of one rating's part of J, by p and by q: (n_factors,) each."""
        error = rating - p @ q
        apart = self.explainability_weight * w * (p - q)
        return (
            self.regularization * p - 2 * error * q + apart,
            self.regularization * q - 2 * error * p - apart,
        )

    def _scores_of(self, rows: slice) -> Array:
        return np.asarray(self.users_[rows] @ self.items_.T)

    def _check_parameters(self) -> None:
        for name in ("n_factors", "n_neighbors", "n_iterations"):
            whole_number(name, getattr(self, name), at_least=1)
        whole_number("seed", self.seed, at_least=0)
        for name in ("regularization", "learning_rate"):
            number(name, getattr(self, name), above=0)
        number("explainability_weight", self.explainability_weight, at_least=0)
        one_of("score", self.score, SCORES)
        one_of("solver", self.solver, SOLVERS)

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        return {"user_factors": self.users_, "item_factors": self.items_}, {}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.users_, self.items_ = arrays["user_factors"], arrays["item_factors"]


def explained_ratings(train: Ratings, score: str, n_neighbors: int) -> Matrix:
    """W at the rated cells, in the order of `train.matrix`: float64 CSR, with zeros stored where no
    neighbour rated the item."""
    e = Explainability(n_neighbors).fit(train)
    scores = e.averaging @ stored_cells(train.matrix) if score == "share" else e.scores
    matrix = train.matrix
    rows = np.repeat(np.arange(train.n_users), np.diff(matrix.indptr))
    at_cells = np.asarray(scores[rows, matrix.indices], dtype=float).ravel()
    return sp.csr_matrix((at_cells, matrix.indices, matrix.indptr), matrix.shape)
