"""EASE and EDLAE (Steck, 2019, 2020): autoencoders without a hidden layer, whose scores are their
own reasons."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.linalg import lapack

from eautorec.arrays import Array, Matrix
from eautorec.errors import InputError
from eautorec.explanation import Explanation
from eautorec.models.recommender import NEIGHBORS, Person, Recommender
from eautorec.parameters import number, one_of, whole_number
from eautorec.ratings import Ratings

VALUES = ("ratings", "ones")
"""What x is where somebody rated: the rating divided by the highest, or 1."""


class EASE(Recommender):
    """Minimise |X - X B|^2 + sum over i of L_i |B_i|^2 with diag(B) = 0, in closed form:

        G = (X^T X + diag(L))^-1,     B_ij = -G_ij / G_jj  for i != j,     S = X B

    L_i is the regularization; with dropout p, which trains as if each input were missing with that
    probability, there is p / (1 - p) (X^T X)_ii on top (EDLAE).

    A score of an item i that user u has not rated is a sum in two ways, both exact:

        over the user's own items      S_ui = sum over j of  x_uj B_ji
        over the users who rated it    S_ui = sum over v of  w_uv x_vi / (L_i G_ii),
                                       with  w_uv = (x_u G) . x_v

    The second is the form of E = A R in Eq. 5, with weights that are learned. It follows from
    (X^T X + diag(L)) G = I. Where the user rated the item, the score is what it would be
    without that rating in x_u.

    For ranking only: a score is no rating. A newcomer (`fold_in`) gets exactly what a new fit with
    their ratings would give, at the cost of one product; with dropout nearly, since L stays.

    Parameters
    ----------
    regularization : lambda. The default was best on validation ratings of MovieLens-100K.
    dropout : p.
    values : one of VALUES.
    n_neighbors : how many of the nearest users by cosine sum a reason up.

    Attributes
    ----------
    ratings_ : the training ratings.
    inverse_ : G, float64 of shape (n_items, n_items).
    penalty_ : L, (n_items,).
    """

    name = "EASE"
    predicts = False

    def __init__(
        self,
        regularization: float = 200.0,
        *,
        dropout: float = 0.0,
        values: str = "ratings",
        n_neighbors: int = NEIGHBORS,
    ):
        self.regularization = regularization
        self.dropout = dropout
        self.values = values
        self.n_neighbors = n_neighbors

    def fit(self, train: Ratings) -> Self:
        """Invert one matrix of items. Raises InputError on a parameter out of range."""
        regularization = number("regularization", self.regularization, above=0)
        dropout = number("dropout", self.dropout, at_least=0, below=1)
        one_of("values", self.values, VALUES)
        whole_number("n_neighbors", self.n_neighbors, at_least=1)
        self._keep(train, self.get_params())
        gram = (self.x_.T @ self.x_).toarray()
        self.penalty_ = regularization + dropout / (1 - dropout) * gram.diagonal()
        gram[np.diag_indices_from(gram)] += self.penalty_
        self.inverse_ = inverse(gram)
        return self

    def scores(self) -> Array:
        """S: (n_users, n_items). Of the items that a user rated, x_uj itself takes no part."""
        self._check_fitted()
        return self.x_.toarray() - self.x_ @ self.inverse_ / self.inverse_.diagonal()

    def weights(self) -> Array:
        """B: (n_items, n_items)."""
        self._check_fitted()
        return np.eye(len(self.inverse_)) - self.inverse_ / self.inverse_.diagonal()

    @property
    def x_(self) -> Matrix:
        """X: float64 CSR of shape (n_users, n_items)."""
        return self._x

    def _keep(self, train: Ratings, parameters: dict[str, Any]) -> None:
        super()._keep(train, parameters)
        matrix = train.matrix
        data = self._as_input(matrix.data.astype(np.float64))
        self._x = sp.csr_matrix((data, matrix.indices, matrix.indptr), matrix.shape)
        self.__dict__.pop("_columns", None)

    @cached_property
    def _columns(self) -> sp.csc_matrix:
        """X, column by column."""
        return self._x.tocsc()

    def _ratings_of(self, column: int) -> Array:
        """What was given to an item, in the order of `_columns`."""
        rows = self._columns.indices[
            self._columns.indptr[column] : self._columns.indptr[column + 1]
        ]
        return np.asarray(self.ratings_.matrix[rows][:, [column]].toarray().ravel(), dtype=float)

    def _as_input(self, ratings: Array) -> Array:
        if self._parameters["values"] == "ones":
            return np.ones_like(ratings)
        return ratings / self.ratings_.scale[1]

    def _scores_for(self, person: Person) -> Array:
        known = self._with(person)
        x = self._x_of(person)
        return np.asarray(x - known.times(x) / known.diagonal)

    def _with(self, person: Person) -> _Inverse:
        """G, as it is or would be where the person is in the data."""
        return _Inverse(self.inverse_, None if person.row is not None else self._x_of(person))

    def _x_of(self, person: Person) -> Array:
        x = np.zeros(len(person.values))
        x[person.rated] = self._as_input(person.values[person.rated])
        return x

    def _reason(self, person: Person, column: int) -> Explanation:
        """As a sum over users and over items; the nearest users stand for the former."""
        known = self._with(person)
        seen = self._x_of(person)
        mine = seen[column]
        seen[column] = 0.0
        own = known.diagonal[column]
        rated = np.flatnonzero(person.rated)
        rated = rated[rated != column]
        items = self.ratings_.items[rated]
        by_item = pd.DataFrame(
            {
                "item": items,
                "title": [self.ratings_.title(item) for item in items.tolist()],
                "rating": person.values[rated],
                "contribution": -seen[rated] * known.column(column)[rated] / own,
            }
        )
        projected = known.times(seen)
        cells = slice(self._columns.indptr[column], self._columns.indptr[column + 1])
        raters = self._columns.indices[cells]
        shrink = self.penalty_[column] * own
        contribution = (self._x[raters] @ projected) * self._columns.data[cells] / shrink
        by_user = pd.DataFrame(
            {
                "user": self.ratings_.users[raters].astype(object),
                "rating": self._ratings_of(column),
                "contribution": contribution,
            }
        )
        if person.row is None and person.rated[column]:
            term = self._x_of(person) @ projected * mine / shrink
            by_user.loc[len(by_user)] = [person.label, person.values[column], term]
        score = float(-projected[column] / own)
        without = score - float(contribution[np.isin(raters, person.neighbours)].sum())
        return self._counted(person, column).of_model(
            self.name,
            predicts=False,
            score=score,
            score_without=without,
            rank=person.rank(column, score),
            rank_without=person.rank(column, without),
            by_user=_largest_first(by_user),
            by_item=_largest_first(by_item),
        )

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        return {"inverse": self.inverse_, "penalty": self.penalty_}, {}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.inverse_, self.penalty_ = arrays["inverse"], arrays["penalty"]


class _Inverse:
    """G, or what it would be with one user more: G - y y^T / (1 + x y), y = G x (Sherman and
    Morrison, 1950)."""

    def __init__(self, inverse: Array, x: Array | None):
        self.inverse = inverse
        self.y = np.zeros(len(inverse)) if x is None else _rows_sum(x, inverse)
        self.scale = 1.0 if x is None else 1.0 + float(x @ self.y)

    @property
    def diagonal(self) -> Array:
        return np.asarray(self.inverse.diagonal() - self.y**2 / self.scale)

    def times(self, x: Array) -> Array:
        """x G."""
        return np.asarray(_rows_sum(x, self.inverse) - (x @ self.y) / self.scale * self.y)

    def column(self, j: int) -> Array:
        return np.asarray(self.inverse[j] - self.y[j] / self.scale * self.y)


def _rows_sum(x: Array, matrix: Array) -> Array:
    """x times the matrix, by the rows where x is not 0."""
    rows = np.flatnonzero(x)
    return np.asarray(x[rows] @ matrix[rows])


def inverse(gram: Array) -> Array:
    """The inverse of a symmetric positive definite matrix, by Cholesky's factor, in its place.

    Raises InputError if it is not positive definite.
    """
    factorise, invert = lapack.get_lapack_funcs(("potrf", "potri"), (gram,))
    factor, failed = factorise(gram.T, lower=True, overwrite_a=True, clean=False)
    if failed:
        raise InputError("The regularization is too small for these ratings: give a larger one.")
    found, _ = invert(factor, lower=True, overwrite_c=True)
    rows = np.triu_indices(len(found), 1)
    found[rows] = found.T[rows]
    return np.ascontiguousarray(found)


def _largest_first(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("contribution", ascending=False, kind="stable", ignore_index=True)
