"""A ladder from AutoRec to models that rank and models that predict, one change a rung.

Parameters are chosen on validation ratings, and models measured as in the main study: the same
folds, starts, lists and E. Does e help where the model is good? The first rung of each task takes
the loss that fits the task, and with it tanh in the place of the sigmoid, and Adam for a chosen
number of epochs; what follows is one change each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, product
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from tqdm import tqdm

from eautorec.arrays import Array
from eautorec.datasets import load_ratings
from eautorec.models.denoising import DenoisingAutoRec
from eautorec.models.ease import EASE
from eautorec.ratings import Ratings
from eautorec.reading import Source
from eautorec.study.inputs import instead_of_e
from eautorec.study.kept import Kept, Make
from eautorec.study.protocol import CONTROLS, N_FOLDS, Run
from eautorec.study.runner import measure, split_data
from eautorec.study.statistics import Estimates, spread
from eautorec.study.tuning import validation_value

WITHOUT, WITH = "nothing", "e"
"""What stands beside r."""


@dataclass(frozen=True)
class Rung:
    """One model of the ladder.

    Parameters
    ----------
    task : "rank" or "rate".
    name : what is new on this rung.
    beside : what stands beside r: WITHOUT, WITH, or a control.
    fixed : parameters of the network that make the rung.
    space : what the others may be, each in turn.
    """

    task: str
    name: str
    beside: str
    fixed: dict[str, Any]
    space: dict[str, tuple[float, ...]]


PENALTIES = {"rank": (0.1, 0.05, 0.2, 0.4), "rate": (0.3, 0.15, 0.6, 1.2)}
"""lambda by task. Of these and of all below, the first is where the search begins. The range comes
from first trials: on these validation ratings, and on the test ratings of one other split."""

DROPOUT = (0.5, 0.2, 0.3, 0.7, 0.8)

REST: dict[str, tuple[float, ...]] = {
    "n_hidden": (100, 50, 300, 600),
    "learning_rate": (2e-3, 1e-3, 5e-4),
}

HELD: dict[str, tuple[float, ...]] = {"n_hidden": (300,), "learning_rate": (2e-3,)}
"""Of the lower rungs, where only lambda and the number of epochs are searched."""


def _rung(task: str, name: str, beside: str = WITHOUT, **fixed: Any) -> Rung:
    space: dict[str, tuple[float, ...]] = {"regularization": PENALTIES[task]}
    space |= HELD if "dropout" in fixed else {"dropout": DROPOUT} | REST
    return Rung(task, name, beside, fixed, space)


RUNGS = (
    _rung("rank", "all cells", dropout=0.0),
    _rung("rank", "dropout"),
    _rung("rank", "e", WITH),
    _rung("rate", "residuals", dropout=0.0),
    _rung("rate", "dropout"),
    _rung("rate", "e", WITH),
)
"""From below, each with the hidden units of a hyperbolic tangent and a mean over batches by Adam.
Each is searched by itself; the last two of a task have the same space and budget."""

SEARCH_FOLDS = range(3)
"""Whose validation ratings choose."""

MOST_EPOCHS, STEP = 60, 5
"""How long a candidate is trained, and how often it is measured: the number of epochs is chosen."""

STARTS = 3
"""How many on each fold, as in the main study."""

AVERAGED = ", averaged"
"""Ends the name of the model whose scores are the mean of those of all starts."""

EASES: dict[str, dict[str, tuple[Any, ...]]] = {
    "EASE": {"regularization": (50.0, 100.0, 200.0, 400.0)},
    "EDLAE": {"regularization": (30.0, 100.0, 200.0), "dropout": (0.1, 0.2, 0.33, 0.5)},
    "EASE, x = 1": {"regularization": (100.0, 200.0, 400.0, 800.0), "values": ("ones",)},
}
"""The linear autoencoders, and what their parameters may be."""


TUNED = ("n_epochs", "regularization", "dropout", "n_hidden", "learning_rate", "values")

WHOLE = ("n_epochs", "n_hidden")

SEARCHED = ["task", "rung", "metric", "value", *TUNED, "folds"]

COLUMNS = ["task", "model", "beside", "fold", "start", "map@10", "mep@10", "rmse", "seconds"]


class Beside(DenoisingAutoRec):
    """The network with a control in place of e (`instead_of_e`), drawn from its own seed."""

    def __init__(self, task: str = "rank", *, control: str, **options: Any):
        super().__init__(task, explained=True, **options)
        self.control = control

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        names = DenoisingAutoRec(self.task).get_params()
        return {name: getattr(self, name) for name in names}

    def beside(self, train: Ratings) -> Array | None:
        e, r = super().beside(train), self.x(train)
        chain = instead_of_e(self.control, sp.csr_matrix(e), sp.csr_matrix(r), None, self.seed)
        product_ = chain[0] if len(chain) == 1 else chain[0] @ chain[1]
        return np.asarray(product_.toarray())


def network(rung: Rung, seed: int, **options: Any) -> DenoisingAutoRec:
    """The rung's network, not trained."""
    options = rung.fixed | options | {"seed": seed}
    if rung.beside in CONTROLS:
        return Beside(rung.task, control=rung.beside, **options)
    return DenoisingAutoRec(rung.task, explained=rung.beside == WITH, **options)


