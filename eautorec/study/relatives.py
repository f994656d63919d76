"""The paper's relatives: those that use E in other ways, and those that it builds on.

Parameters are chosen on validation ratings, and models measured as in the main study: the same
folds, lists and E.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import product
from time import process_time
from typing import Any, NamedTuple

import pandas as pd

from eautorec.datasets import load_ratings
from eautorec.datasets.features import load_film_features, load_user_features
from eautorec.datasets.knowledge_graph import load_film_facts
from eautorec.models.cdae import CDAE, VARIANTS
from eautorec.models.cfn import CFN
from eautorec.models.ebpr import EBPR
from eautorec.models.efm import EFM
from eautorec.models.emf import EMF
from eautorec.models.erbm import ERBM
from eautorec.models.rbm import RBM
from eautorec.models.sem_auto import SemAuto
from eautorec.models.semi_autoencoder import SemiAutoencoder
from eautorec.ratings import Ratings
from eautorec.reading import Source
from eautorec.study.better import measured
from eautorec.study.kept import Kept, Make
from eautorec.study.protocol import N_FOLDS, Run
from eautorec.study.runner import split_data

FEATURES: dict[str, Callable[[], pd.DataFrame]] = {
    "users": load_user_features,
    "films": load_film_features,
    "graph": partial(load_film_facts, "repaired"),
    "graph as shipped": partial(load_film_facts, "shipped"),
    "graph shuffled": partial(load_film_facts, "shuffled"),
}
"""What a model may be given beside the ratings, all of MovieLens-100K."""


@cache
def features(name: str) -> pd.DataFrame:
    """One of FEATURES."""
    return FEATURES[name]()


@dataclass(frozen=True)
class Relative:
    """A model of the comparison.

    Parameters
    ----------
    model : its class.
    fixed : parameters that make it what it is.
    space : what the others may be: every point is tried.
    given : one of FEATURES, or nothing.
    n_epochs, step : how long a network is trained at most in the search, and how often it is
        measured: the number is chosen.
    """

    model: type[Any]
    fixed: dict[str, Any] = field(default_factory=dict)
    space: dict[str, tuple[float, ...]] = field(default_factory=dict)
    given: str = ""
    n_epochs: int = 80
    step: int = 10

    @property
    def beside(self) -> dict[str, pd.DataFrame]:
        """What `fit` is given beside the ratings."""
        return {"features": features(self.given)} if self.given else {}

    def made(self, options: dict[str, Any], run: Run) -> Any:
        """The model with these parameters, not trained yet; from the run's seed, if it has one."""
        if "seed" in inspect.signature(self.model).parameters:
            options = options | {"seed": run.seed}
        return self.model(**self.fixed | options)

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

RATES = (0.1, 0.3, 1.0, 3.0)
"""Learning rates of the machines."""

_EMF: dict[str, tuple[float, ...]] = {"regularization": PENALTIES, "explainability_weight": WEIGHTS}
_RBM: dict[str, tuple[float, ...]] = {"learning_rate": RATES}

_BPR: dict[str, tuple[float, ...]] = {
    "regularization": (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04),
    "learning_rate": (0.0025, 0.005),
}

