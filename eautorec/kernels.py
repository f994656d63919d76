"""The products that training is made of, with their gradients, in two kinds.

*Sparse* kernels visit the observed ratings only: their cost is linear in the number of ratings.
*Dense* ones multiply whole matrices, which is what a GPU does best. Both answer to the same two
names:

    input    S x                      (encoder)           gradients: S^T g
    cells    p = H W^T + b            (decoder)           gradients: P W, P^T H, column sums of P

where the rows of W are items, those of H and S are users, and P is the gradient at the cells.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn.functional import embedding_bag

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")
# The matrices come from scipy, which keeps them valid.
torch.sparse.check_sparse_tensor_invariants.disable()

CACHE = 1_000_000
"""Bytes of a matrix that stay near a core while a product gathers its rows. A larger one is
multiplied some columns at a time: at 5 million ratings that is twice as fast."""

WIDTH = 32
"""The least number of columns at a time; two lines of the cache for each row."""

BLOCK = 16_384
"""Users in a block. Their gradients flow back to the items block by block, for the same reason."""


class Rows(NamedTuple):
    """A sparse matrix, row by row: the place of each row's first entry, columns, values.

    torch calls a product with it an embedding bag, a weighted sum of rows of x. On a CPU that is
    two to three times as fast as its product with a sparse matrix.
    """

    starts: torch.Tensor
    columns: torch.Tensor
    values: torch.Tensor

    @classmethod
    def of(cls, matrix: sp.csr_matrix, dtype, device) -> Rows:
        return cls(
            torch.as_tensor(matrix.indptr.astype(np.int32), device=device),
            torch.as_tensor(matrix.indices.astype(np.int32), device=device),
            torch.as_tensor(matrix.data, dtype=dtype, device=device),
        )

    def times(self, x: torch.Tensor) -> torch.Tensor:
        return embedding_bag(
            self.columns,
            x,
            self.starts,
            mode="sum",
            per_sample_weights=self.values,
            include_last_offset=True,
        )


class SparseInput:
    """A constant sparse matrix S of shape (n_users, n_columns) that multiplies some columns.

    The transpose is stored beside it, because rows are what a product runs along.
    """

    def __init__(self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu"):
        self.forward = Rows.of(matrix, dtype, device)
        self.backward = [
            (users, Rows.of(matrix[users].T.tocsr(), dtype, device)) for users in _blocks(matrix)
        ]

    def times(self, x: torch.Tensor) -> torch.Tensor:
        """S x"""
        return self.forward.times(x)

    def transposed_times(self, g: torch.Tensor) -> torch.Tensor:
        """S^T g"""
        return _sum_over_blocks(self.backward, g)


class DenseInput:
    """As `SparseInput`, holding the whole matrix."""

    def __init__(self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu"):
        self.forward = torch.as_tensor(matrix.toarray(), dtype=dtype, device=device)

    def times(self, x: torch.Tensor) -> torch.Tensor:
        return self.forward @ x

    def transposed_times(self, g: torch.Tensor) -> torch.Tensor:
        return self.forward.T @ g


def add_product(chain: Sequence[SparseInput | DenseInput], x: torch.Tensor, out: torch.Tensor):
    """out += S1 S2 ... x, some columns from end to end, then the next."""
    for columns in _columns(x):
        part = x[:, columns].contiguous()
        for matrix in reversed(chain):
            part = matrix.times(part)
        out[:, columns] += part


def add_transposed_product(
    chain: Sequence[SparseInput | DenseInput], g: torch.Tensor, out: torch.Tensor
):
    """out += ... S2^T S1^T g, likewise."""
    for columns in _columns(out):
        part = g[:, columns].contiguous()
        for matrix in chain:
            part = matrix.transposed_times(part)
        out[:, columns] += part


class SparseCells:
    """The observed cells of a rating matrix: where predictions are compared with ratings.

    Attributes
    ----------
    ratings : tensor of shape (n_cells,), row by row.
    """

    def __init__(self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu"):
        matrix.sort_indices()
        self.n_users, self.n_cells = matrix.shape[0], matrix.nnz
        self.rows = Rows.of(matrix, dtype, device)
        self.ratings = self.rows.values
        self.blocks = []
        for users in _blocks(matrix):
            block = matrix[users]
            # Entry k of the transposed block is entry order[k] of the block.
            number = sp.csr_matrix((np.arange(block.nnz), block.indices, block.indptr), block.shape)
            number = number.T.tocsr()
            order = torch.as_tensor(number.data.astype(np.int32), device=device)
            cells = slice(matrix.indptr[users.start], matrix.indptr[users.stop])
            pattern = torch.sparse_csr_tensor(
                torch.as_tensor(block.indptr.astype(np.int32), device=device),
                self.rows.columns[cells],
                self.ratings[cells],
                size=block.shape,
            )
            self.blocks.append((users, cells, pattern, Rows.of(number, dtype, device), order))

    def residuals(self, hidden, weight, bias) -> torch.Tensor:
        """hidden weight^T + bias - rating at each cell: shape (n_cells,).

        Parameters
        ----------
        hidden : (n_users, n_hidden); weight : (n_items, n_hidden); bias : (n_items,)
        """
        residuals = bias[self.rows.columns]
        groups = [(columns, weight[:, columns].contiguous().T) for columns in _columns(weight, 8)]
        for users, cells, pattern, _, _ in self.blocks:
            found, keep, out = pattern, -1.0, {}
            for columns, w in groups:
                h = hidden[users, columns].contiguous()
                found = torch.sparse.sampled_addmm(found, h, w, beta=keep, **out)
                keep, out = 1.0, {"out": found}
            residuals[cells] += found.values()
        return residuals

    def add_gradients(self, p, hidden, weight, to_weight, to_bias, to_hidden) -> None:
        """to_weight += P^T hidden, to_bias += column sums of P, to_hidden = P weight"""
        by_item = [
            (users, transposed._replace(values=p[cells][order]))
            for users, cells, _, transposed, order in self.blocks
        ]
        by_user = self.rows._replace(values=p)
        to_bias.index_add_(0, self.rows.columns, p)
        for columns in _columns(weight):
            to_weight[:, columns] += _sum_over_blocks(by_item, hidden[:, columns])
            to_hidden[:, columns] = by_user.times(weight[:, columns].contiguous())


class DenseCells:
    """As `SparseCells`, over the whole matrix and a mask of the observed cells: `residuals` and P
    have shape (n_users, n_items), 0 where nothing was observed. With `whole` every cell counts as
    observed, a missing one as 0."""

    def __init__(
        self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu", whole: bool = False
    ):
        self.n_users = matrix.shape[0]
        self.n_cells = int(np.prod(matrix.shape)) if whole else matrix.nnz
        self.ratings = torch.as_tensor(matrix.toarray(), dtype=dtype, device=device)
        self.mask = torch.ones_like(self.ratings)
        if not whole:
            # Not "where the rating is above 0": an observed cell may hold a zero.
            observed = sp.csr_matrix(
                (np.ones(matrix.nnz), matrix.indices, matrix.indptr), matrix.shape
            )
            self.mask = torch.as_tensor(observed.toarray(), dtype=dtype, device=device)

    def residuals(self, hidden, weight, bias) -> torch.Tensor:
        return torch.addmm(bias, hidden, weight.T).sub_(self.ratings).mul_(self.mask)

    def add_gradients(self, p, hidden, weight, to_weight, to_bias, to_hidden) -> None:
        torch.addmm(to_weight, p.T, hidden, out=to_weight)
        to_bias += p.sum(0)
        torch.mm(p, weight, out=to_hidden)


KERNELS = {"sparse": (SparseInput, SparseCells), "dense": (DenseInput, DenseCells)}


def _blocks(matrix: sp.csr_matrix) -> list[slice]:
    n_users = matrix.shape[0]
    return [slice(start, min(start + BLOCK, n_users)) for start in range(0, n_users, BLOCK)]


def _columns(x: torch.Tensor, caches: int = 1) -> list[slice]:
    """Groups of columns of x, each small enough for the cache."""
    width = x.shape[1]
    if not x.is_cuda:
        fitting = caches * CACHE // (x.element_size() * len(x))
        width = min(width, max(WIDTH, fitting // WIDTH * WIDTH))
    return [slice(start, start + width) for start in range(0, x.shape[1], width)]


def _sum_over_blocks(blocks: list[tuple[slice, Rows]], g: torch.Tensor) -> torch.Tensor:
    """S^T g, with the transposed rows of S for each block of users."""
    total, *others = (rows.times(g[users].contiguous()) for users, rows in blocks)
    for product in others:
        total += product
    return total
