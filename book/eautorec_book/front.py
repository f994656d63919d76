"""`python -m eautorec_book.front`: what the README and the first page of the book say at once.

The answer, what to use, and the paper's figures in small with their verdicts. Every number is of
the stored results; tests hold the README to them, and the words to the numbers.
"""

import math
import os
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eautorec.files import write_whole
from eautorec.study.claims import CONTRADICTED, EQUAL, MIXED, SUPPORTED, UNDECIDED
from eautorec.study.record import summary
from eautorec_book import front_pictures
from eautorec_book.records import recorded, study

ANSWER = """\
**Not this one.** It reads how well similar users can explain every film; yet of the films that it
recommends they can explain only {E-AutoRec mep}. On a random list they can explain {random mep},
and on the list of a plain linear model, which never sees such scores, over {EASE mep}."""

USE = """\
**Use** {EASE} for lists with reasons: its score *is* a sum over the users who rated the film
(MAP@10 {EASE map}). Its concise form sums over at most twenty of them, and still has
{concise map}. To predict ratings, use item AutoRec (RMSE {item AutoRec rmse}).

**Do not use** E-AutoRec as the paper prints it. Its lists are about as good as random ones (MAP@10
{E-AutoRec map}, and {random map} for a random list), and random noise as second input lowers the
RMSE of AutoRec by more than the explanations do ({noise gain} stars against {gain}).

**Open:** how the authors' own program behaves. The paper does not say {free bias} of a list, and
that decides the lists of both models. Open, too, is whether users find such reasons helpful."""

LINKS = {
    "book": {
        "EASE": "[EASE](reasons.ipynb)",
        "free bias": "[what keeps films with one rating from the top](free-bias.ipynb)",
    },
    "readme": {"EASE": "EASE", "free bias": "what keeps films with one rating from the top"},
}
"""How the words that lead to a chapter stand in each place."""

MARKS = {SUPPORTED: "●", EQUAL: "◆", MIXED: "✚", UNDECIDED: "–", CONTRADICTED: "✖"}
"""As in the picture of the verdicts."""


ALL_MODELS = (
    "Every model by its list of ten: MAP@10 from left to right, MEP@10 from bottom to top. AutoRec "
    "and E-AutoRec lie far below the cross of a random list; EASE and its kin lie at the top right."
)


class Replica(NamedTuple):
    """A figure of the paper as the first page shows it.

    page, name : of the figure that it leads to; claims : that the paper draws from it.
    """

    shows: str
    page: str
    name: str
    claims: tuple[str, ...]


REPLICAS = {
    "3": Replica("RMSE by epoch", "accuracy", "fig-accuracy-curve", ("C2",)),
    "4a": Replica("MAP by list length", "top-lists", "fig-map", ("C3", "C4")),
    "4b": Replica("MEP by list length", "top-lists", "fig-mep", ("C5", "C6")),
    "5a": Replica("MAP by hidden units", "sensitivity", "fig-sweeps", ("C7",)),
    "5b": Replica("MEP by hidden units", "sensitivity", "fig-sweeps", ("C7",)),
    "6a": Replica("MAP by neighbours", "sensitivity", "fig-sweeps", ("C9",)),
    "6b": Replica("MEP by neighbours", "sensitivity", "fig-neighbours-mep", ("C8",)),
    "6c": Replica("MEP by threshold", "sensitivity", "fig-theta-mep", ("C10",)),
}
"""By the paper's number."""


SCALE = """\
Twenty million ratings by {users} users of {items} items (made up) take one core {fit:.0f} seconds
to fit, and {memory:.1f} GiB. A list then takes {a list median:.0f} ms, with the reason of its first
item {a list, its first reason median:.0f} ms, and everybody's lists {everybody:.0f} minutes."""

COMMAND = ("recommend", "100k", "--user", "42", "-n", "2", "--explain")
"""What the README shows of the command line."""

README = Path("README.md")


