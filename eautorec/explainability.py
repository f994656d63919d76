"""The explainability matrix E: how well a user's neighbours can explain each item (Eq. 5-7)."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.sparse as sp

from eautorec.errors import InputError
from eautorec.explanation import Explanation
from eautorec.neighbours import nearest_neighbours
from eautorec.ratings import Ratings

DENSE_CELLS = 20_000_000
"""A rating matrix of at most so many cells is multiplied as a dense one: 80 MB, and twice as
fast."""


class Explainability:
    """Explainability scores from the ratings of the nearest neighbours.

    Eq. 6 counts how many of the neighbours N_u gave each rating x to item i, Eq. 5 takes the
    expected value, Eq. 7 sets to zero what is not above theta:

        Pr(r_ui = x) = |N_u and U_ix| / |N_u|
        E_ui = sum over x of x Pr(r_ui = x)   if that is > theta,   else 0

    A neighbour who did not rate the item counts in the denominator as 0. So E = A R, where the row
    of user u in A holds 1 / |N_u| at each neighbour.

    Parameters
    ----------
    n_neighbors : the number of neighbours |N_u|; at most all other users.
    theta : threshold on the rating scale.
    approximate : take most of the nearest neighbours, found without comparing all pairs of users;
        for a hundred thousand users and more.

    Attributes
    ----------
    ratings_ : the training ratings.
    neighbours_ : int array of shape (n_users, n_neighbors), most similar first, -1 where a user
        has fewer (somebody without any rated item in common is nobody's neighbour).
    cosines_ : float array of the same shape.
    counting_ : CSR of shape (n_users, n_users), 1 at each neighbour.
    n_neighbors_ : int array of shape (n_users,), |N_u|.
    """

    def __init__(self, n_neighbors: int = 50, theta: float = 0.0, *, approximate: bool = False):
        self.n_neighbors = n_neighbors
        self.theta = theta
        self.approximate = approximate

    def fit(self, train: Ratings) -> Explainability:
        """Find the neighbours in the training ratings. Raises InputError on fewer than 2 users."""
        if self.n_neighbors < 1:
            raise InputError(f"n_neighbors is {self.n_neighbors}: it must be 1 or more.")
        if self.theta < 0:
            raise InputError(f"theta is {self.theta}: it must be 0 or more, on the rating scale.")
        if train.n_users < 2:
            raise InputError("There is one user only: explanations need at least one other user.")
        self.ratings_ = train
        self.neighbours_, self.cosines_ = nearest_neighbours(
            train.matrix, self.n_neighbors, approximate=self.approximate
        )
        found = self.neighbours_ >= 0
        self.n_neighbors_ = found.sum(axis=1)
        self.counting_ = sp.csr_matrix(
            (
                np.ones(found.sum(), dtype=np.float32),
                self.neighbours_[found],
                np.concatenate([[0], np.cumsum(self.n_neighbors_)]),
            ),
            shape=(train.n_users, train.n_users),
        )
        self.counting_.sort_indices()
        for derived in ("averaging", "scores", "levels"):
            self.__dict__.pop(derived, None)
        return self

    @cached_property
    def averaging(self) -> sp.csr_matrix:
        """A of E = A R: 1 / |N_u| at each neighbour of user u; float32 (n_users, n_users)."""
        return sp.diags_array(1 / self._denominator, dtype=np.float32) @ self.counting_

    @cached_property
    def scores(self) -> sp.csr_matrix:
        """E of Eq. 7 on the rating scale: float32 CSR of shape (n_users, n_items)."""
        return self.rows(slice(None))

    def rows(self, users) -> sp.csr_matrix:
        """E of some users, given as rows of the rating matrix: CSR of shape (len(users), n_items).

        This needs memory for these rows alone, where `scores` holds all of them.
        """
        ratings = self.ratings_.matrix
        counting = self.counting_[users]
        # The sums are whole numbers of stars (or halves), exact in float32: comparing them with
        # theta |N_u| decides "above theta" without rounding.
        least = (self.theta * self._denominator[users])[:, None]
        if np.prod(ratings.shape) <= DENSE_CELLS:
            sums = counting @ ratings.toarray()
            above = sums > least
            columns = np.broadcast_to(np.arange(sums.shape[1], dtype=np.int32), sums.shape)[above]
            n_above = np.count_nonzero(above, axis=1)
            starts = np.concatenate([[0], np.cumsum(n_above)])
            scores = sp.csr_matrix((sums[above], columns, starts), shape=sums.shape)
        else:
            scores = counting @ ratings
            scores.data[scores.data <= np.repeat(least, np.diff(scores.indptr))] = 0
            scores.eliminate_zeros()
            scores.sort_indices()
            n_above = np.diff(scores.indptr)
        scores.data /= np.repeat(self._denominator[users].astype(np.float32), n_above)
        return scores

    def neighbors(self, user) -> np.ndarray:
        """Labels of the user's neighbours, most similar first."""
        row = self.neighbours_[self.ratings_.user_row(user)]
        return self.ratings_.users[row[row >= 0]]

    def score(self, user, item) -> float:
        """E of Eq. 7 for one user and item, on the rating scale; 0.0 where it is below theta."""
        return self.explain(user, item).score

    def explain(self, user, item) -> Explanation:
        """What the neighbours say of one item."""
        row, column = self.ratings_.user_row(user), self.ratings_.item_column(item)
        neighbours = self.neighbours_[row][: self.n_neighbors_[row]]
        given = self._given(neighbours, column)
        levels, counts = np.unique(given, return_counts=True)
        count = dict(zip(levels.tolist(), counts.tolist(), strict=True))
        return Explanation(
            user=self.ratings_.users[row].item(),
            item=self.ratings_.items[column].item(),
            title=self.ratings_.title(self.ratings_.items[column].item()),
            counts={level: count.get(level, 0) for level in self.levels},
            n_neighbors=len(neighbours),
            theta=self.theta,
        )

    @cached_property
    def levels(self) -> list[float]:
        """The ratings that occur, ascending: the values x of Eq. 5."""
        return [float(value) for value in np.unique(self.ratings_.values)]

    def _given(self, users: np.ndarray, column: int) -> np.ndarray:
        """The ratings that these users gave to an item."""
        matrix = self.ratings_.matrix
        found = []
        for user in users:
            start, stop = matrix.indptr[user], matrix.indptr[user + 1]
            place = start + np.searchsorted(matrix.indices[start:stop], column)
            if place < stop and matrix.indices[place] == column:
                found.append(matrix.data[place])
        return np.array(found, dtype=np.float64)

    @property
    def _denominator(self) -> np.ndarray:
        return np.maximum(self.n_neighbors_, 1).astype(np.float64)
