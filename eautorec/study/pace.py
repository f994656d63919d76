"""What decides how fast the minimum of Eq. 3 is reached, and when a search for an epoch ends.

None of it decides where the minimum lies. Each constant is turned alone, on the training and
validation parts of the folds that the other optimisers are tuned on; test ratings are nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from types import ModuleType

import pandas as pd
from tqdm import tqdm

from eautorec.reading import Source
from eautorec.study import models
from eautorec.study.protocol import MODELS, Protocol, Run
from eautorec.study.runner import split_data
from eautorec.study.tuned import tuned
from eautorec.training import network, preconditioner

CONSTANTS: dict[tuple[ModuleType, str], tuple[float, ...]] = {
    (network, "START"): (0.01, 0.03, 0.1, 0.3, 1.0),
    (preconditioner, "ENCODER_PER_PENALTY"): (0.25, 0.5, 1.0, 2.0, 4.0),
    (preconditioner, "ENCODER_PER_RATING"): (0.1, 0.2, 0.4, 0.8, 1.6),
    (preconditioner, "VARIANCE"): (0.005, 0.01, 0.02, 0.04, 0.08),
}
"""The constants of the training, and what each may be."""

PATIENCES = (3, 6, 12, 30, 60, 100)
"""Epochs without a better validation error after which a search ends; and each optimiser's own."""

FOLDS = range(2)
"""Whose parts are used."""


def search(data: Source | str = "100k", folds: Iterable[int] = FOLDS) -> pd.DataFrame:
    """Eq. 3 after the last epoch of a training to its minimum, for every value of CONSTANTS.

    Returns
    -------
    constant, value, model, objective (the mean over folds), above (in thousandths of the lowest
    objective of that model), chosen (whether the training has this value), folds.
    """
    points = [
        (module, name, value, model, fold)
        for (module, name), values in CONSTANTS.items()
        for value, model, fold in product(values, MODELS, folds)
    ]
    rows = []
    for module, name, value, model, fold in tqdm(points, desc="pace", unit="fit", disable=None):
        run = Run(model, fold, measured_on="validation")
        chosen = value == getattr(module, name)
        with _instead(module, name, value):
            history = models.train_model(run, *split_data(data, run)).history
        rows.append((name, value, model, chosen, history["objective"].iloc[-1]))
    names = ["constant", "value", "model", "chosen"]
    frame = pd.DataFrame(rows, columns=[*names, "objective"])
    found = frame.groupby(names, sort=False)["objective"].agg(["mean", "size"]).reset_index()
    found = found.rename(columns={"mean": "objective", "size": "folds"})
    lowest = found.groupby("model")["objective"].transform("min")
    found.insert(5, "above", 1000 * (found["objective"] / lowest - 1))
    return found


def search_patience(data: Source | str = "100k", folds: Iterable[int] = FOLDS) -> pd.DataFrame:
    """What another patience finds on the validation ratings, by optimiser.

    Each model is trained for as long as its optimiser may take, with the lambda and the rate that
    go with a chosen epoch, and the curve is read as if the search had ended earlier.

    Returns
    -------
    optimizer, patience, model, validation rmse (that of the epoch it chooses, the mean over folds),
    epoch (the mean chosen one), chosen (whether the training has this patience), folds.
    """
    runs = [
        Run(
            model,
            fold,
            measured_on="validation",
            protocol=Protocol(optimizer=optimizer),
            **tuned(model, optimizer, "chosen")._asdict(),
        )
        for optimizer in models.OPTIMIZERS
        for model, fold in product(MODELS, folds)
    ]
    rows = []
    for run in tqdm(runs, desc="patience", unit="fit", disable=None):
        optimizer = run.protocol.optimizer
        curve = models.train_model(run, *split_data(data, run)).history["watched_rmse"]
        own = models.OPTIMIZERS[optimizer]["patience"]
        for patience in sorted({*PATIENCES, own}):
            epoch = epoch_found(curve, patience)
            found = curve.iloc[epoch], epoch + 1
            rows.append((optimizer, patience, run.model, patience == own, *found))
    names = ["optimizer", "patience", "model", "chosen"]
    frame = pd.DataFrame(rows, columns=[*names, "validation rmse", "epoch"])
    means = frame.groupby(names, sort=False)
    return means.mean().assign(folds=means.size()).reset_index()


def epoch_found(curve: pd.Series, patience: int) -> int:
    """The place of the best value before the first `patience` values in a row that are no
    better."""
    best = 0
    for place, value in enumerate(curve):
        if value < curve.iloc[best]:
            best = place
        elif place - best >= patience:
            break
    return best


@contextmanager
def _instead(module: ModuleType, name: str, value: float) -> Iterator[None]:
    """With another value of a constant."""
    own = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, own)
