"""The study on any ratings as one HTML file, offline: `python -m eautorec_book.report`.

Verdicts, the paper's figures, the controls, other models, and two lists for a few users, each with
its reasons and without them.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from jinja2 import Environment, PackageLoader

from eautorec import EASE, EAutoRec, InputError, __version__
from eautorec.datasets import load_ratings
from eautorec.files import check_can_write, write_whole
from eautorec.ratings import Ratings, split
from eautorec.study import elsewhere, plan
from eautorec.study.claims import against_controls, claims
from eautorec.study.figures import FIGURES
from eautorec.study.protocol import MODELS
from eautorec.study.record import LEAK, lights, of_figures, summary
from eautorec.study.store import Store
from eautorec.study.sweep import sweep
from eautorec_book import figures, style
from eautorec_book.explorer import chosen_users
from eautorec_book.two_lists import two_lists
from eautorec_book.typography import true_minus

ASSETS = Path(__file__).with_name("assets")
N_USERS = 5
"""Whose lists are shown."""

KNOWN_SHARE = 0.05
"""Items that this share of the users has rated, or more, are "known"."""

NAMES = {
    "random": "random list",
    "popular": "most popular",
    "by E": "ranked by E",
    "biases": "bias model",
    LEAK: f"{LEAK}: a leak, for comparison",
}
"""What the page calls models that the records call otherwise."""

CAPTIONS = {
    "3": "RMSE on the test ratings over training.",
    "4a": "MAP@n against the length of the list.",
    "4b": "MEP@n against the length of the list.",
    "5a": "MAP@10 against the number of hidden units.",
    "5b": "MEP@10 against the number of hidden units.",
    "6a": "MAP@10 against the number of neighbours.",
    "6b": "MEP@10 against the number of neighbours.",
    "6c": "MEP@10 against theta.",
}


def measured(store: Store, data: str, folds: int, starts: int, workers: int | None) -> pd.DataFrame:
    """The records of the default study on these ratings; what is not stored is run first."""
    if store.data != elsewhere.MAIN:
        sweep(elsewhere.search(), store, data=data, workers=workers)
    runs = elsewhere.adapted(plan.runs(None, range(folds), range(starts)), store)
    sweep(runs, store, data=data, workers=workers)
    return store.frame(runs)


def report(ratings: Ratings, name: str, frame: pd.DataFrame) -> str:
    """The page.

    Parameters
    ----------
    name : what the ratings are called.
    frame : what `measured` gives.
    """
    style.use()
    told = lights(claims(of_figures(frame)), against_controls(frame))
    environment = Environment(loader=PackageLoader("eautorec_book"), autoescape=True)
    environment.filters["signed"] = lambda x: true_minus(f"{x:+.2g}")
    low, high = ratings.scale
    lambdas = _lambdas(frame)
    return environment.get_template("report.html").render(
        name=name,
        version=__version__,
        ratings=ratings,
        low=low,
        high=high,
        density=len(ratings) / (ratings.n_users * ratings.n_items),
        folds=frame["fold"].nunique(),
        starts=frame["start"].nunique(),
        lambdas=lambdas,
        chance=_chance(frame),
        names=NAMES,
        claims=told.to_dict("records"),
        verdicts=_verdicts(told),
        figures=[(key, CAPTIONS[key], _figure(frame, key)) for key in FIGURES],
        models=_models(frame),
        styles=[_asset("explorer.css"), _asset("two-lists.css")],
        script=_asset("two-lists.js"),
        data=_as_script({"lists": lists_of_some(ratings, lambdas.get("E-AutoRec"))}),
    )


def lists_of_some(ratings: Ratings, regularization: float | None = None) -> dict:
    """Two lists for users at equal steps from the least active to the most; E-AutoRec with this
    lambda, or with its default."""
    train, test = split(ratings, test_fraction=0.1, seed=0)
    chosen = {} if regularization is None else {"regularization": regularization}
    models = {"EASE": EASE().fit(train), "E-AutoRec": EAutoRec(seed=0, **chosen).fit(train)}
    users = train.users[chosen_users(train, test, N_USERS)].tolist()
    least = max(2, round(KNOWN_SHARE * train.n_users))
    return two_lists(train, models, users, least) | {"items": "items"}


def _lambdas(frame: pd.DataFrame) -> dict[str, float]:
    """Each model's lambda, where it was chosen on these ratings."""
    if "regularization" not in frame:
        return {}
    chosen = frame[frame["model"].isin(MODELS)].dropna(subset="regularization")
    return chosen.groupby("model")["regularization"].first().to_dict()


def _chance(frame: pd.DataFrame) -> float:
    """The MEP@10 of a random list."""
    found = summary(frame).set_index(["model", "metric"])["mean"]
    return float(found["random", "mep"])


def _models(frame: pd.DataFrame) -> list[dict]:
    """A row for each model: mean and half the interval of each measure, best list first."""
    rows = []
    for model, mine in summary(frame).groupby("model"):
        row = {"model": model}
        for measure in mine.itertuples():
            row[measure.metric] = (measure.mean, (measure.high - measure.low) / 2)
        rows.append(row)
    return sorted(rows, key=lambda row: -row.get("map", (0,))[0])


def _figure(frame: pd.DataFrame, key: str) -> str:
    fig, ax = plt.subplots(figsize=(4.6, 3.2))
    figures.draw(of_figures(frame), ax, FIGURES[key])
    ax.legend(fontsize=8)
    if FIGURES[key].metric == "map":
        ax.set_yscale("log")  # a list without a model may be a thousand times as good
        ax.legend(fontsize=8, loc="center right")
    return _svg(fig, CAPTIONS[key])


def _verdicts(told: pd.DataFrame) -> str:
    flips = told["flips"].notna().any()  # with one seed none is known
    widths = (3, 1, 0.05) if flips else (3, 0.05, 0.05)
    fig, axes = plt.subplots(1, 3, figsize=(7.2, 5.2), width_ratios=widths)
    figures.draw_verdicts(told, axes)
    for ax in axes[2 if flips else 1 :]:
        ax.remove()
    return _svg(fig, "For each claim the difference that decides, in units of what matters.")


def _svg(fig, alt: str) -> str:
    """A figure to stand inside a page."""
    with mpl.rc_context({"svg.hashsalt": alt}):
        text = io.StringIO()
        fig.savefig(text, format="svg", metadata={"Date": None}, facecolor="white")
    plt.close(fig)
    svg = text.getvalue()
    return svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{alt}"', 1)


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _as_script(found: dict) -> str:
    """Data inside a script element: nothing in it may end that element."""
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"window.eautorecExplorer={text.replace('<', chr(92) + 'u003c')};"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="eautorec_book.report", description=__doc__)
    parser.add_argument("ratings", help="a file of ratings, or the name of a data set")
    parser.add_argument("--to", type=Path, default=Path("report.html"), help="the page")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--starts", type=int, default=1)
    parser.add_argument("--workers", type=int, help="processes; by default one on each core")
    parser.add_argument("--store", type=Path, help="the file of finished runs")
    chosen = parser.parse_args(arguments)
    check_can_write(chosen.to)
    ratings = load_ratings(chosen.ratings)
    store = Store(ratings.fingerprint, chosen.store)
    frame = measured(store, chosen.ratings, chosen.folds, chosen.starts, chosen.workers)
    page = report(ratings, os.path.basename(chosen.ratings), frame)
    sys.stdout.reconfigure(errors="replace")  # a folder's name may have letters that it lacks
    print(write_whole(chosen.to, page))


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(f"eautorec: {error}", file=sys.stderr)
        sys.exit(2)
