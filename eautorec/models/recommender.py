"""What every model offers: a list for a person, and the reason for each of its items."""

from __future__ import annotations

import inspect
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from eautorec.arrays import Array, check_room
from eautorec.errors import InputError
from eautorec.evaluation.ranking import top_k, top_lists
from eautorec.explainability import counts_of, given_by, levels_of
from eautorec.explanation import NEWCOMER, Explanation
from eautorec.files import write_table
from eautorec.models.files import as_saved, check, load_model, save_model
from eautorec.neighbours import nearest_to, squared_norms
from eautorec.parameters import number, whole_number
from eautorec.ratings import Ratings

NEIGHBORS = 50
"""How many of the nearest users tell a reason, where a model does not say otherwise."""

BLOCK_CELLS = 8_000_000
"""Scores held at once for the lists of all users: 64 MB, and some times that while they are
ranked."""


class Person:
    """Somebody who wants a list: a user in the ratings, or a newcomer with ratings of their own.

    Attributes
    ----------
    label : in the ratings, or the newcomer's.
    row : of the rating matrix, or None.
    before : the row of a user whose ratings have changed since the fit; else None.
    values : float64 array of shape (n_items,), the person's ratings, 0 where there is none.
    rated : bool array of shape (n_items,).
    """

    def __init__(
        self,
        model: Recommender,
        label: object,
        row: int | None,
        values: Array,
        rated: Array,
        before: int | None = None,
    ):
        self.model = model
        self.label = label
        self.row = row
        self.values = values
        self.rated = rated
        self.before = before

    def recommend(self, n: int = 10, *, explainable: bool = False) -> pd.DataFrame:
        """As `Recommender.recommend`, for this person."""
        return self.model._list(self, whole_number("n", n, at_least=1), explainable)

    def explain(self, item: object) -> Explanation:
        """As `Recommender.explain`, for this person."""
        return self.model._reason(self, self.model.ratings_.item_column(item))

    @cached_property
    def neighbours(self) -> Array:
        """Rows of the nearest users by cosine, most similar first."""
        return self.model._neighbours_for(self)

    @cached_property
    def scores(self) -> Array:
        """What the model orders the items by: (n_items,)."""
        return self.model._scores_for(self)

    @cached_property
    def known(self) -> Any:
        """What the model has worked out about this person, to use it again."""
        return self.model._known(self)

    @cached_property
    def explainability(self) -> Array:
        """E of all items (Eq. 5-7): (n_items,)."""
        return self.model._explainability_for(self)

    def rank(self, column: int, score: float | None = None) -> int:
        """The place of an item among those that the person has not rated, 1 for the first; with
        another score, the place that it would have."""
        score = self.scores[column] if score is None else score
        others = ~self.rated
        others[column] = False
        return 1 + int(np.count_nonzero(self.scores[others] > score))


