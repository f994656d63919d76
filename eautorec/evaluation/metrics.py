"""Accuracy and explainability of predictions and lists: one value per user, never only a mean.

Lists are int arrays of shape (n_users, n_max), best first, as `ranking.top_lists` makes them: the
list of length n is its first n columns, so that one ranking serves all n. Sets of items are bool
arrays or CSR matrices of shape (n_users, n_items). A user who does not count is nan, so that
`numpy.nanmean` is the mean over the users that do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix
from eautorec.errors import InputError
from eautorec.parameters import one_of

ItemSets: TypeAlias = Array | Matrix
"""A set of items for each user: bool array or CSR of shape (n_users, n_items)."""

AP_DENOMINATORS = ("min", "n", "relevant")
"""What the sum of AP@n may be divided by (see `average_precision`)."""


def squared_errors(predicted: Array, ratings: Array) -> Array:
    """(r - r^)^2 for each rating; the root of its mean is the RMSE of Eq. 8."""
    return np.square(np.asarray(predicted, np.float64) - np.asarray(ratings, np.float64))


def rmse(predicted: Array, ratings: Array) -> float:
    """Root mean squared error (Eq. 8), on the scale of the ratings."""
    return float(np.sqrt(squared_errors(predicted, ratings).mean()))


def average_precision(
    lists: Array, relevant: ItemSets, ns: Sequence[int] | Array, denominator: str = "min"
) -> Array:
    """AP@n of each user: precision@j, summed over the ranks j that hold a relevant item, divided.

    The paper cites an "Eq. 10" for MAP and prints none, so all three usual definitions are here.

    Parameters
    ----------
    lists : int array (n_users, n_max); -1 where the list has ended.
    relevant : the relevant items of each user (the paper does not say which: here, by default of
        the study, a test rating in the upper quarter of the scale).
    ns : lengths n, from 1 to n_max.
    denominator : "min" for min(n, number of relevant items), "n", or "relevant".

    Returns
    -------
    float array (n_users, len(ns)); nan for users without a relevant item.

    Raises InputError for an unknown denominator, or a length that the lists do not have.
    """
    one_of("denominator", denominator, AP_DENOMINATORS)
    ns = _lengths(ns, lists)
    hit = _membership(relevant, lists)
    precision = np.cumsum(hit, axis=1) / np.arange(1, hit.shape[1] + 1)
    total = np.cumsum(precision * hit, axis=1)[:, ns - 1]
    n_relevant = _set_sizes(relevant)[:, None].astype(float)
    n_relevant[n_relevant == 0] = np.nan
    divisor = {
        "min": np.minimum(ns, n_relevant),
        "n": ns + 0 * n_relevant,
        "relevant": n_relevant + 0 * ns,
    }[denominator]
    return total / divisor


def explainable_precision(lists: Array, explainable: ItemSets, ns: Sequence[int] | Array) -> Array:
    """EP@n of each user: the share of the list that is explainable (Eq. 9 is its mean, MEP@n).

    Parameters
    ----------
    explainable : the items with E > theta of each user: CSR or bool array (n_users, n_items).

    Returns
    -------
    float array (n_users, len(ns)); nan for users with an empty list.

    Raises InputError for a length that the lists do not have.
    """
    ns = _lengths(ns, lists)
    hits = np.cumsum(_membership(explainable, lists), axis=1)[:, ns - 1]
    length = np.cumsum(np.asarray(lists) >= 0, axis=1)[:, ns - 1].astype(float)
    length[length == 0] = np.nan
    return hits / length


def _lengths(ns: Sequence[int] | Array, lists: Array) -> Array:
    """The lengths, each within the lists; 0 would count from the end."""
    ns, longest = np.asarray(ns), np.shape(lists)[1]
    if (ns < 1).any() or (ns > longest).any():
        raise InputError(
            f"The lengths are {ns.tolist()}: each must lie between 1 and {longest}, the length of "
            "the lists."
        )
    return ns


def _membership(members: ItemSets, lists: Array) -> Array:
    """Whether each place of the lists holds a member: float array of the shape of the lists.

    Raises InputError where the sets are of other users, or of fewer items, than the lists.
    """
    lists = np.asarray(lists)
    n_users, n_items = members.shape
    if n_users != len(lists) or lists.max(initial=-1) >= n_items:
        raise InputError(
            f"The lists of {len(lists)} users do not belong to sets of {n_items} items for "
            f"{n_users} users: bring both ratings to the same users and items with "
            "align(train, test)."
        )
    # A sparse set is looked up as a dense one: a byte a cell, and a fast take.
    dense = (members != 0).toarray() if sp.issparse(members) else np.asarray(members, dtype=bool)
    return np.take_along_axis(dense, np.maximum(lists, 0), axis=1) * (lists >= 0)


def _set_sizes(members: ItemSets) -> Array:
    """The number of items in each user's set."""
    if sp.issparse(members):
        return np.asarray((members != 0).sum(axis=1)).ravel()
    return np.asarray(members, dtype=bool).sum(axis=1)
