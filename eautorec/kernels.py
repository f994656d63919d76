"""The products that training is made of, with their gradients, in two kinds.

*Sparse* kernels visit the observed ratings only: their cost is linear in the number of ratings.
*Dense* ones multiply whole matrices, which is what a GPU does best. Both answer to the same two
names:

    input    x = S W                  (encoder)           gradients: S^T G
    cells    p = H W^T + b            (decoder)           gradients: P W, P^T H, column sums of P

where the rows of W are items, those of H and S are users, and P is the gradient at the cells.
"""

from __future__ import annotations

import warnings

import numpy as np
import scipy.sparse as sp
import torch

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")
# The matrices come from scipy, which keeps them valid.
torch.sparse.check_sparse_tensor_invariants.disable()


CACHE = 4_000_000
"""Bytes of a matrix that stay near a core while a sparse product gathers its rows. A larger one is
multiplied some columns at a time: at 5 million ratings this is three to five times faster."""

BLOCK = 65_536
"""Users in a block. Their gradients flow back to the items block by block, for the same reason."""


class SparseInput:
    """A constant sparse matrix S of shape (n_users, n_columns) that multiplies weights.

    The transpose is stored beside it, because rows are what a product runs along.
    """

    def __init__(self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu"):
        self.shape = matrix.shape
        self.blocks = [
            (
                users,
                _to_torch(matrix[users], dtype, device),
                _to_torch(matrix[users].T.tocsr(), dtype, device),
            )
            for users in _blocks(matrix)
        ]

    def times(self, x: torch.Tensor) -> torch.Tensor:
        """S x"""
        out = x.new_empty((self.shape[0], x.shape[1]))
        _multiply_blocks([(block, out[users]) for users, block, _ in self.blocks], x)
        return out

    def transposed_times(self, g: torch.Tensor) -> torch.Tensor:
        """S^T g"""
        out = g.new_zeros((self.shape[1], g.shape[1]))
        self.add_transposed_times(g, out)
        return out

    def add_transposed_times(self, g: torch.Tensor, out: torch.Tensor) -> None:
        """out += S^T g, without a copy."""
        for users, _, block in self.blocks:
            _add_product(block, g[users], out)


class DenseInput:
    """As `SparseInput`, holding the whole matrix."""

    def __init__(self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu"):
        self.forward = torch.as_tensor(matrix.toarray(), dtype=dtype, device=device)

    def times(self, x: torch.Tensor) -> torch.Tensor:
        return self.forward @ x

    def transposed_times(self, g: torch.Tensor) -> torch.Tensor:
        return self.forward.T @ g

    def add_transposed_times(self, g: torch.Tensor, out: torch.Tensor) -> None:
        torch.addmm(out, self.forward.T, g, out=out)


class SparseCells:
    """The observed cells of a rating matrix: where predictions are compared with ratings.

    Attributes
    ----------
    ratings : tensor of shape (n_cells,), row by row.
    """

    def __init__(self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu"):
        self.n_cells = matrix.nnz
        self.blocks = []
        for users in _blocks(matrix):
            block = matrix[users]
            pattern = _to_torch(block, dtype, device)
            # Entry k of the transposed block is entry order[k] of the block.
            number = sp.csr_matrix((np.arange(block.nnz), block.indices, block.indptr), block.shape)
            number = number.T.tocsr()
            order = torch.as_tensor(number.data.astype(np.int32), device=device)
            cells = slice(matrix.indptr[users.start], matrix.indptr[users.stop])
            self.blocks.append((users, cells, pattern, _to_torch(number, dtype, device), order))
        self.ratings = torch.cat([pattern.values() for _, _, pattern, _, _ in self.blocks])

    def residuals(self, hidden, weight, bias) -> torch.Tensor:
        """hidden weight^T + bias - rating at each cell: shape (n_cells,).

        Parameters
        ----------
        hidden : (n_users, n_hidden); weight : (n_items, n_hidden); bias : (n_items,)
        """
        found = [pattern for _, _, pattern, _, _ in self.blocks]
        keep = -1.0
        for columns in _columns(weight):
            w = weight[:, columns].contiguous().T
            for number, (users, *_) in enumerate(self.blocks):
                h = hidden[users, columns].contiguous()
                out = {} if keep == -1.0 else {"out": found[number]}
                found[number] = torch.sparse.sampled_addmm(found[number], h, w, beta=keep, **out)
            keep = 1.0
        residuals = torch.cat([products.values() for products in found])
        for _, cells, pattern, _, _ in self.blocks:
            residuals[cells] += bias[pattern.col_indices()]
        return residuals

    def add_gradients(self, p, hidden, weight, to_weight, to_bias) -> torch.Tensor:
        """Add to_weight += P^T hidden and to_bias += column sums of P; return P weight."""
        to_hidden = torch.empty_like(hidden)
        by_user = []
        for users, cells, pattern, transposed, order in self.blocks:
            by_user.append((_with_values(pattern, p[cells]), to_hidden[users]))
            _add_product(_with_values(transposed, p[cells][order]), hidden[users], to_weight)
            to_bias.index_add_(0, pattern.col_indices(), p[cells])
        _multiply_blocks(by_user, weight)
        return to_hidden


class DenseCells:
    """As `SparseCells`, over the whole matrix and a mask of the observed cells: `residuals` and P
    have shape (n_users, n_items), 0 where nothing was observed. With `whole` every cell counts as
    observed, a missing one as 0."""

    def __init__(
        self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu", whole: bool = False
    ):
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

    def add_gradients(self, p, hidden, weight, to_weight, to_bias) -> torch.Tensor:
        torch.addmm(to_weight, p.T, hidden, out=to_weight)
        to_bias += p.sum(0)
        return p @ weight


KERNELS = {"sparse": (SparseInput, SparseCells), "dense": (DenseInput, DenseCells)}


def _blocks(matrix: sp.csr_matrix) -> list[slice]:
    n_users = matrix.shape[0]
    return [slice(start, min(start + BLOCK, n_users)) for start in range(0, n_users, BLOCK)]


def _columns(x: torch.Tensor) -> list[slice]:
    """Groups of columns of x, each small enough for the cache."""
    width = x.shape[1]
    if not x.is_cuda:
        # Whole lines of the cache: 16 numbers.
        width = min(width, max(16, CACHE // (x.element_size() * len(x)) // 16 * 16))
    return [slice(start, start + width) for start in range(0, x.shape[1], width)]


def _multiply_blocks(blocks: list[tuple[torch.Tensor, torch.Tensor]], x: torch.Tensor) -> None:
    """out = matrix x, for each (sparse matrix, out)."""
    for columns in _columns(x):
        part = x[:, columns].contiguous()
        for matrix, out in blocks:
            torch.addmm(out[:, columns], matrix, part, beta=0, out=out[:, columns])


def _add_product(matrix: torch.Tensor, x: torch.Tensor, out: torch.Tensor) -> None:
    """out += matrix x, for a sparse matrix."""
    for columns in _columns(x):
        part = out[:, columns]
        torch.addmm(part, matrix, x[:, columns].contiguous(), out=part)


def _to_torch(matrix: sp.csr_matrix, dtype, device) -> torch.Tensor:
    """A scipy CSR matrix as a torch CSR tensor."""
    matrix.sort_indices()
    return torch.sparse_csr_tensor(
        torch.as_tensor(matrix.indptr, dtype=torch.int32),
        torch.as_tensor(matrix.indices, dtype=torch.int32),
        torch.as_tensor(matrix.data, dtype=dtype),
        size=matrix.shape,
        device=device,
    )


def _with_values(pattern: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return torch.sparse_csr_tensor(
        pattern.crow_indices(), pattern.col_indices(), values, size=pattern.shape
    )
