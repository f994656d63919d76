"""The pictures of the README and of the first page: `python -m eautorec_book.front` draws them.

All are drawn from the stored results into `_static/`, the same bytes for the same results; a test
holds each to them.
"""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from eautorec.files import write_whole
from eautorec.study.figures import FIGURES
from eautorec.study.overview import overview
from eautorec.study.record import of_figures
from eautorec_book import figures, style
from eautorec_book.records import recorded, study

FOLDER = Path("_static")

NOTHING_ABOUT = dict.fromkeys(("Creator", "Date", "Format", "Type"))
"""No word in the file on what drew it."""

LONG = re.compile(r"[1-9]\d*\.\d{2,}")
"""A coordinate; what is below 1 is a scale, which has to stay."""

EMPTY = re.compile(r"^ *<!--.*-->\n|^ +| +$", re.MULTILINE)
"""What a drawing does not need: comments, indents, blanks at the end of a line."""


def verdicts() -> Figure:
    """The verdict on each claim."""
    fig, axes = plt.subplots(1, 3, figsize=(5.8, 4.8), width_ratios=(3, 1, 1.6))
    figures.draw_verdicts(recorded("claims"), axes)
    few = (-30, -3, -1, 0, 1, 3, 30)
    axes[0].set_xticks(few, few)
    return fig


def all_models() -> Figure:
    """Every model by its lists of ten."""
    fig, ax = plt.subplots(figsize=(5.2, 4.2))
    tables = (recorded(name) for name in ("better", "concise", "faithful", "peers"))
    relatives = recorded("relatives").groupby("model")[["map@10", "mep@10"]].mean()
    figures.draw_all_models(overview(study(), *tables), ax, relatives)
    return fig


def replica(number: str) -> Callable[[], Figure]:
    """A figure of the paper, as small as a thumb."""

    def drawn() -> Figure:
        fig, ax = plt.subplots(figsize=(2.2, 1.6))
        figures.draw_small(of_figures(study()), ax, FIGURES[number])
        return fig

    return drawn


PICTURES = {
    "verdicts": verdicts,
    "all-models": all_models,
    **{f"figure-{number}": replica(number) for number in FIGURES},
}
"""By the name of the file."""

IN_README = ("verdicts", "all-models")
"""What has paper of its own there."""


def write(name: str, folder: Path = FOLDER) -> Path:
    """Draw one of PICTURES into an SVG file."""
    with mpl.rc_context():
        style.use()
        fig = PICTURES[name]()
        paper = "white" if name in IN_README else "none"
        drawn = io.StringIO()
        fig.savefig(drawn, format="svg", metadata=NOTHING_ABOUT, facecolor=paper)
        plt.close(fig)
    return write_whole(folder / f"{name}.svg", smaller(drawn.getvalue()))


def smaller(svg: str) -> str:
    """The same drawing with coordinates to a tenth of a point, and without what nobody sees."""
    rounded = LONG.sub(lambda found: f"{float(found.group()):.1f}".removesuffix(".0"), svg)
    return EMPTY.sub("", rounded)


def write_all() -> Iterator[Path]:
    """Draw all PICTURES."""
    return (write(name) for name in PICTURES)
