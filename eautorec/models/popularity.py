"""The same list for everybody: items by their number of ratings."""

from __future__ import annotations

from typing import Self

import numpy as np

from eautorec.arrays import Array
from eautorec.ratings import Ratings


class Popularity:
    """An item's score is its number of training ratings; for ranking only."""

    def fit(self, train: Ratings) -> Self:
        self.shape_ = train.matrix.shape
        self.counts_ = train.matrix.getnnz(axis=0).astype(float)
        return self

    def scores(self) -> Array:
        return np.broadcast_to(self.counts_, self.shape_)
