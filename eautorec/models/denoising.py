"""AutoRec and E-AutoRec as later autoencoders are trained: the input is corrupted by dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eautorec.models.recommender import NEIGHBORS, Recommender

if TYPE_CHECKING:
    pass

TASKS = ("rank", "rate")
"""To rank: every cell is compared, a missing rating being 0 (Eq. 3 to the letter). To rate: the
observed cells alone, and what the biases leave of them."""


class DenoisingAutoRec(Recommender):
    """An autoencoder over users that has to restore what dropout takes from its input:

        h = tanh(W1 [d(x), d(e)] + b),     x^ = W2 h + b'
        minimise  the mean over users of  |x - x^|^2 + regularization / 2 (|W1|^2 + |W2|^2)

    where d sets each entry to 0 with the probability `dropout` and divides the others by the rest.
    Without dropout the way back from x to x is open, and what is learned says little of films that
    somebody has not rated.

    Parameters
    ----------
    task : one of TASKS.
    explained : whether e stands beside x, as in E-AutoRec.
    n_hidden, regularization, learning_rate, n_epochs, batch_size, seed : of the training by Adam.
    n_neighbors : of e, and of the reasons.
    """

    def __init__(
        self,
        task: str = "rank",
        *,
        explained: bool = True,
        n_hidden: int = 300,
        dropout: float = 0.5,
        regularization: float = 1e-3,
        learning_rate: float = 1e-3,
        n_epochs: int = 100,
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
