"""AutoRec and E-AutoRec under any protocol, and with a control in the place of e.

Composed of the same parts as the library's own models: an encoding, a problem, `fit`, weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from eautorec.arrays import Array, Chain, Matrix
from eautorec.models.autorec import AutoRec
from eautorec.models.biases import Biases
from eautorec.ratings import Ratings
from eautorec.study.inputs import explain, instead_of_e
from eautorec.study.protocol import Protocol, Run
from eautorec.training.batches import Problem
from eautorec.training.encoding import Encoding
from eautorec.training.fit import Fit, fit
from eautorec.training.optimisers import EPOCHS
from eautorec.training.settings import Settings

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "lbfgs": {"max_epochs": EPOCHS["lbfgs"], "patience": 12},
    # Adam's first large steps are followed by fifty epochs that are no better (`study.pace`).
    "adam": {"optimizer": "adam", "max_epochs": EPOCHS["adam"], "patience": 100},
    "adam in batches": {
        "optimizer": "adam",
        "batch_size": 128,
        "max_epochs": 300,
        "patience": 10,
    },
    "rprop": {"optimizer": "rprop", "max_epochs": EPOCHS["rprop"], "patience": 30},
}
"""The turns of A17."""

SLOW = ({"loss": "all"}, {"e_scale": "0-5"})
"""Choices with which the objective falls for twice as many epochs."""

SEARCH_EPOCHS = 1000
"""The most epochs where patience ends the search: none gets there."""

ENDINGS: dict[str, dict[str, Any]] = {
    "minimum": {"validation_fraction": 0.0},
    "scratch": {"validation_fraction": 0.1, "refit": "scratch", "max_epochs": SEARCH_EPOCHS},
    "chosen": {"validation_fraction": 0.1, "refit": "none", "max_epochs": SEARCH_EPOCHS},
    "continue": {"validation_fraction": 0.1, "refit": "continue", "max_epochs": SEARCH_EPOCHS},
    "best on test": {"max_epochs": SEARCH_EPOCHS},
}
"""The turns of A24."""

LEVELS: dict[str, dict[str, Any]] = {
    "free": {},
    "penalised": {},  # with the run's own lambda
    "1 pseudo-rating": {"pseudo_ratings": 1.0},
    "5 pseudo-ratings": {"pseudo_ratings": 5.0},
    "20 pseudo-ratings": {"pseudo_ratings": 20.0},
    "100 pseudo-ratings": {"pseudo_ratings": 100.0},
}
"""The turns of A23."""


@dataclass(frozen=True)
class Trained:
    """A run's model after its training.

    Attributes
    ----------
    scores : (n_users, n_items), predictions on the rating scale, not clipped.
    history : of `Fit`; the test RMSE of each epoch is in `watched_rmse`.
    """

    scores: Array
    history: pd.DataFrame
    n_epochs: int


def train_model(run: Run, train: Ratings, test: Ratings, everything: Ratings) -> Trained:
    """Train a run's model, and record the RMSE on the test ratings at each epoch.

    The test ratings enter the model only where the protocol asks for a leak (e_from, ending,
    test_input), to measure it.
    """
    p = run.protocol

    def pose(ratings: Ratings) -> Problem:
        encoding = encoding_of(p, ratings)
        r = encoding.encode(ratings)
        chains = chains_of(run, r, encoding, ratings, everything)
        return Problem(encoding, r, chains, whole=p.loss == "all")

    validation = test if p.ending == "best on test" else None
    found = fit(train, pose, settings_of(run), validation=validation, watch=test)
    activation = found.activation
    if p.test_input == "test":
        shown = [(found.problem.encoding.encode(test),), *found.problem.chains[1:]]
        activation = found.weights.activation(shown)
    return Trained(scores_of(found, activation), found.history, found.n_epochs)


def settings_of(run: Run) -> Settings:
    """How the run's network is trained."""
    run = run.as_trained()
    p = run.protocol
    options = AutoRec(run.n_hidden, seed=run.seed).get_params() | run.tuned._asdict()
    options |= OPTIMIZERS[p.optimizer] | ENDINGS[p.ending] | LEVELS[p.levels]
    if p.ending == "minimum" and any(choice.items() <= vars(p).items() for choice in SLOW):
        options["max_epochs"] *= 2
    if p.levels == "penalised":
        options["bias_regularization"] = options["regularization"]
    return Settings.checked(**options)


def encoding_of(protocol: Protocol, train: Ratings) -> Encoding:
    """A4, and what A22 takes off before."""
    lowest, highest = train.scale
    base = Biases().fit(train) if protocol.removed == "biases" else None
    if protocol.rating_scale == "(r-1)/4":
        return Encoding(train.scale, unit=highest - lowest, offset=lowest, base=base)
    return Encoding(train.scale, unit=highest, base=base)


def chains_of(
    run: Run, r: Matrix, encoding: Encoding, train: Ratings, everything: Ratings
) -> Sequence[Chain]:
    """The blocks of the encoder's input: r, and e or what stands in its place."""
    if run.model == "AutoRec":
        return [(r,)]
    p = run.protocol
    e, averaging = explain(train, everything, run)
    e = e / np.float32(1.0 if p.e_scale == "0-5" else train.scale[1])
    # A (r / 5) = E / 5 needs the ratings themselves, in the unit of e.
    if encoding != Encoding.by_highest(train.scale) or p.e_scale != "r/5":
        averaging = None
    chain: Chain = (e,) if averaging is None else (averaging, r)
    if run.model != "E-AutoRec":
        chain = instead_of_e(run.model, e, r, averaging, run.seed)
    if p.combination == "concat":
        return [(r,), chain]
    if len(chain) == 2 and chain[1] is r:
        return [((chain[0] + sp.eye_array(r.shape[0], dtype=np.float32)).tocsr(), r)]
    product = chain[0] if len(chain) == 1 else chain[0] @ chain[1]
    return [(sp.csr_matrix(r + product),)]


def scores_of(found: Fit, activation: Array) -> Array:
    """Predictions of all cells on the rating scale, not clipped: (n_users, n_items)."""
    outputs = found.weights.outputs(activation)
    rows, columns = np.arange(len(outputs))[:, None], np.arange(outputs.shape[1])
    return found.problem.encoding.decode(outputs, rows, columns)
