"""The neighbours themselves as a recommender: rank by E (Eq. 5-7), without a network."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from eautorec.arrays import Array, as_written
from eautorec.explainability import Explainability
from eautorec.explanation import Explanation
from eautorec.models.recommender import NEIGHBORS, Person, Recommender
from eautorec.parameters import number, whole_number
from eautorec.ratings import Ratings


class ByE(Recommender):
    """An item's score is its explainability: the mean of the neighbours' ratings, silence as 0.

    So each neighbour who rated an item adds their rating / |N_u|, and a reason is the score itself.
    """

    name = "E"
    predicts = False

    def __init__(self, n_neighbors: int = NEIGHBORS, theta: float = 0.0):
        self.n_neighbors = n_neighbors
        self.theta = theta

    def fit(self, train: Ratings) -> Self:
        whole_number("n_neighbors", self.n_neighbors, at_least=1)
        number("theta", self.theta, at_least=0)
        self._keep(train, self.get_params())
        self.__dict__.pop("_e", None)
        return self

    @cached_property
    def _e(self) -> Explainability:
        return Explainability(**self._parameters).fit(self.ratings_)

    def _scores_of(self, rows: slice) -> Array:
        return np.asarray(self._e.rows(rows).toarray())

    def _scores_for(self, person: Person) -> Array:
        return person.explainability

    def _reason(self, person: Person, column: int) -> Explanation:
        ratings = self.ratings_.matrix[person.neighbours, column].toarray().ravel()
        rated = ratings > 0
        share = 1 / max(len(person.neighbours), 1)
        by_user = pd.DataFrame(
            {
                "user": self.ratings_.users[person.neighbours[rated]],
                "rating": as_written(ratings[rated]),
                "contribution": share * ratings[rated],
            }
        ).sort_values("contribution", ascending=False, kind="stable", ignore_index=True)
        reason = self._counted(person, column)
        return reason.of_model(
            self.name,
            predicts=False,
            score=reason.explainability,
            score_without=0.0,
            rank=person.rank(column),
            rank_without=person.rank(column, 0.0),
            by_user=by_user if reason.explainable else by_user[:0],
        )

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        return {}, {}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        pass
