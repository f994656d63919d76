"""Biases plus a product of factors, by alternating least squares (Koren, Bell and Volinsky,
2009)."""

from __future__ import annotations

from typing import Self

import numpy as np

from eautorec.arrays import Array, Matrix
from eautorec.models.biases import Biases
from eautorec.models.recommender import Recommender
from eautorec.parameters import number, whole_number
from eautorec.ratings import Ratings


class MatrixFactorisation(Recommender):
    """r = mean + b_u + b_i + p_u q_i; what the biases leave is fitted by the factors.

    minimise sum (rest - p_u q_i)^2 + regularization (sum n_u |p_u|^2 + sum n_i |q_i|^2), where n
    counts the ratings of a user or an item, as Zhou et al. (2008) weight it.
    """

    name = "matrix factorisation"

    def __init__(
        self,
        n_factors: int = 100,
        regularization: float = 0.1,
        n_iterations: int = 15,
        seed: int = 0,
    ):
        self.n_factors = n_factors
        self.regularization = regularization
        self.n_iterations = n_iterations
        self.seed = seed

    def fit(self, train: Ratings) -> Self:
        """Take turns. Raises InputError on a parameter out of range."""
        whole_number("n_factors", self.n_factors, at_least=1)
        number("regularization", self.regularization, above=0)
        whole_number("n_iterations", self.n_iterations, at_least=1)
        whole_number("seed", self.seed, at_least=0)
        self._keep(train, self.get_params())
        self.biases_ = Biases().fit(train)
        rest = train.matrix.astype(float)
        rows = np.repeat(np.arange(train.n_users), np.diff(rest.indptr))
        rest.data -= (
            self.biases_.mean_ + self.biases_.user_[rows] + self.biases_.item_[rest.indices]
        )
        transposed = rest.T.tocsr()
        generator = np.random.default_rng(self.seed)
        self.items_ = 0.1 * generator.normal(size=(train.n_items, self.n_factors))
        for _ in range(self.n_iterations):
            self.users_ = self._solve(rest, self.items_)
            self.items_ = self._solve(transposed, self.users_)
        return self

    def _solve(self, rest: Matrix, others: Array) -> Array:
        """The best factors of each row, given those of the columns."""
        found = np.zeros((rest.shape[0], self.n_factors))
        for row in range(rest.shape[0]):
            cells = slice(rest.indptr[row], rest.indptr[row + 1])
            x = others[rest.indices[cells]]
            if len(x):
                ridge = self.regularization * len(x) * np.eye(self.n_factors)
                found[row] = np.linalg.solve(x.T @ x + ridge, x.T @ rest.data[cells])
        return found

    def _scores_of(self, rows: slice) -> Array:
        return np.asarray(self.biases_._scores_of(rows) + self.users_[rows] @ self.items_.T)
