"""Choices, names of runs, and what shares a training."""

from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest

from eautorec.study.protocol import DEFAULT, FOLDS, STARTS, VALIDATION, Protocol, Run


def test_every_open_point_is_a_field():
    points = [p for option in fields(Protocol) for p in option.metadata["point"].split(", ")]
    assert sorted(points, key=lambda p: int(p[1:])) == [f"A{k}" for k in range(1, 27)]
    for option in fields(Protocol):
        assert option.default == option.metadata["values"][0]
        assert len(set(option.metadata["values"])) == len(option.metadata["values"])
        assert option.metadata["question"].endswith("?")
        assert option.metadata["turns"] in ("training", "e", "judging")


def test_unknown_choices_are_told():
    with pytest.raises(ValueError, match="combination is 'product'"):
        Protocol(combination="product")


def test_the_main_replication_goes_to_the_minimum():
    assert DEFAULT.ending == "minimum" and DEFAULT.starts == "averaged"


def test_a_key_never_changes():
    """Stored results are found by it, on any machine and in any later day."""
    run = Run("AutoRec", 0, regularization=14.0, learning_rate=1.0)
    assert run.key() == replace(run).key() == "c0f314436ab8fdc5"


def test_what_was_chosen_is_part_of_the_key():
    """As if it had been given: another choice makes another run of it, and no other one."""
    for model, protocol in product(("AutoRec", "noise"), (DEFAULT, Protocol(ending="scratch"))):
        run = Run(model, 0, protocol=protocol)
        regularization, rate = run.tuned
        given = replace(run, regularization=regularization, learning_rate=rate)
        assert given.key() == run.key() and given.fit_key() == run.fit_key()
        for other in ({"regularization": 99.0}, {"learning_rate": 99.0}):
            changed = replace(run, **other)
            assert changed.key() != run.key() and changed.fit_key() != run.fit_key()
            assert changed.tuned == run.tuned._replace(**other)


@pytest.mark.parametrize(
    "other",
    [
        Run("E-AutoRec", 0),
        Run("AutoRec", 1),
        Run("AutoRec", 0, 1),
        Run("AutoRec", 0, n_hidden=50),
        Run("AutoRec", 0, regularization=99.0),
        Run("AutoRec", 0, learning_rate=99.0),
        Run("AutoRec", 0, measured_on="validation"),
        Run("AutoRec", 0, protocol=Protocol(loss="all")),
    ],
    ids=lambda run: run.key(),
)
def test_whatever_differs_has_another_key_and_another_training(other):
    run = Run("AutoRec", 0)
    assert other.key() != run.key() and other.fit_key() != run.fit_key()


def test_a_seed_never_changes_and_is_of_its_fold_and_start():
    """Both models and every reading have the same, so that differences are of pairs."""
    assert [Run("AutoRec", fold, start).seed for fold, start in ((0, 0), (0, 1), (9, 4))] == [
        2834126987,
        3720552013,
        552852438,
    ]
    assert Run("E-AutoRec", 3, 2, theta=1.0).seed == Run("AutoRec", 3, 2).seed
    seeds = {Run("AutoRec", fold, start).seed for fold in range(10) for start in range(20)}
    assert len(seeds) == 200


def test_folds_validation_and_starts_are_drawn_from_streams_of_their_own():
    """No fold's start is what shuffles the ratings, or keeps some of them aside."""
    assert len({FOLDS, VALIDATION, STARTS}) == 3
    drawn = {
        tuple(np.random.default_rng(seed).integers(2**62, size=2))
        for seed in (
            FOLDS,
            *([VALIDATION, fold] for fold in range(10)),
            *(Run("AutoRec", fold, start).seed for fold in range(10) for start in range(5)),
            *([Run("AutoRec", fold).seed, 1] for fold in range(10)),  # of the controls
        )
    }
    assert len(drawn) == 1 + 10 + 50 + 10


def test_runs_that_only_judge_differently_share_a_training():
    run = Run("E-AutoRec", 3)
    for option in fields(Protocol):
        for value in option.metadata["values"][1:]:
            turned = replace(run, protocol=Protocol(**{option.name: value}))
            shared = turned.fit_key() == run.fit_key()
            assert shared == (option.metadata["turns"] == "judging"), option.name
            assert turned.key() != run.key()
    assert replace(run, theta=1.0).fit_key() != run.fit_key()


@pytest.mark.parametrize("model", ["AutoRec", "random", "popular"])
def test_what_never_reads_e_is_trained_once_whatever_e_is(model):
    run = Run(model, 3)
    for turned in ({"denominator": "raters"}, {"step": "AutoRec's"}, {"e_from": "all"}):
        assert replace(run, protocol=Protocol(**turned)).fit_key() == run.fit_key()
    assert replace(run, theta=1.0).fit_key() == run.fit_key()
    assert replace(run, n_neighbors=5).fit_key() == run.fit_key()
    assert replace(run, protocol=Protocol(split="per user")).fit_key() != run.fit_key()


def test_turned_tells_what_differs():
    assert Protocol().turned() == {}
    assert Protocol(loss="all").turned() == {"loss": "all"}
