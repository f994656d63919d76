"""What decides how fast a training is: each constant turned alone, and put back."""

import pandas as pd
import pytest

from eautorec.study import pace
from eautorec.training import network


@pytest.mark.parametrize(
    "values, patience, best",
    [
        ([3, 2, 1, 4, 5, 0], 2, 2),
        ([3, 2, 1, 4, 5, 0], 3, 5),
        ([3, 2, 1, 1, 1], 9, 2),
        ([1], 1, 0),
    ],
    ids=["ends too early", "patient", "of equals the first", "one epoch"],
)
def test_the_epoch_that_a_patience_finds(values, patience, best):
    assert pace.epoch_found(pd.Series(values, dtype=float), patience) == best


def test_what_is_trained_with_is_among_the_values():
    for (module, name), values in pace.CONSTANTS.items():
        assert getattr(module, name) in values[1:-1], name


def test_a_constant_is_put_back():
    own = network.START
    with pytest.raises(ZeroDivisionError), pace._instead(network, "START", 0.5):
        assert network.START == 0.5
        raise ZeroDivisionError
    assert own == network.START


def test_every_value_is_trained_with(monkeypatch):
    """The constant is there during the training, and the objective is the last one."""
    seen = []

    class History:
        def __init__(self, run):
            seen.append((run.model, run.fold, run.measured_on, network.START))
            self.history = pd.DataFrame({"objective": [9.0, 2.0 + network.START]})

    monkeypatch.setattr(pace, "CONSTANTS", {(network, "START"): (0.1, 0.5)})
    monkeypatch.setattr(pace, "split_data", lambda data, run: ())
    monkeypatch.setattr(pace.models, "train_model", History)
    found = pace.search("100k", folds=[3])
    assert seen == [
        (model, 3, "validation", value)
        for value in (0.1, 0.5)
        for model in ("AutoRec", "E-AutoRec")
    ]
    assert list(found["objective"]) == [2.1, 2.1, 2.5, 2.5]
    assert list(found["chosen"]) == [True, True, False, False]
    assert found["above"].iloc[-1] == pytest.approx(1000 * 0.4 / 2.1)
