"""The products that training is made of, in two kinds.

*Sparse* kernels visit the observed ratings only: their cost is linear in the number of ratings.
*Dense* ones multiply whole matrices, which is what a GPU does best. Both answer to the same names:

    input    S x  and  S^T g           encoder, and its gradient
    cells    p = H W^T + b - r         decoder, at the observed ratings
    P        P W  and  P^T H           the decoder's gradients, P holding 2 p at those cells

where the rows of W are items, those of H and S are users. W and H come some hidden units at a time,
as `column_groups` cuts them: each group stays near the core through all of its products.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn.functional import embedding_bag

from eautorec.arrays import Matrix, stored_cells

CACHE_BYTES = 1_000_000
"""Bytes of a matrix that stay near a core while a product gathers its rows. A larger one is
multiplied some columns at a time: at 5 million ratings that is twice as fast."""

LEAST_COLUMNS = 32
"""The least number of columns at a time; two lines of the cache for each row."""

BLOCK_USERS = 16_384
"""Users in a block. Their gradients flow back to the items block by block, for the same reason."""

ENTRIES_PER_COLUMN = 64
"""Entries of a block for each column, at least: every block ends in a pass over all columns. With
fewer, the products of 138,000 users with their neighbours took twice as long."""


class Rows(NamedTuple):
    """A sparse matrix, row by row: the place of each row's first entry, columns, values.

    torch calls a product with it an embedding bag, a weighted sum of rows of x. On a CPU that is
    two to three times as fast as its product with a sparse matrix.
    """

    starts: torch.Tensor
    columns: torch.Tensor
    values: torch.Tensor

    @classmethod
    def of(cls, matrix: Matrix, dtype: torch.dtype, device: str) -> Rows:
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


class SparseMatrix:
    """A sparse matrix S of shape (n_users, n_columns), multiplied from both sides.

    The transpose is stored beside it, because rows are what a product runs along.
    """

    def __init__(self, forward: Rows, backward: list[tuple[slice, Rows]]):
        self.forward, self.backward = forward, backward

    @classmethod
    def of(
        cls, matrix: Matrix, dtype: torch.dtype = torch.float32, device: str = "cpu"
    ) -> SparseMatrix:
        backward = [
            (users, Rows.of(matrix[users].T.tocsr(), dtype, device)) for users in _blocks(matrix)
        ]
        return cls(Rows.of(matrix, dtype, device), backward)

    def times(self, x: torch.Tensor) -> torch.Tensor:
        """S x"""
        return self.forward.times(x)

    def transposed_times(self, g: torch.Tensor) -> torch.Tensor:
        """S^T g"""
        (users, rows), *others = self.backward
        total = rows.times(g[users])
        for users, rows in others:
            total += rows.times(g[users])
        return total

    def column_sums(self) -> torch.Tensor:
        columns, values = self.forward.columns, self.forward.values
        n_columns = len(self.backward[0][1].starts) - 1
        return values.new_zeros(n_columns).index_add_(0, columns, values)


class DenseMatrix:
    """As `SparseMatrix`, holding all cells."""

    def __init__(self, values: torch.Tensor):
        self.values = values

    @classmethod
    def of(
        cls, matrix: Matrix, dtype: torch.dtype = torch.float32, device: str = "cpu"
    ) -> DenseMatrix:
        return cls(torch.as_tensor(matrix.toarray(), dtype=dtype, device=device))

    def times(self, x: torch.Tensor) -> torch.Tensor:
        return self.values @ x

    def transposed_times(self, g: torch.Tensor) -> torch.Tensor:
        return self.values.T @ g

    def column_sums(self) -> torch.Tensor:
        return self.values.sum(0)


class SparseCells:
    """The observed cells of a rating matrix: where predictions are compared with ratings.

    Attributes
    ----------
    ratings : tensor of shape (n_cells,), row by row.
    """

    def __init__(self, matrix: Matrix, dtype: torch.dtype = torch.float32, device: str = "cpu"):
        matrix.sort_indices()
        self.n_users, self.n_cells = matrix.shape[0], matrix.nnz
        self.rows = Rows.of(matrix, dtype, device)
        self.ratings = self.rows.values
        # Kept: to fetch 80 MB anew takes longer than to fill them.
        self._residuals = torch.empty_like(self.ratings)
        self.blocks = []
        for users in _blocks(matrix):
            block = matrix[users]
            # Entry k of the transposed block is entry order[k] of the block.
            number = sp.csr_matrix((np.arange(block.nnz), block.indices, block.indptr), block.shape)
            number = number.T.tocsr()
            order = torch.as_tensor(number.data.astype(np.int32), device=device)
            cells = slice(matrix.indptr[users.start], matrix.indptr[users.stop])
            pattern = csr_tensor(
                torch.as_tensor(block.indptr.astype(np.int32), device=device),
                self.rows.columns[cells],
                self.ratings[cells],
                block.shape,
            )
            self.blocks.append((users, cells, pattern, Rows.of(number, dtype, device), order))

    def residuals(
        self, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        """hidden weight^T + bias - rating at each cell: shape (n_cells,), row by row.

        The array is kept and filled again by the next call.

        Parameters
        ----------
        hidden : (n_users, n_hidden); weight : (n_items, n_hidden); bias : (n_items,)
        """
        residuals = torch.index_select(bias, 0, self.rows.columns, out=self._residuals)
        groups = [(units, weight[:, units].contiguous().T) for units in column_groups(weight, 8)]
        for users, cells, pattern, _, _ in self.blocks:
            found, keep = pattern, -1.0
            out: dict[str, torch.Tensor] = {}
            for units, w in groups:
                h = hidden[users, units].contiguous()
                found = torch.sparse.sampled_addmm(found, h, w, beta=keep, **out)
                keep, out = 1.0, {"out": found}
            residuals[cells] += found.values()
        return residuals

    def matrix(self, p: torch.Tensor) -> SparseMatrix:
        """The matrix with these values at the cells, and 0 elsewhere; until the next call."""
        by_item = []
        for users, cells, _, transposed, order in self.blocks:
            torch.index_select(p[cells], 0, order, out=transposed.values)
            by_item.append((users, transposed))
        return SparseMatrix(self.rows._replace(values=p), by_item)


class DenseCells:
    """As `SparseCells`, over the whole matrix and a mask of the observed cells: `residuals` and P
    have shape (n_users, n_items), 0 where nothing was observed. With `whole` every cell counts as
    observed, a missing one as 0."""

    def __init__(
        self,
        matrix: Matrix,
        dtype: torch.dtype = torch.float32,
        device: str = "cpu",
        whole: bool = False,
    ):
        self.n_users = matrix.shape[0]
        self.n_cells = int(np.prod(matrix.shape)) if whole else matrix.nnz
        self.ratings = torch.as_tensor(matrix.toarray(), dtype=dtype, device=device)
        self.mask = torch.ones_like(self.ratings)
        if not whole:
            # Not "where the rating is above 0": an observed cell may hold a zero.
            observed = stored_cells(matrix).toarray()
            self.mask = torch.as_tensor(observed, dtype=dtype, device=device)

    def residuals(
        self, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        return torch.addmm(bias, hidden, weight.T).sub_(self.ratings).mul_(self.mask)

    def matrix(self, p: torch.Tensor) -> DenseMatrix:
        return DenseMatrix(p)


def csr_tensor(
    starts: torch.Tensor, columns: torch.Tensor, values: torch.Tensor, shape: tuple[int, int]
) -> torch.Tensor:
    """torch's own sparse matrix. It comes from scipy's, which is valid, so it is not checked."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")
        return torch.sparse_csr_tensor(starts, columns, values, size=shape, check_invariants=False)


class Kernels(NamedTuple):
    """How a kind of kernels holds an input matrix, and the observed cells."""

    matrix: Callable[..., SparseMatrix | DenseMatrix]
    cells: Callable[..., SparseCells | DenseCells]


KERNELS = {
    "sparse": Kernels(SparseMatrix.of, SparseCells),
    "dense": Kernels(DenseMatrix.of, DenseCells),
}


def _blocks(matrix: Matrix) -> list[slice]:
    """Blocks of users."""
    n_users, n_columns = matrix.shape
    size = max(BLOCK_USERS, ENTRIES_PER_COLUMN * n_columns * n_users // max(1, matrix.nnz))
    return [slice(start, min(start + size, n_users)) for start in range(0, n_users, size)]


def column_groups(x: torch.Tensor, caches: int = 1) -> list[slice]:
    """Groups of columns of x, each small enough for the cache."""
    width = x.shape[1]
    if not x.is_cuda:
        fitting = caches * CACHE_BYTES // (x.element_size() * len(x))
        width = min(width, max(LEAST_COLUMNS, fitting // LEAST_COLUMNS * LEAST_COLUMNS))
    return [slice(start, start + width) for start in range(0, x.shape[1], width)]
