"""The explainability matrix E: how well a user's neighbours can explain each item (Eq. 5-7)."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix, as_written
from eautorec.errors import InputError
from eautorec.explanation import Explanation
from eautorec.neighbours import SIMILARITIES, nearest_neighbours
from eautorec.parameters import number, one_of, whole_number
from eautorec.ratings import Ratings

DENOMINATORS = ("neighbours", "raters")
"""What Eq. 6 divides by: all neighbours, or those whose rating counts."""

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

    The settings in force are those at `fit`: an attribute that is changed afterwards changes
    nothing until the next `fit`.

    Parameters
    ----------
    n_neighbors : the number of neighbours |N_u|; at most all other users.
    theta : threshold on the rating scale.
    similarity : of users, one of `neighbours.SIMILARITIES`.
    denominator : of Eq. 6, one of DENOMINATORS. With "raters" E is no product A R any more.
    least_rating : neighbours' ratings below it do not count; 0 counts all.
    approximate : take most of the nearest neighbours, found without comparing all pairs of users;
        for a hundred thousand users and more.

    Attributes
    ----------
    ratings_ : the training ratings.
    theta_ : theta at `fit`.
    neighbours_ : int array of shape (n_users, n_neighbors), most similar first, -1 where a user
        has fewer (somebody without any rated item in common is nobody's neighbour).
    cosines_ : float array of the same shape.
    counting_ : CSR of shape (n_users, n_users), 1 at each neighbour.
    n_neighbors_ : int array of shape (n_users,), |N_u|.
    """

    def __init__(
        self,
        n_neighbors: int = 50,
        theta: float = 0.0,
        *,
        similarity: str = "raw",
        denominator: str = "neighbours",
        least_rating: float = 0.0,
        approximate: bool = False,
    ):
        self.n_neighbors = n_neighbors
        self.theta = theta
        self.similarity = similarity
        self.denominator = denominator
        self.least_rating = least_rating
        self.approximate = approximate

    def fit(self, train: Ratings) -> Explainability:
        """Find the neighbours in the training ratings.

        Raises InputError for a setting out of range, or fewer than 2 users.
        """
        n_neighbors = whole_number("n_neighbors", self.n_neighbors, at_least=1)
        theta = number("theta", self.theta, at_least=0)
        least_rating = number("least_rating", self.least_rating, at_least=0)
        one_of("similarity", self.similarity, SIMILARITIES)
        one_of("denominator", self.denominator, DENOMINATORS)
        if train.n_users < 2:
            raise InputError("There is one user only: explanations need at least one other user.")
        self.neighbours_, self.cosines_ = nearest_neighbours(
            train.matrix, n_neighbors, similarity=self.similarity, approximate=self.approximate
        )
        self.ratings_, self.theta_ = train, theta
        self._by_raters = self.denominator == "raters"
        self._counted = _at_least(train.matrix, least_rating)
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
        self._forget_derived()
        return self

    def with_theta(self, theta: float) -> Explainability:
        """The same neighbours with another threshold; they need not be found again."""
        self._check_fitted()
        other = copy(self)
        other.theta = other.theta_ = number("theta", theta, at_least=0)
        other._forget_derived()
        return other

    def _forget_derived(self) -> None:
        for name in ("averaging", "scores", "levels"):
            self.__dict__.pop(name, None)

    @property
    def is_product(self) -> bool:
        """Whether E = A R: nothing is cut off, and every user divides by one number."""
        self._check_fitted()
        every_rating_counts = self._counted is self.ratings_.matrix
        return self.theta_ == 0 and not self._by_raters and every_rating_counts

    @cached_property
    def averaging(self) -> Matrix:
        """A of E = A R: 1 / |N_u| at each neighbour of user u; float32 (n_users, n_users)."""
        self._check_fitted()
        return sp.diags_array(1 / self._n_neighbors_or_1, dtype=np.float32) @ self.counting_

    @cached_property
    def scores(self) -> Matrix:
        """E of Eq. 7 on the rating scale: float32 CSR of shape (n_users, n_items)."""
        return self.rows(slice(None))

    def rows(self, users: Any) -> Matrix:
        """E of some users, given as rows of the rating matrix: CSR of shape (len(users), n_items).

        This needs memory for these rows alone, where `scores` holds all of them.
        """
        self._check_fitted()
        ratings, counting = self._counted, self.counting_[users]
        if self._by_raters:
            return self._rows_by_raters(counting)
        # The sums are whole numbers of stars (or halves), exact in float32: comparing them with
        # theta |N_u| decides "above theta" without rounding.
        divisor = self._n_neighbors_or_1[users]
        least = (self.theta_ * divisor)[:, None]
        if np.prod(ratings.shape) <= DENSE_CELLS:
            sums = counting @ ratings.toarray()
            scores = _sparse_where(sums > least, sums)
        else:
            scores = counting @ ratings
            scores.data[scores.data <= np.repeat(least, np.diff(scores.indptr))] = 0
            scores.eliminate_zeros()
            scores.sort_indices()
        scores.data /= np.repeat(divisor.astype(np.float32), np.diff(scores.indptr))
        return scores

    def neighbors(self, user: object) -> Array:
        """Labels of the user's neighbours, most similar first."""
        self._check_fitted()
        row = self.neighbours_[self.ratings_.user_row(user)]
        return np.asarray(self.ratings_.users[row[row >= 0]])

    def score(self, user: object, item: object) -> float:
        """E of Eq. 7 for one user and item, on the rating scale; 0.0 where it is below theta."""
        return self.explain(user, item).explainability

    def explain(self, user: object, item: object) -> Explanation:
        """What the neighbours say of one item."""
        self._check_fitted()
        row, column = self.ratings_.user_row(user), self.ratings_.item_column(item)
        neighbours = self.neighbours_[row][: self.n_neighbors_[row]]
        given = given_by(neighbours, column, self._counted)
        return Explanation(
            user=self.ratings_.users[row].item(),
            item=self.ratings_.items[column].item(),
            title=self.ratings_.title(self.ratings_.items[column].item()),
            counts=counts_of(given, self.levels),
            n_neighbors=len(neighbours),
            divisor=len(given) if self._by_raters else len(neighbours),
            theta=self.theta_,
        )

    @cached_property
    def levels(self) -> list[float]:
        """The ratings that occur, ascending: the values x of Eq. 5."""
        self._check_fitted()
        return levels_of(self.ratings_)

    def _rows_by_raters(self, counting: Matrix) -> Matrix:
        """The mean of the neighbours' ratings that count."""
        ratings = self._counted.toarray()
        sums = counting @ ratings
        divisor = np.maximum(counting @ (ratings > 0).astype(np.float32), 1)
        return _sparse_where(sums > self.theta_ * divisor, sums / divisor)

    @property
    def _n_neighbors_or_1(self) -> Array:
        return np.maximum(self.n_neighbors_, 1).astype(np.float64)

    def _check_fitted(self) -> None:
        if not hasattr(self, "ratings_"):
            raise InputError("This Explainability knows no ratings yet: call fit(train) first.")


