"""Faithfulness: is a reason the cause? Take it away, and see what becomes of the item.

A *case* is a user, an item recommended to them, and a reason: ratings in the order in which they
are said to matter, the user's own or other users' of the item. A model is a function from ratings
to scores: it is trained anew on what is left, or its weights are held. So every measure here asks
any model, and knows nothing of it but its scores.

DEL, INS, POS and CDCG follow Barkan et al. (2024), who take away the user's own ratings; necessity
and sufficiency follow Tan et al. (2021). Each has one value for each user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import pandas as pd
from scipy import special

from eautorec.arrays import Array
from eautorec.errors import InputError
from eautorec.parameters import whole_number
from eautorec.ratings import Ratings

LIST = 10
"""The length of the list that an item stands in, or not."""

CONFIDENCE = 0.95
"""Of an interval; half of the rest lies on either side."""


class Scores(Protocol):
    """What a model gives: `scores[row]` is a user's, of shape (n_items,). An array of shape
    (n_users, n_items) is one, and so is `PerUser`. An item that cannot be scored is nan, and stands
    last."""

    def __getitem__(self, row: int, /) -> Array: ...


Score: TypeAlias = Callable[[Ratings], Scores]
"""A model: from ratings to the scores of all users."""


class PerUser:
    """Scores that are computed when they are asked for, since a case needs one user's alone."""

    def __init__(self, of_user: Callable[[int], Array]):
        self._of_user = of_user

    def __getitem__(self, row: int, /) -> Array:
        return self._of_user(row)


class Case(NamedTuple):
    """A recommendation, and the reason that is given for it.

    user : row; item : column of the rating matrix.
    reason : positions of ratings, what matters most first; maybe fewer than the pool.
    pool : positions of all ratings that a reason of this kind could name.
    """

    user: int
    item: int
    reason: Array
    pool: Array


def own_ratings(ratings: Ratings, user: int, item: int, order: Iterable[int] | None = None) -> Case:
    """A reason among the user's own ratings: these items (columns) in this order, or all.

    Raises InputError if the user did not rate one of them, or it is named twice.
    """
    pool = np.flatnonzero((ratings.user_index == user) & (ratings.item_index != item))
    return Case(user, item, _positions(ratings.item_index, pool, order, "item"), pool)


def others_ratings(
    ratings: Ratings, user: int, item: int, order: Iterable[int] | None = None
) -> Case:
    """A reason among the ratings of the item by others: by these users (rows) in this order, or by
    all.

    Raises InputError if one of them did not rate the item, or is named twice.
    """
    pool = np.flatnonzero((ratings.item_index == item) & (ratings.user_index != user))
    return Case(user, item, _positions(ratings.user_index, pool, order, "user"), pool)


def _positions(labels: Array, pool: Array, order: Iterable[int] | None, kind: str) -> Array:
    """Where in the file the ratings of the pool stand that belong to these rows or columns."""
    if order is None:
        return pool
    place = dict(zip(labels[pool].tolist(), pool.tolist(), strict=True))
    found = []
    for label in order:
        position = place.pop(int(label), None)
        if position is None:
            raise InputError(
                f"The reason names the {kind} at {label}, which has no such rating or was named "
                "before: name each rating once, and only those that exist."
            )
        found.append(position)
    return np.array(found, dtype=int)


def removal(
    score: Score, ratings: Ratings, cases: Iterable[Case], ks: Sequence[int], *, keep: bool = False
) -> pd.DataFrame:
    """What becomes of each item when the first k ratings of its reason are taken away.

    Parameters
    ----------
    ks : how many; where a reason is shorter, all of it.
    keep : take away all others of the pool instead, and keep the first k.

    Returns
    -------
    DataFrame with a row for each case and k: user, item (row and column), k, removed (how many
    ratings were taken away), score, rank, score_after, rank_after. A rank is the item's place among
    those that the user had not rated before the removal, 1 for the first; equal scores stand in the
    order of the items.

    Raises InputError for a k that is no whole number from 0.
    """
    ks = [whole_number("k", k, at_least=0) for k in ks]
    before = score(ratings)
    rated = ratings.matrix
    rows = []
    for case in cases:
        others = np.ones(ratings.n_items, dtype=bool)
        others[rated.indices[rated.indptr[case.user] : rated.indptr[case.user + 1]]] = False
        first = np.asarray(before[case.user])
        for k in ks:
            chosen = case.reason[:k]
            gone = np.setdiff1d(case.pool, chosen) if keep else chosen
            after = first
            if len(gone):
                after = np.asarray(score(_without(ratings, gone))[case.user])
            rows.append(
                {
                    "user": case.user,
                    "item": case.item,
                    "k": k,
                    "removed": len(gone),
                    "score": float(first[case.item]),
                    "rank": _rank(first, case.item, others),
                    "score_after": float(after[case.item]),
                    "rank_after": _rank(after, case.item, others),
                }
            )
    return pd.DataFrame(rows)


