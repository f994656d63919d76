"""The users most similar to each user, by the cosine of their rating rows (paper, section 3)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from eautorec.topk import top_k

BLOCK_CELLS = 16_000_000
"""Similarities held at once: 128 MB in double precision."""


def nearest_neighbours(matrix: sp.csr_matrix, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k users with the highest cosine to each user, most similar first.

    The cosine is taken over the raw rows, a missing rating counting as 0. The user is no neighbour
    of their own, nor is anybody who shares no rated item with them; ties go to the lower row.

    Parameters
    ----------
    matrix : CSR of shape (n_users, n_items)

    Returns
    -------
    (neighbours, cosines), both of shape (n_users, min(k, n_users - 1)); a row with fewer
    neighbours is filled with -1 and 0.
    """
    n_users = matrix.shape[0]
    k = min(k, n_users - 1)
    squared_norm = np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float64).ravel()
    squared_norm[squared_norm == 0] = 1.0
    neighbours = np.empty((n_users, k), dtype=np.int32)
    cosines = np.empty((n_users, k))
    block = max(1, BLOCK_CELLS // n_users)
    products = _products(matrix)
    for start in range(0, n_users, block):
        rows = np.arange(start, min(start + block, n_users))
        # (r_u r_v)^2 / |r_v|^2 orders like the cosine. Numerator and denominator are exact, so
        # that equal cosines are equal numbers and a tie is a tie on every machine.
        score = products(rows).astype(np.float64)
        score *= score
        score /= squared_norm
        score[np.arange(len(rows)), rows] = 0.0
        score[score == 0.0] = -np.inf
        best = top_k(score, k)
        found = np.take_along_axis(score, best, axis=1)
        neighbours[rows] = best
        cosines[rows] = np.sqrt(np.where(best < 0, 0.0, found) / squared_norm[rows, None])
    return neighbours, cosines


def _products(matrix: sp.csr_matrix):
    """A function from rows to the dense block of R R^T of these rows."""
    n_users, n_items = matrix.shape
    raters = np.diff(matrix.tocsc().indptr).astype(float)
    # A dense multiplication does some hundred times more of them a second than a sparse one.
    if n_users**2 * n_items < 200 * (raters @ raters) and n_users * n_items < 50_000_000:
        dense = matrix.toarray()
        return lambda rows: dense[rows] @ dense.T
    transposed = matrix.T.tocsr()
    return lambda rows: (matrix[rows] @ transposed).toarray()
