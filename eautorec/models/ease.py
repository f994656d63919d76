"""EASE and EDLAE (Steck, 2019, 2020): autoencoders without a hidden layer, whose scores are their
own reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix, as_written
from eautorec.errors import InputError
from eautorec.explanation import Explanation
from eautorec.gram import check_size, gram, inverse
from eautorec.models.files import check
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

    In single precision, which `gram` takes for many items, the two sums differ by what the inverse
    is off: with A = X^T X + diag(L), for items that u has not rated, by no more than

        |x_u| |row i of (A G - I)| / (L_i G_ii)

    and rounding. On 2 million ratings of 6,000 items that was below 1e-4 of the score.

    Parameters
    ----------
    regularization : lambda. The default was best on validation ratings of MovieLens-100K.
    dropout : p.
    values : one of VALUES.
    n_neighbors : how many of the nearest users by cosine sum a reason up.

    Attributes
    ----------
    ratings_ : the training ratings; after `fit_blocks` and `among`, a part of them.
    inverse_ : G, of shape (n_items, n_items), in the precision of `gram`.
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
        """Invert one matrix of items.

        Raises InputError on a parameter out of range, or too many items (`gram`).
        """
        return self._fit(train, iter(()), gram, whole=True)

    def fit_blocks(
        self,
        blocks: Iterable[Ratings],
        *,
        sum_up: Callable[[Iterable[Matrix], int], Array] = gram,
    ) -> Self:
        """As `fit` on all blocks together, one after another: the ratings need not fit into memory.

        The model then knows the people of the first block; `among` makes it known to others. Their
        lists are those of `fit`, and so are the reasons from their own ratings. Nearest users are
        looked for among those known, and the sum over everybody who rated an item is not told.

        Parameters
        ----------
        blocks : ratings of the same items on the same scale, every user in one block only.
        sum_up : what computes X^T X from blocks of X; `cluster.gram_on` does it on other machines.

        Raises InputError as `fit` does, and for blocks that do not belong together.
        """
        others = iter(blocks)
        first = next(others, None)
        if first is None:
            raise InputError("There are no blocks: give at least one block of ratings.")
        return self._fit(first, others, sum_up, whole=False)

    def among(self, ratings: Ratings) -> Self:
        """This model, knowing the people of these ratings, which were among those of `fit_blocks`.

        Raises InputError if they have other items or another scale.
        """
        self._check_fitted()
        _check_same_items(ratings, self.ratings_)
        other = copy(self)
        other._keep(ratings, self._parameters)
        other._whole = False
        return other

    def _fit(
        self,
        first: Ratings,
        others: Iterator[Ratings],
        sum_up: Callable[[Iterable[Matrix], int], Array],
        whole: bool,
    ) -> Self:
        regularization = number("regularization", self.regularization, above=0)
        dropout = number("dropout", self.dropout, at_least=0, below=1)
        one_of("values", self.values, VALUES)
        whole_number("n_neighbors", self.n_neighbors, at_least=1)
        check_size(first.n_items)
        self._keep(first, self.get_params())
        matrix = sum_up(self._inputs(first, others), first.n_items)
        diagonal = np.einsum("ii->i", matrix)  # a view
        self.penalty_ = regularization + dropout / (1 - dropout) * diagonal.astype(np.float64)
        diagonal += self.penalty_
        self.inverse_ = inverse(matrix)
        self._whole = whole
        return self

    def _inputs(self, first: Ratings, others: Iterator[Ratings]) -> Iterator[Matrix]:
        """X, block by block. Raises InputError for blocks that do not belong together."""
        yield self._x
        users = set(first.users.tolist())
        for block in others:
            _check_same_items(block, first)
            twice = users.intersection(block.users.tolist())
            if twice:
                raise InputError(
                    f"User {min(twice)} is in two blocks: keep all ratings of a user in one block."
                )
            users.update(block.users.tolist())
            yield self._input_of(block)

    def _scores_of(self, rows: slice) -> Array:
        """S. Of the items that a user rated, x_uj itself takes no part."""
        x = self._x[rows]
        return x.toarray() - (x.astype(self.inverse_.dtype) @ self.inverse_) / self._diagonal

    def weights(self) -> Array:
        """B: (n_items, n_items)."""
        self._check_fitted()
        return np.eye(len(self.inverse_)) - self.inverse_ / self._diagonal

    @property
    def x_(self) -> Matrix:
        """X: float64 CSR of shape (n_users, n_items)."""
        self._check_fitted()
        return self._x

    def _keep(self, train: Ratings, parameters: dict[str, Any]) -> None:
        super()._keep(train, parameters)
        self._x = self._input_of(train)
        self.__dict__.pop("_diagonal", None)

    def _input_of(self, ratings: Ratings) -> Matrix:
        matrix = ratings.matrix
        data = self._as_input(matrix.data.astype(np.float64))
        return sp.csr_matrix((data, matrix.indices, matrix.indptr), matrix.shape)

    def _as_input(self, ratings: Array) -> Array:
        if self._parameters["values"] == "ones":
            return np.ones_like(ratings)
        return ratings / self.ratings_.scale[1]

    @cached_property
    def _diagonal(self) -> Array:
        """G_ii, float64. Gathering them from a large matrix takes a while."""
        return self.inverse_.diagonal().astype(np.float64)

    @property
    def _columns(self) -> sp.csc_matrix:
        """R, column by column."""
        return self.ratings_.by_item

    def _scores_for(self, person: Person) -> Array:
        known = self._with(person)
        return np.asarray(known.x - known.projected / known.diagonal)

    def _with(self, person: Person) -> _Known:
        known: _Known = person.known
        return known

    def _known(self, person: Person) -> _Known:
        x = np.zeros(len(person.values))
        x[person.rated] = self._as_input(person.values[person.rated])
        before = None if person.before is None else self._x[[person.before]].toarray()[0]
        return _Known(self.inverse_, self._diagonal, x, person.row is None, before)

    def _reason(self, person: Person, column: int) -> Explanation:
        """As a sum over users and over items; the nearest users stand for the former."""
        known = self._with(person)
        row, own, mine = known.row(column), known.diagonal[column], known.x[column]
        rated = np.flatnonzero(person.rated)
        rated = rated[rated != column]
        items = self.ratings_.items[rated]
        by_item = pd.DataFrame(
            {
                "item": items,
                "title": [self.ratings_.title(item) for item in items.tolist()],
                "rating": as_written(person.values[rated]),
                "contribution": -known.x[rated] * row[rated] / own,
            }
        )
        projected = known.projected - mine * row  # a rating of the item itself takes no part
        score = float(-projected[column] / own)
        reason = self._counted(person, column).of_model(
            self.name,
            predicts=False,
            score=score,
            rank=person.rank(column, score),
            by_item=_largest_first(by_item),
        )
        if not self._whole:
            return reason
        weights = self._x @ projected if mine else known.weights(self._x)
        cells = slice(self._columns.indptr[column], self._columns.indptr[column + 1])
        others = self._columns.indices[cells] != person.before
        raters = self._columns.indices[cells][others]
        ratings = self._columns.data[cells][others].astype(np.float64)
        shrink = self.penalty_[column] * own
        contribution = weights[raters] * self._as_input(ratings) / shrink
        by_user = pd.DataFrame(
            {
                "user": self.ratings_.users[raters].astype(object),
                "rating": as_written(ratings),
                "contribution": contribution,
            }
        )
        if person.row is None and person.rated[column]:
            term = known.x @ projected * mine / shrink
            by_user.loc[len(by_user)] = [person.label, person.values[column], term]
        without = score - float(contribution[np.isin(raters, person.neighbours)].sum())
        return replace(
            reason,
            score_without=without,
            rank_without=person.rank(column, without),
            by_user=_largest_first(by_user),
        )

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        return {"inverse": self.inverse_, "penalty": self.penalty_}, {"whole": self._whole}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.inverse_, self.penalty_ = arrays["inverse"], arrays["penalty"]
        n_items = self.ratings_.n_items
        check(self.inverse_.shape == (n_items, n_items) and self.penalty_.shape == (n_items,))
        self._whole = facts.get("whole", True)


class _Known:
    """A person as x, and G as it is or would be with a newcomer in the data, or with other ratings
    of a user: with x added to X it is G - y y^T / (1 + x y), y = x G, and with x taken out
    G + y y^T / (1 - x y) (Sherman and Morrison, 1950).

    Attributes
    ----------
    projected : x G, (n_items,).
    diagonal : of G, (n_items,).
    """

    def __init__(
        self, inverse: Array, diagonal: Array, x: Array, newcomer: bool, before: Array | None
    ):
        self.inverse, self.x, self.diagonal = inverse, x, diagonal
        self._changes: list[tuple[float, Array]] = []
        if before is not None:
            self._change(before, -1)
        self.projected = self._change(x, 1) if newcomer else self._product(x)
        self._weights: Array | None = None

    def row(self, j: int) -> Array:
        """Of G."""
        row = self.inverse[j]
        for factor, y in self._changes:
            row = row + factor * y[j] * y
        return np.asarray(row)

    def _product(self, x: Array) -> Array:
        """x G."""
        product = _rows_sum(x, self.inverse)
        for factor, y in self._changes:
            product += factor * (x @ y) * y
        return product

    def _change(self, x: Array, sign: int) -> Array:
        """Add the row x to X, or take it out: x G then."""
        y = self._product(x)
        rest = 1 + sign * float(x @ y)
        self._changes.append((-sign / rest, y))
        self.diagonal = self.diagonal - sign * y**2 / rest
        return y / rest

    def weights(self, others: Matrix) -> Array:
        """w_uv of each user v: (n_users,)."""
        if self._weights is None:
            self._weights = others @ self.projected
        return self._weights


def _rows_sum(x: Array, matrix: Array) -> Array:
    """x times the matrix, float64, by the rows where x is not 0; these are not copied."""
    row = sp.csr_matrix(x[None].astype(matrix.dtype))
    return np.asarray(row @ matrix, np.float64).ravel()


def _check_same_items(block: Ratings, known: Ratings) -> None:
    if not np.array_equal(block.items, known.items) or block.scale != known.scale:
        raise InputError(
            "A block has other items or another scale than the first: make all blocks with the "
            "same `items` and `scale`, also of items that nobody in a block has rated."
        )


def _largest_first(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("contribution", ascending=False, kind="stable", ignore_index=True)