def search(rung: Rung, data: Source | str, folds: Iterable[int] = SEARCH_FOLDS) -> pd.DataFrame:
    """A rung's parameters on validation ratings: one after another, the others held at the best.

    Returns
    -------
    task, rung, the parameters, epochs, metric, value (the mean over folds), folds; one row for each
    candidate, at its best number of epochs.
    """
    at: dict[str, Any] = {name: values[0] for name, values in rung.space.items()}
    tried: dict[tuple[Any, ...], tuple[int, float]] = {}
    sign = 1 if rung.task == "rank" else -1

    def value_of(point: dict[str, Any]) -> float:
        key = tuple(point.values())
        if key not in tried:
            curve = np.mean([_curve(rung, point, data, fold) for fold in folds], axis=0)
            best = int(np.argmax(sign * curve))
            tried[key] = STEP * (best + 1), float(curve[best])
        return sign * tried[key][1]

    for name, values in tqdm(
        rung.space.items(), desc=f"search: {rung.task}, {rung.name}", leave=False, disable=None
    ):
        at[name] = max(values, key=lambda value: value_of(at | {name: value}))
    rows = [
        dict(zip(rung.space, key, strict=True)) | {"n_epochs": epochs, "value": value}
        for key, (epochs, value) in tried.items()
    ]
    found = pd.DataFrame(rows).sort_values("value", ascending=rung.task == "rate")
    return found.assign(
        task=rung.task, rung=rung.name, metric="MAP@10" if rung.task == "rank" else "RMSE"
    ).reset_index(drop=True)


def _curve(rung: Rung, point: dict[str, Any], data: Source | str, fold: int) -> list[float]:
    """The validation measure after every STEP epochs."""
    run = Run("E-AutoRec", fold, measured_on="validation")
    inner, validation, _ = split_data(data, run)
    model = network(rung, run.seed, n_epochs=MOST_EPOCHS, **point)
    return [
        validation_value(model, inner, validation)
        for epoch in model.epochs(inner)
        if epoch % STEP == 0
    ]


def search_linear(data: Source | str, folds: Iterable[int] = SEARCH_FOLDS) -> pd.DataFrame:
    """EASE and its relatives on validation ratings, every point: rows as those of `search`."""
    rows = []
    for name, space in EASES.items():
        for values in product(*space.values()):
            options = dict(zip(space, values, strict=True))
            found = [
                validation_value(EASE(**options).fit(inner), inner, validation)
                for inner, validation, _ in (
                    split_data(data, Run("EASE", fold, measured_on="validation")) for fold in folds
                )
            ]
            rows.append({"rung": name, **options, "value": float(np.mean(found))})
    found = pd.DataFrame(rows).assign(task="rank", metric="MAP@10")
    order = found["rung"].map(list(EASES).index)
    return found.iloc[np.lexsort([-found["value"], order])].reset_index(drop=True)