class Recommender(ABC):
    """A model that is trained on ratings, and then gives lists with reasons.

    A model says how it is trained, what it scores a person's items with, and, if it knows more than
    the neighbours' ratings, what its reasons are.
    """

    name: ClassVar[str]
    """As a sentence calls it."""

    predicts: ClassVar[bool] = True
    """Whether its scores are ratings."""

    ratings_: Ratings

    @abstractmethod
    def fit(self, train: Ratings) -> Self:
        """Train on these ratings."""

    @abstractmethod
    def _scores_of(self, rows: slice) -> Array:
        """As `scores`, of some users, given as rows of the rating matrix: (len(rows), n_items)."""

    def scores(self) -> Array:
        """What every user's items are ordered by: (n_users, n_items); predicted ratings, not
        clipped to the scale, or any numbers of a model for ranking only.

        Raises InputError where they would be larger than `arrays.MOST_BYTES`.
        """
        self._check_fitted()
        check_room(
            "The scores of all users",
            self.ratings_.matrix.shape,
            "ask for one user's list with recommend(), or for all with recommend_all()",
        )
        return self._scores_of(slice(None))

    def _scores_for(self, person: Person) -> Array:
        """What one person's items are ordered by: (n_items,)."""
        if person.row is None:
            raise InputError(
                f"{self.name} must be trained again to know a new person: put their ratings into "
                "the data, or take a model that needn't, such as EASE."
            )
        return np.asarray(self._scores_of(slice(person.row, person.row + 1))[0])

    def recommend(self, user: object, n: int = 10, *, explainable: bool = False) -> pd.DataFrame:
        """The n items with the highest score among those that the user has not rated.

        Parameters
        ----------
        explainable : take only items whose explainability is above theta.

        Returns
        -------
        DataFrame with the columns item, title, rating (or score, of a model that does not predict
        ratings), explainability, best first; equal scores in the order of the items.
        """
        return self.person(user).recommend(n, explainable=explainable)

    def recommend_all(
        self,
        path: str | os.PathLike[str],
        n: int = 10,
        *,
        progress: Callable[[int, int], object] | None = None,
    ) -> Path:
        """Write the list of every user to a table, some users at a time.

        The table has a line for each user and place: user, rank (1 for the first), item, rating (or
        score). Of the scores, BLOCK_CELLS are held at once.

        Parameters
        ----------
        path : ends with .parquet (package pyarrow) or .csv.
        progress : is told, after each block, of how many users how many are done.

        Returns
        -------
        The path. The file appears whole or not at all. Raises InputError if it cannot be written.
        """
        self._check_fitted()
        return write_table(path, self._lists(whole_number("n", n, at_least=1), progress))

    def _lists(
        self, n: int, progress: Callable[[int, int], object] | None
    ) -> Iterator[pd.DataFrame]:
        """Those of every user, block by block."""
        n_users, n_items = self.ratings_.n_users, self.ratings_.n_items
        size = max(1, BLOCK_CELLS // n_items)
        for start in range(0, n_users, size):
            rows = np.arange(start, min(start + size, n_users))
            scores = self._scores_of(slice(start, start + size))
            best = top_lists(scores, self.ratings_.matrix, n, rows)
            row, place = np.nonzero(best >= 0)
            column = best[row, place]
            yield pd.DataFrame(
                {
                    "user": self.ratings_.users[rows[row]],
                    "rank": place + 1,
                    "item": self.ratings_.items[column],
                    self._measure: self.shown(scores[row, column]),
                }
            )
            if progress is not None:
                progress(int(rows[-1]) + 1, n_users)

    def explain(self, user: object, item: object) -> Explanation:
        """Why this item: what the nearest users gave it, and what that did to the score."""
        return self.person(user).explain(item)

    def fold_in(
        self, rated: Mapping[Any, float], label: object = NEWCOMER, *, user: object = None
    ) -> Person:
        """Somebody who is not in the data, or has rated more since: their list and its reasons,
        without training.

        Parameters
        ----------
        rated : a rating for each item that the person rated.
        user : a user of the data whose ratings are added to, or replaced.

        Raises InputError for an unknown item or a rating off the scale, and where a model must be
        trained again to know a person.
        """
        self._check_fitted()
        label = label.item() if isinstance(label, np.generic) else label
        if not rated:
            raise InputError("The new person has rated nothing: give at least one rating.")
        low, high = self.ratings_.scale
        known = None if user is None else self.person(user)
        values = np.zeros(self.ratings_.n_items) if known is None else known.values
        mask = np.zeros(self.ratings_.n_items, dtype=bool) if known is None else known.rated
        given = set()
        for item, rating in rated.items():
            column = self.ratings_.item_column(item)
            if column in given:
                raise InputError(f"The new person rated {item!r} twice: give one rating of it.")
            given.add(column)
            values[column] = number(f"The rating of {item!r}", rating)
            mask[column] = True
            if not low <= values[column] <= high:
                raise InputError(
                    f"The rating of {item!r} is {values[column]:g}: it must lie on the scale from "
                    f"{low:g} to {high:g}."
                )
        if known is None:
            return Person(self, label, None, values, mask)
        return Person(self, known.label, None, values, mask, before=known.row)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments as they are now. `deep` changes nothing: scikit-learn, whose
        `clone` works on all models, gives it."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **parameters: Any) -> Self:
        """Change arguments of the constructor, for the next `fit`. Raises InputError for one that
        the model does not have."""
        known = self.get_params()
        for name, value in parameters.items():
            if name not in known:
                having = ", ".join(known) or "none"
                raise InputError(
                    f"{type(self).__name__} has no parameter {name}: its parameters are {having}."
                )
            setattr(self, name, value)
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to one .npz file: numbers and text only, never code.

        The file appears whole or not at all. Raises InputError if it cannot be written.
        """
        self._check_fitted()
        arrays, facts = self._learned()
        save_model(path, type(self).__name__, self._parameters, self.ratings_, arrays, facts)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a model that `save` wrote. Raises InputError if the file is none, or another's."""
        parameters, ratings, arrays, facts = load_model(path, cls.__name__)
        with as_saved(path):
            model = cls(**parameters)
            model._keep(ratings, parameters)
            model._restore(arrays, facts)
            scores = model.person(ratings.users[-1]).scores  # parts that do not fit show at once
            check(scores.shape == (ratings.n_items,))
        return model

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({listed})"

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """What a file keeps: arrays of numbers, and plain values for JSON."""
        raise InputError(f"A {type(self).__name__} is not kept in files: train it again.")

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        """Set what `_learned` gave."""
        raise InputError(f"A {type(self).__name__} is not kept in files: train it again.")

    def _keep(self, train: Ratings, parameters: dict[str, Any]) -> None:
        """Remember what the model is trained on, and how; forget what an earlier fit derived."""
        self.ratings_, self._parameters = train, parameters
        for name in ("_squared_norms", "_levels"):
            self.__dict__.pop(name, None)

    def person(self, user: object) -> Person:
        """A user of the data, for a list and its reasons."""
        self._check_fitted()
        row = self.ratings_.user_row(user)
        matrix = self.ratings_.matrix
        own = slice(matrix.indptr[row], matrix.indptr[row + 1])
        values = np.zeros(self.ratings_.n_items)
        rated = np.zeros(self.ratings_.n_items, dtype=bool)
        values[matrix.indices[own]] = matrix.data[own]
        rated[matrix.indices[own]] = True
        return Person(self, self.ratings_.users[row].item(), row, values, rated)

    def _known(self, person: Person) -> Any:
        """What of a person a list and its reasons have in common."""
        return None

    def _list(self, person: Person, n: int, explainable: bool) -> pd.DataFrame:
        scores = np.where(person.rated, -np.inf, person.scores)
        if explainable:
            scores = np.where(person.explainability > 0, scores, -np.inf)
        best = top_k(scores[None], n)[0]
        best = best[best >= 0]
        items = self.ratings_.items[best]
        return pd.DataFrame(
            {
                "item": items,
                "title": [self.ratings_.title(item) for item in items.tolist()],
                self._measure: self.shown(person.scores[best]),
                "explainability": person.explainability[best],
            }
        )

    @property
    def _measure(self) -> str:
        return "rating" if self.predicts else "score"

    def shown(self, scores: Array) -> Array:
        """Scores as they are told: ratings lie within their scale."""
        return np.clip(scores, *self.ratings_.scale) if self.predicts else scores

    def _reason(self, person: Person, column: int) -> Explanation:
        """The neighbours' ratings of one item, and its score."""
        return self._counted(person, column).of_model(
            self.name,
            predicts=self.predicts,
            score=float(self.shown(person.scores[column])),
            rank=person.rank(column),
        )

    def _counted(self, person: Person, column: int) -> Explanation:
        item = self.ratings_.items[column].item()
        return Explanation(
            user=person.label,
            item=item,
            title=self.ratings_.title(item),
            counts=counts_of(
                given_by(person.neighbours, column, self.ratings_.matrix), self._levels
            ),
            n_neighbors=len(person.neighbours),
            divisor=len(person.neighbours),
            theta=self._theta,
        )

    def _explainability_for(self, person: Person) -> Array:
        """Eq. 5-7."""
        n = max(len(person.neighbours), 1)
        sums = np.asarray(self.ratings_.matrix[person.neighbours].sum(axis=0)).ravel()
        return np.where(sums > self._theta * n, sums / n, 0.0)

    def _neighbours_for(self, person: Person) -> Array:
        return nearest_to(
            person.values,
            self.ratings_.by_item,
            self._squared_norms,
            whole_number("n_neighbors", self._parameters.get("n_neighbors", NEIGHBORS), at_least=1),
            but=person.before if person.row is None else person.row,
        )[0]

    @property
    def _theta(self) -> float:
        return number("theta", self._parameters.get("theta", 0.0), at_least=0)

    @cached_property
    def _squared_norms(self) -> Array:
        return squared_norms(self.ratings_.matrix)

    @cached_property
    def _levels(self) -> list[float]:
        return levels_of(self.ratings_)

    def _check_fitted(self) -> None:
        if not hasattr(self, "ratings_"):
            raise InputError(
                f"This {type(self).__name__} is not trained yet: call fit(train) first."
            )
