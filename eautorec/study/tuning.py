"""Hyper-parameters, chosen on validation ratings: one search space and one budget for both models.

Each candidate is trained on splits of their own, whose test ratings are never looked at: only the
lowest error on the tenth of the training ratings that `fit` keeps aside counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import pandas as pd

from eautorec.study.protocol import MODELS, Protocol, Run

SEEDS = (100, 101, 102)
"""Other splits than those of the study."""

SPACE = {
    "regularization": (5.0, 7.0, 10.0, 14.0, 20.0),
    "optimizer and learning rate": (
        ("lbfgs", 1.0),
        ("adam", 0.002),
        ("adam", 0.005),
        ("adam in batches", 0.001),
        ("adam in batches", 0.003),
    ),
}


def runs(models: Iterable[str] = MODELS) -> list[Run]:
    """Every point of the space, for each model and seed."""
    return [
        Run(
            model,
            seed,
            regularization=regularization,
            learning_rate=rate,
            protocol=Protocol(optimizer=optimizer),
        )
        for model in models
        for regularization, (optimizer, rate), seed in product(*SPACE.values(), SEEDS)
    ]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each candidate: mean validation RMSE over the seeds, epochs; best first.

    Parameters
    ----------
    frame : the records of `runs`, as `Store.frame` gives them.
    """
    names = ["model", "optimizer", "learning_rate", "regularization"]
    wide = frame.pivot_table(index=[*names, "seed"], columns="metric", values="value")
    found = wide.groupby(names)[["validation rmse", "epochs"]].mean().reset_index()
    return found.sort_values(["model", "validation rmse"], ignore_index=True)


def best(found: pd.DataFrame) -> pd.DataFrame:
    """The first row of each model."""
    return found.groupby("model", as_index=False).first()
