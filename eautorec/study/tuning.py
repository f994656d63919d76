"""Hyper-parameters, chosen on validation ratings: one search space and one budget for both models.

Each candidate is trained on nine tenths of a fold's training ratings and measured on the tenth: the
fold's test ratings are nowhere (`Run.measured_on`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from eautorec.evaluation.metrics import average_precision, rmse
from eautorec.evaluation.ranking import top_lists
from eautorec.models.biases import Biases
from eautorec.models.ease import EASE
from eautorec.models.item_autorec import ItemAutoRec
from eautorec.models.matrix_factorisation import MatrixFactorisation
from eautorec.models.recommender import Recommender
from eautorec.models.user_knn import UserKNN
from eautorec.ratings import Ratings
from eautorec.reading import Source
from eautorec.study import models
from eautorec.study.protocol import MODELS, N_FOLDS, Protocol, Run
from eautorec.study.runner import split_data

REGULARIZATIONS = {
    "lbfgs": (5.0, 7.0, 10.0, 14.0, 20.0, 28.0),
    "adam": (3.5, 5.0, 7.0, 10.0, 14.0, 20.0),
    "adam in batches": (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 3.5, 5.0, 7.0, 10.0, 14.0),
    "rprop": (5.0, 7.0, 10.0, 14.0, 20.0),
}
"""lambda of Eq. 3, by optimiser."""

LEARNING_RATES = {
    "lbfgs": (1.0,),
    "adam": (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    "adam in batches": (0.00003, 0.0001, 0.0003, 0.001),
    "rprop": (0.001,),  # it finds its own
}
"""By optimiser; every pair with a lambda is a candidate, for both models alike."""

FOLDS = {
    "lbfgs": range(N_FOLDS),
    "adam": range(2),
    "adam in batches": range(2),
    "rprop": range(2),
}
"""Whose validation ratings choose. The main optimiser has all, so that each fold's own choice can
be told beside the common one."""

LEVELS = tuple(models.LEVELS)
"""What may hold the biases (A23): asked with the chosen lambda."""


def runs(names: Iterable[str] = MODELS) -> list[Run]:
    """Every candidate, for each model and fold; and the chosen ones with biases held."""
    found = [
        Run(
            model,
            fold,
            regularization=regularization,
            learning_rate=rate,
            measured_on="validation",
            protocol=Protocol(optimizer=optimizer),
        )
        for optimizer, rates in LEARNING_RATES.items()
        for model in names
        for regularization, rate, fold in product(
            REGULARIZATIONS[optimizer], rates, FOLDS[optimizer]
        )
    ]
    return found + held_runs(names)


def held_runs(names: Iterable[str] = MODELS) -> list[Run]:
    """Both models with their biases held in every way, on the folds' validation ratings."""
    return [
        Run(model, fold, measured_on="validation", protocol=Protocol(levels=levels))
        for model in names
        for levels in LEVELS
        for fold in range(N_FOLDS)
    ]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each candidate and each way to end its training; best first.

    model, optimizer, ending ("minimum": after the last epoch, "chosen": at its best epoch),
    learning_rate, regularization, validation rmse (the mean over folds) and that on fold 0, epoch
    (the mean best one), objective (Eq. 3 after the last epoch), folds, and agree: how many folds
    would by themselves choose the same.

    At the minimum a learning rate is asked how low it gets, not how well it predicts, since a rate
    that stays above the minimum predicts better only by stopping early: for each lambda the rate
    with the lowest objective stands for all.

    Parameters
    ----------
    frame : the records of `runs`, as `Store.frame` gives them.
    """
    names = ["model", "optimizer", "learning_rate", "regularization"]
    frame = frame[frame["regularization"].notna()]
    curve = frame[frame["metric"] == "rmse at epoch"]
    last = frame[frame["metric"] == "rmse"].set_index([*names, "fold"])["value"]
    best = curve.loc[curve.groupby([*names, "fold"])["value"].idxmin()]
    best = best.set_index([*names, "fold"])
    objective = frame[frame["metric"] == "objective"].groupby(names)["value"].mean()
    lowest = objective.groupby(["model", "optimizer", "regularization"]).transform("min")
    tables = []
    for ending, values in (("minimum", last), ("chosen", best["value"])):
        by_fold = values.unstack("fold")
        found = by_fold.mean(axis=1).rename("validation rmse").to_frame()
        found["fold 0"] = by_fold[0]
        found["folds"] = by_fold.notna().sum(axis=1)
        found["agree"] = 0
        found["above"] = False
        if ending == "chosen":
            found["epoch"] = best["x"].groupby(names).mean()
        else:
            found["objective"] = objective
            found["above"] = objective > lowest
        for _, mine in by_fold[~found["above"]].groupby(["model", "optimizer"]):
            for choice in mine.dropna(axis="columns", how="all").idxmin():
                found.loc[choice, "agree"] += 1
        tables.append(found.reset_index().assign(ending=ending))
    order = ["model", "optimizer", "ending", "above", "validation rmse"]
    found = pd.concat(tables).sort_values(order, ignore_index=True)
    columns = ["model", "optimizer", "ending", *names[2:], "validation rmse", "fold 0"]
    return found[[*columns, "epoch", "objective", "folds", "agree"]]


def held_table(frame: pd.DataFrame) -> pd.DataFrame:
    """What holding the biases does on validation ratings: model, levels, and the means over folds
    of rmse, map@10 and mep@10.

    Parameters
    ----------
    frame : the records of `held_runs`.
    """
    found = frame[frame["regularization"].isna()]
    at = {"rmse": 0, "map": 10, "mep": 10}
    found = found[found["x"] == found["metric"].map(at)]
    wide = found.pivot_table("value", ["model", "levels"], "metric")
    order = [(model, levels) for model in MODELS for levels in LEVELS]
    return wide.loc[order].reset_index().rename_axis(columns=None)


def tables(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Both tables by the names of their files; of the records of `runs`."""
    return {"tuning": table(frame), "tuning-levels": held_table(frame)}


