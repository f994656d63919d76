"""E-AutoRec: the autoencoder that also sees how well neighbours can explain each item (Eq. 4)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from eautorec.arrays import Array, Chain, Matrix
from eautorec.explainability import Explainability
from eautorec.models.autorec import AutoRec
from eautorec.models.recommender import Person
from eautorec.ratings import Ratings
from eautorec.training.encoding import Encoding

if TYPE_CHECKING:
    from eautorec.training.batches import Problem


class EAutoRec(AutoRec):
    """E-AutoRec: AutoRec that also sees each item's explainability (Eq. 4 of the paper).

        h = sigmoid(W1 [r, e] + b)

    In the code users stand in rows, so that it reads [r, e] W1 with W1 of shape (2 n_items,
    n_hidden), in two blocks.

    At theta = 0 the input e = A r over the neighbours is never formed: (A R) W = A (R W), a graph
    convolution over the neighbour graph. A higher theta needs E itself.

    Parameters
    ----------
    n_neighbors, theta, approximate : of `Explainability`; e is derived from the ratings given to
    `fit` only. All others as in `AutoRec`.
    """

    name = "E-AutoRec"

    def __init__(
        self,
        n_hidden: int = 300,
        *,
        n_neighbors: int = 50,
        theta: float = 0.0,
        approximate: bool = False,
        regularization: float = 14.0,
        pseudo_ratings: float = 0.0,
        optimizer: str = "lbfgs",
        learning_rate: float | None = None,
        max_epochs: int | None = None,
        patience: int = 12,
        validation_fraction: float = 0.0,
        refit: str | None = None,
        refit_epochs: int = 20,
        batch_size: int | None = None,
        device: str = "cpu",
        seed: int = 0,
    ):
        super().__init__(
            n_hidden,
            regularization=regularization,
            pseudo_ratings=pseudo_ratings,
            optimizer=optimizer,
            learning_rate=learning_rate,
            max_epochs=max_epochs,
            patience=patience,
            validation_fraction=validation_fraction,
            refit=refit,
            refit_epochs=refit_epochs,
            batch_size=batch_size,
            device=device,
            seed=seed,
        )
        self.n_neighbors = n_neighbors
        self.theta = theta
        self.approximate = approximate

    @cached_property
    def explainability_(self) -> Explainability:
        """Eq. 5-7 on the training ratings, as they were at `fit`; a saved model finds them anew."""
        self._check_fitted()
        return _explainability(self._parameters).fit(self.ratings_)

    def problem(self, train: Ratings) -> Problem:
        """As `AutoRec.problem`; e is a second input beside r."""
        plain = super().problem(train)
        explainability = _explainability(self.get_params()).fit(train)
        e = e_chain(explainability, plain.target, plain.encoding)
        return replace(plain, chains=[*plain.chains, e], explainability=explainability)

    def _activation_of(self, person: Person) -> Array:
        e = (person.explainability / self.encoding_.unit).astype(np.float32)
        return np.asarray(super()._activation_of(person) + e @ self.weights_.inputs[1])

    def _neighbours_for(self, person: Person) -> Array:
        """Those that the model was trained with."""
        if person.row is not None and self._parameters["approximate"]:
            neighbours = self.explainability_.neighbours_[person.row]
            return np.asarray(neighbours[neighbours >= 0])
        return super()._neighbours_for(person)

    def _contribution(self, e: float, column: int) -> Array:
        return np.asarray(e / self.encoding_.unit * self.weights_.inputs[1][column])


def e_chain(explainability: Explainability, r: Matrix, encoding: Encoding) -> Chain:
    """e in input units: as A r, where E = A R and r is the ratings in the same unit."""
    if explainability.is_product and encoding == Encoding.by_highest(encoding.scale):
        return explainability.averaging, r
    return (explainability.scores / np.float32(encoding.unit),)


def _explainability(parameters: dict[str, Any]) -> Explainability:
    names = ("n_neighbors", "theta", "approximate")
    return Explainability(**{name: parameters[name] for name in names})
