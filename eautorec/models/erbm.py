"""The explainable restricted Boltzmann machine (Abdollahi and Nasraoui, 2016)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix
from eautorec.explainability import Explainability
from eautorec.explanation import Explanation
from eautorec.models.rbm import RBM
from eautorec.models.recommender import NEIGHBORS, Person
from eautorec.parameters import number
from eautorec.ratings import Ratings


class ERBM(RBM):
    """An `RBM` with a second layer of visible units m, the explainability scores of all items:

        p(h_j = 1 | v, m) = sigma(a_j + sum_i v_i W_ij + sum_i m_i D_ij)
        p(v_i = 1 | h) = sigma(b_i + sum_j h_j W_ij),   p(m_i = 1 | h) = sigma(c_i + sum_j h_j D_ij)

    so m is an input when something is predicted, as e is in E-AutoRec, and is reconstructed in
    training. m is E of Eq. 5-7 divided by the highest rating; the paper divides by the highest
    rating of the neighbours.

    Parameters
    ----------
    learning_rate_e : of D and c; None for learning_rate, and 0 for an `RBM` (D stays 0).
    n_neighbors : of m, and of the reasons.
    others : as of `RBM`. The paper gives none of their values; the learning rate and the number of
        epochs are what was best to rate (`results/relatives-search.csv`).

    Attributes
    ----------
    layers_ : v and m, float32 CSR (n_users, n_items) each.
    weights_ : W and D, float32 (n_items, n_hidden) each.
    visible_biases_ : b and c, (n_items,) each; hidden_bias_ : a, (n_hidden,).
    """

    name = "ERBM"
    n_layers = 2

    def __init__(
        self,
        task: str = "rate",
        *,
        n_hidden: int = 50,
        regularization: float = 0.001,
        learning_rate: float = 1.0,
        learning_rate_e: float | None = None,
        n_epochs: int = 20,
        batch_size: int = 64,
        n_steps: int = 1,
        n_neighbors: int = NEIGHBORS,
        seed: int = 0,
    ):
        super().__init__(
            task,
            n_hidden=n_hidden,
            regularization=regularization,
            learning_rate=learning_rate,
            n_epochs=n_epochs,
            batch_size=batch_size,
            n_steps=n_steps,
            n_neighbors=n_neighbors,
            seed=seed,
        )
        self.learning_rate_e = learning_rate_e

    def _layers(self, train: Ratings) -> list[Matrix]:
        e = Explainability(self._parameters["n_neighbors"]).fit(train).scores
        return [*super()._layers(train), sp.csr_matrix(e / train.scale[1], dtype=np.float32)]

    def _layers_for(self, person: Person) -> list[Array]:
        m = (person.explainability / self.ratings_.scale[1]).astype(np.float32)
        return [*super()._layers_for(person), m[None]]

    def _rates(self) -> list[float]:
        rate = self.learning_rate if self.learning_rate_e is None else self.learning_rate_e
        return [*super()._rates(), rate]

    def _reason(self, person: Person, column: int) -> Explanation:
        """The neighbours' ratings, and the score with the item's m set to 0."""
        v, m = self._layers_for(person)
        m[:, column] = 0
        without = float(self._predicted([v, m])[0, column])
        return (
            super()
            ._reason(person, column)
            .of_model(
                self.name,
                predicts=self.predicts,
                score_without=float(self.shown(np.array(without))),
                rank_without=person.rank(column, without),
            )
        )

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.learning_rate_e is not None:
            number("learning_rate_e", self.learning_rate_e, at_least=0)