_CDAE: dict[str, tuple[float, ...]] = {
    "learning_rate": (0.1, 0.3),
    "corruption": (0.2, 0.4, 0.6),
}
_CFN: dict[str, tuple[float, ...]] = {
    "regularization": (0.005, 0.01, 0.02, 0.05),
    "masking": (0.15, 0.4),
}
_SEMI: dict[str, tuple[float, ...]] = {
    "regularization": (0.001, 0.003, 0.01),
    "learning_rate": (3e-4, 1e-3),
}
_SEM_AUTO: dict[str, tuple[float, ...]] = {
    "n_neighbors": (10, 20, 50),
    "n_epochs": (1, 10, 50, 200),
}
_EFM: dict[str, tuple[float, ...]] = {"alpha": (0.5, 0.85, 0.99), "n_cared": (5, 15, 50)}

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
    "BPR": Relative(EBPR, {"explained": False, "batch_size": BATCH}, _BPR, n_epochs=120),
    "EBPR": Relative(EBPR, {"explained": True, "batch_size": BATCH}, _BPR, n_epochs=120),
    **{f"CDAE {variant}": Relative(CDAE, {"variant": variant}, _CDAE) for variant in VARIANTS},
    "CDAE M4, all ratings": Relative(CDAE, {"variant": "M4", "positives": "rated"}, _CDAE),
    "DAE M4": Relative(CDAE, {"variant": "M4", "user_vectors": False}, _CDAE),
    **{
        f"{name}{with_features}": Relative(
            model,
            {"over": over},
            space,
            given=over.replace("items", "films") if with_features else "",
        )
        for name, model, over, space in (
            ("U-CFN", CFN, "users", _CFN),
            ("V-CFN", CFN, "items", _CFN),
            ("semi-autoencoder over users", SemiAutoencoder, "users", _SEMI),
            ("semi-autoencoder over films", SemiAutoencoder, "items", _SEMI),
        )
        for with_features in ("", ", features")
    },
    **{
        f"SEM-AUTO, {given}": Relative(SemAuto, {}, _SEM_AUTO, given)
        for given in FEATURES
        if given.startswith("graph")
    },
    "EFM, graph": Relative(EFM, {"n_epochs": 60}, _EFM, "graph"),
}
"""By the names of the tables. The factorisations, CFN and the semi-autoencoder predict ratings, a
Boltzmann machine is trained to predict or to rank, and the others rank."""

SEARCH_FOLDS = range(2)
"""Whose validation ratings choose."""

TUNED = (
    "regularization",
    "explainability_weight",
    "learning_rate",
    "n_epochs",
    "corruption",
    "masking",
    "n_neighbors",
    "alpha",
    "n_cared",
)

WHOLE = ("n_epochs", "n_neighbors", "n_cared")

MEASURED = ("map@10", "mep@10", "rmse")

SEARCHED = ["model", *TUNED, *MEASURED, "folds"]

COLUMNS = ["model", "fold", *MEASURED, "seconds"]
"""seconds: of the processor, to fit; what else the machine does in the meantime does not count."""


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
    """(parameters, what is measured) of each point, a network's after every few epochs."""
    parts = split_data(data, run)
    for values in product(*relative.space.values()):
        point = dict(zip(relative.space, values, strict=True))
        numbers = {key: value for key, value in relative.fixed.items() if key in TUNED} | point
        if not hasattr(relative.model, "epochs"):
            model = relative.made(point, run).fit(parts[0], **relative.beside)
            yield numbers, measured(run, parts, model.scores())
            continue
        learner = relative.made(point | {"n_epochs": relative.n_epochs}, run)
        for epoch in learner.epochs(parts[0], **relative.beside):
            if epoch % relative.step == 0:
                yield numbers | {"n_epochs": epoch}, measured(run, parts, learner.scores())


def chosen(found: pd.DataFrame, name: str) -> dict[str, Any]:
    """The best parameters of a model, of the table that `study` makes."""
    best = found[found["model"] == name].iloc[0]
    given = {key: best[key] for key in TUNED if pd.notna(best[key])}
    return {key: int(value) if key in WHOLE else value for key, value in given.items()}


class Fitted(NamedTuple):
    """A model trained on all training ratings of a fold.

    parts : as `split_data` gives them: training, test, all.
    seconds : of COLUMNS.
    found : what was measured, by MEASURED.
    """

    model: Any
    parts: tuple[Ratings, Ratings, Ratings]
    seconds: float
    found: dict[str, float]


def fit_relative(name: str, fold: int, options: dict[str, Any], data: Source | str) -> Fitted:
    """Train a model with these parameters, and measure it on the test ratings."""
    relative = RELATIVES[name]
    run = relative.run(fold)
    parts = split_data(data, run)
    beside = relative.beside
    begun = process_time()
    model = relative.made(options, run).fit(parts[0], **beside)
    seconds = process_time() - begun
    return Fitted(model, parts, seconds, measured(run, parts, model.scores()))


def measure_relative(
    name: str, fold: int, options: dict[str, Any], data: Source | str
) -> pd.DataFrame:
    """One row of COLUMNS."""
    fitted = fit_relative(name, fold, options, data)
    row = {"model": name, "fold": fold, "seconds": fitted.seconds} | fitted.found
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
