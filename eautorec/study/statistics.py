"""Intervals over seeds, paired differences, and Holm's correction for several tests at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from eautorec.arrays import Array


class Interval(NamedTuple):
    """A mean over seeds with its confidence interval (Student's t), and the standard deviation."""

    mean: float
    low: float
    high: float
    sd: float
    n: int


def interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean of independent values and its interval. One value has an infinite one."""
    values = np.asarray(values, dtype=float)
    n = len(values)
    mean = float(values.mean())
    if n < 2:
        return Interval(mean, -np.inf, np.inf, np.nan, n)
    sd = float(values.std(ddof=1))
    half = float(stats.t.ppf(0.5 + confidence / 2, n - 1)) * sd / np.sqrt(n)
    return Interval(mean, mean - half, mean + half, sd, n)


def p_above(values: ArrayLike, least: float = 0.0) -> float:
    """One-sided p-value against "the mean is at most `least`" (paired t-test on differences)."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return 1.0
    if values.std() == 0:
        return 0.0 if values[0] > least else 1.0
    return float(stats.ttest_1samp(values, least, alternative="greater").pvalue)


def holm(p_values: ArrayLike) -> Array:
    """Adjusted p-values (Holm, 1979): reject those at most alpha, and the family errs at most
    alpha."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def slopes(x: ArrayLike, values: ArrayLike) -> Array:
    """The slope of a straight line for each seed. values: shape (n_seeds, len(x))."""
    x = np.asarray(x, dtype=float)
    centred = x - x.mean()
    return np.asarray(values, dtype=float) @ centred / (centred @ centred)
