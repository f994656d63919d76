"""How ratings become numbers for a network, and its outputs ratings again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix, Scale
from eautorec.ratings import Ratings


class Base(Protocol):
    """A simpler model whose predictions are taken off the ratings before."""

    def predict_cells(self, rows: Array, columns: Array) -> Array:
        """Predictions for cells, on the rating scale."""


@dataclass(frozen=True)
class Encoding:
    """x = (r - base - offset) / unit.

    Attributes
    ----------
    scale : the lowest and highest rating.
    unit : one input unit in rating points.
    offset : the rating that becomes 0, where nothing is taken off before.
    base : what is taken off each rating before, or None.
    """

    scale: Scale
    unit: float
    offset: float = 0.0
    base: Base | None = None

    @classmethod
    def by_highest(cls, scale: Scale) -> Encoding:
        """r / highest: a missing rating (0) stays apart from the lowest one."""
        return cls(scale, unit=scale[1])

    def encode(self, ratings: Ratings) -> Matrix:
        """Ratings in input units: float32 CSR of shape (n_users, n_items)."""
        matrix = ratings.matrix
        values = matrix.data.astype(np.float64)
        if self.base is not None:
            rows = np.repeat(np.arange(ratings.n_users), np.diff(matrix.indptr))
            values -= self.base.predict_cells(rows, matrix.indices)
        values = ((values - self.offset) / self.unit).astype(np.float32)
        return sp.csr_matrix((values, matrix.indices, matrix.indptr), matrix.shape)

    def decode(self, outputs: Array, rows: Array, columns: Array) -> Array:
        """Ratings from the network's outputs at cells; not clipped."""
        ratings = outputs * self.unit + self.offset
        return ratings if self.base is None else ratings + self.base.predict_cells(rows, columns)

    def clip(self, ratings: Array) -> Array:
        """Ratings within the scale: float32."""
        return np.clip(ratings, *self.scale).astype(np.float32)

    @property
    def bounds(self) -> Scale:
        """The rating scale in input units; without bounds where a base is taken off."""
        if self.base is not None:
            return -np.inf, np.inf
        lowest, highest = self.scale
        return (lowest - self.offset) / self.unit, (highest - self.offset) / self.unit
