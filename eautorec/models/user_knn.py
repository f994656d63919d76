"""Ratings from those of similar users who rated the item (Herlocker et al., 1999)."""

from __future__ import annotations

from typing import Self

import numpy as np

from eautorec.arrays import Array
from eautorec.models.recommender import Recommender
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
        self._keep(train, self.get_params())
        self.matrix_ = train.matrix
        counts = np.maximum(self.matrix_.getnnz(axis=1), 1)
        self.means_ = np.asarray(self.matrix_.sum(axis=1)).ravel() / counts
        self.means_[self.matrix_.getnnz(axis=1) == 0] = train.values.mean(dtype=float)
        self.deviations_ = self.matrix_.astype(float)
        self.deviations_.data -= np.repeat(self.means_, np.diff(self.matrix_.indptr))
        norm = np.sqrt(np.asarray(self.deviations_.multiply(self.deviations_).sum(axis=1)).ravel())
        norm[norm == 0] = 1.0
        product = (self.deviations_ @ self.deviations_.T).toarray()
        self.similarity_ = np.maximum(product / np.outer(norm, norm), 0.0)
        np.fill_diagonal(self.similarity_, 0.0)
        return self

    def scores(self) -> Array:
        by_item = self.deviations_.tocsc()
        scores = np.repeat(self.means_[:, None], by_item.shape[1], axis=1)
        for item in range(by_item.shape[1]):
            cells = slice(by_item.indptr[item], by_item.indptr[item + 1])
            weight = self.similarity_[:, by_item.indices[cells]]
            if weight.shape[1] > self.n_neighbors:
                least = np.partition(weight, -self.n_neighbors, axis=1)[:, [-self.n_neighbors]]
                weight = np.where(weight >= least, weight, 0.0)
            total = weight.sum(axis=1)
            some = total > 0
            scores[some, item] += weight[some] @ by_item.data[cells] / total[some]
        return scores
