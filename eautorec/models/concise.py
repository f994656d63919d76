"""EASE's scores by a few people: reasons short enough to be read to the end."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from eautorec.arrays import Array
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
            found = person.__dict__["_speakers"] = self._find_speakers(person)
        return found

    def _find_speakers(self, person: Person) -> tuple[Array, Array]:
        target = np.where(person.rated, 0.0, super()._scores_for(person))
        silent = person.rated | (self._columns.getnnz(axis=0) == 0)
        factor = np.where(silent, 0.0, 1 / self._c(person))
        squared = self._x.multiply(self._x) @ factor**2
        norms = np.sqrt(np.where(squared > 0, squared, np.inf))
        if person.row is not None:
            norms[person.row] = np.inf
        chosen: list[int] = []
        rows: list[Array] = []
        w = np.zeros(0)
        left = target
        for _ in range(min(self._parameters["n_users"], self.ratings_.n_users)):
            fits = np.abs(self._x @ (factor * left)) / norms
            fits[chosen] = 0.0
            best = int(np.argmax(fits))
            if fits[best] <= TINY:
                break
            chosen.append(best)
            rows.append(self._x[[best]].toarray().ravel() * factor)
            atoms = np.array(rows)
            w = np.linalg.lstsq(atoms.T, target, rcond=None)[0]
            left = target - w @ atoms
        return np.array(chosen, dtype=int), w

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
                "rating": given[rated].astype(float),
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


TINY = 1e-12
"""Below it nothing is left to be said."""
