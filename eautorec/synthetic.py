"""Worlds whose right answer is known, to test, to teach, and to do without a network."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from eautorec.arrays import Array
from eautorec.ratings import Ratings

FIVE_USERS = [
    (1, 1, 5), (1, 2, 3),
    (2, 1, 4), (2, 2, 2), (2, 3, 5),
    (3, 1, 1), (3, 3, 4),
    (4, 2, 5), (4, 3, 1),
    (5, 1, 5), (5, 2, 3), (5, 4, 4),
]  # fmt: skip
"""(user, item, rating in stars from 1 to 5), made up for the book."""


def five_users() -> Ratings:
    """Five users and four films: small enough to derive E by hand."""
    titles = {1: "Harbour Lights", 2: "The Quiet Proof", 3: "Night Bus", 4: "A Small Planet"}
    frame = pd.DataFrame(FIVE_USERS, columns=["user", "item", "rating"])
    return Ratings.from_frame(frame, scale=(1, 5), titles=titles)


def two_tastes(
    n_users: int = 60, n_items: int = 40, density: float = 0.5, seed: int = 0
) -> Ratings:
    """Users with an even number like items with an even number (5) and not the others (1).

    Odd users do the opposite. So each user's neighbours share the taste, and every missing rating
    is known: `taste(user, item)`.
    """
    generator = np.random.default_rng(seed)
    user, item = np.nonzero(generator.random((n_users, n_items)) < density)
    frame = pd.DataFrame({"user": user, "item": item, "rating": taste(user, item)})
    return Ratings.from_frame(frame, scale=(1, 5))


def taste(user: ArrayLike, item: ArrayLike) -> Array:
    """The right answer in the world of two tastes: 5 or 1."""
    return np.where((np.asarray(user) + np.asarray(item)) % 2 == 0, 5, 1)


def movielens_like(
    n_users: int = 943, n_items: int = 1682, n_ratings: int = 100_000, seed: int = 0
) -> Ratings:
    """Ratings in the shape of MovieLens: few active users, few popular films, tastes of rank 5.

    Activity and popularity fall off like a log-normal and a power law. The number of ratings is
    approximate: a cell that is drawn twice counts once.
    """
    generator = np.random.default_rng(seed)
    activity = generator.lognormal(0, 1, n_users)
    popularity = 1 / (np.arange(n_items) + 0.02 * n_items)
    generator.shuffle(popularity)
    n_draws = int(n_ratings * 1.25)
    user = generator.choice(n_users, n_draws, p=activity / activity.sum())
    item = generator.choice(n_items, n_draws, p=popularity / popularity.sum())
    cell = np.unique(user.astype(np.int64) * n_items + item)
    cell = np.sort(generator.permutation(cell)[:n_ratings])
    user, item = cell // n_items, cell % n_items
    rank = 5
    taste_of, trait_of = (generator.normal(size=(n, rank)) for n in (n_users, n_items))
    score = (
        3.6
        + 0.4 * generator.normal(size=n_users)[user]
        + 0.4 * np.log(popularity / popularity.mean())[item].clip(-1, 1)
        + 0.3 * np.einsum("rk,rk->r", taste_of[user], trait_of[item])
        + 0.6 * generator.normal(size=len(cell))
    )
    frame = pd.DataFrame({"user": user + 1, "item": item + 1, "rating": score.round().clip(1, 5)})
    return Ratings.from_frame(frame, scale=(1, 5))
