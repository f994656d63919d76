"""EASE (Steck, 2019): one linear map from what was rated to what will be, in closed form."""

from __future__ import annotations

from typing import Self

import numpy as np

from eautorec.arrays import Array
from eautorec.ratings import Ratings


class EASE:
    """minimise |X - X B|^2 + regularization |B|^2 with diag(B) = 0, X = 1 where something was
    rated.

    With P = (X^T X + regularization I)^-1, B_ij = -P_ij / P_jj off the diagonal. For ranking only.
    """

    def __init__(self, regularization: float = 200.0):
        self.regularization = regularization

    def fit(self, train: Ratings) -> Self:
        self.x_ = (train.matrix > 0).astype(float)
        gram = (self.x_.T @ self.x_).toarray()
        gram[np.diag_indices_from(gram)] += self.regularization
        inverse = np.linalg.inv(gram)
        self.weights_ = -inverse / np.diag(inverse)
        np.fill_diagonal(self.weights_, 0.0)
        return self

    def scores(self) -> Array:
        return self.x_ @ self.weights_
