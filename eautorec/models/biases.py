"""Ratings from the user's and the item's habit alone: mean + b_u + b_i."""

from __future__ import annotations

from typing import Self

import numpy as np

from eautorec.arrays import Array
from eautorec.models.recommender import Recommender
from eautorec.parameters import number
from eautorec.ratings import Ratings

SWEEPS = 60
"""Turns: in each, the items' biases are solved exactly and then the users'."""


class Biases(Recommender):
    """Minimise sum (r - mean - b_u - b_i)^2 + regularization (|b_U|^2 + |b_I|^2), by turns.

    Attributes
    ----------
    mean_ : of the training ratings; user_ : (n_users,), b_U; item_ : (n_items,), b_I.
    """

    name = "biases"

    def __init__(self, regularization: float = 4.0):
        self.regularization = regularization

    def fit(self, train: Ratings) -> Self:
        """Take turns. Raises InputError for a regularization that is not above 0."""
        number("regularization", self.regularization, above=0)
        self._keep(train, self.get_params())
        rows, columns = train.user_index, train.item_index
        self.mean_ = float(train.values.mean(dtype=float))
        rest = train.values - self.mean_
        per_user = np.bincount(rows, minlength=train.n_users) + self.regularization
        per_item = np.bincount(columns, minlength=train.n_items) + self.regularization
        self.user_ = np.zeros(train.n_users)
        for _ in range(SWEEPS):
            left = rest - self.user_[rows]
            self.item_ = np.bincount(columns, left, train.n_items) / per_item
            left = rest - self.item_[columns]
            self.user_ = np.bincount(rows, left, train.n_users) / per_user
        return self

    def predict_cells(self, rows: Array, columns: Array) -> Array:
        """Predictions for cells, given by their rows and columns."""
        self._check_fitted()
        return np.asarray(self.mean_ + self.user_[rows] + self.item_[columns])

    def _scores_of(self, rows: slice) -> Array:
        return np.asarray(self.mean_ + self.user_[rows, None] + self.item_)
