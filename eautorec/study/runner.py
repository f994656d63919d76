"""One task of the study: train a model once, and measure it as each run's protocol says."""

from __future__ import annotations

import gc
import os
import time
import warnings
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from eautorec.arrays import Array, check_room, stored_cells
from eautorec.datasets import load_ratings
from eautorec.errors import InputError
from eautorec.evaluation.metrics import average_precision, explainable_precision, squared_errors
from eautorec.evaluation.ranking import top_lists
from eautorec.parameters import one_of
from eautorec.ratings import Ratings, split
from eautorec.reading import Source
from eautorec.study.baselines import BASELINES
from eautorec.study.inputs import explain
from eautorec.study.models import train_model
from eautorec.study.protocol import CONTROLS, FOLDS, LISTS, MODELS, N_FOLDS, VALIDATION, Run

NS = tuple(range(5, 101, 5))
"""The lengths of the lists in Fig. 4."""

HIGHEST = 5.0
"""The highest rating in the study, whatever it is in the data: theta, the RMSE and what matters in
it are in stars, and mean the same on every scale."""

RANK_ONLY = ("EASE", "popular", "random", "by E")
"""Their scores are no ratings, so that they have no RMSE."""

Record = tuple[str, float, float]
"""(metric, x, value): x is a length, an epoch, a quartile, or 0."""


def execute(
    runs: list[Run], data: Source | str = "100k", fingerprint: str | None = None
) -> list[tuple[Run, list[Record], float]]:
    """Train the model that these runs share, and measure it for each of them.

    Parameters
    ----------
    fingerprint : of the ratings that are meant. Raises InputError where `data` has others by now.

    Returns
    -------
    (run, records, seconds) for each run; the training counts for the first.
    """
    start = time.perf_counter()
    if fingerprint not in (None, _load_once(data).fingerprint):
        raise InputError(f"{data} has changed since the study began: begin again.")
    train, test, everything = split_data(data, runs[0])
    check_room(
        "The scores of all users",
        everything.matrix.shape,
        "leave out the users and the items with the fewest ratings",
    )
    scores, history = _train(runs[0], train, test, everything)
    results = []
    for run in runs:
        records = [*measure(run, train, test, everything, scores), *history]
        results.append((run, records, time.perf_counter() - start))
        start = time.perf_counter()
    # A trained optimiser refers to itself, so its hundred megabytes would wait for Python to look.
    gc.collect()
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
        allowed = np.where(stored_cells(test.matrix).toarray() > 0, scores, -np.inf)
    lists = top_lists(allowed, train.matrix, max(NS))
    relevant = test.relevant(p.relevant_from(test.scale))
    # A leaking E is a model's business; lists are judged by the training ratings.
    own = replace(run, protocol=replace(p, e_from="training"))
    judge = own if p.judge == "own" else Run("E-AutoRec", run.fold)
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
        first = model.history["phase"].iloc[0]
        curve = model.history[model.history["phase"] == first]
        records = _records_at("rmse at epoch", curve["epoch"], curve["watched_rmse"])
        if "validation_rmse" in curve:
            records.append(("validation rmse", 0, float(curve["validation_rmse"].min())))
        records.append(("objective", 0, float(model.history["objective"].iloc[-1])))
        records.append(("epochs", 0, float(model.n_epochs)))
        return model.scores, records
    if run.model == "random":
        return np.random.default_rng(run.seed).random(train.matrix.shape), []
    if run.model == "by E":
        return explain(train, everything, run).scores.toarray(), []
    baseline = BASELINES[one_of("model", run.model, (*MODELS, *CONTROLS, *LISTS, *BASELINES))]
    return baseline(run.seed).fit(train).scores(), []


def _load_once(data: Source | str) -> Ratings:
    """`load_ratings`, which remembers the last set, unless its file has changed: one worker has
    many runs on it."""
    try:
        state = os.stat(str(data))
    except OSError:
        return _load(data, None)
    return _load(data, (state.st_mtime_ns, state.st_size, state.st_ino))


@lru_cache(maxsize=1)
def _load(data: Source | str, version: tuple[int, ...] | None) -> Ratings:
    return load_ratings(data)


@lru_cache(maxsize=1)
def in_stars(ratings: Ratings) -> Ratings:
    """The same ratings with HIGHEST as the highest that is possible."""
    low, high = ratings.scale
    if high == HIGHEST:
        return ratings
    factor, scale = HIGHEST / high, (low * HIGHEST / high, HIGHEST)
    values = np.clip(factor * ratings.values.astype(np.float64), *scale)
    return replace(ratings, values=values.astype(np.float32), scale=scale)


def split_data(data: Source | str, run: Run) -> tuple[Ratings, Ratings, Ratings]:
    """(training ratings, test ratings, both) of the run's fold.

    Where a run is measured on validation ratings, a tenth of the training ratings is its test, and
    the fold's own test is nowhere.
    """
    kind = run.protocol.split
    everything = in_stars(_load_once(data))
    if kind == "latest" and everything.times is None:
        raise InputError(f"{data} does not say when a rating was given: choose another split.")
    train, test = _fold(everything, kind, run.fold)
    if run.measured_on == "validation":
        train, test = split(train, 1 / N_FOLDS, seed=[VALIDATION, run.fold])
    return train, test, train.join(test)


@lru_cache(maxsize=2)
def _fold(everything: Ratings, kind: str, fold: int) -> tuple[Ratings, Ratings]:
    """(the other nine tenths, this tenth): the ten tenths are a partition; kind as in A20.

    Of the latest ratings there is one tenth only, whatever the fold.
    """
    order = np.random.default_rng(FOLDS).permutation(len(everything))
    if kind == "latest":
        assert everything.times is not None
        order = np.argsort(everything.times, kind="stable")[::-1]
    if kind != "all ratings":
        order = order[np.argsort(everything.user_index[order], kind="stable")]
    place = np.arange(len(order))
    mine = np.zeros(len(order), dtype=bool)
    if kind == "latest":
        counts = np.bincount(everything.user_index, minlength=everything.n_users)
        user = everything.user_index[order]
        newer = place - (np.cumsum(counts) - counts)[user]
        mine[order] = newer < np.round(counts / N_FOLDS)[user]
    else:
        # Dealt to the folds in turn; user by user, each begins where the last one ended.
        mine[order] = place % N_FOLDS == fold
    return everything.take(np.flatnonzero(~mine)), everything.take(np.flatnonzero(mine))
