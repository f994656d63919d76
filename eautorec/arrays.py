"""Names for the arrays that go from module to module; shapes and units stand in the docstrings."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eautorec.errors import InputError

Array: TypeAlias = NDArray[Any]
"""A dense array."""

Matrix: TypeAlias = sp.csr_matrix
"""A sparse matrix, row by row; users stand in its rows."""

Chain: TypeAlias = tuple[Matrix, ...]
"""Matrices whose product is meant. It need not be formed: (A R) W = A (R W)."""

Scale: TypeAlias = tuple[float, float]
"""The lowest and the highest rating that somebody can give."""


MOST_BYTES = 8 * 2**30
"""Of one dense array: what would be larger is refused before it is made."""


def check_room(what: str, shape: tuple[int, int], instead: str) -> None:
    """Raise InputError where a dense float64 array of this shape would be larger than MOST_BYTES.

    Parameters
    ----------
    what : the array, and instead : what the user can do, as the message says them.
    """
    rows, columns = shape
    if 8 * rows * columns > MOST_BYTES:
        raise InputError(
            f"{what} are {rows:,} x {columns:,} numbers, {8 * rows * columns / 2**30:.1f} GiB, and "
            f"at most {MOST_BYTES / 2**30:g} are taken: {instead}."
        )


def plain(value: Any) -> Any:
    """numpy's numbers as Python's: the `default` of json.dumps."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} cannot be saved")


def as_written(values: Any) -> Array:
    """Ratings, held in single precision, as the decimal numbers that they were read from: float64
    (n,), 0.1 and not 0.10000000149."""
    levels, place = np.unique(np.asarray(values, np.float32), return_inverse=True)
    return np.asarray(levels.astype(str).astype(np.float64)[place])


def stored_cells(matrix: Matrix) -> Matrix:
    """1 at every stored cell, also where a zero is stored: float32 CSR of the same shape."""
    return sp.csr_matrix(
        (np.ones(matrix.nnz, np.float32), matrix.indices, matrix.indptr), matrix.shape
    )
