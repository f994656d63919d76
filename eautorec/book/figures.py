"""The study's figures, drawn in the look of the book."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eautorec.book import style
from eautorec.study.figures import Figure
from eautorec.study.protocol import MODELS

LABELS = {
    "rmse at epoch": "RMSE on test ratings (stars)",
    "map": "MAP@n, divisor min(n, relevant)",
    "mep": "MEP@n, E > theta",
}


def draw(table: pd.DataFrame, records: pd.DataFrame, ax, figure: Figure) -> None:
    """Means with their 95 % intervals, single seeds as faint dots."""
    lines = {
        "AutoRec": style.AUTOREC_LINE,
        "E-AutoRec": style.EAUTOREC_LINE,
        "random": {"color": style.PAPER, "linestyle": ":", "label": "random list"},
        "popular": {"color": style.CONTROL1, "linestyle": "-.", "label": "most popular"},
        "by E": {"color": style.CONTROL2, "linestyle": (0, (5, 1)), "label": "ranked by E"},
    }
    for model, line in lines.items():
        mine = table[table["model"] == model]
        if mine.empty:
            continue
        many = len(mine) > 30
        ax.plot(mine["x"], mine["mean"], **line | ({"marker": ""} if many else {}))
        ax.fill_between(mine["x"], mine["low"], mine["high"], color=line["color"], alpha=0.2)
        if model in MODELS and not many:
            dots = records[records["model"] == model]
            ax.plot(dots["x"], dots["value"], ".", color=line["color"], alpha=0.2, markersize=3)
    ax.set(xlabel=figure.label, ylabel=LABELS[figure.metric])
    if np.isfinite(table["mean"]).all():
        ax.legend()
