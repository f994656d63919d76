"""I-AutoRec (Sedhain et al., 2015): the autoencoder over items, which reads a column of ratings."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import numpy as np
from scipy.special import expit

from eautorec.arrays import Array
from eautorec.models.autorec import AutoRec
from eautorec.models.recommender import Recommender
from eautorec.ratings import Ratings


class ItemAutoRec(Recommender):
    """`AutoRec` on the transposed ratings, with its parameters."""

    name = "item AutoRec"

    def __init__(self, n_hidden: int = 300, regularization: float = 14.0, seed: int = 0):
        self.n_hidden = n_hidden
        self.regularization = regularization
        self.seed = seed

    def fit(self, train: Ratings) -> Self:
        self._keep(train, self.get_params())
        turned = replace(
            train,
            users=train.items,
            items=train.users,
            user_index=train.item_index,
            item_index=train.user_index,
            titles={},
        )
        self.network_ = AutoRec(**self._parameters).fit(turned)
        return self

    def _scores_of(self, rows: slice) -> Array:
        weights, encoding = self.network_.weights_, self.network_.encoding_
        outputs = expit(self.network_.activation_) @ weights.output[rows].T
        return np.asarray(outputs + weights.output_bias[rows]).T * encoding.unit
