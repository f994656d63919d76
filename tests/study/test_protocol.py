"""Choices, names of runs, and what shares a training."""

from dataclasses import fields, replace

import pytest

from eautorec.study.protocol import Protocol, Run


def test_every_open_point_is_a_field():
    points = [option.metadata["point"] for option in fields(Protocol)]
    assert points == [f"A{k}" for k in range(1, 23)]
    for option in fields(Protocol):
        assert option.default == option.metadata["values"][0]
        assert option.metadata["question"].endswith("?")


def test_unknown_choices_are_told():
    with pytest.raises(ValueError, match="combination is 'product'"):
        Protocol(combination="product")


def test_a_key_never_changes():
    """Stored results are found by it, on any machine and in any later day."""
    assert Run("AutoRec", 0).key() == Run("AutoRec", 0).key() == "3f62962691574193"
    assert Run("AutoRec", 0).key() != Run("AutoRec", 1).key()
    assert Run("AutoRec", 0).key() != Run("AutoRec", 0, protocol=Protocol(clip="no")).key()


def test_runs_that_only_judge_differently_share_a_training():
    run = Run("E-AutoRec", 3)
    for option in fields(Protocol):
        for value in option.metadata["values"][1:]:
            turned = replace(run, protocol=Protocol(**{option.name: value}))
            shared = turned.fit_key() == run.fit_key()
            assert shared == (option.metadata["turns"] == "judging"), option.name
    without = Run("AutoRec", 3, protocol=Protocol(denominator="raters"))
    assert without.fit_key() == Run("AutoRec", 3).fit_key(), "AutoRec never reads E"
    assert replace(run, theta=1.0).fit_key() != run.fit_key()
    assert Run("AutoRec", 3, theta=1.0).fit_key() == Run("AutoRec", 3).fit_key()


def test_turned_tells_what_differs():
    assert Protocol().turned() == {}
    assert Protocol(loss="all").turned() == {"loss": "all"}
