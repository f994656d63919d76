"""One task of the study: train a model once, and measure it as each run's protocol says."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from eautorec.arrays import Array
from eautorec.datasets import load_ratings
from eautorec.evaluation.metrics import average_precision, explainable_precision, squared_errors
from eautorec.evaluation.ranking import top_lists
from eautorec.ratings import Ratings, split
from eautorec.study.baselines import BASELINES
from eautorec.study.inputs import explain
from eautorec.study.models import train_model
from eautorec.study.protocol import CONTROLS, MODELS, Run

NS = tuple(range(5, 101, 5))
"""The lengths of the lists in Fig. 4."""

RANK_ONLY = ("EASE", "popular", "random", "by E")
"""Their scores are no ratings, so that they have no RMSE."""

Record = tuple[str, float, float]
"""(metric, x, value): x is a length, an epoch, a quartile, or 0."""


def execute(runs: list[Run], data: str = "100k") -> list[tuple[Run, list[Record], float]]:
    """Train the model that these runs share, and measure it for each of them.

    Returns
    -------
    (run, records, seconds) for each run; the training counts for the first.
    """
    start = time.perf_counter()
    train, test, everything = _split_data(data, runs[0].seed, runs[0].protocol.split)
    scores, history = _train(runs[0], train, test, everything)
    results = []
    for run in runs:
        records = [*measure(run, train, test, everything, scores), *history]
        results.append((run, records, time.perf_counter() - start))
        start = time.perf_counter()
    return results


def measure(
    run: Run, train: Ratings, test: Ratings, everything: Ratings, scores: Array
) -> list[Record]:
    """RMSE (models that predict ratings), MAP@n, MEP@n, and both by the users' number of ratings.

    Parameters
    ----------
    scores : (n_users, n_items), predictions on the rating scale, not clipped.
    """
    p = run.protocol
    records: list[Record] = []
    asked = np.unique(test.user_index)
    quartile = _quartiles(train, asked)
    if run.model not in RANK_ONLY:
        predicted = scores[test.user_index, test.item_index]
        if p.clip == "yes":
            predicted = np.clip(predicted, *train.scale)
        errors = squared_errors(predicted, test.values)
        records.append(("rmse", 0, float(np.sqrt(errors.mean()))))
        for q in range(4):
            some = quartile[test.user_index] == q
            records.append(("rmse by quartile", q, float(np.sqrt(errors[some].mean()))))

    allowed = scores
    if p.candidates == "test":
        allowed = np.where(test.matrix.toarray() > 0, scores, -np.inf)
    lists = top_lists(allowed, train.matrix, max(NS))
    relevant = test.matrix >= 4 if p.relevant == "4 or more" else test.matrix > 0
    # A leaking E is a model's business; lists are judged by the training ratings.
    own = replace(run, protocol=replace(p, e_from="training"))
    judge = own if p.judge == "own" else Run("E-AutoRec", run.seed)
    explainable = explain(train, everything, judge).scores > 0
    with warnings.catch_warnings():
        # A quartile without any user that counts is nan, and says so itself.
        warnings.simplefilter("ignore", category=RuntimeWarning)
        precision = average_precision(lists, relevant, NS, p.map_divisor)
        explained = explainable_precision(lists, explainable, NS)
        mep_users = asked if p.mep_users == "test" else slice(None)
        records += _records_at("map", NS, np.nanmean(precision, axis=0))
        records += _records_at("mep", NS, np.nanmean(explained[mep_users], axis=0))
        at_10 = precision[:, NS.index(10)]
        for q in range(4):
            records.append(("map by quartile", q, float(np.nanmean(at_10[quartile == q]))))
    return records


def _records_at(metric: str, xs: Iterable[float], values: Iterable[float]) -> list[Record]:
    """One record for each x and its value."""
    return [(metric, x, float(value)) for x, value in zip(xs, values, strict=True)]


def _quartiles(train: Ratings, asked: Array) -> Array:
    """0 for the quarter of the test users with the fewest training ratings, to 3; -1 for others."""
    counts = train.matrix.getnnz(axis=1)
    bounds = np.quantile(counts[asked], [0.25, 0.5, 0.75])
    quartile = np.full(train.n_users, -1)
    quartile[asked] = np.searchsorted(bounds, counts[asked], side="left")
    return quartile


def _train(
    run: Run, train: Ratings, test: Ratings, everything: Ratings
) -> tuple[Array, list[Record]]:
    """(scores, records of the training)."""
    if run.model in (*MODELS, *CONTROLS):
        model = train_model(run, train, test, everything)
        history = model.history
        curve = history[history["phase"] != "refit"]
        records = _records_at("rmse at epoch", curve["epoch"], curve["watched_rmse"])
        if "validation_rmse" in history:
            validated = curve["validation_rmse"]
            records += _records_at("validation rmse at epoch", curve["epoch"], validated)
            records.append(("validation rmse", 0, float(validated.min())))
        records.append(("epochs", 0, float(model.n_epochs)))
        return model.scores, records
    if run.model == "random":
        return np.random.default_rng([run.seed, 2]).random(train.matrix.shape), []
    if run.model == "by E":
        return explain(train, everything, run).scores.toarray(), []
    return BASELINES[run.model](run.seed).fit(train).scores(), []


_load_once = lru_cache(maxsize=1)(load_ratings)
"""`load_ratings`, which remembers the last set: one worker has many runs on it."""


@lru_cache(maxsize=2)
def _split_data(data: str, seed: int, kind: str) -> tuple[Ratings, Ratings, Ratings]:
    """(training ratings, test ratings, both): a tenth of them is the test; kind as in A20."""
    everything = _load_once(data)
    if kind == "all ratings":
        train, test = split(everything, 0.1, seed)
        return train, test, everything
    # A tenth of each user's ratings, rounded at random.
    generator = np.random.default_rng([seed, 3])
    order = generator.permutation(len(everything))
    order = order[np.argsort(everything.user_index[order], kind="stable")]
    user = everything.user_index[order]
    start = np.searchsorted(user, np.arange(everything.n_users))
    place = np.arange(len(order)) - start[user]
    n_test = np.floor(
        0.1 * np.bincount(user, minlength=everything.n_users) + generator.random(everything.n_users)
    )
    is_test = np.zeros(len(order), dtype=bool)
    is_test[order[place < n_test[user]]] = True
    return (
        everything.take(np.flatnonzero(~is_test)),
        everything.take(np.flatnonzero(is_test)),
        everything,
    )
