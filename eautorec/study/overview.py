"""Every model beside every other: lists, predictions, reasons, seconds, memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from eautorec.study.better import WITH, WITHOUT
from eautorec.study.faithful import KNOWN
from eautorec.study.record import summary
from eautorec.study.statistics import spread

N_REASONS = 20
"""How many ratings are taken away, and how many people speak in concise EASE."""


class Row(NamedTuple):
    """Where the figures of a model stand.

    rung : task, model and beside in the table of `better`; empty for a model of the main study.
    asked : its name in the table of `faithful`; empty where it names nobody.
    cost : its name in the benchmark; empty where there is nothing to fit.
    """

    rung: tuple[str, str, str] | tuple[()] = ()
    asked: str = ""
    cost: str = ""


def _of_study(cost: str, asked: str = "") -> Row:
    return Row((), asked, cost)


MODELS = {
    "random": Row(),
    "popular": _of_study("popular"),
    "by E": _of_study("by E", "by E"),
    "biases": _of_study("biases"),
    "user kNN": _of_study("user kNN", f"user kNN, {KNOWN} ratings or more"),
    "matrix factorisation": _of_study("matrix factorisation"),
    "AutoRec": _of_study("AutoRec"),
    "E-AutoRec": _of_study("E-AutoRec", f"E-AutoRec, {KNOWN} ratings or more"),
    "item AutoRec": _of_study("item AutoRec"),
    "AutoRec to rate": Row(("rate", "dropout", WITHOUT)),
    "E-AutoRec to rate": Row(
        ("rate", "e", WITH), f"E-AutoRec to rate, {KNOWN} ratings or more", "E-AutoRec to rate"
    ),
    "AutoRec to rank": Row(("rank", "dropout", WITHOUT)),
    "E-AutoRec to rank": Row(("rank", "e", WITH), "E-AutoRec to rank", "E-AutoRec to rank"),
    "EASE": Row(("rank", "EASE", WITHOUT), "EASE", "EASE"),
    "EDLAE": Row(("rank", "EDLAE", WITHOUT), "", "EDLAE"),
    f"concise EASE, {N_REASONS} people": Row((), "concise EASE", "concise EASE"),
}

MEASURES = {"map@10": "map", "mep@10": "mep", "rmse": "rmse"}
"""By their name in the tables of `better`: that in the records of the main study."""

INTERVAL = ["mean", "low", "high"]

REASON, ANY = "without its reason", "without any as many"
"""The share of users whose first recommendation leaves the list of ten when N_REASONS others'
ratings of it are taken away and the model is trained anew: those of its own reason, or any."""


def overview(
    records: pd.DataFrame,
    better: pd.DataFrame,
    concise: pd.DataFrame,
    faithful: pd.DataFrame,
    peers: pd.DataFrame,
) -> pd.DataFrame:
    """All of MODELS in one table.

    Parameters
    ----------
    records : of the main study, as `record.read_records` gives them.
    better, concise, faithful : of the studies of these names.
    peers : of the benchmark: one split, each model in a process of its own.

    Returns
    -------
    model, measure, mean, low, high: MEASURES over the folds of the study; REASON and ANY over
    users; "seconds" to fit and "memory" (GiB, the largest of the process), without an interval. A
    model has no row for what it does not do.
    """
    main = summary(records).set_index(["model", "metric"])[INTERVAL]
    rungs = better.fillna({"beside": WITHOUT}).set_index(["task", "model", "beside"]).sort_index()
    few = concise[(concise["method"] == "concise EASE") & (concise["k"] == N_REASONS)]
    anew = faithful[
        (faithful["reason"] == "users")
        & (faithful["weights"] == "retrained")
        & (faithful["k"] == N_REASONS)
        & (faithful["measure"] == "necessity")
    ].set_index(["model", "order"])
    cost = peers.set_index("peer")

    rows: list[tuple[object, ...]] = []
    for model, row in MODELS.items():
        folds = None
        if row.rung:
            folds = rungs.loc[row.rung].set_index(["fold", "start"])
        elif row.asked == "concise EASE":
            folds = few.assign(start=0).set_index(["fold", "start"])
        for measure, metric in MEASURES.items():
            if folds is None and (model, metric) in main.index:
                rows.append((model, measure, *main.loc[(model, metric)]))
            elif folds is not None and measure in folds and folds[measure].notna().all():
                over = spread(folds[measure])
                rows.append((model, measure, over.mean[0], over.low[0], over.high[0]))
        for measure, order in ((REASON, "own"), (ANY, "random")):
            if row.asked:
                rows.append((model, measure, *anew.loc[(row.asked, order), INTERVAL]))
        if row.cost:
            mine = cost.loc[f"eautorec: {row.cost}"]
            rows += [
                (model, "seconds", mine["fit_s"], np.nan, np.nan),
                (model, "memory", mine["memory"], np.nan, np.nan),
            ]
    return pd.DataFrame(rows, columns=["model", "measure", *INTERVAL])
