"""What a network is trained on: the inputs of the encoder, and the ratings to reconstruct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from eautorec.arrays import Array, Chain, Matrix
from eautorec.explainability import Explainability
from eautorec.kernels import (
    KERNELS,
    DenseCells,
    DenseMatrix,
    SparseCells,
    SparseMatrix,
)
from eautorec.training.encoding import Encoding


@dataclass(frozen=True)
class Problem:
    """Ratings to reconstruct, and what the encoder sees; both in input units.

    Attributes
    ----------
    encoding : what made input units of ratings, and makes ratings of outputs.
    target : the ratings, CSR of shape (n_users, n_items).
    chains : the blocks of the encoder's input, each a chain of matrices whose product has that
        shape: r alone for AutoRec, r and e for E-AutoRec.
    explainability : what e was made from, or None.
    whole : compare every cell, a missing rating counting as 0, instead of the observed ones.
    """

    encoding: Encoding
    target: Matrix
    chains: Sequence[Chain]
    explainability: Explainability | None = None
    whole: bool = False


@dataclass(frozen=True)
class Batch:
    """Some users: what the encoder sees of them, and the ratings to reconstruct.

    Attributes
    ----------
    inputs : one chain of matrices for each block of input units. The product of a chain is the
        input of shape (n_users, n_items); it need not be formed, since (A R) W = A (R W).
    cells : the cells that the loss compares, mostly the users' observed ratings, in input units.
    """

    inputs: Sequence[tuple[SparseMatrix | DenseMatrix, ...]]
    cells: SparseCells | DenseCells


KEPT = 30_000_000
"""Cells of a rating matrix up to which batches are kept: half a gigabyte where half of E is
filled."""


class Batches:
    """The users in random groups, each made a `Batch` when its turn comes, and kept where all of
    them are small.

    With `size` None there is one group of all users, in their own order, and it is kept.

    Parameters
    ----------
    problem : the ratings to reconstruct, and the encoder's inputs.
    kernels : "sparse" or "dense".
    """

    def __init__(
        self,
        problem: Problem,
        size: int | None,
        kernels: str,
        device: str = "cpu",
        seed: int = 0,
    ):
        target, whole = problem.target, problem.whole
        self.target, self.chains, self.whole = target, problem.chains, whole
        self.kernels, self.device = kernels, device
        self.n_users = target.shape[0]
        self.n_cells = int(np.prod(target.shape)) if whole else target.nnz
        self.mean = float(target.data.sum(dtype=np.float64)) / self.n_cells
        self.rows = [np.arange(self.n_users)]
        if size is not None:
            order = np.random.default_rng(seed).permutation(self.n_users)
            self.rows = np.split(order, list(range(size, self.n_users, size)))
        self._keeps = len(self.rows) == 1 or np.prod(target.shape) <= KEPT
        self._kept: dict[int, Batch] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> Batch:
        if number in self._kept:
            return self._kept[number]
        make_input, make_cells = KERNELS[self.kernels]
        if self.whole:
            make_cells = partial(DenseCells, whole=True)
        rows, target, blocks = self.rows[number], self.target, list(self.chains)
        if len(self) > 1 or self.kernels == "dense":
            # The users' own rows of each product: of A R, the rows of E.
            blocks = [(_rows_of_product(chain, rows),) for chain in self.chains]
            target = target[rows]
        # R stands in both inputs of E-AutoRec: one matrix serves both.
        inputs = {id(m): make_input(m, device=self.device) for chain in blocks for m in chain}
        batch = Batch(
            [tuple(inputs[id(m)] for m in chain) for chain in blocks],
            make_cells(target, device=self.device),
        )
        if self._keeps:
            self._kept[number] = batch
        return batch

    def ratings_per_item(self) -> torch.Tensor:
        n_items = self.target.shape[1]
        if self.whole:
            return torch.full((n_items,), float(self.n_users), device=self.device)
        counts = np.bincount(self.target.indices, minlength=n_items)
        return torch.as_tensor(counts, dtype=torch.float32, device=self.device)


def product(chain: Sequence[SparseMatrix | DenseMatrix], x: torch.Tensor) -> torch.Tensor:
    """S1 S2 ... x"""
    for matrix in reversed(chain):
        x = matrix.times(x)
    return x


def transposed_product(
    chain: Sequence[SparseMatrix | DenseMatrix], g: torch.Tensor
) -> torch.Tensor:
    """... S2^T S1^T g"""
    for matrix in chain:
        g = matrix.transposed_times(g)
    return g


def _rows_of_product(chain: Chain, rows: Array) -> Matrix:
    """Some rows of the product of a chain."""
    product = chain[0][rows]
    for matrix in chain[1:]:
        product = product @ matrix
    return product.tocsr()
