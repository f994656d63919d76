"""A restricted Boltzmann machine over a user's ratings (Salakhutdinov, Mnih and Hinton, 2007)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import scipy.sparse as sp
from scipy.special import expit

from eautorec.arrays import Array, Matrix, stored_cells
from eautorec.models.denoising import TASKS
from eautorec.models.recommender import NEIGHBORS, Person, Recommender
from eautorec.parameters import number, one_of, whole_number
from eautorec.ratings import Ratings

START = 0.01
"""Standard deviation of the initial weights W."""

PSEUDO_RATINGS = 5.0
"""Of the mean of all: so many hold the first bias of an item with few ratings."""


class RBM(Recommender):
    """Hidden units h say what a user is like, and visible ones v are the ratings:

        p(h_j = 1 | v) = sigma(a_j + sum_i v_i W_ij)
        p(v_i = 1 | h) = sigma(b_i + sum_j h_j W_ij)

    A rating divided by the highest is the state v_i, a real number, as in Abdollahi and Nasraoui
    (2016); Salakhutdinov et al. have a unit for each level. How a prediction is read off is not
    said: here it is the expected state, given the expected h, times the highest rating.

    Contrastive divergence trains it:

        dW_ij = learning_rate (<v_i h_j>_data - <v_i h_j>_model - regularization W_ij)

    and the biases likewise, where <> is the mean over a batch of users, and the model's states are
    reached from the data in n_steps: h is drawn, v is its expectation.

    To rate, each user has a machine of the items that they rated, and all share their weights. To
    rank, all items are there, and what somebody has not rated is 0.

    Parameters
    ----------
    task : "rate" or "rank".
    n_hidden, regularization, learning_rate, n_epochs, batch_size, seed : of the training.
    n_steps : of contrastive divergence.
    n_neighbors : of the reasons.

    Attributes
    ----------
    layers_ : the visible units in the data, here v: float32 CSR (n_users, n_items) each.
    weights_ : W, one float32 array (n_items, n_hidden) for each layer of visible units, here one.
    visible_biases_ : b, (n_items,) each; hidden_bias_ : a, (n_hidden,).
    """

    name = "RBM"

    n_layers: ClassVar[int] = 1
    """Layers of visible units."""

    def __init__(
        self,
        task: str = "rate",
        *,
        n_hidden: int = 50,
        regularization: float = 0.001,
        learning_rate: float = 1.0,
        n_epochs: int = 20,
        batch_size: int = 64,
        n_steps: int = 1,
        n_neighbors: int = NEIGHBORS,
        seed: int = 0,
    ):
        self.task = task
        self.n_hidden = n_hidden
        self.regularization = regularization
        self.learning_rate = learning_rate
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.n_steps = n_steps
        self.n_neighbors = n_neighbors
        self.seed = seed

    @property
    def predicts(self) -> bool:  # type: ignore[override]
        """Whether its scores are ratings: where it is trained to rate."""
        return getattr(self, "_parameters", {"task": self.task})["task"] == "rate"

    def fit(self, train: Ratings) -> Self:
        """Train for `n_epochs`. Raises InputError on a parameter out of range."""
        for _ in self.epochs(train):
            pass
        return self

    def epochs(self, train: Ratings) -> Iterator[int]:
        """As `fit`, with a pause after each epoch, whose number is given."""
        self._check_parameters()
        self._keep(train, self.get_params())
        generator = np.random.default_rng(self.seed)
        layers = self.layers_
        size = (train.n_items, self.n_hidden)
        # The other layers begin at 0: W alone makes the hidden units differ.
        self.weights_ = [(START * generator.normal(size=size)).astype(np.float32)]
        self.weights_ += [np.zeros(size, np.float32) for _ in layers[1:]]
        self.hidden_bias_ = np.zeros(self.n_hidden, np.float32)
        self.visible_biases_ = [
            log_odds_of_means(layer, n)
            for layer, n in zip(layers, self._counts(layers), strict=True)
        ]
        for epoch in range(1, self.n_epochs + 1):
            order = generator.permutation(train.n_users)
            for start in range(0, train.n_users, self.batch_size):
                rows = order[start : start + self.batch_size]
                # Dense only here, for a batch; products of these are faster than sparse ones.
                self._learn(
                    [layer[rows].toarray() for layer in layers],
                    self._present(layers, rows),
                    generator,
                )
            yield epoch

    def _keep(self, train: Ratings, parameters: dict[str, Any]) -> None:
        super()._keep(train, parameters)
        self.layers_ = self._layers(train)

    def _layers(self, train: Ratings) -> list[Matrix]:
        """What the visible units are in the data: float32 CSR (n_users, n_items) each."""
        return [sp.csr_matrix(train.matrix / train.scale[1], dtype=np.float32)]

    def _counts(self, layers: Sequence[Matrix]) -> list[Array]:
        """How many users have a unit: (n_items,) each."""
        everybody = np.full(layers[0].shape[1], layers[0].shape[0])
        rated = np.bincount(layers[0].indices, minlength=layers[0].shape[1])
        return [rated if self.predicts else everybody] + [everybody] * (len(layers) - 1)

    def _present(self, layers: Sequence[Matrix], rows: Array) -> list[Any]:
        """1 where a user of a batch has a unit: (batch, n_items), or 1 for all; of each layer."""
        rated: Any = stored_cells(layers[0][rows]).toarray() if self.predicts else np.float32(1)
        return [rated] + [np.float32(1)] * (len(layers) - 1)

    def _learn(
        self, data: Sequence[Array], present: Sequence[Any], generator: np.random.Generator
    ) -> None:
        """One step of contrastive divergence from a batch: (batch, n_items) each."""
        hidden = self.hidden(data)
        model, state = data, hidden
        for _ in range(self.n_steps):
            drawn = (generator.random(state.shape, np.float32) < state).astype(np.float32)
            model = [v * here for v, here in zip(self.visible(drawn), present, strict=True)]
            state = self.hidden(model)
        n = len(hidden)
        for k, rate in enumerate(self._rates()):
            up, down = statistics(data[k], hidden), statistics(model[k], state)
            decay = self.regularization * self.weights_[k]
            self.weights_[k] += rate * ((up[0] - down[0]) / n - decay)
            self.visible_biases_[k] += rate * (up[1] - down[1]) / n
        self.hidden_bias_ += self.learning_rate * (hidden.sum(axis=0) - state.sum(axis=0)) / n

    def _rates(self) -> list[float]:
        """The learning rate of each layer."""
        return [self.learning_rate]

    def hidden(self, visible: Sequence[Any]) -> Array:
        """p(h = 1 | v) of states of every layer, dense or CSR (batch, n_items): (batch, n_hidden).

        A unit that is not there is 0.
        """
        activation = sum(v @ w for v, w in zip(visible, self.weights_, strict=True))
        return np.asarray(expit(activation + self.hidden_bias_))

    def visible(self, hidden: Array) -> list[Array]:
        """p(v = 1 | h) of every layer: (batch, n_items) each, from (batch, n_hidden)."""
        return [
            expit(hidden @ w.T + b)
            for w, b in zip(self.weights_, self.visible_biases_, strict=True)
        ]

    def _predicted(self, layers: Sequence[Any]) -> Array:
        """What follows from the expected h: (batch, n_items)."""
        items = expit(self.hidden(layers) @ self.weights_[0].T + self.visible_biases_[0])
        return np.asarray(items * (self.ratings_.scale[1] if self.predicts else 1))

    def _scores_of(self, rows: slice) -> Array:
        return self._predicted([layer[rows] for layer in self.layers_])

    def _layers_for(self, person: Person) -> list[Array]:
        """The visible units of one person: (1, n_items) each."""
        return [(person.values / self.ratings_.scale[1]).astype(np.float32)[None]]

    def _scores_for(self, person: Person) -> Array:
        return np.asarray(self._predicted(self._layers_for(person))[0])

    def _check_parameters(self) -> None:
        one_of("task", self.task, TASKS)
        for name in ("n_hidden", "n_epochs", "batch_size", "n_steps", "n_neighbors"):
            whole_number(name, getattr(self, name), at_least=1)
        whole_number("seed", self.seed, at_least=0)
        number("regularization", self.regularization, at_least=0)
        number("learning_rate", self.learning_rate, above=0)

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        arrays = {"hidden_bias": self.hidden_bias_}
        for k, (weight, bias) in enumerate(zip(self.weights_, self.visible_biases_, strict=True)):
            arrays |= {f"weights_{k}": weight, f"visible_bias_{k}": bias}
        return arrays, {}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.hidden_bias_ = arrays["hidden_bias"]
        layers = range(self.n_layers)
        self.weights_ = [arrays[f"weights_{k}"] for k in layers]
        self.visible_biases_ = [arrays[f"visible_bias_{k}"] for k in layers]


def statistics(visible: Array, hidden: Array) -> tuple[Array, Array]:
    """Sums over a batch of v h, (n_items, n_hidden), and of v, (n_items,)."""
    return visible.T @ hidden, visible.sum(axis=0)


def log_odds_of_means(layer: Matrix, counts: Array) -> Array:
    """log(m / (1 - m)) of the mean state m of each unit, held by PSEUDO_RATINGS: float32
    (n_items,). With W = 0 a unit's expectation is m."""
    sums = np.asarray(layer.sum(axis=0), dtype=float).ravel()
    mean = np.clip(sums.sum() / max(counts.sum(), 1), 1e-6, 1 - 1e-6)
    m = (sums + PSEUDO_RATINGS * mean) / (counts + PSEUDO_RATINGS)
    return np.asarray(np.log(m / (1 - m)), dtype=np.float32)
