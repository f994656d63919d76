"""The study's figures, drawn in the look of the book."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from eautorec.study.claims import (
    CONTRADICTED,
    EQUAL,
    MIXED,
    MOST_FLIPS,
    SUPPORTED,
    UNDECIDED,
)
from eautorec.study.figures import Figure, differences, estimates_of
from eautorec.study.protocol import MODELS
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

HATCHES = {UNDECIDED: "////"}
"""In a bar what is undecided has stripes: its grey is in print near the others'."""


def bar(verdict: str) -> dict[str, str | float | None]:
    """How the part of a bar for a verdict looks: what `bar` and `barh` take."""
    look = {"color": VERDICTS[verdict][0], "hatch": HATCHES.get(verdict), "linewidth": 0}
    return look | {"edgecolor": "white"} if verdict in HATCHES else look


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


COLUMNS = (
    (
        ["bias model", "matrix factorisation", "E-AutoRec to rate", "AutoRec to rate"],
        (0.0115, 0.83),
    ),
    (
        ["ranked by E", "concise EASE, 20 users", "E-AutoRec to rank", "AutoRec to rank"]
        + ["EASE", "EDLAE"],
        (0.215, 0.82),
    ),
)
"""Models that lie too near to each other to have their names beside them. Their names make a
column, the best on top, that ends at this MAP@10 and begins at this MEP@10."""

BESIDE = {
    "random list": (9, 9, "left"),
    "most popular": (-9, 0, "right"),
    "user kNN": (9, 0, "left"),
    "AutoRec": (9, -7, "left"),
    "E-AutoRec": (9, 6, "left"),
    "item AutoRec": (-9, 0, "right"),
}
"""Where a name stands beside its mark, in points, and its alignment."""

IN_WORDS = {
    "random": "random list",
    "popular": "most popular",
    "by E": "ranked by E",
    "biases": "bias model",
    "concise EASE, 20 people": "concise EASE, 20 users",
}
"""Models whose names in the tables are not those of the text."""


def look_of(model: str) -> tuple[str, str]:
    """Colour and marker of any model: the paper's network, the same with e, or another."""
    if model == "random list":
        return style.PAPER, "D"
    if "AutoRec" not in model or model == "item AutoRec":
        return style.CONTROL1, "^"
    return (style.EAUTOREC, "s") if model.startswith("E-") else (style.AUTOREC, "o")


def draw_all_models(everything: pd.DataFrame, ax, relatives: pd.DataFrame) -> None:
    """All models by their lists of ten: MAP@10 against MEP@10, with a random list as cross-hair.

    Parameters
    ----------
    everything : as `eautorec.study.overview.overview` gives it.
    relatives : of the paper, a row each, with the columns map@10 and mep@10: rings without a name.
    """
    rings = {
        "color": style.CONTROL2,
        "markerfacecolor": "none",
        "markersize": 6,
        "alpha": 0.7,
        "zorder": 1,
    }
    ax.plot(relatives["map@10"], relatives["mep@10"], "o", **rings, label="the paper's relatives")
    ax.legend(loc="lower right")
    wide = everything.pivot(index="model", columns="measure", values="mean").rename(IN_WORDS)
    place = wide[["map@10", "mep@10"]]
    x, y = place.loc["random list"]
    ax.plot([x, x], [0, 1.3 * y], color=style.PAPER, linestyle=":")
    ax.axhline(y, color=style.PAPER, linestyle=":")
    for model, (x, y) in place.iterrows():
        color, marker = look_of(model)
        ax.plot(x, y, marker, color=color, markersize=8, markeredgecolor="white")
        if model in BESIDE:
            *by, side = BESIDE[model]
            _name(ax, model, (x, y), xytext=by, textcoords="offset points", ha=side)
    for names, (end, top) in COLUMNS:
        near = place.loc[names].sort_values("map@10", ascending=False)
        for row, model in enumerate(near.index):
            _name(ax, model, (end, top - ROW * row), xytext=(-6, 0), textcoords="offset points")
        marks = near["mep@10"].mean() - 0.03
        ends = max(marks, top + ROW / 2), top - ROW * (len(near) - 0.5)
        ax.plot([end, end], ends, color=style.PAPER, linewidth=0.8)
    ax.set(xscale="log", xlim=(1.5e-4, 0.34), ylim=(0, 1.06))
    ax.set_xticks([0.001, 0.01, 0.1], ["0.001", "0.01", "0.1"])
    ax.minorticks_off()
    ax.set(xlabel="MAP@10: are the films good?", ylabel="MEP@10: can neighbours explain them?")


