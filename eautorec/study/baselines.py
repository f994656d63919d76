"""Models to compare with: what they have in common, and how each is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self

import numpy as np

from eautorec.arrays import Array
from eautorec.models.biases import Biases
from eautorec.models.ease import EASE
from eautorec.models.item_autorec import ItemAutoRec
from eautorec.models.matrix_factorisation import MatrixFactorisation
from eautorec.models.popularity import Popularity
from eautorec.models.user_knn import UserKNN
from eautorec.ratings import Ratings


class Baseline(Protocol):
    """What the study asks of a baseline."""

    def fit(self, train: Ratings) -> Self:
        """Train on these ratings."""

    def scores(self) -> Array:
        """(n_users, n_items): ratings, not clipped; or any numbers, of a model for ranking only."""


class ItemMeans:
    """Every item's mean rating; that of all ratings where it has none. Nothing is worse that still
    looks at the ratings."""

    def fit(self, train: Ratings) -> Self:
        counts = train.matrix.getnnz(axis=0)
        sums = np.asarray(train.matrix.sum(axis=0, dtype=np.float64)).ravel()
        means = np.where(counts, sums / np.maximum(counts, 1), train.values.mean())
        self._scores = np.broadcast_to(means, train.matrix.shape)
        return self

    def scores(self) -> Array:
        """(n_users, n_items), the same for every user."""
        return self._scores


BASELINES: dict[str, Callable[[int], Baseline]] = {
    "item means": lambda seed: ItemMeans(),
    "biases": lambda seed: Biases(),
    "user kNN": lambda seed: UserKNN(),
    "matrix factorisation": lambda seed: MatrixFactorisation(seed=seed),
    "item AutoRec": lambda seed: ItemAutoRec(seed=seed),
    "EASE": lambda seed: EASE(),
    "popular": lambda seed: Popularity(),
}
"""By name: makes the model, given the seed of its random numbers; some need none."""