def best(found: pd.DataFrame) -> pd.DataFrame:
    """The best candidate of each model, optimiser and ending."""
    return found.groupby(["model", "optimizer", "ending"], as_index=False).first()


BASELINE_SPACES: dict[type[Recommender], dict[str, tuple[Any, ...]]] = {
    Biases: {"regularization": (1.0, 2.0, 4.0, 8.0, 16.0)},
    UserKNN: {"n_neighbors": (20, 40, 80, 160, 320)},
    MatrixFactorisation: {
        "n_factors": (20, 50, 100, 200),
        "regularization": (0.05, 0.1, 0.15, 0.2),
    },
    ItemAutoRec: {"regularization": (7.0, 10.0, 14.0, 20.0, 28.0)},
    EASE: {
        "values": ("ratings", "ones"),
        "regularization": (25.0, 50.0, 100.0, 200.0, 400.0, 800.0),
    },
}
"""What each baseline's parameters may be; the best became the defaults."""


def in_words(options: Mapping[str, Any]) -> str:
    """Parameters as one text."""
    shown = {k: v if isinstance(v, str) else f"{v:g}" for k, v in options.items()}
    return ", ".join(f"{name} = {value}" for name, value in shown.items())


def search_baselines(data: Source | str = "100k", folds: Iterable[int] = range(3)) -> pd.DataFrame:
    """Every point of BASELINE_SPACES on validation ratings: model, parameters, metric, value,
    folds; best first.

    The metric is the RMSE or, for EASE, the MAP@10.
    """
    points = [
        (kind, dict(zip(space, values, strict=True)), fold)
        for kind, space in BASELINE_SPACES.items()
        for values in product(*space.values())
        for fold in folds
    ]
    rows = []
    for kind, options, fold in tqdm(points, desc="baselines", unit="fit", disable=None):
        inner, validation, _ = split_data(data, Run(kind.__name__, fold, measured_on="validation"))
        model = kind(**options).fit(inner)
        metric = "RMSE" if model.predicts else "MAP@10"
        value = validation_value(model, inner, validation)
        rows.append((kind.__name__, in_words(options), metric, value))
    frame = pd.DataFrame(rows, columns=["model", "parameters", "metric", "value"])
    names = ["model", "parameters", "metric"]
    found = frame.groupby(names, sort=False)["value"].agg(["mean", "size"]).reset_index()
    found = found.rename(columns={"mean": "value", "size": "folds"})
    found["worse"] = np.where(found["metric"] == "MAP@10", -found["value"], found["value"])
    return found.sort_values(["model", "worse"], ignore_index=True).drop(columns="worse")


def validation_value(model: Recommender, inner: Ratings, validation: Ratings) -> float:
    """RMSE of a model that predicts, else MAP@10."""
    scores = model.scores()
    if model.predicts:
        predicted = scores[validation.user_index, validation.item_index]
        return rmse(np.clip(predicted, *inner.scale), validation.values)
    lists = top_lists(scores, inner.matrix, 10)
    return float(np.nanmean(average_precision(lists, validation.relevant(), [10])))
