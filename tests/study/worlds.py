"""Made-up records of a study, whose right verdicts are known."""

import zlib
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from eautorec.study.claims import claims
from eautorec.study.figures import HIDDEN, NEIGHBORS, THETAS
from eautorec.study.protocol import CONTROLS
from eautorec.study.record import as_text, of_figures, read_records, write_table
from eautorec.study.runner import NS, RANK_ONLY

PLAIN = {"n_hidden": 300, "n_neighbors": 50, "theta": 0.0}

POINTS = [
    dict(point)
    for point in dict.fromkeys(
        tuple((PLAIN | {name: value}).items())
        for name, values in (("n_hidden", HIDDEN), ("n_neighbors", NEIGHBORS), ("theta", THETAS))
        for value in values
    )
]
"""Where figures 5 and 6 measure, each once."""


def measures(gain: float, effect: float) -> list[dict]:
    """What a model has that is better than AutoRec by `gain`, where all else goes the paper's way
    by `effect`."""
    rows = [{"metric": "rmse", "x": 0.0, "value": 0.95 - gain, **PLAIN}]
    for epoch in range(1, 6):
        rows.append({"metric": "rmse at epoch", "x": epoch, "value": 1 - 0.01 * epoch - gain})
    for q in range(4):
        rows.append({"metric": "rmse by quartile", "x": q, "value": 0.95 - gain * (4 - q)})
        rows.append({"metric": "map by quartile", "x": q, "value": 0.1 + gain * (4 - q)})
    for about, n in product(POINTS, NS):
        grow = np.log(about["n_neighbors"] / 50) * effect
        drop = effect * 0.1 * max(0, n - 20)
        more = 0.01 * effect * n + grow - effect * about["theta"]
        rows.append({"metric": "map", "x": n, "value": 0.1 + gain - drop - grow * 0.1, **about})
        rows.append({"metric": "mep", "x": n, "value": 0.5 + gain + more, **about})
    return [PLAIN | row for row in rows]


def records(
    effect: float,
    noise: float = 0.001,
    start_noise: float = 0.0,
    seed: int = 0,
    folds: int = 10,
    starts: int = 1,
    swept: bool = True,
) -> pd.DataFrame:
    """A study in which everything that the paper says holds by `effect`, or the opposite if below
    0. Every measure of every model differs from fold to fold and from start to start by itself.

    Not `swept`: without other hidden units, neighbours and thetas than the default.
    """
    cells = pd.concat(
        [
            pd.DataFrame(measures(gain, effect)).assign(model=model)
            for model, gain in (("AutoRec", 0.0), ("E-AutoRec", effect))
        ],
        ignore_index=True,
    ).astype({"x": float})
    if not swept:
        cells = cells[(cells[[*PLAIN]] == PLAIN).all(axis=1)]
    generator = np.random.default_rng(seed)
    of_fold = noise * generator.normal(size=(folds, 1, len(cells)))
    of_start = start_noise * generator.normal(size=(folds, starts, len(cells)))
    values = cells["value"].to_numpy() + of_fold + of_start
    tables = [
        cells.assign(fold=fold, start=start, value=values[fold, start])
        for fold, start in product(range(folds), range(starts))
    ]
    return pd.concat(tables, ignore_index=True).assign(e_from="training")


def at(frame: pd.DataFrame, metric: str, x: float | None = None, model: str = "E-AutoRec"):
    """Which rows are of this model and metric, and at this x."""
    found = (frame["model"] == model) & (frame["metric"] == metric)
    return found if x is None else found & (frame["x"] == x)


def put_on_record(frame: pd.DataFrame, folder: Path, identifiers=None) -> None:
    """Write records.csv and claims.csv as the study does; all claims, or these."""
    (folder / "records.csv").write_text(as_text(frame), encoding="utf-8")
    found = of_figures(read_records(folder / "records.csv"))
    write_table(folder / "claims.csv", claims(found, identifiers))


def of_run(run, gain: float = 0.05, effect: float = 0.05) -> list[tuple[str, float, float]]:
    """What a run measures where everything holds: controls have half of the gain of E-AutoRec, a
    leak has twice as much, and everything else has none."""
    share = {"AutoRec": 0.0, "E-AutoRec": 1.0} | dict.fromkeys(CONTROLS, 0.5)
    if run.protocol.e_from == "all":
        gain *= 2
    point = {name: getattr(run, name) for name in PLAIN}
    cells = _measured_at(gain * share.get(run.model, 0.0), effect, tuple(point.values()))
    number = zlib.crc32(run.model.encode())
    noise = np.random.default_rng([run.fold, run.start, number]).normal(size=len(cells))
    if run.model in RANK_ONLY:
        cells = [(metric, x, value) for metric, x, value in cells if "rmse" not in metric]
    return [
        (metric, x, float(value + 0.0001 * e))
        for (metric, x, value), e in zip(cells, noise, strict=False)
    ]


@cache
def _measured_at(gain: float, effect: float, point: tuple) -> list[tuple[str, float, float]]:
    """(metric, x, value) at one point of the sweeps."""
    return [
        (row["metric"], float(row["x"]), row["value"])
        for row in measures(gain, effect)
        if tuple(row[name] for name in PLAIN) == point
    ]
