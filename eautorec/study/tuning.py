"""Hyper-parameters, chosen on validation ratings: one search space and one budget for both models.

Each candidate is trained on splits of their own, whose test ratings are never looked at: only the
lowest error on the tenth of the training ratings that `fit` keeps aside counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from eautorec.arrays import Array
from eautorec.datasets import load_ratings
from eautorec.evaluation.metrics import average_precision, rmse
from eautorec.evaluation.ranking import top_lists
from eautorec.models.biases import Biases
from eautorec.models.ease import EASE
from eautorec.models.item_autorec import ItemAutoRec
from eautorec.models.matrix_factorisation import MatrixFactorisation
from eautorec.models.user_knn import UserKNN
from eautorec.ratings import Ratings, split
from eautorec.study.baselines import Baseline
from eautorec.study.protocol import MODELS, Protocol, Run

SEEDS = (100, 101, 102)
"""Other splits than those of the study."""


class SearchSpace(NamedTuple):
    """What each model's hyper-parameters may be: every pair of the two is a candidate."""

    regularization: tuple[float, ...]
    optimizer_and_learning_rate: tuple[tuple[str, float], ...]


SPACE = SearchSpace(
    regularization=(5.0, 7.0, 10.0, 14.0, 20.0),
    optimizer_and_learning_rate=(
        ("lbfgs", 1.0),
        ("adam", 0.002),
        ("adam", 0.005),
        ("adam in batches", 0.001),
        ("adam in batches", 0.003),
    ),
)
"""The same for both models."""


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
        for regularization, (optimizer, rate), seed in product(*SPACE, SEEDS)
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


BASELINE_SPACES: dict[Callable[..., Baseline], dict[str, tuple[float, ...]]] = {
    Biases: {"regularization": (1.0, 2.0, 4.0, 8.0, 16.0)},
    UserKNN: {"n_neighbors": (20, 40, 80, 160, 320)},
    MatrixFactorisation: {"n_factors": (5, 10, 20, 50), "regularization": (0.05, 0.1, 0.15, 0.2)},
    ItemAutoRec: {"regularization": (7.0, 10.0, 14.0, 20.0, 28.0)},
    EASE: {"regularization": (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)},
}
"""What each baseline's parameters may be; the best became the defaults."""


def search_baselines(data: str = "100k") -> pd.DataFrame:
    """Every point of BASELINE_SPACES on the same splits: model, parameters, metric, value, seeds;
    best first.

    The metric is the validation RMSE or, for EASE, the validation MAP@10.
    """
    everything = load_ratings(data)
    points = [
        (kind, dict(zip(space, values, strict=True)), seed)
        for kind, space in BASELINE_SPACES.items()
        for values in product(*space.values())
        for seed in SEEDS
    ]
    rows = []
    for kind, options, seed in tqdm(points, desc="baselines", unit="fit", disable=None):
        train, _ = split(everything, 0.1, seed)
        inner, validation = split(train, 0.1, seed)
        scores = kind(**options).fit(inner).scores()
        metric, value = _validation_metric(kind, scores, inner, validation)
        parameters = ", ".join(f"{name} = {chosen:g}" for name, chosen in options.items())
        rows.append((kind.__name__, parameters, metric, value))
    frame = pd.DataFrame(rows, columns=["model", "parameters", "metric", "value"])
    names = ["model", "parameters", "metric"]
    found = frame.groupby(names, sort=False)["value"].agg(["mean", "size"]).reset_index()
    found = found.rename(columns={"mean": "value", "size": "seeds"})
    found["worse"] = np.where(found["metric"] == "MAP@10", -found["value"], found["value"])
    return found.sort_values(["model", "worse"], ignore_index=True).drop(columns="worse")


def _validation_metric(
    kind: Callable[..., Baseline], scores: Array, inner: Ratings, validation: Ratings
) -> tuple[str, float]:
    """MAP@10 for EASE, which ranks only; RMSE for the others."""
    if kind is EASE:
        lists = top_lists(scores, inner.matrix, 10)
        precision = average_precision(lists, validation.matrix >= 4, [10])
        return "MAP@10", float(np.nanmean(precision))
    predicted = scores[validation.user_index, validation.item_index]
    return "RMSE", rmse(np.clip(predicted, *inner.scale), validation.values)
