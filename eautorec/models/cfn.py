"""CFN (Strub, Gaudel and Mary, 2016): an autoencoder that has to find hidden ratings again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eautorec.arrays import Array
from eautorec.models.recommender import NEIGHBORS
from eautorec.models.semi_autoencoder import SemiAutoencoder
from eautorec.parameters import number
from eautorec.ratings import Ratings
from eautorec.training.heads import Head

if TYPE_CHECKING:
    import torch

    from eautorec.training.dense import Corrupt


class CFN(SemiAutoencoder):
    """Some of the known ratings are hidden from the encoder; finding those again counts alpha, and
    restoring the others beta:

        h = tanh(W1 x~ + W1' z + b),     x^ = tanh(W2 h + W2' z + b')
        minimise  the mean over rows of  alpha * sum over hidden of (x - x^)^2
                                         + beta * sum over seen of (x - x^)^2
                  + regularization / 2 (the squares of all W)

    x is what a rating lies above the mean of its row, divided by the width of the scale, and 0
    where there is no rating. Side information z, the features given to `fit`, enters both layers.

    The paper trains one hidden layer, or two greedily, by gradient steps with momentum, and adds
    salt-and-pepper noise; here there is one, trained by Adam, and hidden ratings are all the noise.

    Parameters
    ----------
    over : "users" for U-CFN, "items" for V-CFN.
    masking : the probability that a rating is hidden.
    alpha, beta : of the loss. All others as of `SemiAutoencoder`.
    """

    name = "CFN"
    direct = (1,)

    def __init__(
        self,
        over: str = "users",
        *,
        masking: float = 0.15,
        alpha: float = 1.0,
        beta: float = 0.8,
        n_hidden: int = 200,
        regularization: float = 0.01,
        learning_rate: float = 1e-3,
        n_epochs: int = 60,
        batch_size: int = 128,
        n_neighbors: int = NEIGHBORS,
        seed: int = 0,
    ):
        super().__init__(
            over,
            n_hidden=n_hidden,
            regularization=regularization,
            learning_rate=learning_rate,
            n_epochs=n_epochs,
            batch_size=batch_size,
            n_neighbors=n_neighbors,
            seed=seed,
        )
        self.masking = masking
        self.alpha = alpha
        self.beta = beta

    @property
    def head(self) -> Head:
        return Head("tanh", "tanh")

    def _read(self, train: Ratings) -> list[Array]:
        r = self._in_rows(train.matrix.toarray()).astype(float)
        observed = self._observed().numpy()
        counts = observed.sum(axis=1)
        mean = train.values.mean(dtype=float)
        # A row without ratings has the mean of all.
        self._means = np.where(counts > 0, r.sum(axis=1) / np.maximum(counts, 1), mean)
        x = observed * (r - self._means[:, None]) / self._width
        return [x] if self.features_ is None else [x, self.features_]

    @property
    def _width(self) -> float:
        low, high = self.ratings_.scale
        return high - low or 1.0

    def _corruption(self, p: dict[str, Any]) -> Corrupt:
        from eautorec.training.dense import kept

        observed, masking = self._observed(), p["masking"]

        def corrupt(
            inputs: Sequence[torch.Tensor], rows: torch.Tensor, generator: torch.Generator
        ) -> tuple[Sequence[torch.Tensor], torch.Tensor]:
            x, *side = inputs
            if masking == 0:
                return inputs, p["beta"] * observed[rows]
            seen = kept(x.shape, masking, generator)
            counts = observed[rows] * (p["beta"] * seen + p["alpha"] * ~seen)
            return [x * seen, *side], counts

        return corrupt

    def _as_ratings(self, outputs: Array, rows: slice) -> Array:
        return np.asarray(outputs * self._width + self._means[rows, None])

    def _checked(self) -> dict[str, Any]:
        p = super()._checked()
        number("masking", p["masking"], at_least=0, below=1)
        for name in ("alpha", "beta"):
            number(name, p[name], at_least=0)
        return p
