"""AutoRec and E-AutoRec as later autoencoders are trained: the input is corrupted by dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eautorec.arrays import Array
from eautorec.errors import InputError
from eautorec.explainability import Explainability
from eautorec.explanation import Explanation
from eautorec.models.autoencoder import DenseAutoencoder
from eautorec.models.biases import Biases
from eautorec.models.recommender import NEIGHBORS, Person
from eautorec.parameters import number, one_of
from eautorec.ratings import Ratings
from eautorec.training.heads import Head

if TYPE_CHECKING:
    import torch

    from eautorec.training.dense import Corrupt

TASKS = ("rank", "rate")
"""To rank: every cell is compared, a missing rating being 0 (Eq. 3 to the letter). To rate: the
observed cells alone, and what the biases leave of them."""

CHOSEN: dict[str, dict[str, Any]] = {
    "rank": {
        "n_hidden": 100,
        "dropout": 0.7,
        "regularization": 0.05,
        "learning_rate": 1e-3,
        "n_epochs": 45,
    },
    "rate": {
        "n_hidden": 50,
        "dropout": 0.7,
        "regularization": 0.3,
        "learning_rate": 1e-3,
        "n_epochs": 55,
    },
}
"""What was best on validation ratings of MovieLens-100K with e, by task
(`results/better-search.csv`)."""


class DenoisingAutoRec(DenseAutoencoder):
    """An autoencoder over users that has to restore what dropout takes from its input:

        h = tanh(W1 [d(x), d(e)] + b),     x^ = W2 h + b'
        minimise  the mean over users of  |x - x^|^2 + regularization / 2 (|W1|^2 + |W2|^2)

    where d sets each entry to 0 with the probability `dropout` and divides the others by the rest.
    With neither dropout nor a strong penalty the way back from x to x is open, and what is learned
    says little of items that somebody has not rated.

    To rank, x is the ratings divided by the highest, 0 where there is none. To rate, x is what
    `Biases` leave of the ratings, in ratings, and only the observed cells are compared.

    Parameters
    ----------
    task : one of TASKS.
    explained : whether e stands beside x, as in E-AutoRec.
    n_hidden, dropout, regularization, learning_rate, n_epochs : None for what is CHOSEN for the
        task. The mean over users makes this regularization smaller than `AutoRec`'s, by the number
        of users.
    batch_size, seed : of the training by Adam.
    n_neighbors : of e, and of the reasons.

    Attributes
    ----------
    ratings_ : the training ratings.
    inputs_ : the encoder's inputs, x and what stands beside it: float32 (n_users, n_items) each.
    encoder_ : W1, one float32 array (n_items, n_hidden) for each of the inputs.
    hidden_bias_ : b, (n_hidden,).
    decoder_ : W2, (n_hidden, n_items); output_bias_ : b', (n_items,).
    """

    name = "denoising AutoRec"
    as_one = True

    def __init__(
        self,
        task: str = "rank",
        *,
        explained: bool = True,
        n_hidden: int | None = None,
        dropout: float | None = None,
        regularization: float | None = None,
        learning_rate: float | None = None,
        n_epochs: int | None = None,
        batch_size: int = 128,
        n_neighbors: int = NEIGHBORS,
        seed: int = 0,
    ):
        self.task = task
        self.explained = explained
        self.n_hidden = n_hidden
        self.dropout = dropout
        self.regularization = regularization
        self.learning_rate = learning_rate
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.n_neighbors = n_neighbors
        self.seed = seed

    @property
    def predicts(self) -> bool:  # type: ignore[override]
        """Whether its scores are ratings: where it is trained to rate."""
        return getattr(self, "_parameters", {"task": self.task})["task"] == "rate"

    @property
    def head(self) -> Head:
        return Head("tanh")

    def _corruption(self, p: dict[str, Any]) -> Corrupt:
        """d of each input; the cells that are compared count once."""
        import torch

        from eautorec.training.dense import corrupted

        compared = torch.from_numpy(self._observed())

        def corrupt(
            inputs: Sequence[torch.Tensor], rows: torch.Tensor, generator: torch.Generator
        ) -> tuple[Sequence[torch.Tensor], torch.Tensor]:
            seen = [corrupted(block, p["dropout"], generator) for block in inputs]
            return seen, compared[rows]

        return corrupt

    def _scores_of(self, rows: slice) -> Array:
        found = self.decoded_rows(rows)
        return found + self._biases._scores_of(rows) if self.predicts else found

    def beside(self, train: Ratings) -> Array | None:
        """What stands beside x in the input, (n_users, n_items): e of Eq. 7, 1 for the highest
        rating; or nothing."""
        if not self._parameters["explained"]:
            return None
        found = Explainability(self._parameters["n_neighbors"]).fit(train).scores
        return np.asarray((found / train.scale[1]).toarray())

    def _read(self, train: Ratings) -> list[Array]:
        if self.predicts:
            self._biases = Biases().fit(train)
        return [block for block in (self.x(train), self.beside(train)) if block is not None]

    def x(self, train: Ratings) -> Array:
        """x: (n_users, n_items)."""
        if not self.predicts:
            return np.asarray(train.matrix.toarray() / train.scale[1])
        return np.asarray((train.matrix.toarray() - self._biases.scores()) * self._observed())

    def _observed(self) -> Array:
        """1 at the cells that are compared: float32 (n_users, n_items)."""
        if not self.predicts:
            return np.ones(self.ratings_.matrix.shape, np.float32)
        return self._rated_cells()

    def _inputs_of(self, person: Person) -> tuple[list[Array], Any]:
        """One person's inputs, and what is added to the output."""
        base: Any = 0.0
        if self.predicts:
            # The bias that the person has or, of a newcomer, would have, all others as they are.
            base = self._biases.mean_ + self._biases.item_
            rest = (person.values - base)[person.rated]
            base = base + rest.sum() / (len(rest) + self._biases.regularization)
        if person.row is not None:
            return [block[person.row] for block in self.inputs_], base
        x = person.values / self.ratings_.scale[1]
        if self.predicts:
            x = np.where(person.rated, person.values - base, 0.0)
        e = person.explainability / self.ratings_.scale[1]
        return [block.astype(np.float32) for block in (x, e)[: len(self.encoder_)]], base

    def _scores_for(self, person: Person) -> Array:
        inputs, base = self._inputs_of(person)
        return np.asarray(self.decoded(inputs) + base)

    def _reason(self, person: Person, column: int) -> Explanation:
        """The neighbours' ratings and, where e is read, the score with the item's e set to 0."""
        reason = super()._reason(person, column)
        if len(self.encoder_) < 2:
            return reason
        (x, e), base = self._inputs_of(person)
        e = e.copy()
        e[column] = 0.0
        without = float((self.decoded([x, e]) + base)[column])
        return reason.of_model(
            self.name,
            predicts=self.predicts,
            score_without=float(self.shown(np.array(without))),
            rank_without=person.rank(column, without),
        )

    def _checked(self) -> dict[str, Any]:
        """The parameters, each within its range, with what is CHOSEN where one is None."""
        p = self.get_params()
        task = one_of("task", self.task, TASKS)
        if not isinstance(self.explained, (bool, np.bool_)):
            raise InputError(f"explained is {self.explained!r}: it must be True or False.")
        p |= {name: value for name, value in CHOSEN[task].items() if p[name] is None}
        number("dropout", p["dropout"], at_least=0, below=1)
        return self._check_training(p)
