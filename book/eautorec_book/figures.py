"""The study's figures, drawn in the look of the book."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd

from eautorec.study.claims import CONTRADICTED, SUPPORTED, UNDECIDED
from eautorec.study.figures import Figure, differences
from eautorec.study.protocol import MODELS, Protocol
from eautorec.study.statistics import interval
from eautorec_book import style

LABELS = {
    "rmse": "RMSE on test ratings (stars)",
    "rmse at epoch": "RMSE on test ratings (stars)",
    "map": "MAP@n, divisor min(n, relevant)",
    "mep": "MEP@n, E > theta",
}

LINES = {
    "AutoRec": style.AUTOREC_LINE,
    "E-AutoRec": style.EAUTOREC_LINE,
    "random": {"color": style.PAPER, "linestyle": ":", "label": "random list"},
    "popular": {"color": style.CONTROL1, "linestyle": "-.", "label": "most popular"},
    "by E": {"color": style.CONTROL2, "linestyle": (0, (5, 1)), "label": "ranked by E"},
}

VERDICTS = {
    SUPPORTED: (style.AUTOREC, "o"),
    UNDECIDED: (style.PAPER, "_"),
    CONTRADICTED: (style.EAUTOREC, "X"),
}
"""Colour and marker."""


def draw(frame: pd.DataFrame, ax, figure: Figure, models=tuple(LINES)) -> None:
    """Means with their 95 % intervals, single seeds as faint lines."""
    table, records = figure.table(frame), figure.records(frame)
    for model in models:
        mine = table[table["model"] == model]
        if mine.empty:
            continue
        line = dict(LINES[model])
        if len(mine) > 30:
            line["marker"] = ""
        ax.plot(mine["x"], mine["mean"], **line)
        ax.fill_between(
            mine["x"], mine["low"], mine["high"], color=line["color"], alpha=0.25, linewidth=0
        )
        if model in MODELS:
            wide = records[records["model"] == model].pivot_table("value", "x", "seed")
            ax.plot(wide.index, wide, color=line["color"], alpha=0.15, linewidth=0.6)
    ax.set(xlabel=figure.label, ylabel=_label(figure))


def draw_differences(frame: pd.DataFrame, ax, figure: Figure) -> None:
    """E-AutoRec minus AutoRec on the same split: the mean with its interval, and each seed."""
    gain = differences(figure.records(frame))
    found = pd.DataFrame([interval(values) for _, values in gain.items()], index=gain.columns)
    ax.axhline(0, color=style.PAPER, linestyle=":")
    ax.plot(gain.columns, gain.T, color=style.EAUTOREC, alpha=0.2, linewidth=0.6)
    ax.plot(found.index, found["mean"], color=style.EAUTOREC)
    ax.fill_between(
        found.index, found["low"], found["high"], color=style.EAUTOREC, alpha=0.25, linewidth=0
    )
    name = "RMSE (stars)" if figure.metric.startswith("rmse") else figure.metric.upper() + "@n"
    ax.set(xlabel=figure.label, ylabel=f"difference in {name}")


def draw_models(summary: pd.DataFrame, ax, metric: str, label: str) -> None:
    """One measure of many models: mean and interval, best on top."""
    mine = summary[summary["metric"] == metric].sort_values("mean", ascending=metric != "rmse")
    place = np.arange(len(mine))
    colors = [LINES.get(m, {"color": style.PAPER})["color"] for m in mine["model"]]
    for y, row, color in zip(place, mine.itertuples(), colors, strict=True):
        ax.plot([row.low, row.high], [y, y], color=color, linewidth=2)
        ax.plot(row.mean, y, LINES.get(row.model, {}).get("marker", "D"), color=color)
    ax.set_yticks(place, mine["model"])
    ax.set(xlabel=label)


def draw_gains(gains: dict[str, pd.Series], ax, label: str) -> None:
    """Paired differences from several rivals: mean, interval and each seed; a row for each."""
    ax.axvline(0, color=style.PAPER, linestyle=":")
    for y, values in enumerate(gains.values()):
        found = interval(values)
        ax.plot(values, np.full(len(values), y), ".", color=style.PAPER, alpha=0.4)
        ax.plot([found.low, found.high], [y, y], color=style.EAUTOREC)
        ax.plot(found.mean, y, "s", color=style.EAUTOREC)
    ax.set_yticks(range(len(gains)), gains)
    ax.invert_yaxis()
    ax.set(xlabel=label)


def draw_lights(lights: pd.DataFrame, ax, columns: dict[str, str]) -> None:
    """The verdicts on each claim as marks: a row for each claim, a column for each light."""
    for y, row in enumerate(lights[::-1].to_dict("records")):
        for x, name in enumerate(columns):
            color, marker = VERDICTS[row[name]]
            ax.plot(x, y, marker, color=color, markersize=10, markeredgewidth=2.5)
    ax.set_xticks(range(len(columns)), columns.values())
    ax.set_yticks(range(len(lights)), lights["id"][::-1])
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.6, len(lights) - 0.4))
    ax.xaxis.tick_top()
    ax.grid(False)
    for verdict, (color, marker) in VERDICTS.items():
        ax.plot([], [], marker, color=color, label=verdict, markersize=8, markeredgewidth=2)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=3)


def draw_specification(readings: pd.DataFrame, axes, label: str) -> None:
    """A specification curve: the difference under every reading, in order, above its choices.

    Parameters
    ----------
    readings : rows of one claim, as `multiverse.table` gives them.
    axes : two, one above the other.
    """
    above, below = axes
    ordered = readings.sort_values("difference", ignore_index=True)
    above.axhline(0, color=style.PAPER, linestyle=":")
    for verdict, (color, _) in VERDICTS.items():
        mine = ordered[ordered["verdict"] == verdict]
        above.vlines(mine.index, mine["low"], mine["high"], color=color, alpha=0.4)
        above.plot(mine.index, mine["difference"], ".", color=color, label=verdict)
    main = ordered.index[ordered["turned"] == 0]
    above.plot(main, ordered["difference"][main], "D", color="black", markersize=6, label="default")
    above.set(ylabel=label)
    above.legend(ncols=2)

    names = []
    for option in fields(Protocol):
        values = [v for v in option.metadata["values"] if (ordered[option.name] == v).any()]
        for value in values[1:]:
            turned = ordered.index[ordered[option.name] == value]
            below.plot(turned, np.full(len(turned), len(names)), "|", color="black", markersize=5)
            names.append(f"{option.metadata['point']} {value}")
    below.set_yticks(range(len(names)), names, fontsize=7)
    below.set(xlabel="readings of the paper, in the order of the difference")
    below.invert_yaxis()
    below.grid(False)


def _label(figure: Figure) -> str:
    label = LABELS[figure.metric]
    return label.replace("@n", f"@{figure.at:g}") if figure.values else label
