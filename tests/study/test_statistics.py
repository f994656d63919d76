import numpy as np
import pytest
from scipy import stats

from eautorec.study.statistics import holm, interval, p_above, slopes


def test_interval_by_hand():
    """1, 2, 3: mean 2, sd 1, t(2) at 97.5 % is 4.303; half width 4.303 / sqrt(3) = 2.484."""
    found = interval([1, 2, 3])
    assert found.mean == 2 and found.sd == 1 and found.n == 3
    assert found.high - 2 == pytest.approx(2.484, abs=1e-3)
    assert interval([5.0]).high == np.inf


def test_interval_covers_as_often_as_it_says():
    generator = np.random.default_rng(0)
    found = [interval(generator.normal(3, 2, 10)) for _ in range(4000)]
    assert np.mean([i.low < 3 < i.high for i in found]) == pytest.approx(0.95, abs=0.01)


def test_p_value_is_scipys_and_survives_equal_values():
    values = [0.1, 0.3, -0.1, 0.4]
    assert p_above(values) == stats.ttest_1samp(values, 0, alternative="greater").pvalue
    assert p_above([1, 1, 1]) == 0 and p_above([0, 0, 0]) == 1 and p_above([3]) == 1


def test_holm_by_hand():
    """0.01 x 3, then max(0.03, 0.02 x 2), then max(0.04, 0.04)."""
    np.testing.assert_allclose(holm([0.04, 0.01, 0.02]), [0.04, 0.03, 0.04])
    np.testing.assert_allclose(holm([0.9, 0.8]), [1, 1])


def test_slopes_of_lines():
    x = [5, 10, 50]
    np.testing.assert_allclose(slopes(x, [[2 * v + 1 for v in x], [-v for v in x]]), [2, -1])


def test_few_values():
    """One says nothing of the spread; two have an interval with one degree of freedom."""
    one = interval([5])
    assert (one.mean, one.low, one.high, one.n) == (5, -np.inf, np.inf, 1) and np.isnan(one.sd)
    two = interval([1, 3])
    assert two.high == pytest.approx(2 + 12.706, abs=1e-3)
    assert two.low == pytest.approx(2 - 12.706, abs=1e-3)
    assert p_above([1, 3]) == pytest.approx(0.1476, abs=1e-4)
    assert interval([1, 2, 3], confidence=0.5).high == pytest.approx(2 + 0.8165 / 3**0.5, abs=1e-3)
