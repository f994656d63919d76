"""Means over folds and starts: by hand, by plain loops, and how often their intervals are right."""

import math
import statistics as plain

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eautorec.study.statistics import as_array, estimate, holm, rises, spread


def test_two_folds_with_two_starts_by_hand():
    """Starts on a fold differ with variance 2; the folds' means are 2 and 6, of variance 8, and
    2 / 2 of that is due to starts. So var(mean) = 2 / (2 * 2) + 7 (1/2 + 1/1) = 11, with one degree
    of freedom (t = 12.706)."""
    found = estimate(np.array([[[1.0], [3.0]], [[5.0], [7.0]]]))
    assert found.mean == 4 and (found.n_folds, found.n_starts) == (2, 2)
    assert found.start_sd == pytest.approx(math.sqrt(2))
    assert found.fold_sd == pytest.approx(math.sqrt(7))
    assert found.error == pytest.approx(math.sqrt(11))
    assert found.low == pytest.approx(4 - 12.7062 * math.sqrt(11), rel=1e-5)
    assert found.high == pytest.approx(4 + 12.7062 * math.sqrt(11), rel=1e-5)


def by_plain_loops(values, start_variance=None):
    """(mean, error, fold_sd, start_sd) of one column: a list of folds, each a list of starts."""
    n, s = len(values), len(values[0])
    if start_variance is None:
        start_variance = sum(plain.variance(fold) for fold in values) / n if s > 1 else 0.0
    means = [sum(fold) / s for fold in values]
    of_fold = max(plain.variance(means) - start_variance / s, 0.0)
    error = math.sqrt(start_variance / (n * s) + of_fold * (1 / n + 1 / (n - 1)))
    return sum(means) / n, error, math.sqrt(of_fold), math.sqrt(start_variance)


@pytest.mark.parametrize("n, s", [(10, 5), (10, 1), (3, 2), (2, 1)])
@pytest.mark.parametrize("known", [None, 0.3])
def test_the_formula_by_plain_loops(n, s, known):
    """Each column by itself; where starts differ more than folds, folds differ by 0."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(n, 1, 40)) * np.linspace(0, 2, 40)
    values = values + generator.normal(size=(n, s, 40))
    found = estimate(values, None if known is None else np.full(40, known))
    half = stats.t.ppf(0.975, n - 1) * found.error
    for k in range(40):
        expected = by_plain_loops(values[:, :, k].tolist(), known)
        names = ("mean", "error", "fold_sd", "start_sd")
        assert [getattr(found, name)[k] for name in names] == pytest.approx(expected, abs=1e-12)
    np.testing.assert_allclose(found.low, found.mean - half)
    np.testing.assert_allclose(found.high, found.mean + half)
    assert (found.fold_sd > 0).any()
    if known is None and s > 1 and n < 10:
        assert (found.fold_sd == 0).any()


def world(fold_sd, start_sd, n=10, s=5, columns=20_000, together=0.0):
    """Columns around a mean of 3, whose folds correlate by `together`."""
    generator = np.random.default_rng(1)
    common = math.sqrt(together) * generator.normal(size=(1, 1, columns))
    of_fold = common + math.sqrt(1 - together) * generator.normal(size=(n, 1, columns))
    return 3 + fold_sd * of_fold + start_sd * generator.normal(size=(n, s, columns))


@pytest.mark.parametrize("fold_sd, start_sd", [(2, 1), (1, 2), (0, 1), (1, 0)])
@pytest.mark.parametrize("s", [1, 2, 5])
def test_intervals_cover_at_least_as_often_as_they_say(fold_sd, start_sd, s):
    """Where folds are independent, the correction for what they share makes them wider."""
    found = estimate(world(fold_sd, start_sd, s=s))
    covered = np.mean((found.low < 3) & (found.high > 3))
    assert covered >= 0.95 - 0.003, covered  # two standard errors of 20,000 columns


def test_intervals_cover_as_often_as_they_say_where_folds_share_most_of_their_training():
    """Nadeau and Bengio's correction is for folds that correlate by 1 / n."""
    found = estimate(world(1, 0, s=1, together=0.1))
    assert np.mean((found.low < 3) & (found.high > 3)) == pytest.approx(0.95, abs=0.005)


