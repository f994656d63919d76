"""The semi-autoencoder (Zhang et al., 2017): it reads more than it gives back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from eautorec.arrays import Array
from eautorec.models.autoencoder import DenseAutoencoder
from eautorec.models.features import aligned
from eautorec.models.recommender import NEIGHBORS
from eautorec.parameters import one_of
from eautorec.ratings import Ratings
from eautorec.training.heads import Head

if TYPE_CHECKING:
    import torch

    from eautorec.training.dense import Corrupt

OVER = ("users", "items")
"""What stands in the rows that a network reads."""


class SemiAutoencoder(DenseAutoencoder):
    """The network reads ratings r and features f, and gives back the ratings alone:

        h = sigma(W1 r + W1' f + b),     r^ = W2 h + b'
        minimise  the mean over rows of |r - r^|^2 over the observed ratings
                  + regularization / 2 (|W1|^2 + |W1'|^2 + |W2|^2)

    Ratings are divided by the highest. Where f is the explainability e of a user's items, this is
    E-AutoRec (Eq. 4); without features it is AutoRec.

    Parameters
    ----------
    over : "users": a row is a user's ratings, and f their features. "items": a row is an item's.
    n_hidden, regularization, learning_rate, n_epochs, batch_size, seed : of the training by Adam.
    n_neighbors : of the reasons.

    Attributes
    ----------
    features_ : f, float32 (n_rows, n_features), or None. All others as of `DenseAutoencoder`.
    """

    name = "semi-autoencoder"
    features_: Array | None = None

    def __init__(
        self,
        over: str = "users",
        *,
        n_hidden: int = 200,
        regularization: float = 0.01,
        learning_rate: float = 1e-3,
        n_epochs: int = 60,
        batch_size: int = 128,
        n_neighbors: int = NEIGHBORS,
        seed: int = 0,
    ):
        self.over = over
        self.n_hidden = n_hidden
        self.regularization = regularization
        self.learning_rate = learning_rate
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.n_neighbors = n_neighbors
        self.seed = seed

    def fit(self, train: Ratings, features: pd.DataFrame | None = None) -> Self:
        """Train for `n_epochs`.

        Parameters
        ----------
        features : a row for each user (or item, where the network reads those), by its label, and
            columns of numbers. Whoever has no row has zeros.

        Raises InputError on a parameter out of range, or features that fit nobody.
        """
        for _ in self.epochs(train, features):
            pass
        return self

    def epochs(self, train: Ratings, features: pd.DataFrame | None = None) -> Iterator[int]:
        """As `fit`, with a pause after each epoch, whose number is given."""
        over = one_of("over", self.over, OVER)
        labels = train.users if over == "users" else train.items
        self.features_ = None if features is None else aligned(features, labels)
        return super().epochs(train)

    @property
    def head(self) -> Head:
        return Head("sigmoid")

    def _read(self, train: Ratings) -> list[Array]:
        r = self._in_rows(train.matrix.toarray()) / train.scale[1]
        return [r] if self.features_ is None else [r, self.features_]

    def _corruption(self, p: dict[str, Any]) -> Corrupt:
        """Nothing is corrupted; the observed ratings count once."""
        observed = self._observed()

        def corrupt(
            inputs: Sequence[torch.Tensor], rows: torch.Tensor, generator: torch.Generator
        ) -> tuple[Sequence[torch.Tensor], torch.Tensor]:
            return inputs, observed[rows]

        return corrupt

    def _observed(self) -> torch.Tensor:
        """1 at the observed ratings: (n_rows, n_outputs)."""
        import torch

        return torch.from_numpy(np.ascontiguousarray(self._in_rows(self._rated_cells())))

    def _in_rows(self, table: Array) -> Array:
        """A table of users and items as the network reads it, and back again."""
        return table if self._parameters["over"] == "users" else table.T

    def _scores_of(self, rows: slice) -> Array:
        if self._parameters["over"] == "users":
            return self._as_ratings(self.decoded_rows(rows), rows)
        return self._as_ratings(self.decoded_rows(slice(None)), slice(None)).T[rows]

    def _as_ratings(self, outputs: Array, rows: slice) -> Array:
        """What the outputs of some rows mean."""
        return np.asarray(outputs * self.ratings_.scale[1])

    def _checked(self) -> dict[str, Any]:
        one_of("over", self.over, OVER)
        return self._check_training(self.get_params())

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        arrays, facts = super()._learned()
        return arrays | ({} if self.features_ is None else {"features": self.features_}), facts

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.features_ = arrays.get("features")
        self.inputs_ = [np.asarray(block, np.float32) for block in self._read(self.ratings_)]
        super()._restore(arrays, facts)
