"""Explainable Bayesian personalised ranking (Damak, Khenissi and Nasraoui, RecSys 2021)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix, stored_cells
from eautorec.errors import InputError
from eautorec.models.recommender import Recommender
from eautorec.neighbours import nearest_neighbours
from eautorec.parameters import number, whole_number
from eautorec.ratings import Ratings

START = 0.01
"""Standard deviation of the initial factors."""


class EBPR(Recommender):
    """s_ui = p_u q_i shall be larger for an item i that u rated than for one, j, that u did not:

        minimise  the sum of  - E_ui (1 - E_uj) log sigma(s_ui - s_uj)  +  a penalty

    where E_ui is the share of the items most like i that u rated. So a pair counts the more, the
    better i is explained by what u knows, and the worse j is. With explained=False every pair
    counts alike: BPR. The values of ratings play no part.

    Adam sums over a batch of ratings, each with one j drawn anew in each epoch. The defaults are
    those of the authors' code, whose penalty, 0 by default, is another one.

    Parameters
    ----------
    n_factors : the length of p and q.
    regularization : of |p|^2 / 2 and |q|^2 / 2 once for each batch.
    learning_rate, n_epochs, batch_size, seed : of the training.
    n_similar : items most like an item, by the cosine of who rated them.
    explained : False for BPR.

    Attributes
    ----------
    users_ : p, float32 (n_users, n_factors); items_ : q, float32 (n_items, n_factors).
    """

    name = "EBPR"
    predicts = False

    def __init__(
        self,
        n_factors: int = 50,
        regularization: float = 0.0,
        *,
        learning_rate: float = 0.001,
        n_epochs: int = 50,
        batch_size: int = 100,
        n_similar: int = 20,
        explained: bool = True,
        seed: int = 0,
    ):
        self.n_factors = n_factors
        self.regularization = regularization
        self.learning_rate = learning_rate
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.n_similar = n_similar
        self.explained = explained
        self.seed = seed

    def fit(self, train: Ratings) -> Self:
        """Train for `n_epochs`. Raises InputError on a parameter out of range, or where every user
        rated every item."""
        for _ in self.epochs(train):
            pass
        return self

    def epochs(self, train: Ratings) -> Iterator[int]:
        """As `fit`, with a pause after each epoch, whose number is given."""
        import torch

        self._check_parameters()
        users, positives = pairs_to_learn(train)
        self._keep(train, self.get_params())
        e = item_explainability(train, self.n_similar) if self.explained else None
        generator = np.random.default_rng(self.seed)
        p, q = (
            torch.tensor(
                START * generator.normal(size=(n, self.n_factors)),
                dtype=torch.float32,
                requires_grad=True,
            )
            for n in train.matrix.shape
        )
        self.users_, self.items_ = p.detach().numpy(), q.detach().numpy()
        optimizer = torch.optim.Adam(
            [p, q], lr=self.learning_rate, weight_decay=self.regularization, fused=True
        )
        for epoch in range(1, self.n_epochs + 1):
            negatives = unrated_items(train, users, generator)
            weights = torch.from_numpy(pair_weights(e, users, positives, negatives))
            triples = [torch.from_numpy(a) for a in (users, positives, negatives)]
            order = torch.from_numpy(generator.permutation(len(users)))
            for batch in torch.split(order, self.batch_size):
                u, i, j = (a[batch] for a in triples)
                optimizer.zero_grad()
                loss(p[u], q[i], q[j], weights[batch]).backward()
                optimizer.step()
            yield epoch

    def _scores_of(self, rows: slice) -> Array:
        return np.asarray(self.users_[rows] @ self.items_.T)

    def _check_parameters(self) -> None:
        for name in ("n_factors", "n_epochs", "batch_size", "n_similar"):
            whole_number(name, getattr(self, name), at_least=1)
        whole_number("seed", self.seed, at_least=0)
        number("regularization", self.regularization, at_least=0)
        number("learning_rate", self.learning_rate, above=0)
        if not isinstance(self.explained, (bool, np.bool_)):
            raise InputError(f"explained is {self.explained!r}: it must be True or False.")

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        return {"user_factors": self.users_, "item_factors": self.items_}, {}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.users_, self.items_ = arrays["user_factors"], arrays["item_factors"]


def loss(p: Any, liked: Any, other: Any, weights: Any) -> Any:
    """The sum over a batch, without the penalty; tensors (batch, n_factors), weights (batch,)."""
    from torch.nn.functional import logsigmoid

    return -(weights * logsigmoid((p * (liked - other)).sum(dim=1))).sum()


def item_explainability(train: Ratings, n_similar: int) -> Matrix:
    """E: the share of the items most like an item that a user rated, CSR (n_users, n_items)."""
    rated = stored_cells(train.matrix)
    similar, _ = nearest_neighbours(rated.T.tocsr(), n_similar)
    row, place = np.nonzero(similar >= 0)
    counts = np.bincount(row, minlength=train.n_items)
    share = (1 / counts[row]).astype(np.float32)
    averaging = sp.csr_matrix((share, (similar[row, place], row)), (train.n_items, train.n_items))
    return sp.csr_matrix(rated @ averaging)


def pair_weights(e: Matrix | None, users: Array, positives: Array, negatives: Array) -> Array:
    """E_ui (1 - E_uj) of each pair, or 1 where there is no E: float32 (n_pairs,)."""
    if e is None:
        return np.ones(len(users), np.float32)
    explained, other = (np.asarray(e[users, items]).ravel() for items in (positives, negatives))
    return np.asarray(explained * (1 - other), np.float32)


def pairs_to_learn(train: Ratings) -> tuple[Array, Array]:
    """(users, items) of the ratings of all who have not rated everything."""
    counts = train.matrix.getnnz(axis=1)
    users = np.repeat(np.arange(train.n_users), counts)
    some = counts[users] < train.n_items
    if not some.any():
        raise InputError("Every user rated every item: there is nothing to rank.")
    return users[some], train.matrix.indices[some].astype(np.int64)


def unrated_items(train: Ratings, users: Array, generator: np.random.Generator) -> Array:
    """For each user one item that they did not rate, all alike likely: int64 (len(users),)."""
    matrix = train.matrix
    rows = np.repeat(np.arange(train.n_users, dtype=np.int64), np.diff(matrix.indptr))
    rated = np.sort(rows * train.n_items + matrix.indices)
    found = np.empty(len(users), np.int64)
    left = np.arange(len(users))
    while len(left):
        found[left] = generator.integers(train.n_items, size=len(left))
        cell = users[left] * train.n_items + found[left]
        place = np.minimum(np.searchsorted(rated, cell), len(rated) - 1)
        left = left[rated[place] == cell]
    return found
