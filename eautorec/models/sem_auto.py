"""SEM-AUTO (Bellini et al., 2017): an autoencoder for each user, with features as its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.special import expit

from eautorec.arrays import Array, Matrix
from eautorec.errors import InputError
from eautorec.models.features import incidence
from eautorec.models.recommender import Person, Recommender
from eautorec.parameters import number, whole_number
from eautorec.ratings import Ratings

START = 0.01
"""Of all weights."""


@dataclass(frozen=True)
class Edges:
    """Which rating meets which hidden unit, over all users: an edge for each rating and each
    feature of its item.

    Attributes
    ----------
    rating : of each edge, the place among all ratings; unit : that among all pairs of a user and a
        feature of what they rated. Both int64 (n_edges,), ordered by rating.
    user, feature : of each unit. x : the ratings in [0, 1], (n_ratings,).
    """

    rating: Array
    unit: Array
    user: Array
    feature: Array
    x: Array


class SemAuto(Recommender):
    """One network for each user. It reads what they rated, and its hidden units are the features of
    those items: a unit is connected with the items that have the feature, and with no other (M):

        h = sigma((W1 * M) x),     y = sigma((W2 * M') h),     minimise |x - y|^2

    x is a rating on a scale from 0 to 1. What enters a feature's unit, on the user's own scale from
    0 to 1, says how much they like it:

        omega_uf = minmax over f of  sum_i x_i w1_if

    and two users are alike as these profiles are (cosine). A list holds what the n_neighbors most
    similar users rated highly, those who did not rate counting 0: Eq. 5 with weights.

        score(u, i) = sum_v cos(u, v) r_vi / sum_v cos(u, v)

    Parameters
    ----------
    n_neighbors : whose ratings are summed.
    n_epochs, learning_rate : of plain gradient steps from weights of START.
    least : features that fewer items have are left out.

    Attributes
    ----------
    features_ : names of the features, (n_features,).
    has_ : which item has which, CSR (n_items, n_features) of 0 and 1.
    profiles_ : omega, CSR (n_users, n_features).
    history_ : the mean squared error of a rating after each epoch.
    """

    name = "SEM-AUTO"
    predicts = False

    def __init__(
        self,
        n_neighbors: int = 50,
        *,
        n_epochs: int = 1000,
        learning_rate: float = 0.03,
        least: int = 2,
    ):
        self.n_neighbors = n_neighbors
        self.n_epochs = n_epochs
        self.learning_rate = learning_rate
        self.least = least

    def fit(self, train: Ratings, features: pd.DataFrame | None = None) -> Self:
        """Train the networks of all users.

        Parameters
        ----------
        features : what is known of the items: the columns item and feature, a row for each fact.

        Raises InputError where there are none, or none of an item of the ratings.
        """
        whole_number("n_neighbors", self.n_neighbors, at_least=1)
        whole_number("n_epochs", self.n_epochs, at_least=1)
        whole_number("least", self.least, at_least=1)
        number("learning_rate", self.learning_rate, above=0)
        if features is None:
            raise InputError(
                "SEM-AUTO needs facts about the items: give fit a table with the columns item and "
                "feature, such as eautorec.datasets.load_film_facts()."
            )
        self._keep(train, self.get_params())
        self.features_, self.has_ = incidence(features, train.items, self.least)
        edges = edges_of(train, self.has_)
        w1 = np.full(len(edges.rating), START)
        w2 = w1.copy()
        self.history_ = []
        for _ in range(self.n_epochs):
            error, g1, g2 = gradients(edges, w1, w2)
            w1 -= self.learning_rate * g1
            w2 -= self.learning_rate * g2
            self.history_.append(error)
        self.profiles_ = profiles(edges, w1, (train.n_users, len(self.features_)))
        self._find_neighbours()
        return self

    def _find_neighbours(self) -> None:
        length = np.sqrt(self.profiles_.multiply(self.profiles_).sum(axis=1))
        unit = sp.diags_array(1 / np.maximum(np.asarray(length).ravel(), 1e-12)) @ self.profiles_
        cosine = np.asarray((unit @ unit.T).todense())
        np.fill_diagonal(cosine, -np.inf)
        k = min(self.n_neighbors, len(cosine) - 1)
        self.neighbours_ = np.argsort(-cosine, axis=1, kind="stable")[:, :k]
        self.similarities_ = np.take_along_axis(cosine, self.neighbours_, axis=1)

    def _scores_of(self, rows: slice) -> Array:
        weights = self.similarities_[rows]
        weights = weights / np.maximum(np.abs(weights).sum(axis=1, keepdims=True), 1e-12)
        n = len(weights)
        place = np.repeat(np.arange(n), weights.shape[1])
        averaging = sp.csr_matrix(
            (weights.ravel(), (place, self.neighbours_[rows].ravel())),
            (n, self.ratings_.n_users),
        )
        return np.asarray((averaging @ self.ratings_.matrix).todense())

    def liked(self, user: object, item: object, n: int = 3) -> pd.DataFrame:
        """The features of an item that the user likes most, as their profile says.

        Returns
        -------
        DataFrame with the columns feature, omega (0 to 1, 1 for what they like most of all), and
        rated: how many items with it they rated; best first. Empty where the item has no feature
        that anything they rated has.
        """
        self._check_fitted()
        row, column = self.ratings_.user_row(user), self.ratings_.item_column(item)
        has = self.has_[column].indices
        omega = self.profiles_[row, has].toarray().ravel()
        rated = (self.ratings_.matrix[row] != 0).astype(int) @ self.has_[:, has]
        found = pd.DataFrame(
            {
                "feature": self.features_[has],
                "omega": omega,
                "rated": np.asarray(rated.todense()).ravel().astype(int),
            }
        )
        found = found[found["rated"] > 0].sort_values(
            ["omega", "rated", "feature"], ascending=[False, False, True], ignore_index=True
        )
        return found.head(whole_number("n", n, at_least=1))

    def _neighbours_for(self, person: Person) -> Array:
        """Those whose ratings are summed."""
        if person.row is None:
            return super()._neighbours_for(person)
        return np.asarray(self.neighbours_[person.row])


def edges_of(train: Ratings, has: Matrix) -> Edges:
    """The connections of all networks: an edge where an item that a user rated has a feature."""
    low, high = train.scale
    matrix = train.matrix
    user = np.repeat(np.arange(train.n_users), np.diff(matrix.indptr))
    n_features = np.diff(has.indptr)[matrix.indices]
    rating = np.repeat(np.arange(matrix.nnz), n_features)
    first = has.indptr[matrix.indices].astype(np.int64)
    within = np.arange(len(rating)) - np.repeat(np.cumsum(n_features) - n_features, n_features)
    feature = has.indices[np.repeat(first, n_features) + within]
    pairs, unit = np.unique(user[rating] * has.shape[1] + feature, return_inverse=True)
    x = (matrix.data.astype(float) - low) / ((high - low) or 1.0)
    return Edges(rating, unit, pairs // has.shape[1], pairs % has.shape[1], x)


def gradients(edges: Edges, w1: Array, w2: Array) -> tuple[float, Array, Array]:
    """The mean squared error of all networks, and the gradient of the summed half of it by the
    weights of the edges: (error, (n_edges,), (n_edges,))."""
    n_ratings, n_units = len(edges.x), len(edges.user)
    x = edges.x[edges.rating]
    h = expit(np.bincount(edges.unit, w1 * x, n_units))
    y = expit(np.bincount(edges.rating, w2 * h[edges.unit], n_ratings))
    error = y - edges.x
    by_y = (error * y * (1 - y))[edges.rating]
    by_h = np.bincount(edges.unit, w2 * by_y, n_units)
    by_w1 = (by_h * h * (1 - h))[edges.unit] * x
    return float(np.mean(error**2)), by_w1, by_y * h[edges.unit]


def profiles(edges: Edges, w1: Array, shape: tuple[int, int]) -> Matrix:
    """omega: what enters each unit, for each user from 0, the least liked, to 1: CSR of this
    shape."""
    n_users = shape[0]
    value = np.bincount(edges.unit, w1 * edges.x[edges.rating], len(edges.user))
    lowest, highest = np.full(n_users, np.inf), np.full(n_users, -np.inf)
    np.minimum.at(lowest, edges.user, value)
    np.maximum.at(highest, edges.user, value)
    width = (highest - lowest)[edges.user]
    omega = np.where(width > 0, (value - lowest[edges.user]) / np.where(width > 0, width, 1), 1.0)
    return sp.csr_matrix((omega, (edges.user, edges.feature)), shape)
