"""Top-n lists: which items may stand in them, and in which order."""

from __future__ import annotations

import numpy as np

from eautorec.arrays import Array, Matrix
from eautorec.parameters import whole_number


def candidate_mask(train: Matrix, rows: Array) -> Array:
    """True where a user may be recommended an item: all items not rated in training.

    Returns
    -------
    bool array of shape (len(rows), n_items)
    """
    rated = train[rows]
    mask = np.ones(rated.shape, dtype=bool)
    mask[np.repeat(np.arange(rated.shape[0]), np.diff(rated.indptr)), rated.indices] = False
    return mask


def top_lists(scores: Array, train: Matrix, n: int, rows: Array | None = None) -> Array:
    """The n candidates with the highest scores of each user, best first; ties by the lower item.

    Parameters
    ----------
    scores : array of shape (n_users, n_items)
    rows : the users whose scores these are, as rows of `train`; None for all.

    Returns
    -------
    int array of shape (n_users, n); a user with fewer candidates is filled with -1.

    Raises InputError for n below 1.
    """
    rows = np.arange(train.shape[0]) if rows is None else rows
    found = top_k(np.where(candidate_mask(train, rows), scores, -np.inf), n)
    return np.pad(found, ((0, 0), (0, n - found.shape[1])), constant_values=-1)


def top_k(scores: Array, k: int) -> Array:
    """Columns of the k largest scores of each row, best first; ties by the lower column, so that
    results never vary.

    Cells with a score of -inf are never chosen: where fewer than k others exist, -1 fills the row.

    Parameters
    ----------
    scores : array of shape (n_rows, n_columns), without NaN

    Returns
    -------
    int array of shape (n_rows, min(k, n_columns))

    Raises InputError for k below 1.
    """
    n_columns = scores.shape[1]
    k = min(whole_number("The length of a list", k, at_least=1), n_columns)
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
