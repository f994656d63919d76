"""EASE on a few other ratings, without a new inverse."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

import numpy as np
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix
from eautorec.errors import InputError
from eautorec.models.ease import EASE
from eautorec.ratings import Ratings

Model = TypeVar("Model", bound=EASE)


def refitted(model: Model, ratings: Ratings) -> Model:
    """What `fit` would make of other ratings of the same users and items.

    Where the ratings of few users or of few items differ, X^T X changes by U C U^T of low rank, and

        G' = G - G U C (I + U^T G U C)^-1 U^T G        (Sherman and Morrison, 1950; Woodbury)

    at the cost of one product and not of an inverse. The model itself stays as it is.

    Raises InputError for a model with dropout, whose penalty depends on all ratings, and for
    ratings by users or of items that the model does not know.
    """
    model._check_fitted()
    if model._parameters["dropout"]:
        raise InputError("A model with dropout has another penalty then: fit it again.")
    other = copy(model)
    other._keep(ratings.like(model.ratings_), model._parameters)
    u, c = _change(model.x_, other.x_)
    gu = model.inverse_ @ u
    middle = c @ np.linalg.inv(np.eye(len(c)) + u.T @ gu @ c)
    other.inverse_ = model.inverse_ - gu @ middle @ gu.T
    return other


def _change(x: Matrix, y: Matrix) -> tuple[Array, Array]:
    """U and C, of Y^T Y - X^T X = U C U^T: by the rows that differ, or by the columns."""
    d = (y - x).tocsc()
    d.eliminate_zeros()
    rows, columns = np.unique(d.indices), np.flatnonzero(np.diff(d.indptr))
    if len(rows) <= len(columns):
        u = sp.vstack([x[rows], y[rows]]).toarray().T
        return u, np.diag(np.repeat([-1.0, 1.0], len(rows)))
    d, one = d[:, columns], np.eye(len(columns))
    at = np.zeros((x.shape[1], len(columns)))
    at[columns] = one
    u = np.hstack([(x.T @ d).toarray(), at])
    return u, np.block([[0 * one, one], [one, (d.T @ d).toarray()]])
