"""Names for the arrays that go from module to module; shapes and units stand in the docstrings."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""A dense array."""

Matrix: TypeAlias = sp.csr_matrix
"""A sparse matrix, row by row; users stand in its rows."""

Chain: TypeAlias = tuple[Matrix, ...]
"""Matrices whose product is meant. It need not be formed: (A R) W = A (R W)."""

Scale: TypeAlias = tuple[float, float]
"""The lowest and the highest rating that somebody can give."""


def stored_cells(matrix: Matrix) -> Matrix:
    """1 at every stored cell, also where a zero is stored: float32 CSR of the same shape."""
    return sp.csr_matrix(
        (np.ones(matrix.nnz, np.float32), matrix.indices, matrix.indptr), matrix.shape
    )
