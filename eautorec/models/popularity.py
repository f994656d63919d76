"""The same list for everybody: items by their number of ratings."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from eautorec.arrays import Array, as_written
from eautorec.explanation import Explanation
from eautorec.models.recommender import Person, Recommender
from eautorec.ratings import Ratings


class Popularity(Recommender):
    """An item's score is its number of training ratings; for ranking only."""

    name = "popularity"
    predicts = False

    def fit(self, train: Ratings) -> Self:
        self._keep(train, self.get_params())
        self.counts_ = train.matrix.getnnz(axis=0).astype(float)
        return self

    def _scores_of(self, rows: slice) -> Array:
        return np.broadcast_to(self.counts_, self.ratings_.matrix.shape)[rows]

    def _scores_for(self, person: Person) -> Array:
        return self.counts_

    def _reason(self, person: Person, column: int) -> Explanation:
        """Everybody who rated the item counts one."""
        ratings = self.ratings_
        rows = np.flatnonzero(ratings.item_index == column)
        by_user = pd.DataFrame(
            {
                "user": ratings.users[ratings.user_index[rows]],
                "rating": as_written(ratings.values[rows]),
                "contribution": 1.0,
            }
        )
        reason = self._counted(person, column)
        score = float(self.counts_[column])
        without = score - reason.n_raters
        return reason.of_model(
            self.name,
            predicts=False,
            score=score,
            score_without=without,
            rank=person.rank(column),
            rank_without=person.rank(column, without),
            by_user=by_user,
        )

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        return {"counts": self.counts_}, {}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.counts_ = arrays["counts"]
