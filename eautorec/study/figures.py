"""The paper's figures: which runs each needs, and its tidy table."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd

from eautorec.study.protocol import DEFAULT, LISTS, MODELS, Protocol, Run
from eautorec.study.statistics import interval

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
        seeds: range,
        protocol: Protocol = DEFAULT,
        models: tuple[str, ...] = (*MODELS, *LISTS),
    ) -> list[Run]:
        """These models for each seed and value."""
        if self.x == "epoch":
            last = replace(protocol, epoch="last")
            trained = [m for m in models if m not in LISTS]
            return [Run(m, s, protocol=p) for s in seeds for m in trained for p in (last, protocol)]
        points: list[dict[str, Any]] = [{self.x: value} for value in self.values] or [{}]
        return [Run(m, s, protocol=protocol, **at) for s in seeds for at in points for m in models]

    def table(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One row for each model and x: mean, low, high (95 %), sd, seeds.

        Parameters
        ----------
        frame : the records of these runs, as `Store.frame` gives them.
        """
        found = self.records(frame).sort_values("x", kind="stable")
        rows = [
            (self.name, self.metric, model, x, *interval(values))
            for (model, x), values in found.groupby(["model", "x"], sort=False)["value"]
        ]
        columns = ["figure", "metric", "model", "x", "mean", "low", "high", "sd", "seeds"]
        return pd.DataFrame(rows, columns=columns)

    def records(self, frame: pd.DataFrame) -> pd.DataFrame:
        """model, seed, x, value of what the figure shows."""
        found = frame[frame["metric"] == self.metric]
        last = found["epoch"] == "last"
        if self.x == "epoch":
            found = found[last]
        elif not last.all():  # a protocol whose own epoch is the last has no others
            found = found[~last]
        for name, default in SWEPT_DEFAULTS.items():
            if name != self.x:
                found = found[found[name] == default]
        if self.values:
            found = found[(found["x"] == self.at) & found[self.x].isin(self.values)]
            found = found.assign(x=found[self.x])
        return found[["model", "seed", "x", "value"]]


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


def differences(records: pd.DataFrame) -> pd.DataFrame:
    """E-AutoRec minus AutoRec, seed by seed: rows are seeds, columns are x."""
    wide = records.pivot(index="seed", columns=["model", "x"], values="value")
    return wide["E-AutoRec"] - wide["AutoRec"]
