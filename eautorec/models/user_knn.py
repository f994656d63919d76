"""Ratings from those of similar users who rated the item (Herlocker et al., 1999)."""

from __future__ import annotations

from typing import Self

import numpy as np

from eautorec.arrays import Array, Matrix
from eautorec.models.recommender import Recommender
from eautorec.parameters import whole_number
from eautorec.ratings import Ratings


class UserKNN(Recommender):
    """The user's mean, plus the neighbours' deviations from theirs, weighted by similarity.

    Similarity is the cosine of the rating rows after each user's mean is taken off. The neighbours
    of a user for an item are the n_neighbors most similar, among those above 0 who rated it.
    """

    name = "user kNN"

    def __init__(self, n_neighbors: int = 40):
        self.n_neighbors = n_neighbors

    def fit(self, train: Ratings) -> Self:
        """Take the means off. Raises InputError for fewer than one neighbour."""
        whole_number("n_neighbors", self.n_neighbors, at_least=1)
        self._keep(train, self.get_params())
        self.matrix_ = train.matrix
        counts = np.maximum(self.matrix_.getnnz(axis=1), 1)
        self.means_ = np.asarray(self.matrix_.sum(axis=1)).ravel() / counts
        self.means_[self.matrix_.getnnz(axis=1) == 0] = train.values.mean(dtype=float)
        self.deviations_ = self.matrix_.astype(float)
        self.deviations_.data -= np.repeat(self.means_, np.diff(self.matrix_.indptr))
        norm = np.sqrt(np.asarray(self.deviations_.multiply(self.deviations_).sum(axis=1)).ravel())
        norm[norm == 0] = 1.0
        self.norms_ = norm
        return self

    def similarity(self, rows: slice) -> Array:
        """Of some users, given as rows of the rating matrix, to all: (len(rows), n_users); 0 where
        it is not positive, and of a user to themselves."""
        self._check_fitted()
        product = (self.deviations_[rows] @ self.deviations_.T).toarray()
        found = np.maximum(product / np.outer(self.norms_[rows], self.norms_), 0.0)
        itself = np.arange(self.ratings_.n_users)[rows]
        found[np.arange(len(itself)), itself] = 0.0
        return np.asarray(found)

    def _scores_of(self, rows: slice) -> Array:
        return self.weighted(self.similarity(rows), self.deviations_, rows)

    def weighted(self, similarity: Array, deviations: Matrix, rows: slice) -> Array:
        """Predictions for some users from their similarity to all, and everybody's deviations:
        (len(rows), n_items)."""
        by_item = deviations.tocsc()
        scores = np.repeat(self.means_[rows, None], by_item.shape[1], axis=1)
        for item in np.flatnonzero(np.diff(by_item.indptr)):
            cells = slice(by_item.indptr[item], by_item.indptr[item + 1])
            weight = similarity[:, by_item.indices[cells]]
            if weight.shape[1] > self.n_neighbors:
                least = np.partition(weight, -self.n_neighbors, axis=1)[:, [-self.n_neighbors]]
                weight = np.where(weight >= least, weight, 0.0)
            total = weight.sum(axis=1)
            some = total > 0
            scores[some, item] += weight[some] @ by_item.data[cells] / total[some]
        return scores