def given_by(users: Array, column: int, matrix: Matrix) -> Array:
    """The ratings that these users gave to an item; those who gave none are left out."""
    found = []
    for user in users:
        start, stop = matrix.indptr[user], matrix.indptr[user + 1]
        place = start + np.searchsorted(matrix.indices[start:stop], column)
        if place < stop and matrix.indices[place] == column:
            found.append(matrix.data[place])
    return np.array(found, dtype=np.float64)


def levels_of(ratings: Ratings) -> list[float]:
    """The ratings that occur, ascending."""
    return [float(value) for value in as_written(np.unique(ratings.values))]


def counts_of(given: Array, levels: list[float]) -> dict[float, int]:
    """How many of these ratings are at each level: |N_u and U_ix| of Eq. 6."""
    found, counts = np.unique(as_written(given), return_counts=True)
    count = dict(zip(found.tolist(), counts.tolist(), strict=True))
    return {level: count.get(level, 0) for level in levels}


def _at_least(ratings: Matrix, least: float) -> Matrix:
    """The ratings from `least` on; the same matrix where these are all."""
    counts = ratings.data >= least
    if counts.all():
        return ratings
    kept = ratings.copy()
    kept.data[~counts] = 0
    kept.eliminate_zeros()
    return kept


def _sparse_where(chosen: Array, values: Array) -> Matrix:
    """A CSR matrix of the chosen cells; faster than scipy's conversion of a dense one."""
    columns = np.broadcast_to(np.arange(values.shape[1], dtype=np.int32), values.shape)[chosen]
    starts = np.concatenate([[0], np.cumsum(np.count_nonzero(chosen, axis=1))])
    return sp.csr_matrix((values[chosen], columns, starts), shape=values.shape)