def chosen(found: pd.DataFrame, task: str, rung: str) -> dict[str, Any]:
    """The best parameters of a rung or a linear model, of the table that `study` makes."""
    mine = found[(found["task"] == task) & (found["rung"] == rung)].iloc[0]
    given = {name: mine[name] for name in TUNED if pd.notna(mine[name])}
    return {name: int(value) if name in WHOLE else value for name, value in given.items()}


def all_rungs() -> Iterator[Rung]:
    """The ladder's rungs, and every control in place of e on the uppermost of each task."""
    yield from RUNGS
    for rung in RUNGS:
        if rung.beside == WITH:
            yield from (replace(rung, beside=control) for control in CONTROLS)


def measure_rung(
    rung: Rung, fold: int, options: dict[str, Any], data: Source | str
) -> pd.DataFrame:
    """A training from each start on all training ratings of a fold, and the mean of their scores:
    STARTS + 1 rows of `COLUMNS`."""
    runs = [Run("E-AutoRec" if rung.task == "rate" else "EASE", fold, n) for n in range(STARTS)]
    parts = split_data(data, runs[0])
    rows, scores = [], []
    for run in runs:
        begun = perf_counter()
        model = network(rung, run.seed, **options).fit(parts[0])
        seconds = perf_counter() - begun
        scores.append(model.scores())
        rows.append(_measured(run, scores[-1], parts, seconds).assign(model=rung.name))
    together = sum(row["seconds"].item() for row in rows)
    mean = _measured(runs[0], np.mean(scores, axis=0), parts, together)
    rows.append(mean.assign(model=rung.name + AVERAGED))
    return pd.concat(rows, ignore_index=True).assign(task=rung.task, beside=rung.beside)


def measure_linear(
    name: str, fold: int, options: dict[str, Any], data: Source | str
) -> pd.DataFrame:
    """EASE or a relative on one fold: one row of `COLUMNS`."""
    run = Run("EASE", fold)
    parts = split_data(data, run)
    begun = perf_counter()
    model = EASE(**options).fit(parts[0])
    seconds = perf_counter() - begun
    return _measured(run, model.scores(), parts, seconds).assign(
        task="rank", model=name, beside=WITHOUT
    )


def _measured(
    run: Run, scores: Array, parts: tuple[Ratings, Ratings, Ratings], seconds: float
) -> pd.DataFrame:
    """fold, start, what the main study's `measure` finds, and the seconds of the training."""
    row = {"fold": run.fold, "start": run.start, "seconds": seconds}
    return pd.DataFrame([row | measured(run, parts, scores)])


def measured(run: Run, parts: tuple[Ratings, Ratings, Ratings], scores: Array) -> dict[str, float]:
    """map@10, mep@10 and rmse, as the main study's `measure` finds them."""
    found = {(m, x): value for m, x, value in measure(run, *parts, scores)}
    return {
        "map@10": found["map", 10],
        "mep@10": found["mep", 10],
        "rmse": found.get(("rmse", 0), np.nan),
    }


def study(
    data: Source | str = "100k", folds: Sequence[int] = range(N_FOLDS)
) -> dict[str, pd.DataFrame]:
    """The search and the measurement, by the names of their files.

    What is finished is kept in the cache folder, so that a study that was interrupted goes on where
    it was. Another version of this code, or other ratings, begin again.
    """
    kept = Kept(__name__, load_ratings(data).fingerprint)
    searches: dict[str, Make] = {
        f"search {rung.task} {rung.name}": partial(search, rung, data) for rung in RUNGS
    }
    searches["search linear"] = partial(search_linear, data)
    found = kept.tables(searches, "search").assign(folds=len(SEARCH_FOLDS))

    jobs: dict[str, Make] = {}
    for name, fold in product(EASES, folds):
        jobs[f"{name} {fold}"] = partial(
            measure_linear, name, fold, chosen(found, "rank", name), data
        )
    for rung, fold in product(all_rungs(), folds):
        options = chosen(found, rung.task, rung.name)
        name = f"{rung.task} {rung.name} {rung.beside} {fold}"
        jobs[name] = partial(measure_rung, rung, fold, options, data)
    return {"better-search": found[SEARCHED], "better": kept.tables(jobs, "fits")[COLUMNS]}


