"""Two sparse operations with their gradients: an encoder input times its weights, and the decoder
read at the observed cells. Their cost is linear in the number of ratings."""

from __future__ import annotations

import warnings

import numpy as np
import scipy.sparse as sp
import torch

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")
# The matrices come from scipy, which keeps them valid.
torch.sparse.check_sparse_tensor_invariants.disable()


class SparseOperator:
    """A constant sparse matrix S that multiplies weights: S X, and its gradient S^T G.

    The transpose is stored beside the matrix, because rows are what the product runs along.
    """

    def __init__(self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu"):
        self.forward = to_torch(matrix, dtype, device)
        self.backward = to_torch(matrix.T.tocsr(), dtype, device)

    def __matmul__(self, x: torch.Tensor) -> torch.Tensor:
        return _Multiply.apply(self, x)


class ObservedCells:
    """The observed cells of a rating matrix: where predictions are compared with ratings.

    Attributes
    ----------
    values : tensor of shape (n_observed,), the ratings, row by row.
    """

    def __init__(self, matrix: sp.csr_matrix, dtype=torch.float32, device="cpu"):
        matrix = matrix.tocsr()
        matrix.sort_indices()
        self.values = torch.as_tensor(matrix.data, dtype=dtype, device=device)
        self.shape = matrix.shape
        self.columns = torch.as_tensor(matrix.indices, dtype=torch.int64, device=device)
        self._pattern = to_torch(_numbered(matrix), dtype, device)
        transposed = _numbered(matrix).T.tocsr()
        transposed.sort_indices()
        # The k-th entry of the transposed pattern is entry _order[k] of the pattern.
        self._order = torch.as_tensor(transposed.data.astype(np.int64), device=device)
        self._transposed = to_torch(transposed, dtype, device)

    def predict(self, hidden, weight, bias) -> torch.Tensor:
        """hidden weight^T + bias, at the observed cells only.

        Parameters
        ----------
        hidden : (n_users, n_hidden); weight : (n_items, n_hidden); bias : (n_items,)

        Returns
        -------
        tensor of shape (n_observed,)
        """
        return _PredictObserved.apply(self, hidden, weight, bias)

    def with_values(self, values: torch.Tensor) -> torch.Tensor:
        """A sparse matrix with these values at the observed cells."""
        return _with_values(self._pattern, values)

    def with_values_transposed(self, values: torch.Tensor) -> torch.Tensor:
        return _with_values(self._transposed, values[self._order])


class _Multiply(torch.autograd.Function):
    @staticmethod
    def forward(ctx, operator, x):
        ctx.operator = operator
        return operator.forward @ x

    @staticmethod
    def backward(ctx, gradient):
        return None, ctx.operator.backward @ gradient


class _PredictObserved(torch.autograd.Function):
    @staticmethod
    def forward(ctx, cells, hidden, weight, bias):
        ctx.cells = cells
        ctx.save_for_backward(hidden, weight)
        products = torch.sparse.sampled_addmm(cells._pattern, hidden, weight.T, beta=0.0)
        return products.values() + bias[cells.columns]

    @staticmethod
    def backward(ctx, gradient):
        hidden, weight = ctx.saved_tensors
        to_hidden = ctx.cells.with_values(gradient) @ weight
        to_weight = ctx.cells.with_values_transposed(gradient) @ hidden
        to_bias = torch.zeros_like(weight[:, 0]).index_add_(0, ctx.cells.columns, gradient)
        return None, to_hidden, to_weight, to_bias


def to_torch(matrix: sp.csr_matrix, dtype=torch.float32, device="cpu") -> torch.Tensor:
    """A scipy CSR matrix as a torch CSR tensor."""
    matrix = matrix.tocsr()
    matrix.sort_indices()
    return torch.sparse_csr_tensor(
        torch.as_tensor(matrix.indptr, dtype=torch.int64),
        torch.as_tensor(matrix.indices, dtype=torch.int64),
        torch.as_tensor(matrix.data, dtype=dtype),
        size=matrix.shape,
        device=device,
    )


def _numbered(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The same cells, holding 0, 1, 2, ... row by row."""
    return sp.csr_matrix(
        (np.arange(matrix.nnz, dtype=np.float64), matrix.indices, matrix.indptr), matrix.shape
    )


def _with_values(pattern: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return torch.sparse_csr_tensor(
        pattern.crow_indices(), pattern.col_indices(), values, size=pattern.shape
    )
