"""Diagrams of what is computed: how ratings are divided, the two networks, neighbours as a layer.

Each draws into axes without ticks, in the colours of the book, with letters that a phone shows.
"""

from __future__ import annotations

import matplotlib.patheffects as effects
import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from eautorec import Explainability, Ratings
from eautorec_book import style

INK = "#2b2f36"
PALE = 0.25
"""How strong a filled box is."""


def draw_splits(ax, n_folds: int = 10) -> None:
    """The folds, each the test part once; and how validation ratings choose the settings."""
    _blank(ax, (-2.7, n_folds + 0.1), (-6.5, 3.9))
    for y, (test, name) in zip(
        (3, 2, 0.4), ((0, "fold 1"), (1, "fold 2"), (n_folds - 1, f"fold {n_folds}")), strict=True
    ):
        ax.text(-0.25, y + 0.35, name, ha="right", va="center")
        for fold in range(n_folds):
            color = style.EAUTOREC if fold == test else style.AUTOREC
            _box(ax, fold, y, 0.94, color)
        ax.text(test + 0.47, y + 0.35, "test", ha="center", va="center", fontsize=11)
    ax.text(n_folds / 2, 1.55, "...", ha="center", va="center")
    _arrow(ax, (n_folds / 2, 0.25), (n_folds / 2, -1.15))
    ax.text(n_folds / 2 + 0.3, -0.5, "the training ratings of one fold", va="center", fontsize=11)
    rows = (
        (-2.1, "1. choose", (("train", 7.4, style.AUTOREC), ("validation", 2.5, style.CONTROL1))),
        (-4.1, "2. train", (("train, with the settings chosen", 10.0, style.AUTOREC),)),
    )
    for y, name, parts in rows:
        ax.text(-0.25, y + 0.35, name, ha="right", va="center")
        x = 0.0
        for said, width, color in parts:
            _box(ax, x, y, width - 0.06, color)
            ax.text(x + width / 2, y + 0.35, said, ha="center", va="center", fontsize=11)
            x += width
    _arrow(ax, (8.7, -2.2), (8.7, -3.3))
    ax.text(8.4, -2.75, "settings", ha="right", va="center", fontsize=11)
    _arrow(ax, (n_folds / 2, -4.2), (n_folds / 2, -5.4))
    ax.text(n_folds / 2 + 0.3, -4.8, "one model", va="center", fontsize=11)
    ax.text(-0.25, -5.95, "3. test", ha="right", va="center")
    _box(ax, 0, -6.3, n_folds - 0.06, style.EAUTOREC)
    ax.text(
        n_folds / 2, -5.95, "predict the test ratings, once", ha="center", va="center", fontsize=11
    )


def draw_network(ax, explained: bool = False) -> None:
    """The autoencoder as layers with their shapes; `explained` adds the second input, e/5."""
    _blank(ax, (-0.9, 10.7), (-1.3, 8.4 if explained else 4.6))
    top = 8.0 if explained else 3.6
    films = np.arange(5)
    rated = (True, False, True, True, False)
    outer = [("x", style.AUTOREC, top - films * 0.78, rated)]
    if explained:
        outer.append(("e/5", style.EAUTOREC, top - 4.3 - films * 0.78, (True,) * 4 + (False,)))
    middle = np.mean([y for *_, ys, _ in outer for y in ys])
    hidden = middle + np.array([1.2, 0, -1.2])
    output = middle + (2 - films) * 0.9
    for _, color, ys, _ in outer:
        _web(ax, 1.3, ys, 5.0, hidden, color)
    _web(ax, 5.0, hidden, 8.7, output, style.PAPER)
    for name, color, ys, known in outer:
        for y, filled in zip(ys, known, strict=True):
            _unit(ax, 1.3, y, color, filled)
        ax.text(0.55, np.mean(ys), f"${name}$", ha="center", va="center", fontsize=18, color=color)
    for y in hidden:
        _unit(ax, 5.0, y, style.PAPER, True)
    for y in output:
        _unit(ax, 8.7, y, style.AUTOREC, True)
    ax.text(5.0, hidden[0] + 0.5, "$h$", ha="center", va="bottom", fontsize=18)
    ax.text(9.5, middle, r"$\hat x$", ha="center", va="center", fontsize=18, color=style.AUTOREC)
    names = (r"$W_r$", r"$W_e$") if explained else ("$W_1$",)
    heights = (middle + 2.9, middle - 2.9) if explained else (middle + 1.75,)
    for (_, color, *_), name, y in zip(outer, names, heights, strict=True):
        _label(ax, 3.1, y, f"{name}: $k \\times n$", color)
    _label(ax, 6.9, middle + (2.1 if explained else 1.9), r"$W_2$: $n \times k$", style.PAPER)
    size = "$2n$ inputs" if explained else "$n$ films"
    for x, said in ((1.3, size), (5.0, "$k$ units"), (8.7, "$n$ films")):
        ax.text(x, -0.95 if explained else -0.75, said, ha="center", va="center", fontsize=13)


