"""The paper's relatives, which use E in other ways: EMF, ERBM and EBPR, with E and without.

Parameters are chosen on validation ratings, and models measured as in the main study: the same
folds, lists and E.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from time import perf_counter
from typing import Any

import pandas as pd

from eautorec.datasets import load_ratings
from eautorec.models.ebpr import EBPR
from eautorec.models.emf import EMF
from eautorec.models.erbm import ERBM
from eautorec.models.rbm import RBM
from eautorec.reading import Source
from eautorec.study.better import measured
from eautorec.study.kept import Kept, Make
from eautorec.study.protocol import N_FOLDS, Run
from eautorec.study.runner import split_data


@dataclass(frozen=True)
class Relative:
    """A model of the comparison.

    Parameters
    ----------
    model : its class.
    fixed : parameters that make it what it is.
    space : what the others may be: every point is tried.
    """

    model: type[EMF] | type[RBM] | type[EBPR]
    fixed: dict[str, Any] = field(default_factory=dict)
    space: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def ranks(self) -> bool:
        return not self.model(**self.fixed).predicts

    def run(self, fold: int, measured_on: str = "test") -> Run:
        """Of the main study, whose seed and measures it shares: a model that ranks has no RMSE."""
        return Run("EASE" if self.ranks else "E-AutoRec", fold, measured_on=measured_on)


PENALTIES = (0.1, 0.2, 0.3)
"""beta of both factorisations."""

WEIGHTS = (0.01, 0.1, 0.5)
"""lambda of EMF; at 0 it is the factorisation."""

RATES = (0.3, 1.0, 3.0)
"""Learning rates of the machines."""

MOST_EPOCHS, STEP = 20, 5
"""How long all but the factorisations are trained, and how often they are measured: the number is
chosen. Several are best at the end, so longer may be better still."""

_EMF: dict[str, tuple[float, ...]] = {"regularization": PENALTIES, "explainability_weight": WEIGHTS}
_RBM: dict[str, tuple[float, ...]] = {"learning_rate": RATES}

_BPR: dict[str, tuple[float, ...]] = {
    "regularization": (0.0, 0.01),
    "learning_rate": (0.005, 0.01),
}

BATCH = 1000
"""Pairs in a batch of EBPR, ten times those of the authors, with a learning rate to match."""

RELATIVES = {
    "MF": Relative(EMF, {"explainability_weight": 0.0}, {"regularization": PENALTIES}),
    "EMF": Relative(EMF, {"score": "expected"}, _EMF),
    "EMF, share": Relative(EMF, {"score": "share"}, _EMF),
    "RBM to rate": Relative(RBM, {"task": "rate"}, _RBM),
    "ERBM to rate": Relative(ERBM, {"task": "rate"}, _RBM),
    "RBM to rank": Relative(RBM, {"task": "rank"}, _RBM),
    "ERBM to rank": Relative(ERBM, {"task": "rank"}, _RBM),
    "BPR": Relative(EBPR, {"explained": False, "batch_size": BATCH}, _BPR),
    "EBPR": Relative(EBPR, {"explained": True, "batch_size": BATCH}, _BPR),
}
"""By the names of the tables. The factorisations predict ratings, a Boltzmann machine is trained to
predict or to rank, and BPR ranks."""

SEARCH_FOLDS = range(2)
"""Whose validation ratings choose."""

TUNED = ("regularization", "explainability_weight", "learning_rate", "n_epochs")

MEASURED = ("map@10", "mep@10", "rmse")

SEARCHED = ["model", *TUNED, *MEASURED, "folds"]

COLUMNS = ["model", "fold", *MEASURED, "seconds"]


def search(name: str, data: Source | str, folds: Iterable[int] = SEARCH_FOLDS) -> pd.DataFrame:
    """Every point of a model's space on validation ratings.

    Returns
    -------
    SEARCHED, the means over folds; best first: by RMSE or, of a model that ranks, by MAP@10.
    """
    relative = RELATIVES[name]
    rows = [
        point | values
        for fold in folds
        for point, values in _candidates(relative, relative.run(fold, "validation"), data)
    ]
    frame = pd.DataFrame(rows).reindex(columns=[*TUNED, *MEASURED])
    by_point = frame.groupby(list(TUNED), dropna=False, sort=False)
    found = by_point.mean().assign(folds=by_point.size()).reset_index()
    by = "map@10" if relative.ranks else "rmse"
    found = found.sort_values(by, ascending=not relative.ranks, ignore_index=True)
    return found.assign(model=name)[SEARCHED]


def _candidates(
    relative: Relative, run: Run, data: Source | str
) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """(parameters, what is measured) of each point, a machine's after every STEP epochs."""
    parts = split_data(data, run)
    for values in product(*relative.space.values()):
        point = dict(zip(relative.space, values, strict=True))
        options = relative.fixed | point | {"seed": run.seed}
        if issubclass(relative.model, EMF):
            model = relative.model(**options).fit(parts[0])
            yield relative.fixed | point, measured(run, parts, model.scores())
            continue
        learner = relative.model(n_epochs=MOST_EPOCHS, **options)
        for epoch in learner.epochs(parts[0]):
            if epoch % STEP == 0:
                yield point | {"n_epochs": epoch}, measured(run, parts, learner.scores())


def chosen(found: pd.DataFrame, name: str) -> dict[str, Any]:
    """The best parameters of a model, of the table that `study` makes."""
    best = found[found["model"] == name].iloc[0]
    given = {key: best[key] for key in TUNED if pd.notna(best[key])}
    return {key: int(value) if key == "n_epochs" else value for key, value in given.items()}


def measure_relative(
    name: str, fold: int, options: dict[str, Any], data: Source | str
) -> pd.DataFrame:
    """A model trained on all training ratings of a fold: one row of COLUMNS."""
    relative = RELATIVES[name]
    run = relative.run(fold)
    parts = split_data(data, run)
    begun = perf_counter()
    model = relative.model(**relative.fixed | options | {"seed": run.seed}).fit(parts[0])
    seconds = perf_counter() - begun
    row = {"model": name, "fold": fold, "seconds": seconds} | measured(run, parts, model.scores())
    return pd.DataFrame([row])[COLUMNS]


def study(
    data: Source | str = "100k", folds: Sequence[int] = range(N_FOLDS)
) -> dict[str, pd.DataFrame]:
    """The search and the measurement, by the names of their files; as `better.study` keeps what is
    finished."""
    kept = Kept(__name__, load_ratings(data).fingerprint)
    searches: dict[str, Make] = {
        f"search {name}": partial(search, name, data, SEARCH_FOLDS) for name in RELATIVES
    }
    found = kept.tables(searches, "search")
    jobs: dict[str, Make] = {
        f"{name} {fold}": partial(measure_relative, name, fold, chosen(found, name), data)
        for name, fold in product(RELATIVES, folds)
    }
    return {"relatives-search": found, "relatives": kept.tables(jobs, "fits")}
