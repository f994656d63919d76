"""What holding the biases (A23) does to the paper's comparison of two lists."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from eautorec.study.claims import claims
from eautorec.study.endings import MEASURES, gain_at
from eautorec.study.figures import Figure
from eautorec.study.models import LEVELS
from eautorec.study.protocol import MODELS, Protocol, Run

CLAIMS = ("C1", "C3", "C5")
"""Those that compare the two models' predictions and lists at the default."""


def runs(folds: Iterable[int], starts: Iterable[int]) -> list[Run]:
    """Both models with their biases held in every way."""
    starts = tuple(starts)
    return [
        Run(model, fold, start, protocol=Protocol(levels=levels))
        for levels in LEVELS
        for fold in folds
        for start in starts
        for model in MODELS
    ]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each way to hold the biases and each measure.

    levels, metric; the means of both models, autorec and eautorec; of E-AutoRec minus AutoRec mean,
    low, high; and the verdicts on CLAIMS.

    Parameters
    ----------
    frame : the records of `runs`.
    """
    rows = []
    for levels in LEVELS:
        mine = frame[frame["levels"] == levels]
        verdicts = claims(mine, CLAIMS).set_index("id")["verdict"].to_dict()
        for metric, x in MEASURES:
            means = Figure("", metric, "n", "").table(mine).query("x == @x").set_index("model")
            gain = gain_at(mine, "E-AutoRec", metric, x)
            rows.append(
                {
                    "levels": levels,
                    "metric": metric,
                    "autorec": means.loc["AutoRec", "mean"],
                    "eautorec": means.loc["E-AutoRec", "mean"],
                    **gain[["mean", "low", "high"]],
                    **verdicts,
                }
            )
    return pd.DataFrame(rows)
