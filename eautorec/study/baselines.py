"""Models to compare with: what they have in common, and how each is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self

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


BASELINES: dict[str, Callable[[int], Baseline]] = {
    "biases": lambda seed: Biases(),
    "user kNN": lambda seed: UserKNN(),
    "matrix factorisation": lambda seed: MatrixFactorisation(seed=seed),
    "item AutoRec": lambda seed: ItemAutoRec(seed=seed),
    "EASE": lambda seed: EASE(),
    "popular": lambda seed: Popularity(),
}
"""By name: makes the model, given the seed of its random numbers; some need none."""
