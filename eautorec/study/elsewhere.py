"""The study on other ratings than MovieLens-100K: the same runs, with a lambda of their own.

What suits one set of ratings does not suit another, so lambda is chosen again on validation
ratings: for each model by itself, from the same candidates. All else is as in the main study.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from eautorec.errors import InputError
from eautorec.study.protocol import CONTROLS, MODELS, Run
from eautorec.study.store import Store

MAIN = "72a585320d171848"
"""The fingerprint of MovieLens-100K, whose lambda is in `tuned`."""

REGULARIZATIONS = (1.75, 3.5, 7.0, 14.0, 28.0, 56.0)
"""The candidates."""

FOLDS = range(2)
"""Whose validation ratings choose."""


def search() -> list[Run]:
    """Both models with each candidate."""
    return [
        Run(model, fold, regularization=regularization, measured_on="validation")
        for model in MODELS
        for regularization in REGULARIZATIONS
        for fold in FOLDS
    ]


def searched(frame: pd.DataFrame) -> pd.DataFrame:
    """model, regularization, rmse (the mean over FOLDS on validation ratings); best first.

    Parameters
    ----------
    frame : the records of `search`, as `Store.frame` gives them.
    """
    found = frame[frame["metric"] == "rmse"]
    means = found.groupby(["model", "regularization"])["value"].mean().rename("rmse")
    return means.reset_index().sort_values(["model", "rmse"], ignore_index=True)


def chosen(store: Store) -> dict[str, float]:
    """Each model's lambda on the ratings of a store. Raises InputError if it was not searched."""
    runs = search()
    missing = len({run.key() for run in runs} - store.finished())
    if missing:
        raise InputError(
            f"{missing} of {len(runs)} runs that choose lambda for these ratings are not in "
            f"{store.path}: run 'eautorec study run' on them first."
        )
    best = searched(store.frame(runs)).groupby("model").first()
    return best["regularization"].to_dict()


def adapted(runs: Iterable[Run], store: Store) -> list[Run]:
    """The same runs with the lambda of the store's ratings; a control has that of E-AutoRec.

    Those on MovieLens-100K stay as they are, and so do those on ratings on which `search` has not
    begun. Raises InputError if it has and is not complete.
    """
    if store.data == MAIN or store.finished().isdisjoint(run.key() for run in search()):
        return list(runs)
    best = chosen(store)
    best |= dict.fromkeys(CONTROLS, best["E-AutoRec"])
    return [
        replace(run, regularization=best[run.model]) if run.model in best else run for run in runs
    ]
