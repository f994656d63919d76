"""The recorded study: small tables that a later run is checked against, and that the pages quote.

`results/` holds what took longer than a build may take (the large parts), and the means and spreads
of everything else, so that a build can tell whether it found the same.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from eautorec.errors import InputError
from eautorec.study import multiverse, plan, tuning
from eautorec.study.claims import AT_ONE_POINT, SUPPORTED, claims
from eautorec.study.figures import FIGURES, Figure
from eautorec.study.protocol import CONTROLS, DEFAULT
from eautorec.study.statistics import interval
from eautorec.study.store import Store

MEASURES = (("rmse", 0), ("map", 10), ("mep", 10))
"""Of every model: (metric, x)."""

LEAK = "E from all ratings"


def record(store: Store, seeds: range, folder: Path) -> list[Path]:
    """Write the tables of all parts that are complete in the store; returns the files.

    Raises InputError if the default study itself is not complete.
    """
    complete = {part for part in plan.LARGE if not missing(store, [part], seeds)}
    if left := missing(store, None, seeds):
        raise InputError(
            f"{left} runs are not in {store.path}: "
            f"run 'eautorec study run --seeds {len(seeds)}' first."
        )
    tables = {}
    frame = store.frame(plan.figure_runs(seeds))
    for name, figure in FIGURES.items():
        tables[f"figure-{name}"] = figure.table(frame)
    tables["models"] = summary(store.frame(plan.runs(None, seeds)))
    if "multiverse" in complete and "judged" in complete:
        few = seeds[: plan.N_SEEDS_LARGE]
        tables["multiverse"] = multiverse.table(store.frame, few)
    if "swapped" in complete:
        tables["swapped"] = swapped(store, seeds)
    if "tuning" in complete:
        tables["tuning"] = tuning.table(store.frame(tuning.runs()))
    tables["claims"] = lights(claims(frame), tables.get("multiverse"), tables.get("swapped"))
    tables["study"] = about(store, seeds, complete)
    return [write(folder / f"{name}.csv", table) for name, table in tables.items()]


def missing(store: Store, parts, seeds: range) -> int:
    """How many runs of these parts are not stored."""
    return len({run.key() for run in plan.runs(parts, seeds)} - store.finished())


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each model and measure at the default hyper-parameters: mean, low, high, sd,
    seeds."""
    leaking = frame["e_from"] == "all"
    frame = frame.assign(model=frame["model"].mask(leaking, LEAK))
    rows = []
    for metric, x in MEASURES:
        found = Figure("", metric, "n", "").records(frame)
        found = found[found["x"] == x]
        for model, values in found.groupby("model", sort=False)["value"]:
            rows.append((model, metric, x, *interval(values)))
    columns = ["model", "metric", "x", "mean", "low", "high", "sd", "seeds"]
    return pd.DataFrame(rows, columns=columns)


def swapped(store: Store, seeds: range) -> pd.DataFrame:
    """The claims with a control in the place of E-AutoRec, beside E-AutoRec on the same seeds."""
    few = seeds[: plan.N_SEEDS_LARGE]
    real = claims(store.frame(plan.figure_runs(few)))
    rows = [real.assign(model="E-AutoRec")]
    for control in plan.IN_PLACE_OF_E:
        found = store.frame(plan.swapped_runs(control, few))
        rows.append(claims(found, model=control).assign(model=control))
    return pd.concat(rows, ignore_index=True)


def at_the_default(frame: pd.DataFrame) -> pd.DataFrame:
    """The claims about the default hyper-parameters with each control in the place of E-AutoRec."""
    frame = frame[frame["e_from"] == DEFAULT.e_from]
    rows = [
        claims(frame, AT_ONE_POINT, model).assign(model=model) for model in ("E-AutoRec", *CONTROLS)
    ]
    return pd.concat(rows, ignore_index=True)


def lights(
    found: pd.DataFrame, readings: pd.DataFrame | None, controls: pd.DataFrame | None
) -> pd.DataFrame:
    """The claims in three lights: the main replication, the readings, the controls.

    Adds the columns readings and supported (how many readings without a leak there are, and how
    many support the claim), a verdict for each control, and due_to_e: "yes" where the claim is
    supported and no control supports it, "no" where one does, and nothing where it is not
    supported.
    """
    found = found.copy()
    if readings is not None:
        counted = multiverse.shares(multiverse.without_leaks(readings)).set_index("id")
        for name, column in (("readings", "protocols"), ("supported", "supported")):
            found[name] = found["id"].map(counted[column]).astype("Int64")
    if controls is not None:
        for control in plan.IN_PLACE_OF_E:
            its = controls[controls["model"] == control].set_index("id")["verdict"]
            found[control] = found["id"].map(its)
        by_control = (found[list(plan.IN_PLACE_OF_E)] == SUPPORTED).any(axis=1)
        held = found["verdict"] == SUPPORTED
        found["due_to_e"] = by_control.map({True: "no", False: "yes"}).where(held, "")
    return found


def about(store: Store, seeds: range, complete: set[str]) -> pd.DataFrame:
    """Of each part: runs, models trained, seeds, and the version of the code."""
    rows = []
    for part in ("figures", "controls", "baselines", *sorted(complete)):
        runs = plan.runs(FIGURES if part == "figures" else [part], seeds)
        n_seeds = len({run.seed for run in runs})
        minutes = store.seconds(runs) / 60
        rows.append((part, len(runs), len({r.fit_key() for r in runs}), n_seeds, minutes))
    found = pd.DataFrame(rows, columns=["part", "runs", "trained", "seeds", "computing minutes"])
    return found.assign(code=store.code)


def said(found: pd.DataFrame) -> str:
    """The claims as a Markdown table, for the README and the first page of the book."""
    lines = ["| | claim of the paper | verdict | difference, 95 % interval |", "|---|---|---|---|"]
    for row in found.itertuples():
        numbers = f"{row.difference:+.2g} ({row.low:+.2g} to {row.high:+.2g})"
        lines.append(f"| {row.id} | {row.claim} | **{row.verdict}** | {row.statistic}: {numbers} |")
    return "\n".join(lines)


def write(path: Path, table: pd.DataFrame) -> Path:
    """A table as CSV, whole or not at all."""
    part = path.with_suffix(".part")
    table.to_csv(part, index=False, float_format="%.6g", lineterminator="\n")
    os.replace(part, path)
    return path
