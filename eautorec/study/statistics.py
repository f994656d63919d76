"""Means over folds and starts: what varies, how far a mean may be off, and tests on it.

A value is measured on each of ten folds, several times from other starts. Folds and starts are two
sources of chance, and they are not alike: starts are independent, while any two folds share eight
ninths of their training ratings.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from eautorec.arrays import Array

CONFIDENCE = 0.95
"""Of every interval; half of the rest lies on either side."""


class Estimates(NamedTuple):
    """Means over folds, one for each column, and what they rest on; arrays of shape (n_columns,).

    Attributes
    ----------
    mean : over the folds of the mean over the starts.
    error : the standard error of `mean`.
    low, high : Student's interval with n_folds - 1 degrees of freedom.
    fold_sd : how much folds differ beyond what starts explain.
    start_sd : how much starts differ on the same fold.
    n_folds, n_starts : how many there are.
    """

    mean: Array
    error: Array
    low: Array
    high: Array
    fold_sd: Array
    start_sd: Array
    n_folds: int
    n_starts: int

    def p_above(self, least: float = 0.0) -> Array:
        """One-sided p-values against "the mean is at most `least`"."""
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (self.mean - least) / self.error
        t = np.where(np.isnan(t), 0.0, t)  # a mean of exactly `least` without any spread
        return np.asarray(special.stdtr(max(self.n_folds - 1, 1), -t))


def estimate(values: Array, start_variance: Array | None = None) -> Estimates:
    """Means over folds and starts with their intervals.

        d[fold, start] = mu + fold + start,   var(mean) = start / (n S) + fold (1/n + 1/(n - 1))

    with n folds and S starts on each. Were folds independent, their factor would be 1/n; the rest
    is the correction of Nadeau and Bengio (2003) for n tests of 1/n of the ratings each, whose
    trainings share most of theirs. A single fold has an infinite interval.

    Parameters
    ----------
    values : (n_folds, n_starts, n_columns)
    start_variance : (n_columns,), where it is known from elsewhere; else it is estimated, and 0
        with a single start, whose share then counts as the folds'.
    """
    n, s, _ = values.shape
    if start_variance is None:
        start_variance = values.var(axis=1, ddof=1).mean(axis=0) if s > 1 else 0 * values[0, 0]
    by_fold = values.mean(axis=1)
    mean = by_fold.mean(axis=0)
    if n < 2:
        far = np.full_like(mean, np.inf)
        start_sd = np.sqrt(start_variance)
        return Estimates(mean, far, -far, far, np.nan * mean, start_sd, n, s)
    of_start = start_variance / s
    of_fold = np.maximum(by_fold.var(axis=0, ddof=1) - of_start, 0)
    error = np.sqrt(of_start / n + of_fold * (1 / n + 1 / (n - 1)))
    half = special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * error
    return Estimates(
        mean, error, mean - half, mean + half, np.sqrt(of_fold), np.sqrt(start_variance), n, s
    )


def holm(p_values: ArrayLike) -> Array:
    """Adjusted p-values (Holm, 1979): reject those at most alpha, and the family errs at most
    alpha."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def rises(wide: pd.DataFrame) -> pd.Series:
    """How far a straight line through each row rises from the first column's x to the last's.

    Parameters
    ----------
    wide : its columns are x, in ascending order.
    """
    x = wide.columns.to_numpy(dtype=float)
    centred = x - x.mean()
    return wide @ (centred / (centred @ centred)) * (x[-1] - x[0])


def as_array(values: pd.DataFrame) -> Array:
    """Rows of (fold, start) as an array (n_folds, n_starts, n_columns).

    Raises ValueError unless every fold has the same starts.
    """
    values = values.sort_index()
    folds, starts = (values.index.unique(level) for level in ("fold", "start"))
    if len(values) != len(folds) * len(starts) or values.index.has_duplicates:
        raise ValueError("Not every fold has the same starts, once each.")
    return values.to_numpy(dtype=float).reshape(len(folds), len(starts), -1)


def spread(values: pd.Series) -> Estimates:
    """`estimate` of one column: a series with the index (fold, start)."""
    return estimate(as_array(values.to_frame()))
