"""I-AutoRec (Sedhain et al., 2015): the autoencoder over items, which reads a column of ratings."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from eautorec.arrays import Array
from eautorec.models.autorec import AutoRec
from eautorec.ratings import Ratings


class ItemAutoRec:
    """`AutoRec` on the transposed ratings, with its parameters."""

    def __init__(self, n_hidden: int = 300, regularization: float = 14.0, seed: int = 0):
        self.model = AutoRec(n_hidden, regularization=regularization, seed=seed)

    def fit(self, train: Ratings) -> Self:
        turned = replace(
            train,
            users=train.items,
            items=train.users,
            user_index=train.item_index,
            item_index=train.user_index,
            titles={},
        )
        self.model.fit(turned)
        return self

    def scores(self) -> Array:
        return self.model.predict_rows(slice(None)).T
