"""Checks that can fail."""

import numpy as np
import pandas as pd
import pytest

from eautorec_book import checks
from eautorec_book.checks import check, check_again

FOLDS, STARTS, SPREAD = 4, 3, 0.01


@pytest.fixture
def record(monkeypatch):
    """A record in which folds differ by much, starts by SPREAD, and E-AutoRec gains 0.1."""
    generator = np.random.default_rng(0)
    rows = []
    for fold in range(FOLDS):
        for start in range(STARTS):
            for model, gain in (("AutoRec", 0.0), ("E-AutoRec", 0.1)):
                value = fold + gain + SPREAD * generator.normal()
                rows.append((model, fold, start, "map", 10.0, value))
    frame = pd.DataFrame(rows, columns=["model", "fold", "start", "metric", "x", "value"])
    frame = frame.assign(n_hidden=300, n_neighbors=50, theta=0.0, e_from="training")
    monkeypatch.setattr(checks, "study", lambda: frame)
    return frame


def test_a_value_outside_its_bounds_stops_the_page(capsys):
    check("one", 1.0, 1.0, 0.1, "known")
    assert "one: 1" in capsys.readouterr().out
    for value in (1.2, float("nan")):
        with pytest.raises(AssertionError, match="one"):
            check("one", value, 1.0, 0.1, "known")


def test_what_is_measured_again_may_vary_as_starts_do(record, capsys):
    again = record[record["start"] == 0].reset_index(drop=True)
    noisy = again["value"] + SPREAD * np.random.default_rng(1).normal(size=len(again))
    check_again("lists", again.assign(value=noisy))
    assert "2 numbers measured again" in capsys.readouterr().out


def test_a_shift_beyond_the_starts_is_named(record):
    again = record[record["start"] == 0].reset_index(drop=True)
    shift = 0.1 * (again["model"] == "E-AutoRec")
    with pytest.raises(AssertionError, match="farthest is E-AutoRec, map at 10"):
        check_again("lists", again.assign(value=again["value"] + shift))
    with pytest.raises(ValueError, match="not a number"):
        check_again("lists", again.assign(value=np.nan))


def test_a_shift_of_both_models_is_no_excuse_for_either(record):
    """E-AutoRec counts as a difference: that stays, and AutoRec's own number gives it away."""
    again = record[record["start"] == 0].reset_index(drop=True)
    with pytest.raises(AssertionError, match="farthest is AutoRec"):
        check_again("lists", again.assign(value=again["value"] + 0.2))


def test_what_is_not_on_record_is_told(record):
    again = record[record["start"] == 0].replace({"model": {"E-AutoRec": "another"}})
    with pytest.raises(ValueError, match="another"):
        check_again("lists", again)
