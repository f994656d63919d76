"""X^T X and its inverse, in the memory of one matrix: what a linear autoencoder is made of."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from scipy.linalg import lapack
from threadpoolctl import threadpool_info, threadpool_limits

from eautorec.arrays import Array, Matrix
from eautorec.errors import InputError

DOUBLE = 5_000
"""Items up to which the matrix is held in double precision; beyond, in single: half the memory, and
twice as fast."""

MOST_ITEMS = 30_000
"""Items up to which the matrix is made: 3.4 GiB in single precision, and n^3 operations."""

SHARED = 2**31
"""Bytes of a matrix up to which the threads of BLAS share the inverse. OpenBLAS 0.3.30 with two
threads writes beside a larger one, or crashes; with one thread it does not."""

STRIP = 500
"""Rows of the matrix that are made, or mirrored, at a time."""


def gram(blocks: Iterable[Matrix], n_items: int) -> Array:
    """X^T X, as a sum over blocks of users.

    A user with c ratings adds c^2 products, so the time is that of the sum of c^2; the memory is
    that of n_items^2 numbers, however many users there are. Each block is multiplied in its own
    precision, and rounded once to that of the sum.

    Parameters
    ----------
    blocks : CSR of shape (users of the block, n_items), each user in one of them.

    Returns
    -------
    Array of shape (n_items, n_items), symmetric; float64 up to DOUBLE items, else float32.

    Raises InputError for more than MOST_ITEMS items.
    """
    check_size(n_items)
    total = np.zeros((n_items, n_items), np.float64 if n_items <= DOUBLE else np.float32)
    with ThreadPoolExecutor(_n_threads()) as threads:
        for x in blocks:
            add = partial(_add_strip, total, x, x.T.tocsr())
            list(threads.map(add, range(0, n_items, STRIP)))
    return _mirrored(total)


def _add_strip(total: Array, x: Matrix, by_item: Matrix, start: int) -> None:
    """The rows from `start` on, right of the diagonal."""
    strip = by_item[start : start + STRIP] @ x[:, start:]
    total[start : start + STRIP, start:] += strip.toarray()


def _n_threads() -> int:
    """As many as the inverse takes."""
    return max((pool["num_threads"] for pool in threadpool_info()), default=1)


def check_size(n_items: int) -> None:
    """Raise InputError where the matrix of the items would be too large."""
    if n_items > MOST_ITEMS:
        raise InputError(
            f"There are {n_items:,} items: EASE needs a matrix of all pairs of them, "
            f"{4 * n_items**2 / 2**30:.1f} GiB; leave out the items with the fewest ratings until "
            f"{MOST_ITEMS:,} are left, or take a model without such a matrix, such as user-knn."
        )


def inverse(matrix: Array) -> Array:
    """The inverse of a symmetric positive definite matrix, by Cholesky's factor, in its place.

    Raises InputError if it is not positive definite.
    """
    factorise, invert = lapack.get_lapack_funcs(("potrf", "potri"), (matrix,))
    with threadpool_limits(1 if matrix.nbytes > SHARED else None):
        # LAPACK counts from column to column: what it calls the lower triangle is our upper one.
        factor, failed = factorise(matrix.T, lower=True, overwrite_a=True, clean=False)
        if failed:
            raise InputError(
                "The regularization is too small for these ratings: give a larger one."
            )
        found, _ = invert(factor, lower=True, overwrite_c=True)
    return _mirrored(found.T)


def _mirrored(matrix: Array) -> Array:
    """The upper triangle copied to the lower one, in place, strip by strip."""
    for start in range(0, len(matrix), STRIP):
        stop = start + STRIP
        matrix[stop:, start:stop] = matrix[start:stop, stop:].T
        corner = matrix[start:stop, start:stop]
        below = np.tril_indices(len(corner), -1)
        corner[below] = corner.T[below]
    return matrix
