"""How a training should end (A24), chosen for how steady its results are and not for what they are.

A reading of the paper is of use where the answer is about the paper's models and not about the
numbers that the weights happened to start with.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from eautorec.study.claims import (
    AT_ONE_POINT,
    MOST_FLIPS,
    claims,
    gain_at_default,
    in_place_of_eautorec,
)
from eautorec.study.figures import estimates_of
from eautorec.study.protocol import MODELS, NULL_CONTROLS, Protocol, Run

ENDINGS = ("minimum", "scratch", "chosen", "continue")
"""Those that keep to the training ratings."""

MEASURES = (("rmse", 0), ("map", 10), ("mep", 10))
"""Of every model: (metric, x)."""


def runs(folds: Iterable[int], starts: Iterable[int]) -> list[Run]:
    """Both models and the null controls under each ending.

    A null control adds an input that holds nothing, and differs from AutoRec in nothing else: so it
    has AutoRec's lambda.
    """
    steps = {model: "own" for model in MODELS} | {model: "AutoRec's" for model in NULL_CONTROLS}
    starts = tuple(starts)
    return [
        Run(model, fold, start, protocol=Protocol(ending=ending, step=step))
        for ending in ENDINGS
        for fold in folds
        for start in starts
        for model, step in steps.items()
    ]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each ending and measure.

    ending, metric; of E-AutoRec minus AutoRec: mean, low, high, fold_sd, start_sd; of the null
    control minus AutoRec, which should be 0: null, null_low, null_high; of AT_ONE_POINT's claims:
    flips, the mean share of redrawn starts with another verdict, and steady, how many claims flip
    in at most one redraw of twenty.

    Parameters
    ----------
    frame : the records of `runs`.
    """
    rows = []
    for ending in ENDINGS:
        # With AutoRec's lambda the null control is what AutoRec is to be compared with.
        mine = frame[frame["ending"] == ending].assign(step="own")
        decided = claims(mine, AT_ONE_POINT)
        for metric, x in MEASURES:
            gain, null = (
                gain_at(mine, model, metric, x) for model in ("E-AutoRec", *NULL_CONTROLS)
            )
            rows.append(
                {
                    "ending": ending,
                    "metric": metric,
                    **gain[["mean", "low", "high", "fold_sd", "start_sd"]],
                    "null": null["mean"],
                    "null_low": null["low"],
                    "null_high": null["high"],
                    "flips": float(np.mean(decided["flips"])),
                    "steady": int((decided["flips"] <= MOST_FLIPS).sum()),
                    "claims": len(decided),
                }
            )
    return pd.DataFrame(rows)


def gain_at(frame: pd.DataFrame, model: str, metric: str, x: float) -> pd.Series:
    """Of a model minus AutoRec, at the default hyper-parameters and one x: ESTIMATES."""
    gains = gain_at_default(in_place_of_eautorec(frame, model), metric)
    return estimates_of(gains[[x]]).iloc[0]
