"""The pages of the paper's relatives: what each shows of the stored results, and fits again."""

from collections.abc import Collection
from functools import cache

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from eautorec.ratings import Ratings
from eautorec.study.compared import MEASURES, by_fold, difference, means
from eautorec.study.relatives import Fitted, chosen, fit_relative
from eautorec_book import style
from eautorec_book.checks import check
from eautorec_book.figures import IN_WORDS
from eautorec_book.records import recorded, study

BESIDE = ("random", "by E", "EASE", "item AutoRec")
"""What stands beside the models of a page."""

LABELS = {"rmse": "RMSE (stars)", "map@10": "MAP@10", "mep@10": "MEP@10"}


@cache
def values() -> pd.DataFrame:
    """The stored measures of all models, as `compared.by_fold` gives them."""
    return by_fold(recorded("relatives"), study(), recorded("better"))


def said(model: str) -> str:
    """A model's name in the book."""
    return IN_WORDS.get(model, model)


def apart(one: str, other: str, measure: str) -> tuple[float, float, float]:
    """A model minus another over the ten folds, as `compared.difference` gives it."""
    return difference(values(), one, other, measure)


KINDS = {
    "directed_by": "director",
    "written_by": "writer",
    "produced_by": "producer",
    "award_nomination": "award nomination",
    "award_won": "award",
    "production_companies": "company",
}
"""Relations of the graph in words, where these differ."""


def named(feature: str, facts: pd.DataFrame, train: Ratings, but: int | None = None) -> str:
    """A feature of the graph, whose entities have no names, by its two best-known films.

    Parameters
    ----------
    facts : as `load_film_facts` gives them. but : a film that does not count.
    """
    counts = pd.Series(train.matrix.getnnz(axis=0), index=train.items)
    films = facts.loc[facts["feature"] == feature, "item"]
    films = films[films.isin(counts.index) & (films != but)]
    best = counts[films].sort_values(ascending=False).index[:2]
    kind = feature.split()[0]
    short = [train.titles[film].rsplit(" (", 1)[0] for film in best]
    return f"{KINDS.get(kind, kind)} of {', '.join(short)}"


def results(*models: str, beside: tuple[str, ...] = BESIDE) -> pd.DataFrame:
    """Means over the ten folds: model, RMSE, MAP@10, MEP@10, seconds, for `table`."""
    found = means(values()).pivot(index="model", columns="measure", values="mean")
    seconds = recorded("relatives").groupby("model")["seconds"].mean()
    shown = found.reindex([*models, *beside]).reindex(columns=list(MEASURES))
    shown.columns = ["RMSE", "MAP@10", "MEP@10"]
    shown["seconds"] = seconds.reindex(shown.index)
    return shown.rename(index=said).rename_axis("model").reset_index()


def draw_results(ax, measure: str, *models: str, beside: tuple[str, ...] = BESIDE) -> None:
    """A dot with its interval for each model that has the measure, the first on top."""
    found = means(values())
    found = found[found["measure"] == measure].set_index("model")
    shown = [model for model in (*models, *beside) if model in found.index]
    draw_rows(ax, found.loc[shown].reset_index(), models, LABELS[measure])


def draw_rows(ax, rows: pd.DataFrame, own: Collection[str], label: str) -> None:
    """A mark with its interval for each row (model, mean, low, high), the first on top; the models
    of `own` are orange squares."""
    for y, row in enumerate(rows.itertuples()):
        ends = [[row.mean - row.low], [row.high - row.mean]]
        color, mark = (style.EAUTOREC, "s") if row.model in own else (style.CONTROL1, "o")
        ax.errorbar(row.mean, y, xerr=ends, fmt=mark, color=color, markersize=5)
    ax.set_yticks(range(len(rows)), rows["model"].map(said))
    ax.invert_yaxis()
    ax.grid(axis="y", alpha=0.4)
    ax.set_xlabel(label)
    ax.xaxis.set_major_locator(MaxNLocator(5))


def fit_again(name: str, fold: int = 0, data: str = "100k") -> Fitted:
    """A relative, trained on the training ratings of a fold as in the study, and measured."""
    return fit_relative(name, fold, chosen(recorded("relatives-search"), name), data)


def check_again(name: str, fitted: Fitted, fold: int = 0, spreads: float = 2.0) -> None:
    """Show that what was fitted again is as good as stored, or stop.

    Another machine may round differently, which to a network is another seed: so far as `spreads`
    standard deviations between folds are allowed.
    """
    stored = values().xs(name, level="model").droplevel("start")
    for measure, value in fitted.found.items():
        if np.isfinite(value):
            check(
                f"{said(name)}, {LABELS[measure]} on fold {fold}",
                value,
                expected=float(stored.loc[fold, measure]),
                tolerance=spreads * float(stored[measure].std()) + 1e-9,
                reason=f"stored, and {spreads:g} standard deviations between folds",
            )
