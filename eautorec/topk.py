"""The k largest values of each row. Ties go to the lower column, so that results never vary."""

from __future__ import annotations

import numpy as np


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Columns of the k largest scores of each row, best first; ties by the lower column.

    Cells with a score of -inf are never chosen: where fewer than k others exist, -1 fills the row.

    Parameters
    ----------
    scores : array of shape (n_rows, n_columns), without NaN

    Returns
    -------
    int array of shape (n_rows, min(k, n_columns))
    """
    n_columns = scores.shape[1]
    k = min(k, n_columns)
    kth = np.partition(scores, n_columns - k, axis=1)[:, n_columns - k, None]
    chosen = scores > kth
    n_missing = k - np.count_nonzero(chosen, axis=1)
    ties = scores == kth
    crowded = np.flatnonzero(np.count_nonzero(ties, axis=1) > n_missing)
    if crowded.size:
        place = np.cumsum(ties[crowded], axis=1)
        ties[crowded] &= place <= n_missing[crowded, None]
    chosen |= ties
    columns = np.nonzero(chosen)[1].reshape(len(scores), k)
    values = np.take_along_axis(scores, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    columns[np.take_along_axis(values, order, axis=1) == -np.inf] = -1
    return columns
