"""The paper's figures: which runs each needs, and its tidy table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from eautorec.study.protocol import DEFAULT, LISTS, MODELS, Protocol, Run
from eautorec.study.statistics import as_array, estimate

HIDDEN = (50, 100, 200, 300, 400, 500)
"""The numbers of hidden units in Fig. 5."""

NEIGHBORS = (5, 10, 20, 50, 100, 200)
"""The numbers of neighbours in Fig. 6a and 6b."""

THETAS = (0.0, 1.0, 2.0, 3.0, 4.0)
"""The thresholds in Fig. 6c, in stars."""

SWEPT_DEFAULTS = {
    f.name: f.default for f in fields(Run) if f.name in ("n_hidden", "n_neighbors", "theta")
}
"""What a run's parameter is where a figure does not vary it."""

CASE = ["fold", "start"]
"""What two models share whose difference is taken."""

ESTIMATES = ["mean", "low", "high", "fold_sd", "start_sd", "folds", "starts"]
"""The columns that `estimates_of` gives."""


@dataclass(frozen=True)
class Figure:
    """A figure of the paper.

    Attributes
    ----------
    metric : of the records; x : the record's own x, or the name of the run's parameter that varies.
    values : of that parameter, or () where x is the record's.
    at : the record's x that counts where a parameter varies (the length n = 10).
    """

    name: str
    metric: str
    x: str
    label: str
    values: tuple[float, ...] = ()
    at: float = 10

    def runs(
        self,
        folds: Iterable[int],
        starts: Iterable[int],
        protocol: Protocol = DEFAULT,
        models: tuple[str, ...] = (*MODELS, *LISTS),
    ) -> list[Run]:
        """These models for each fold, start and value; a list without a model has one start."""
        points: list[dict[str, Any]] = [{self.x: value} for value in self.values] or [{}]
        return [
            Run(model, fold, start, protocol=protocol, **at)
            for fold in folds
            for start in starts
            for at in points
            for model in models
            if not (self.x == "epoch" and model in LISTS) and (start == 0 or model not in LISTS)
        ]

    def table(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One row for each model and x: figure, metric, model, x, and ESTIMATES.

        Parameters
        ----------
        frame : the records of these runs, as `Store.frame` gives them.
        """
        found = self.records(frame)
        rows = []
        for model in found["model"].unique():
            wide = by_case(found[found["model"] == model])
            rows.append(
                estimates_of(wide).assign(figure=self.name, metric=self.metric, model=model)
            )
        return pd.concat(rows)[["figure", "metric", "model", "x", *ESTIMATES]]

    def records(self, frame: pd.DataFrame) -> pd.DataFrame:
        """model, fold, start, x, value of what the figure shows."""
        found = frame[frame["metric"] == self.metric]
        for name, default in SWEPT_DEFAULTS.items():
            if name != self.x:
                found = found[found[name] == default]
        if self.values:
            found = found[(found["x"] == self.at) & found[self.x].isin(self.values)]
            found = found.assign(x=found[self.x])
        return found[["model", *CASE, "x", "value"]]


FIGURES = {
    figure.name: figure
    for figure in (
        Figure("3", "rmse at epoch", "epoch", "epoch"),
        Figure("4a", "map", "n", "length of the list n"),
        Figure("4b", "mep", "n", "length of the list n"),
        Figure("5a", "map", "n_hidden", "hidden units", HIDDEN),
        Figure("5b", "mep", "n_hidden", "hidden units", HIDDEN),
        Figure("6a", "map", "n_neighbors", "neighbours", NEIGHBORS),
        Figure("6b", "mep", "n_neighbors", "neighbours", NEIGHBORS),
        Figure("6c", "mep", "theta", "theta (stars)", THETAS),
    )
}
"""By the paper's number."""


def by_case(records: pd.DataFrame) -> pd.DataFrame:
    """One model's records: rows are (fold, start), columns x in ascending order."""
    return records.pivot(index=CASE, columns="x", values="value").sort_index(axis=1)


def differences(records: pd.DataFrame) -> pd.DataFrame:
    """E-AutoRec minus AutoRec, on the same fold from the same start: rows are (fold, start),
    columns are x.

    Raises ValueError if one of them has a case that the other lacks.
    """
    first, second = (by_case(records[records["model"] == model]) for model in MODELS)
    if not first.index.equals(second.index):
        raise ValueError("Both models have to be measured on the same cases of fold and start.")
    return second - first


def estimates_of(wide: pd.DataFrame) -> pd.DataFrame:
    """One row for each column of a table by case: x, and ESTIMATES."""
    found = estimate(as_array(wide))
    return pd.DataFrame(
        {
            "x": wide.columns,
            "mean": found.mean,
            "low": found.low,
            "high": found.high,
            "fold_sd": found.fold_sd,
            "start_sd": found.start_sd,
            "folds": found.n_folds,
            "starts": found.n_starts,
        }
    )
