"""Top-n lists: which items may stand in them, and in which order."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from eautorec.evaluation.ranking import top_k


def candidate_mask(train: sp.csr_matrix, rows) -> np.ndarray:
    """True where a user may be recommended an item: all items not rated in training.

    Returns
    -------
    bool array of shape (len(rows), n_items)
    """
    rated = train[rows]
    mask = np.ones(rated.shape, dtype=bool)
    mask[np.repeat(np.arange(rated.shape[0]), np.diff(rated.indptr)), rated.indices] = False
    return mask


def top_lists(scores: np.ndarray, train: sp.csr_matrix, n: int, rows=None) -> np.ndarray:
    """The n candidates with the highest scores of each user, best first; ties by the lower item.

    Parameters
    ----------
    scores : array of shape (n_users, n_items)
    rows : the users whose scores these are, as rows of `train`; None for all.

    Returns
    -------
    int array of shape (n_users, n); a user with fewer candidates is filled with -1.
    """
    rows = np.arange(train.shape[0]) if rows is None else rows
    return top_k(np.where(candidate_mask(train, rows), scores, -np.inf), n)