ROW = 0.055
"""The height of a name in a column, in MEP@10."""


def _name(ax, model: str, at, ha: str = "right", **how) -> None:
    ax.annotate(model, at, ha=ha, va="center", color=look_of(model)[0], **how)


def draw_small(frame: pd.DataFrame, ax, figure: Figure) -> None:
    """A figure of the paper without words: the two models and a random list, with intervals."""
    table = figure.table(frame)
    for model in ("random", *MODELS):
        mine = table[table["model"] == model]
        if len(mine):
            color, dash = LINES[model]["color"], LINES[model]["linestyle"]
            ax.fill_between(mine["x"], mine["low"], mine["high"], color=color, alpha=0.2, lw=0)
            ax.plot(mine["x"], mine["mean"], color=color, linestyle=dash, linewidth=1.6)
    if not figure.metric.startswith("rmse"):
        ax.set_ylim(bottom=0)
    ax.tick_params(labelsize=9, length=2)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.yaxis.set_major_locator(MaxNLocator(3))


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


def draw_verdicts(claims: pd.DataFrame, axes, names: dict[str, str] | None = None) -> None:
    """The verdicts as a picture: a row for each claim.

    Left the difference that decides, in units of what matters, with its interval, so that right is
    in favour of the claim; a mark says the verdict. In the middle how often the verdict flips with
    the start. Right how other readings of the paper come out, as a stacked bar.

    Parameters
    ----------
    claims : as `eautorec.study.record.lights` gives them. axes : three, side by side.
    names : of the rows, by the number of the claim; None for the numbers.
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
            for word in VERDICTS:
                share = 100 * row[word] / row["readings"]
                right.barh(y, share, left=start, height=0.6, **bar(word))
                start += share
    left.set_xscale("symlog", linthresh=1, linscale=0.8)
    left.set_xticks([-30, -10, -3, -1, 0, 1, 3, 10, 30], [-30, -10, -3, -1, 0, 1, 3, 10, 30])
    left.set_yticks(rows, claims["id"] if names is None else claims["id"].map(names))
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


def draw_changes(
    verdicts: pd.DataFrame, default: dict[str, str], ax, columns: dict[str, str]
) -> None:
    """The verdicts that a reading changes: a row for each reading, below that of the default.

    Parameters
    ----------
    verdicts : the names of the readings in `id`, and a column for each claim.
    default : its verdict on each claim. columns : the claims, and the words for them.
    """
    rows = [default, *verdicts.to_dict("records")]
    for verdict, (color, marker) in VERDICTS.items():
        at = [
            (x, y)
            for y, row in enumerate(rows)
            for x, name in enumerate(columns)
            if row[name] == verdict and (y == 0 or verdict != default[name])
        ]
        xs, ys = zip(*at, strict=True) if at else ((), ())
        look = {"color": color, "markersize": 9, "markeredgewidth": 2.5}
        ax.plot(xs, ys, marker, linestyle="none", label=verdict, **look)
    ax.axhline(0.5, color=style.PAPER, linewidth=1)
    ax.set_xticks(range(len(columns)), columns.values(), rotation=60, ha="left")
    ax.set_yticks(range(len(rows)), ["our default", *verdicts["id"]])
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.4, -0.6))
    ax.xaxis.tick_top()
    ax.grid(axis="y")
    ax.grid(axis="x", visible=False)
    ax.figure.legend(loc="outside lower center", ncols=3)


def draw_counts(counted: pd.DataFrame, ax, columns: dict[str, str]) -> None:
    """How many readings come to each verdict: a bar for each claim.

    Parameters
    ----------
    counted : of `multiverse.counts_by_claim`. columns : the claims, and the words for them.
    """
    by_id = counted.set_index("id").reindex(list(columns), fill_value=0)
    rows, left = np.arange(len(columns)), np.zeros(len(columns))
    for word in VERDICTS:
        ax.barh(rows, by_id[word], left=left, height=0.65, label=word, **bar(word))
        left += by_id[word]
    ax.set_yticks(rows, columns.values())
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)


def draw_specification(
    readings: pd.DataFrame, axes, label: str, names: dict[tuple[str, str], str], n_rows: int = 7
) -> None:
    """A specification curve: the difference under every reading, in order, above its settings.

    A dot is where a setting alone leads, a stroke a reading that has it with others. Shown are the
    settings whose dots lie lowest and highest, `n_rows` each. Strokes are drawn as one path a row,
    so that the picture stays light.

    Parameters
    ----------
    readings : rows of one claim, as `multiverse.table` gives them.
    axes : two, one above the other. names : of the settings that count, by field and value.
    """
    above, below = axes
    ordered = readings.sort_values("difference", ignore_index=True)
    matters = ordered["matters"].iloc[0]
    above.axhspan(-matters, matters, color=style.PAPER, alpha=0.12, linewidth=0)
    above.axhline(0, color=style.PAPER, linestyle=":")
    for verdict, (color, _) in VERDICTS.items():
        mine = ordered[(ordered["verdict"] == verdict)]
        if mine.empty:
            continue
        sound = mine[~mine["broken"]]
        above.plot(*_strokes(mine.index, mine["low"], mine["high"]), color=color, alpha=0.5)
        above.plot(sound.index, sound["difference"], "o", color=color, markersize=4, label=verdict)
    broken = ordered[ordered["broken"]]
    above.plot(broken.index, broken["difference"], "kx", markersize=5, label="broken")
    [main] = ordered.index[ordered["turned"] == 0]
    for ax in axes:
        ax.axvline(main, color="black", linewidth=0.8)
    above.plot(main, ordered["difference"][main], "kD", markersize=6, label="our default")
    above.set_yscale("symlog", linthresh=matters, linscale=0.6)
    ticks = [matters * step for step in (-100, -10, -1, 0, 1, 10, 100)]
    low, high = ordered["low"].min(), ordered["high"].max()
    ticks = [tick for tick in ticks if low <= tick <= high]
    above.set_yticks(ticks, [f"{tick:g}".replace("-", "\N{MINUS SIGN}") for tick in ticks])
    above.minorticks_off()
    above.set(ylabel=label, xlim=(-1, len(ordered)))
    above.figure.legend(*above.get_legend_handles_labels(), loc="outside upper center", ncols=3)

    alone = ordered["turned"] == 1
    places = {name: ordered[field] == value for (field, value), name in names.items()}
    dots = {name: int(ordered.index[has & alone][0]) for name, has in places.items()}
    by_place = sorted(dots, key=dots.__getitem__)
    shown = [*by_place[:n_rows], *by_place[-n_rows:]]
    for y, name in enumerate(shown):
        others = ordered.index[places[name] & ~alone]
        row = np.full(len(others), y)
        below.plot(*_strokes(others, row - 0.3, row + 0.3), color=style.PAPER, linewidth=1.2)
    below.plot([dots[name] for name in shown], range(len(shown)), "ko", markersize=5)
    below.axhline(n_rows - 0.5, color=style.PAPER, linewidth=0.8)
    below.set_yticks(range(len(shown)), shown)
    below.set(xlabel="readings, in the order of the difference")
    below.invert_yaxis()
    below.grid(False)


def _strokes(x, low, high) -> tuple[np.ndarray, np.ndarray]:
    """Vertical strokes as one broken line: what `plot` takes."""
    gaps = np.full(len(x), np.nan)
    return np.repeat(np.asarray(x, dtype=float), 3), np.ravel(np.column_stack([low, high, gaps]))


def _label(figure: Figure) -> str:
    label = LABELS[figure.metric]
    return label.replace("@n", f"@{figure.at:g}") if figure.values else label