def draw_neighbour_layer(ax, expl: Explainability, ratings: Ratings) -> None:
    """The neighbours as a layer: an arrow from v to u where v is a neighbour of u."""
    n = ratings.n_users
    _blank(ax, (-0.8, 6.8), (-0.7, n + 0.1))
    place = {user: n - 1 - row for row, user in enumerate(ratings.users.tolist())}
    for user in ratings.users.tolist():
        color = style.EAUTOREC if user == 1 else style.PAPER
        for other in expl.neighbors(user):
            start, end = (1.0, place[int(other)]), (5.0, place[user])
            _arrow(ax, start, end, color, 2.0 if user == 1 else 1.0, shrink=15)
    for user, y in place.items():
        for x, color in ((1.0, style.AUTOREC), (5.0, style.EAUTOREC)):
            ax.plot(x, y, "o", markersize=24, color="white", markeredgecolor=color, zorder=3)
            ax.text(x, y, str(user), ha="center", va="center", fontsize=13, zorder=4)
    ax.text(1.0, n - 0.3, "ratings $R$", ha="center", fontsize=13, color=style.AUTOREC)
    ax.text(5.0, n - 0.3, "$E = AR$", ha="center", fontsize=13, color=style.EAUTOREC)
    _label(ax, 3.0, n - 0.25, "$A$: each arrow 1/2", style.PAPER)


def _blank(ax, x, y) -> None:
    ax.set(xlim=x, ylim=y)
    ax.axis("off")


def _box(ax, x: float, y: float, width: float, color: str) -> None:
    ax.add_patch(Rectangle((x, y), width, 0.7, facecolor=color, alpha=PALE, edgecolor=color))


def _unit(ax, x: float, y: float, color: str, filled: bool) -> None:
    ax.plot(
        x, y, "o", markersize=13, color=color if filled else "white", markeredgecolor=color,
        markeredgewidth=1.6, zorder=3,
    )  # fmt: skip


def _web(ax, x: float, ys, to: float, heights, color: str) -> None:
    for y in ys:
        for height in heights:
            ax.plot([x, to], [y, height], color=color, linewidth=0.7, alpha=0.45)


def _arrow(ax, start, end, color: str = INK, width: float = 1.3, shrink: float = 0) -> None:
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=12,
            color=color,
            linewidth=width,
            shrinkA=shrink,
            shrinkB=shrink,
        )  # fmt: skip
    )


def _label(ax, x: float, y: float, said: str, color: str) -> None:
    """Words over lines, on a little paper of their own."""
    text = ax.text(x, y, said, ha="center", va="center", fontsize=13, color=color)
    text.set_path_effects([effects.withStroke(linewidth=3, foreground="white")])


FAMILY = {
    "neighbours": (0, 5),
    "E": (0, 4),
    "matrix\nfactorisation": (1.15, 5),
    "Boltzmann\nmachine": (2.3, 5),
    "AutoRec": (3.45, 5),
    "EMF": (1.15, 3),
    "BPR": (1.15, 4),
    "EBPR": (1.15, 2),
    "ERBM": (2.3, 3),
    "semi-\nautoencoder": (2.95, 3.8),
    "E-AutoRec": (2.3, 1),
    "ranked by E": (0, 2),
    "CDAE": (4.6, 4.3),
    "CFN": (4.6, 3.3),
    "graph": (4.6, 2),
    "SEM-AUTO": (3.75, 1),
    "EFM": (4.6, 1),
}
"""Where the systems stand: columns of kinds, older ones on top."""

DESCENT = (
    ("neighbours", "E"),
    ("E", "ranked by E"),
    ("E", "EMF"),
    ("E", "ERBM"),
    ("E", "E-AutoRec"),
    ("matrix\nfactorisation", "BPR"),
    ("matrix\nfactorisation", "EMF"),
    ("BPR", "EBPR"),
    ("EMF", "EBPR"),
    ("Boltzmann\nmachine", "ERBM"),
    ("ERBM", "E-AutoRec"),
    ("AutoRec", "semi-\nautoencoder"),
    ("AutoRec", "CDAE"),
    ("AutoRec", "CFN"),
    ("semi-\nautoencoder", "E-AutoRec"),
    ("AutoRec", "SEM-AUTO"),
    ("graph", "SEM-AUTO"),
    ("graph", "EFM"),
)
"""Who adds something to whom."""


def draw_family(ax) -> None:
    """The paper's relatives, and what each was made from."""
    _blank(ax, (-0.6, 5.2), (0.5, 5.5))
    for one, other in DESCENT:
        _arrow(ax, FAMILY[one], FAMILY[other], shrink=13)
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "linewidth": 1.2}
    for name, (x, y) in FAMILY.items():
        kind = style.EAUTOREC if name == "E-AutoRec" else style.AUTOREC
        if name in ("E", "neighbours", "graph"):
            kind = style.PAPER
        ax.text(x, y, name, ha="center", va="center", fontsize=9, bbox=box | {"edgecolor": kind})