def test_both_variances_are_found():
    found = estimate(world(2, 1))
    assert np.mean(found.fold_sd**2) == pytest.approx(4, rel=0.01)
    assert np.mean(found.start_sd**2) == pytest.approx(1, rel=0.01)


def test_a_known_variance_of_starts_is_taken_off_the_folds():
    """Of a single start on each fold, which cannot tell the two apart by itself."""
    values = world(2, 1, s=1)
    alone, told = estimate(values), estimate(values, np.ones(values.shape[2]))
    assert np.mean(alone.fold_sd**2) == pytest.approx(5, rel=0.01) and (alone.start_sd == 0).all()
    assert np.mean(told.fold_sd**2) == pytest.approx(4, rel=0.01) and (told.start_sd == 1).all()
    assert (told.error <= alone.error)[told.fold_sd > 0].all()


@pytest.mark.parametrize("s", [1, 4])
def test_one_fold_says_nothing_of_others(s):
    found = estimate(np.arange(4.0 * 2).reshape(1, 4, 2)[:, :s])
    assert (found.low == -np.inf).all() and (found.high == np.inf).all()
    assert np.isnan(found.fold_sd).all() and np.isfinite(found.mean).all()
    assert ((found.start_sd > 0) == (s > 1)).all()
    assert found.p_above() == pytest.approx([0.5, 0.5])


def test_p_values_belong_to_the_intervals():
    """Below 2.5 % on one side exactly where the interval of 95 % lies above."""
    found = estimate(world(0.5, 1, columns=500))
    for least in (2.0, 2.8, 3.0):
        above = found.p_above(least) < 0.025
        np.testing.assert_array_equal(above, found.low > least)
    assert above.any() or (found.p_above(2.8) < 0.025).any()


def test_p_values_by_hand():
    """1, 2, 3 on three folds: the error of 2 is sqrt(1/3 + 1/2), and t has 2 degrees."""
    found = estimate(np.array([1.0, 2, 3]).reshape(3, 1, 1))
    assert found.p_above()[0] == pytest.approx(stats.t.sf(2 / math.sqrt(5 / 6), 2))
    same = estimate(np.ones((3, 2, 1)))
    assert same.p_above() == 0 and same.p_above(2) == 1 and same.p_above(1) == 0.5


def test_holm_by_hand():
    """0.01 x 3, then max(0.03, 0.02 x 2), then max(0.04, 0.04)."""
    np.testing.assert_allclose(holm([0.04, 0.01, 0.02]), [0.04, 0.03, 0.04])
    np.testing.assert_allclose(holm([0.9, 0.8]), [1, 1])
    np.testing.assert_allclose(holm([0.02]), [0.02])


def test_rises_of_lines():
    """From the first x to the last, by the line through all points."""
    wide = pd.DataFrame([[11, 21, 101], [-5, -10, -50], [0, 1, 0]], columns=[5, 10, 50])
    found = rises(wide)
    assert found[0] == pytest.approx(90) and found[1] == pytest.approx(-45)
    slope, _ = np.polyfit([5, 10, 50], [0, 1, 0], 1)
    assert found[2] == pytest.approx(45 * slope)


def by_case(cases):
    index = pd.MultiIndex.from_tuples(cases, names=["fold", "start"])
    return pd.DataFrame({"x": [10.0 * fold + start for fold, start in cases]}, index=index)


def test_folds_and_starts_become_axes_in_any_order():
    found = as_array(by_case([(2, 1), (0, 0), (2, 0), (0, 1)]))
    np.testing.assert_array_equal(found[..., 0], [[0, 1], [20, 21]])
    assert spread(by_case([(0, 0), (1, 0)])["x"]).mean == 5


@pytest.mark.parametrize(
    "cases",
    [
        [(0, 0), (0, 1), (1, 0)],
        [(0, 0), (0, 1), (1, 1), (1, 2)],
        [(0, 0), (0, 0), (1, 0), (1, 1)],
    ],
    ids=["a start is missing", "other starts", "twice the same"],
)
def test_starts_that_are_not_the_same_on_each_fold_are_refused(cases):
    with pytest.raises(ValueError, match="same starts"):
        as_array(by_case(cases))
