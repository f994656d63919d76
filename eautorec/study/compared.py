"""The relatives beside the models of the study: means over folds, and who is better than whom."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eautorec.study.better import WITHOUT, main_study
from eautorec.study.statistics import spread

MEASURES = {"rmse": -1, "map@10": 1, "mep@10": 1}
"""What is compared, and the sign that makes more of it better."""

RECORDED = (
    "random",
    "popular",
    "by E",
    "biases",
    "user kNN",
    "matrix factorisation",
    "AutoRec",
    "E-AutoRec",
    "item AutoRec",
)
"""Those of the main study's records."""

RIVALS = ("by E", "EASE", "item AutoRec")
"""Who has to be beaten: the simplest list that can be explained, the best list, and the best
predictions."""


def by_fold(relatives: pd.DataFrame, records: pd.DataFrame, better: pd.DataFrame) -> pd.DataFrame:
    """RECORDED, EASE and the relatives, each fold's fit from the first seed.

    Parameters
    ----------
    relatives, better : tables of the studies of these names.
    records : of the main study, as `record.read_records` gives them.

    Returns
    -------
    MEASURES as columns, with the index (model, fold, start).
    """
    main = main_study(records)
    main = main[main["model"].isin(RECORDED) & main["start"].eq(0)]
    ease = better[better["model"].eq("EASE") & better["beside"].fillna(WITHOUT).eq(WITHOUT)]
    columns = ["model", "fold", *MEASURES]
    together = pd.concat([main[columns], ease[columns], relatives[columns]], ignore_index=True)
    return together.assign(start=0).set_index(["model", "fold", "start"]).sort_index()


def means(values: pd.DataFrame) -> pd.DataFrame:
    """Of each model over the folds: model, measure, mean, low, high; no row for what it does not
    do.

    Parameters
    ----------
    values : as `by_fold` gives them.
    """
    rows = []
    for model in values.index.unique("model"):
        for measure in MEASURES:
            own = values.loc[model, measure]
            if own.notna().all():
                found = spread(own)
                rows.append((model, measure, found.mean[0], found.low[0], found.high[0]))
    return pd.DataFrame(rows, columns=["model", "measure", "mean", "low", "high"])


def difference(
    values: pd.DataFrame, one: str, other: str, measure: str
) -> tuple[float, float, float]:
    """A model minus another on the same folds: mean, low, high.

    Parameters
    ----------
    values : as `by_fold` gives them.
    """
    found = spread(values.loc[one, measure] - values.loc[other, measure])
    return found.mean[0], found.low[0], found.high[0]


def against(values: pd.DataFrame, rival: str) -> pd.DataFrame:
    """Every other model minus this one, on the same folds.

    Returns
    -------
    model, measure, difference, low, high, and beats: 1 where the interval says that the model is
    better, -1 where it says that it is worse, else 0.
    """
    rows = []
    for model in values.index.unique("model").drop(rival):
        for measure, sign in MEASURES.items():
            if values.loc[[model, rival], measure].notna().all():
                mean, low, high = difference(values, model, rival, measure)
                beats = sign * int(np.sign(low) if low * high > 0 else 0)
                rows.append((model, measure, mean, low, high, beats))
    return pd.DataFrame(rows, columns=["model", "measure", "difference", "low", "high", "beats"])