def numbers() -> dict[str, str]:
    """The numbers of ANSWER and USE, as they are told."""
    mean = means()["mean"]
    concise = recorded("concise").groupby(["method", "k"])["map@10"].mean()
    return {
        "E-AutoRec mep": f"{mean['E-AutoRec', 'mep']:.0%}",
        "random mep": f"{mean['random', 'mep']:.0%}",
        "EASE mep": f"{math.floor(1000 * mean['EASE', 'mep']) / 10:g}%",
        "EASE map": f"{mean['EASE', 'map']:.2f}",
        "concise map": f"{concise.loc['concise EASE', 20]:.2f}",
        "E-AutoRec map": f"{mean['E-AutoRec', 'map']:.4f}",
        "random map": f"{mean['random', 'map']:.4f}",
        "item AutoRec rmse": f"{mean['item AutoRec', 'rmse']:.3f}",
        "gain": f"{mean['AutoRec', 'rmse'] - mean['E-AutoRec', 'rmse']:.3f}",
        "noise gain": f"{mean['AutoRec', 'rmse'] - mean['noise', 'rmse']:.3f}",
    }


def means() -> pd.DataFrame:
    """Mean, low, high of each model and metric over the folds of the study."""
    return summary(study()).set_index(["model", "metric"])[["mean", "low", "high"]].sort_index()


def said(words: str, place: str) -> str:
    """ANSWER or USE with its numbers, for a place of LINKS."""
    return wrapped(words.format_map(numbers() | LINKS[place]))


def wrapped(text: str) -> str:
    """The same paragraphs in lines of equal length."""
    wrap = partial(textwrap.fill, width=110, break_long_words=False, break_on_hyphens=False)
    return "\n\n".join(map(wrap, text.split("\n\n")))


def scale() -> str:
    """SCALE with its numbers."""
    table = recorded("scale").set_index("step")
    seconds, fit = table["seconds"], table.loc["fit"]
    told = {
        "users": f"{fit['users']:,.0f}",
        "items": f"{fit['items']:,.0f}",
        "fit": fit["seconds"],
        "memory": fit["peak_mib"] / 1024,
        "everybody": seconds[seconds.index.str.startswith("everybody's lists")].item() / 60,
    }
    for step in ("a list: median", "a list, its first reason: median"):
        told[step.replace(":", "")] = 1000 * seconds[step]
    return wrapped(SCALE.format_map(told))


def first_list() -> str:
    """COMMAND, and what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "eautorec.cli", *COMMAND],
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(["```text", f"$ eautorec {' '.join(COMMAND)}", *lines, "```"])


def gallery() -> str:
    """The paper's figures in small, each with the verdicts on its claims (MyST Markdown)."""
    verdict = recorded("claims").set_index("id")["verdict"]
    parts = []
    for number, replica in REPLICAS.items():
        marks = "\\\n".join(told(claim, verdict[claim]) for claim in replica.claims)
        alt = f"Fig. {number} in small: {replica.shows}, of both models"
        picture = f"![{alt}](../_static/figure-{number}.svg)"
        parts.append(
            f":::{{div}} replica\n[{picture}](#{replica.name})\n\n"
            f"[Fig. {number}: {replica.shows}](#{replica.name})\\\n{marks}\n:::"
        )
    return "::::{div} replicas\n" + "\n".join(parts) + "\n::::"


def told(claim: str, verdict: str) -> str:
    """A claim's number and its verdict, with the mark."""
    return f"[{MARKS[verdict]} {claim} {verdict}]{{.mark-{verdict.split()[-1]}}}"


def in_readme(text: str) -> str:
    """The text of the README with what stands between its marks as the results have it now."""
    answer, use = said(ANSWER, "readme"), said(USE, "readme")
    parts = {
        "answer": f"{answer}\n\n![{ALL_MODELS}](_static/all-models.svg)\n\n{use}",
        "first list": first_list(),
        "scale": scale(),
    }
    for name, content in parts.items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        if not end:
            raise ValueError(f"There are no marks of {name!r} in {README}.")
        text = f"{before}{begin}\n{content}\n\n{end}{after}"
    return text


def main() -> None:
    """Draw the pictures, and write what the README says."""
    for path in front_pictures.write_all():
        print(path)
    print(write_whole(README, in_readme(README.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
