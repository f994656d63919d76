"""The study's figures, drawn in the look of the book."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd

from eautorec.study.claims import (
    CONTRADICTED,
    EQUAL,
    MIXED,
    MOST_FLIPS,
    SUPPORTED,
    UNDECIDED,
)
from eautorec.study.figures import Figure, differences, estimates_of
from eautorec.study.protocol import MODELS, Protocol
from eautorec.study.statistics import spread
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
    EQUAL: (style.CONTROL1, "D"),
    MIXED: (style.CONTROL2, "P"),
    UNDECIDED: (style.PAPER, "_"),
    CONTRADICTED: (style.EAUTOREC, "X"),
}
"""Colour and marker."""


def draw(frame: pd.DataFrame, ax, figure: Figure, models=tuple(LINES)) -> None:
    """Means with their 95 % intervals, single folds as faint lines."""
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
            wide = records[records["model"] == model].pivot_table("value", "x", "fold")
            ax.plot(wide.index, wide, color=line["color"], alpha=0.15, linewidth=0.6)
    ax.set(xlabel=figure.label, ylabel=_label(figure))


def draw_differences(frame: pd.DataFrame, ax, figure: Figure) -> None:
    """E-AutoRec minus AutoRec on the same fold: the mean with its interval, and each fold."""
    gain = differences(figure.records(frame)).dropna(axis=1)
    found = estimates_of(gain)
    by_fold = gain.groupby("fold").mean()
    ax.axhline(0, color=style.PAPER, linestyle=":")
    ax.plot(by_fold.columns, by_fold.T, color=style.EAUTOREC, alpha=0.2, linewidth=0.6)
    ax.plot(found["x"], found["mean"], color=style.EAUTOREC)
    ax.fill_between(
        found["x"], found["low"], found["high"], color=style.EAUTOREC, alpha=0.25, linewidth=0
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
    """Paired differences of several models: mean, interval and each fold; a row for each.

    Parameters
    ----------
    gains : by name, with the index (fold, start).
    """
    ax.axvline(0, color=style.PAPER, linestyle=":")
    for y, values in enumerate(gains.values()):
        found, by_fold = spread(values), values.groupby("fold").mean()
        ax.plot(by_fold, np.full(len(by_fold), y), ".", color=style.PAPER, alpha=0.4)
        ax.plot([found.low[0], found.high[0]], [y, y], color=style.EAUTOREC)
        ax.plot(found.mean[0], y, "s", color=style.EAUTOREC)
    ax.set_yticks(range(len(gains)), gains)
    ax.invert_yaxis()
    ax.set(xlabel=label)


def draw_verdicts(claims: pd.DataFrame, axes) -> None:
    """The verdicts as a picture: a row for each claim.

    Left the difference that decides, in units of what matters, with its interval, so that right is
    in favour of the claim; a mark says the verdict. In the middle how often the verdict flips with
    the start. Right how other readings of the paper come out, as a stacked bar.

    Parameters
    ----------
    claims : as `eautorec.study.record.lights` gives them. axes : three, side by side.
    """
    left, middle, right = axes
    rows = np.arange(len(claims))
    left.axvspan(-1, 1, color=style.PAPER, alpha=0.12, linewidth=0)
    left.axvline(0, color=style.PAPER, linestyle=":")
    for y, row in enumerate(claims.to_dict("records")):
        color, marker = VERDICTS[row["verdict"]]
        unit = row["sign"] * row["matters"]
        low, mid, high = (row[name] / unit for name in ("low", "difference", "high"))
        left.plot([low, high], [y, y], color=color)
        left.plot(mid, y, marker, color=color, markersize=8, markeredgewidth=2)
        middle.plot([0, 100 * row["flips"]], [y, y], color=color, linewidth=5)
        if pd.notna(row.get("readings")):
            start = 0.0
            for word, (shade, _) in VERDICTS.items():
                share = 100 * row[word] / row["readings"]
                right.barh(y, share, left=start, color=shade, height=0.6)
                start += share
    left.set_xscale("symlog", linthresh=1, linscale=0.8)
    left.set_xticks([-30, -10, -3, -1, 0, 1, 3, 10, 30], [-30, -10, -3, -1, 0, 1, 3, 10, 30])
    left.set_yticks(rows, claims["id"])
    left.set(xlabel="against the claim  |  in favour")
    middle.axvline(100 * MOST_FLIPS, color=style.PAPER, linestyle=":")
    middle.set(xlim=(-1, 40), xlabel="flips (%)")
    right.set(xlim=(0, 100), xlabel="other readings (%)")
    for ax in axes:
        ax.set_ylim(len(claims) - 0.4, -0.6)
        ax.grid(axis="y", visible=False)
    for ax in (middle, right):
        ax.tick_params(labelleft=False)
    for word, (color, marker) in VERDICTS.items():
        left.plot([], [], marker, color=color, label=word, markersize=7, markeredgewidth=2)
    left.figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=3)


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
        if len(mine):
            above.plot(mine.index, mine["difference"], ".", color=color, label=verdict)
    broken = ordered.index[ordered["broken"]]
    above.plot(broken, ordered["difference"][broken], "x", color="black", label="broken")
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
