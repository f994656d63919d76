"""EASE's scores by a few people: reasons short enough to be read to the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Self

import numpy as np
import pandas as pd

from eautorec.arrays import Array, as_written
from eautorec.explanation import Explanation
from eautorec.models.ease import EASE
from eautorec.models.recommender import Person
from eautorec.parameters import whole_number
from eautorec.ratings import Ratings


class ConciseEASE(EASE):
    """For each user, the few other users whose weighted ratings come nearest to EASE's scores:

        S_ui = sum over v in V_u of  w_uv x_vi / c_i,     |V_u| <= n_users,  c_i = L_i G_ii

    EASE's own score is the same sum over everybody. V_u and w_u minimise the squared distance to it
    over the items that u has not rated, V_u one by one: first whose ratings fit best what is left,
    then all weights again (orthogonal matching pursuit; Pati et al., 1993).

    Parameters
    ----------
    n_users : how many people may speak.
    regularization, dropout, values, n_neighbors : of `EASE`.
    """

    name = "concise EASE"

    def __init__(
        self,
        n_users: int = 20,
        *,
        regularization: float = 200.0,
        dropout: float = 0.0,
        values: str = "ratings",
        n_neighbors: int = 50,
    ):
        super().__init__(regularization, dropout=dropout, values=values, n_neighbors=n_neighbors)
        self.n_users = n_users

    def fit(self, train: Ratings) -> Self:
        """As `EASE.fit`. Who speaks for a user is found when it is asked."""
        whole_number("n_users", self.n_users, at_least=1)
        return super().fit(train)

    def _scores_of(self, rows: slice) -> Array:
        users = self.ratings_.users[rows].tolist()
        return np.stack([self.person(user).scores for user in users])

    def speakers(self, person: Person) -> tuple[Array, Array]:
        """V_u, as rows of the rating matrix, in the order in which they were found, and w_u."""
        found = person.__dict__.get("_speakers")
        if found is None:
            nobody = np.zeros(0, dtype=int), np.zeros(0)
            found = person.__dict__["_speakers"] = deque(self.path(person), maxlen=1) or [nobody]
        return found[0]

    def path(self, person: Person) -> Iterator[tuple[Array, Array]]:
        """V_u and w_u with one person, two, and so on to `n_users`, or until nothing is left."""
        silent = person.rated | (self._columns.getnnz(axis=0) == 0)
        factor = np.where(silent, 0.0, 1 / self._c(person))
        target = np.where(silent, 0.0, super()._scores_for(person))
        squares = self._x.multiply(self._x) @ factor**2
        if person.row is not None:
            squares[person.row] = 0.0
        # <a_v, s> and, column by column, <a_v, a_k>: of all atoms a_v with scores and chosen ones.
        with_scores = self._x @ (factor * target)
        most = min(self._parameters["n_users"], len(squares))
        with_chosen = np.empty((len(squares), most), order="F")
        norms = np.sqrt(np.where(squares > 0, squares, np.inf))
        chosen: list[int] = []
        w = np.zeros(0)
        least = TINY * np.linalg.norm(target)
        while (k := len(chosen)) < most:
            fits = np.abs(with_scores - with_chosen[:, :k] @ w) / norms
            fits[chosen] = 0.0
            best = int(np.argmax(fits))
            if fits[best] <= least:
                break
            chosen.append(best)
            rated = slice(self._x.indptr[best], self._x.indptr[best + 1])
            atom = np.zeros(len(target))
            atom[self._x.indices[rated]] = self._x.data[rated]
            atom *= factor**2
            with_chosen[:, k] = self._x @ atom
            w = np.linalg.solve(with_chosen[chosen, : k + 1], with_scores[chosen])
            yield np.array(chosen), w

    def _c(self, person: Person) -> Array:
        return np.asarray(self.penalty_ * self._with(person).diagonal)

    def _scores_for(self, person: Person) -> Array:
        speakers, w = self.speakers(person)
        return np.asarray((w @ self._x[speakers]) / self._c(person))

    def _reason(self, person: Person, column: int) -> Explanation:
        """The speakers who rated the item are all that there is to its score."""
        speakers, w = self.speakers(person)
        given = self.ratings_.matrix[speakers][:, [column]].toarray().ravel()
        rated = given > 0
        x = self._x[speakers][:, [column]].toarray().ravel()
        contribution = (w * x / self._c(person)[column])[rated]
        by_user = pd.DataFrame(
            {
                "user": self.ratings_.users[speakers[rated]],
                "rating": as_written(given[rated]),
                "contribution": contribution,
            }
        ).sort_values("contribution", ascending=False, kind="stable", ignore_index=True)
        score = float(contribution.sum())
        near = np.isin(speakers[rated], person.neighbours)
        without = score - float(contribution[near].sum())
        return self._counted(person, column).of_model(
            self.name,
            predicts=False,
            score=score,
            score_without=without,
            rank=person.rank(column, score),
            rank_without=person.rank(column, without),
            by_user=by_user,
        )


TINY = 1e-9
"""What fits the rest no better than this part of all scores adds nothing."""