def deletion(found: pd.DataFrame, n: int = LIST) -> pd.DataFrame:
    """How much an item lost with its reason; of `removal`. A faithful reason has low values but of
    necessity.

    Returns
    -------
    DataFrame with the index of `found`:
    del : score_after / score; nan where the score is not above 0, and so no share of it means
        anything.
    pos : 1 where the item is still among the first n, else 0.
    cdcg : 1 / log2(1 + rank_after).
    necessity : 1 - pos; its mean over the users is PN.
    """
    stays = _stays(found, n)
    return pd.DataFrame(
        {
            "del": _share(found),
            "pos": stays,
            "cdcg": 1 / np.log2(1 + found["rank_after"]),
            "necessity": 1 - stays,
        }
    )


def insertion(found: pd.DataFrame, n: int = LIST) -> pd.DataFrame:
    """How much of an item its reason alone keeps; of `removal` with `keep`. A faithful reason has
    high values.

    Returns
    -------
    DataFrame with the index of `found`:
    ins : score_after / score; nan as in `deletion`.
    sufficiency : 1 where the item is still among the first n, else 0; its mean is PS.
    """
    return pd.DataFrame({"ins": _share(found), "sufficiency": _stays(found, n)})


def overlap(one: Sequence[object] | Array, other: Sequence[object] | Array, k: int) -> float:
    """Stability: how many the first k of two reasons have in common, as a share of all that are in
    either (Jaccard). Two empty reasons are the same: 1.

    Compare the reasons for one item from two starts, or before and after one rating more.
    """
    k = whole_number("k", k, at_least=0)
    a, b = (set(np.asarray(reason)[:k].tolist()) for reason in (one, other))
    return len(a & b) / len(a | b) if a | b else 1.0


def interval(values: Array) -> tuple[float, float, float]:
    """(mean, low, high) over users, with CONFIDENCE; nan does not count.

    Where each value is 0 or 1 the interval is Wilson's (1927), which has a width even where all are
    alike; else Student's. With a single value that is no 0 and no 1 it has no bounds: nan.
    """
    values = np.asarray(values, dtype=float)
    values = values[~np.isnan(values)]
    n = len(values)
    if n == 0:
        return (np.nan, np.nan, np.nan)
    mean = float(values.mean())
    if np.isin(values, (0.0, 1.0)).all():
        z = special.ndtri(0.5 + CONFIDENCE / 2)
        middle = (mean + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(mean * (1 - mean) / n + z**2 / (4 * n**2))
        # At 0 and 1 a bound is exactly the mean, and must not miss it by rounding.
        return mean, float(min(middle - half, mean)), float(max(middle + half, mean))
    if n == 1:
        return mean, np.nan, np.nan
    half = special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * values.std(ddof=1) / np.sqrt(n)
    return mean, float(mean - half), float(mean + half)


def _without(ratings: Ratings, positions: Array) -> Ratings:
    kept = np.ones(len(ratings), dtype=bool)
    kept[positions] = False
    return ratings.take(np.flatnonzero(kept))


def _rank(scores: Array, item: int, others: Array) -> int:
    """The place of an item among `others`, as `ranking.top_lists` would put it."""
    scores = np.where(np.isnan(scores), -np.inf, scores)
    own = scores[item]
    above = np.count_nonzero(scores[others] > own)
    return 1 + int(above + np.count_nonzero(others[:item] & (scores[:item] == own)))


def _share(found: pd.DataFrame) -> pd.Series:
    return found["score_after"] / found["score"].where(found["score"] > 0)


def _stays(found: pd.DataFrame, n: int) -> pd.Series:
    return (found["rank_after"] <= n).astype(float)
