"""Faithfulness: is a reason the cause? Take it away, and see what becomes of the item.

A *case* is one user, one recommended item, and ratings in the order in which a reason claims that
they matter: the user's own, or others' ratings of the item. A model is a function from ratings to
scores: one that is trained anew on what is left, or one whose weights are held. So every measure
here asks any model; nothing is known of it but its scores.

DEL, INS, POS and CDCG follow Barkan et al. (2024), necessity and sufficiency Tan et al. (2021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from eautorec.arrays import Array
from eautorec.ratings import Ratings

Score: TypeAlias = Callable[[Ratings], Array]
"""From ratings to the scores of all users and items: (n_users, n_items)."""

LIST = 10
"""The length of the list that an item stands in, or not."""


class Case(NamedTuple):
    """One recommendation and the reason that is claimed for it.

    user : row; item : column; order : positions of ratings, what matters most first.
    """

    user: int
    item: int
    order: Array


def own_ratings(ratings: Ratings, user: int, items: Iterable[int] | None = None) -> Array:
    """Positions of a user's ratings: of these items in this order, or of all."""
    mine = np.flatnonzero(ratings.user_index == user)
    if items is None:
        return mine
    place = dict(zip(ratings.item_index[mine].tolist(), mine.tolist(), strict=True))
    return np.array([place[item] for item in items], dtype=int)


def others_ratings(ratings: Ratings, item: int, users: Iterable[int] | None = None) -> Array:
    """Positions of the ratings of an item: by these users in this order, or by all."""
    of_item = np.flatnonzero(ratings.item_index == item)
    if users is None:
        return of_item
    place = dict(zip(ratings.user_index[of_item].tolist(), of_item.tolist(), strict=True))
    return np.array([place[user] for user in users], dtype=int)


def removal(
    score: Score,
    ratings: Ratings,
    cases: Iterable[Case],
    k: int,
    *,
    keep: bool = False,
    together: bool = False,
) -> pd.DataFrame:
    """What becomes of each item when the first k ratings of its reason are taken away.

    Parameters
    ----------
    keep : take away all others of the reason instead, and keep these k.
    together : take the reasons of all cases away at once, in one call of `score`. Only where no
        user's scores depend on another's ratings (weights held, reasons in own ratings), and for
        one case a user.

    Returns
    -------
    DataFrame with a row for each case: user, item (row and column), removed (how many ratings),
    score and rank before, score_after and rank_after, the rank among the items that the user has
    not rated before the removal.
    """
    cases = list(cases)
    gone = [np.asarray(case.order[k:] if keep else case.order[:k], dtype=int) for case in cases]
    before = score(ratings)
    if together:
        after_all = score(_without(ratings, np.concatenate(gone) if gone else np.zeros(0, int)))
    rated = ratings.matrix > 0
    rows = []
    for case, positions in zip(cases, gone, strict=True):
        after = after_all if together else score(_without(ratings, positions))
        others = ~rated[[case.user]].toarray().ravel()
        others[case.item] = False
        row = {"user": case.user, "item": case.item, "removed": len(positions)}
        for ending, scores in (("", before[case.user]), ("_after", after[case.user])):
            own = scores[case.item]
            row[f"score{ending}"] = float(own)
            row[f"rank{ending}"] = 1 + int(np.count_nonzero(scores[others] > own))
        rows.append(row)
    return pd.DataFrame(rows)


def measures(found: pd.DataFrame) -> pd.DataFrame:
    """One value for each case of `removal`, beside its columns.

    share : score_after / score; DEL where the reason was taken away (low is faithful), INS where
        only the reason was kept (high is faithful). nan where the score is not above 0.
    stays : 1 where the item is still in the list of LIST, else 0: POS. Its complement is the
        necessity of the reason; where only the reason was kept it is its sufficiency.
    cdcg : 1 / log2(1 + rank_after).
    """
    score = found["score"].where(found["score"] > 0)
    return found.assign(
        share=found["score_after"] / score,
        stays=(found["rank_after"] <= LIST).astype(float),
        cdcg=1 / np.log2(1 + found["rank_after"]),
    )


def _without(ratings: Ratings, positions: Array) -> Ratings:
    kept = np.ones(len(ratings), dtype=bool)
    kept[positions] = False
    return ratings.take(np.flatnonzero(kept))
