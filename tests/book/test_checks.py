"""Checks that can fail."""

import pandas as pd
import pytest

from eautorec_book.checks import check, check_recorded


def recorded(mean, sd=0.01):
    columns = ["model", "x", "mean", "sd", "seeds"]
    rows = [("AutoRec", 10, 0.5, sd, 10), ("E-AutoRec", 10, mean, sd, 10)]
    return pd.DataFrame(rows, columns=columns)


def test_a_value_outside_its_bounds_stops_the_page(capsys):
    check("one", 1.0, 1.0, 0.1, "known")
    assert "one: 1" in capsys.readouterr().out
    for value in (1.2, float("nan")):
        with pytest.raises(AssertionError, match="one"):
            check("one", value, 1.0, 0.1, "known")


def test_a_mean_far_from_the_record_is_named():
    """The standard error of a difference of two means over ten seeds is 0.01 sqrt(2 / 10)."""
    check_recorded("figure", recorded(0.51), recorded(0.5))
    with pytest.raises(AssertionError, match="E-AutoRec at 10"):
        check_recorded("figure", recorded(0.52), recorded(0.5))
    with pytest.raises(AssertionError, match="not on record"):
        check_recorded("figure", recorded(0.5).replace("AutoRec", "other"), recorded(0.5))
    with pytest.raises(AssertionError):
        check_recorded("figure", recorded(float("nan")), recorded(0.5))
    with pytest.raises(AssertionError):
        check_recorded("figure", recorded(0.5001, sd=0.0), recorded(0.5, sd=0.0))
