"""CDAE (Wu, DuBois, Zheng and Ester, 2016): a denoising autoencoder with a vector for each user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eautorec.arrays import Array, stored_cells
from eautorec.models.autoencoder import DenseAutoencoder
from eautorec.models.recommender import NEIGHBORS
from eautorec.parameters import number, one_of, whole_number
from eautorec.ratings import Ratings
from eautorec.training.heads import Head

if TYPE_CHECKING:
    import torch

    from eautorec.training.dense import Corrupt, Steps

VARIANTS = {
    "M1": Head("identity", "identity", "square"),
    "M2": Head("identity", "sigmoid", "log"),
    "M3": Head("sigmoid", "identity", "square"),
    "M4": Head("sigmoid", "sigmoid", "log"),
}
"""The paper's four."""

POSITIVES = ("relevant", "rated")


class CDAE(DenseAutoencoder):
    """y_ui is 1 for the items that a user likes. Some are hidden from the encoder, and a list holds
    the items with the highest y^:

        z_u = f(W y~_u + V_u + b),     y^_u = g(W' z_u + b')
        minimise  the mean over users of the loss at the positives and at sampled negatives
                  + regularization / 2 (|W|^2 + |W'|^2 + |V|^2 + |b|^2 + |b'|^2)

    In y~ a positive is 0 with the probability `corruption`, and the others are divided by the rest.
    V_u is a vector of each user's own, so that a newcomer needs a new training. Each of the other
    items is a negative of a batch with a probability that makes `n_negatives` for each positive.

    Parameters
    ----------
    variant : one of VARIANTS, which name f, g and the loss.
    positives : "relevant", the ratings in the upper quarter of the scale, as in the paper, where 4
        and 5 stars count; or "rated", all of them.
    user_vectors : False for no V: a plain denoising autoencoder.
    n_hidden, corruption, regularization, n_negatives : as above; 50 and 5 are the paper's.
    learning_rate, n_epochs, batch_size, seed : of AdaGrad, whose steps are divided by the root of 1
        and all squared gradients so far. The paper's batch is one user.
    n_neighbors : of the reasons.

    Attributes
    ----------
    inputs_ : y, as one float32 array (n_users, n_items). All others as of `DenseAutoencoder`.
    """

    name = "CDAE"
    predicts = False

    def __init__(
        self,
        variant: str = "M4",
        *,
        positives: str = "relevant",
        user_vectors: bool = True,
        n_hidden: int = 50,
        corruption: float = 0.6,
        regularization: float = 0.01,
        n_negatives: int = 5,
        learning_rate: float = 1.0,
        n_epochs: int = 60,
        batch_size: int = 32,
        n_neighbors: int = NEIGHBORS,
        seed: int = 0,
    ):
        self.variant = variant
        self.positives = positives
        self.user_vectors = user_vectors
        self.n_hidden = n_hidden
        self.corruption = corruption
        self.regularization = regularization
        self.n_negatives = n_negatives
        self.learning_rate = learning_rate
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.n_neighbors = n_neighbors
        self.seed = seed

    @property
    def head(self) -> Head:
        return VARIANTS[getattr(self, "_parameters", self.get_params())["variant"]]

    def _read(self, train: Ratings) -> list[Array]:
        relevant = self._parameters["positives"] == "relevant"
        found = train.relevant() if relevant else stored_cells(train.matrix)
        return [np.asarray(found.toarray() > 0, np.float32)]

    def _n_vectors(self) -> int:
        return self.ratings_.n_users if self._parameters["user_vectors"] else 0

    def _corruption(self, p: dict[str, Any]) -> Corrupt:
        import torch

        from eautorec.training.dense import corrupted

        q, n_items = p["corruption"], self.inputs_[0].shape[1]

        def corrupt(
            inputs: Sequence[torch.Tensor], rows: torch.Tensor, generator: torch.Generator
        ) -> tuple[Sequence[torch.Tensor], torch.Tensor]:
            (y,) = inputs
            n_positive = y.sum(dim=1, keepdim=True)
            wanted = p["n_negatives"] * n_positive / (n_items - n_positive).clamp(min=1)
            negative = torch.rand(y.shape, generator=generator) < wanted
            counts = torch.maximum(y, negative.float())
            if q == 1:
                return [torch.zeros_like(y)], counts
            return [corrupted(y, q, generator)], counts

        return corrupt

    def _steps(self, p: dict[str, Any]) -> Steps:
        from dataclasses import replace

        return replace(super()._steps(p), optimizer="adagrad", on_biases=True)

    def decoded_rows(self, rows: slice) -> Array:
        """y^ of some users; with all of y hidden in training, nothing of it is read here either."""
        if self._parameters["corruption"] < 1:
            return super().decoded_rows(rows)
        nothing = np.zeros_like(self.inputs_[0][rows])
        return self.decoded([nothing], None if self.vectors_ is None else self.vectors_[rows])

    def _scores_of(self, rows: slice) -> Array:
        return self.decoded_rows(rows)

    def _checked(self) -> dict[str, Any]:
        p = self.get_params()
        one_of("variant", p["variant"], VARIANTS)
        one_of("positives", p["positives"], POSITIVES)
        whole_number("n_negatives", p["n_negatives"], at_least=1)
        number("corruption", p["corruption"], at_least=0, below=1 + 1e-9)
        return self._check_training(p)