REFERENCES = {"rank": ("AutoRec",), "rate": ("AutoRec", "item AutoRec", "biases")}
"""What stands in the main study's records, by the task that it is compared in."""


def main_study(records: pd.DataFrame) -> pd.DataFrame:
    """What the main study measured at its default settings.

    Parameters
    ----------
    records : as `eautorec.study.record.read_records` gives them.

    Returns
    -------
    model, fold, start, map@10, mep@10, rmse.
    """
    names = {("map", 10): "map@10", ("mep", 10): "mep@10", ("rmse", 0): "rmse"}
    same = (records["n_hidden"] == 300) & (records["n_neighbors"] == 50) & (records["theta"] == 0)
    found = records[same & records["metric"].isin(["map", "mep", "rmse"])]
    found = found.assign(name=[names.get(k) for k in zip(found["metric"], found["x"], strict=True)])
    return found.pivot_table("value", ["model", "fold", "start"], "name").reset_index()


def from_records(records: pd.DataFrame) -> pd.DataFrame:
    """Rows of COLUMNS for REFERENCES, of the records that `main_study` reads."""
    wide = main_study(records)
    tables = [
        wide[wide["model"].isin(models)].assign(task=task, beside=WITHOUT, seconds=np.nan)
        for task, models in REFERENCES.items()
    ]
    return pd.concat(tables, ignore_index=True)[COLUMNS]


MEASURES = {"rank": ("map@10", "mep@10"), "rate": ("rmse", "map@10", "mep@10")}
"""Of each task, the one that its parameters are chosen by first."""


def ladder(measured: pd.DataFrame) -> pd.DataFrame:
    """Every model's means over folds and starts, and what each change buys.

    e and the controls are compared with the same network without them, each other rung with the
    one below, pairwise on the same folds and starts; the mean of several starts' scores likewise,
    where the uppermost rung's has one.

    Parameters
    ----------
    measured : rows of COLUMNS, those of `from_records` among them.

    Returns
    -------
    task, model, beside, measure, mean, low, high, against (a model; empty if there is none),
    difference, difference_low, difference_high, folds, starts: with the intervals of
    `statistics.estimate`.
    """
    below = {("rank", RUNGS[0].name): "AutoRec", ("rate", "residuals"): "AutoRec"}
    for lower, upper in pairwise(RUNGS):
        if lower.task == upper.task:
            below[upper.task, upper.name] = lower.name
            below[upper.task, upper.name + AVERAGED] = lower.name + AVERAGED
    values = measured.set_index(["task", "model", "beside", "fold", "start"]).sort_index()
    models = list(dict.fromkeys(measured[["task", "model", "beside"]].itertuples(index=False)))
    rows = []
    for task, model, beside in models:
        against = below.get((task, model), "")
        if (task, against, WITHOUT) not in models:
            against = ""
        for measure_ in MEASURES[task]:
            own = values.loc[(task, model, beside), measure_]
            mean = spread(own)
            row = [task, model, beside, measure_, *_interval(mean), against]
            if against:
                other = values.loc[(task, against, WITHOUT), measure_]
                row += _interval(spread((own - other).dropna()))
            else:
                row += [np.nan] * 3
            rows.append([*row, mean.n_folds, mean.n_starts])
    columns = ["task", "model", "beside", "measure", "mean", "low", "high", "against"]
    columns += ["difference", "difference_low", "difference_high", "folds", "starts"]
    return pd.DataFrame(rows, columns=columns)


def _interval(found: Estimates) -> list[float]:
    return [float(value[0]) for value in (found.mean, found.low, found.high)]
