"""EASE (Steck, 2019): an autoencoder without a hidden layer, whose scores are their own reasons."""

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
    """Minimise |X - X B|^2 + regularization |B|^2 with diag(B) = 0, in closed form:

        G = (X^T X + regularization I)^-1,     B_ij = -G_ij / G_jj  for i != j,     S = X B

    A score of an item i that user u has not rated is a sum in two ways, both exact:

        over the user's own items      S_ui = sum over j of  x_uj B_ji
        over the users who rated it    S_ui = sum over v of  w_uv x_vi / (regularization G_ii),
                                       with  w_uv = (x_u G) . x_v

    The second is the form of E = A R in Eq. 5, with weights that are learned. It follows from
    (X^T X + regularization I) G = I. Where the user rated the item, the score is what it would be
    without that rating in x_u.

    For ranking only: a score is no rating.

    Parameters
    ----------
    regularization : lambda. The default was best on validation ratings of MovieLens-100K.
    values : one of VALUES.
    n_neighbors : how many of the nearest users by cosine sum a reason up.

    Attributes
    ----------
    ratings_ : the training ratings.
    inverse_ : G, float64 of shape (n_items, n_items).
    """

    name = "EASE"
    predicts = False

    def __init__(
        self,
        regularization: float = 200.0,
        *,
        values: str = "ratings",
        n_neighbors: int = NEIGHBORS,
    ):
        self.regularization = regularization
        self.values = values
        self.n_neighbors = n_neighbors

    def fit(self, train: Ratings) -> Self:
        """Invert one matrix of items. Raises InputError on a parameter out of range."""
        regularization = number("regularization", self.regularization, above=0)
        one_of("values", self.values, VALUES)
        whole_number("n_neighbors", self.n_neighbors, at_least=1)
        self._keep(train, self.get_params())
        gram = (self.x_.T @ self.x_).toarray()
        gram[np.diag_indices_from(gram)] += regularization
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

    def _as_input(self, ratings: Array) -> Array:
        if self._parameters["values"] == "ones":
            return np.ones_like(ratings)
        return ratings / self.ratings_.scale[1]

    def _scores_for(self, person: Person) -> Array:
        x, projected = self._projected(person)
        return np.asarray(x - projected / self.inverse_.diagonal())

    def _projected(self, person: Person, without: int | None = None) -> tuple[Array, Array]:
        """x and x G of a person; on request without their rating of one item."""
        rated = np.flatnonzero(person.rated)
        if without is not None:
            rated = rated[rated != without]
        x = np.zeros(len(person.values))
        x[rated] = self._as_input(person.values[rated])
        return x, x[rated] @ self.inverse_[rated]

    def _reason(self, person: Person, column: int) -> Explanation:
        """As a sum over users and over items; the nearest users stand for the former."""
        x, projected = self._projected(person, without=column)
        own = self.inverse_[column, column]
        rated = np.flatnonzero(person.rated)
        rated = rated[rated != column]
        by_item = pd.DataFrame(
            {
                "item": self.ratings_.items[rated],
                "title": [
                    self.ratings_.title(item) for item in self.ratings_.items[rated].tolist()
                ],
                "rating": person.values[rated],
                "contribution": -x[rated] * self.inverse_[rated, column] / own,
            }
        )
        cells = slice(self._columns.indptr[column], self._columns.indptr[column + 1])
        raters = self._columns.indices[cells]
        w = self._x[raters] @ projected
        regularization = self._parameters["regularization"]
        contribution = w * self._columns.data[cells] / (regularization * own)
        given = self.ratings_.matrix[raters, column].toarray().ravel() if len(raters) else raters
        by_user = pd.DataFrame(
            {
                "user": self.ratings_.users[raters],
                "rating": np.asarray(given, dtype=float),
                "contribution": contribution,
            }
        )
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
        return {"inverse": self.inverse_}, {}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.inverse_ = arrays["inverse"]


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
