"""Two lists for one person, EASE's and E-AutoRec's, and what becomes of a list when the reason of
one of its films is taken away: the first part of the explorer page.

The reason is the same for both models: what the users nearest to the user gave the film. Taken
away, these ratings are gone, of this film only. The weights are held; EASE is trained anew as well.
Beside it, as a measure, as many of the film's ratings are taken away at random.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from eautorec.arrays import Array
from eautorec.evaluation.faithfulness import Score, others_ratings
from eautorec.evaluation.ranking import top_k
from eautorec.models.ease import EASE
from eautorec.models.recommender import Recommender
from eautorec.ratings import Ratings
from eautorec.study.faithful import KNOWN, SEED, ease_by_users, eautorec_held, updated

N = 10
"""Films in a list."""

HELD: dict[str, Callable[..., Score]] = {"EASE": ease_by_users, "E-AutoRec": eautorec_held}
"""From a fitted model to what it says of other ratings with the weights that it has."""


def two_lists(
    train: Ratings, models: dict[str, Recommender], users: list, least: int = KNOWN
) -> dict:
    """The lists of a few users, with reasons and without.

    Parameters
    ----------
    models : the fitted "EASE" and "E-AutoRec".
    least : the fewest ratings of a film that is "known". Each list is made twice, of these films
        and of all: E-AutoRec's first films of all were rated by hardly anybody.
    """
    known = train.matrix.getnnz(axis=0) >= least
    choices = {"known": known, "all": np.ones_like(known)}
    found = [worked_user(user, train, models, choices) for user in users]
    lists = [films for user in found for of in user["lists"].values() for films in of.values()]
    shown = {film["film"] for films in lists for film in films}
    shown.update(column for films in lists for film in films for column in film["list"])
    return {
        "n": N,
        "least": least,
        "titles": {str(c): train.title(train.items[c].item()) for c in sorted(shown)},
        "users": found,
    }


def worked_user(user, train: Ratings, models: dict, choices: dict[str, Array]) -> dict:
    """One user: for each choice of films, both models' lists."""
    left = {name: Left(name, model, user) for name, model in models.items()}
    return {
        "user": user,
        "n_ratings": int(train.matrix[[train.user_row(user)]].nnz),
        "lists": {
            choice: {name: worked_list(one, films) for name, one in left.items()}
            for choice, films in choices.items()
        },
    }


class Left:
    """A user's scores by a model, and what is left of them without the reason of a film.

    Attributes
    ----------
    before : all scores, (n_items,).
    after : from a film, a column, to the scores without its reason ("after": with weights held;
        "retrained": of EASE) and without as many of its ratings, drawn at random ("random": of
        EASE trained anew, of E-AutoRec with weights held).
    """

    def __init__(self, name: str, model, user):
        self.person, self.ratings = model.person(user), model.ratings_
        self.held = HELD[name](model)
        self.anew = updated(model) if isinstance(model, EASE) else None
        self.before = self._scores(self.held, np.array([], dtype=int))
        self.after = cache(self._after)

    def _after(self, column: int) -> dict[str, Array]:
        near, row = self.person.neighbours, self.person.row
        raters = near[self.ratings.matrix[near, column].toarray().ravel() > 0]
        case = others_ratings(self.ratings, row, column, raters)
        mixed = np.random.default_rng([SEED, row, column]).permutation(case.pool)[: len(raters)]
        found = {
            "after": self._scores(self.held, case.reason),
            "random": self._scores(self.anew or self.held, mixed),
        }
        return found | ({"retrained": self._scores(self.anew, case.reason)} if self.anew else {})

    def _scores(self, score: Score, gone) -> Array:
        """Without the ratings at these positions."""
        rest = np.delete(np.arange(len(self.ratings)), gone)
        return np.asarray(score(self.ratings.take(rest))[self.person.row])


def worked_list(left: Left, films: Array) -> list[dict]:
    """The first films among these (bool, (n_items,)), best first; of each, its reason and the list
    without it."""
    films = films & ~left.person.rated
    first = enumerate(ranking(left.before, films)[:N], start=1)
    return [worked_film(left, films, rank, column) for rank, column in first]


def worked_film(left: Left, films: Array, rank: int, column: int) -> dict:
    """One film: how many of the nearest rated it, what they carry of its score, in a sentence too;
    the list without what they said, and the film's rank. Ranks are those among these films."""
    orders = {way: ranking(scores, films) for way, scores in left.after(column).items()}
    ranks = {way: 1 + order.index(column) for way, order in orders.items()}
    told = left.person.explain(left.ratings.items[column].item())
    told = replace(told, rank=rank, rank_without=ranks["after"])
    return ranks | {
        "film": column,
        "raters": told.n_raters,
        "neighbours": told.n_neighbors,
        "E": round(told.explainability, 4),
        "score": exact(told.score),
        "without": exact(told.score_without),
        "sentence": str(told),
        "list": orders["after"][:N],
    }


def ranking(scores: Array, films: Array) -> list[int]:
    """The columns of these films, best first; ties by the lower column."""
    order = top_k(np.where(films, scores, -np.inf)[None], len(scores))[0]
    return order[order >= 0].tolist()


def exact(value: float) -> float:
    """A number of single precision with the fewest digits that give it back."""
    return float(f"{value:.9g}")
