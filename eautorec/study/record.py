"""The recorded study: small tables that a later run is checked against, and that the pages quote.

`results/` holds what took longer than a build may take (the large parts), and the means and spreads
of everything else, so that a build can tell whether it found the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eautorec.errors import InputError
from eautorec.files import write_whole
from eautorec.study import multiverse, plan, tuning
from eautorec.study.claims import (
    SUPPORTED,
    against_controls,
    claims,
    gain_at_default,
    in_place_of_eautorec,
)
from eautorec.study.figures import FIGURES, Figure, differences
from eautorec.study.protocol import CONTROLS, DEFAULT
from eautorec.study.statistics import interval
from eautorec.study.store import Store

MEASURES = (("rmse", 0), ("map", 10), ("mep", 10))
"""Of every model: (metric, x)."""

LEAK = "E from all ratings"
"""What E-AutoRec is called where its E knows the test ratings."""

GAINS = ["figure", "model", "metric", "x", "mean", "low", "high", "sd", "seeds"]
"""The columns of `gains` and `paired_with_autorec`."""


def record(store: Store, seeds: range, folder: Path) -> list[Path]:
    """Write the tables of all parts that are complete in the store; returns the files.

    Raises InputError if the default study itself is not complete.
    """
    complete = {part for part in plan.LARGE if not count_missing(store, [part], seeds)}
    if left := count_missing(store, None, seeds):
        raise InputError(
            f"{left} runs are not in {store.path}: "
            f"run 'eautorec study run --seeds {len(seeds)}' first."
        )
    tables = {}
    frame = store.frame(plan.figure_runs(seeds))
    for name, figure in FIGURES.items():
        tables[f"figure-{name}"] = figure.table(frame)
    if "multiverse" in complete and "judged" in complete:
        few = seeds[: plan.N_SEEDS_LARGE]
        tables["multiverse"] = multiverse.table(store.frame, few)
    if "swapped" in complete:
        tables["swapped"] = claims_of_controls(store, seeds)
    if "tuning" in complete:
        tables["tuning"] = tuning.table(store.frame(tuning.runs()))
    everything = store.frame(plan.runs(None, seeds))
    tables["gains"] = pd.concat(
        [gains(frame), paired_with_autorec(everything, CONTROLS)], ignore_index=True
    )
    tables["models"] = summary(everything)
    tables["claims"] = lights(
        claims(frame),
        against_controls(everything),
        tables.get("multiverse"),
        tables.get("swapped"),
    )
    tables["study"] = facts_of_the_study(store, seeds, complete)
    return [write_table(folder / f"{name}.csv", table) for name, table in tables.items()]


def count_missing(store: Store, parts: Iterable[str] | None, seeds: range) -> int:
    """How many runs of these parts, or of the default study, are not stored."""
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


def claims_of_controls(store: Store, seeds: range) -> pd.DataFrame:
    """The claims with a control in the place of E-AutoRec, beside E-AutoRec on the same seeds."""
    few = seeds[: plan.N_SEEDS_LARGE]
    real = claims(store.frame(plan.figure_runs(few)))
    rows = [real.assign(model="E-AutoRec")]
    for control in plan.IN_PLACE_OF_E:
        found = store.frame(plan.swapped_runs(control, few))
        rows.append(claims(found, model=control).assign(model=control))
    return pd.concat(rows, ignore_index=True)


def gains(frame: pd.DataFrame) -> pd.DataFrame:
    """E-AutoRec minus AutoRec on the same split, in every figure: figure, model, metric, x, mean,
    low, high, sd, seeds; and at the default, with `paired_with_autorec`."""
    rows = [
        (name, "E-AutoRec - AutoRec", figure.metric, x, *interval(values))
        for name, figure in FIGURES.items()
        for x, values in differences(figure.records(frame)).items()
    ]
    at_default = paired_with_autorec(frame)
    return pd.concat([pd.DataFrame(rows, columns=GAINS), at_default], ignore_index=True)


def paired_with_autorec(
    frame: pd.DataFrame, models: Iterable[str] = ("E-AutoRec",)
) -> pd.DataFrame:
    """Each of these models minus AutoRec on the same split at the default hyper-parameters, in each
    measure: the columns of `gains`."""
    frame = frame[frame["e_from"] == DEFAULT.e_from]
    rows = [
        (metric, f"{model} - AutoRec", metric, x, *interval(values))
        for model in models
        for metric, _ in MEASURES
        for x, values in gain_at_default(in_place_of_eautorec(frame, model), metric).items()
    ]
    return pd.DataFrame(rows, columns=GAINS)


def lights(
    found: pd.DataFrame,
    controls: pd.DataFrame,
    readings: pd.DataFrame | None = None,
    swapped: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The claims in three lights: the main replication, the controls, the readings.

    Adds the columns asked (the number of controls), controls (how many of them support the claim),
    beaten (how many the real E does better than) and due_to_e: "yes" where the claim is supported
    and all controls are beaten, "no" where it is supported and some are not, else nothing; and
    where there are other readings of the paper, how many without a leak, and how many support the
    claim. A claim that sweeps a parameter is asked with the controls in `swapped` only: it is "no"
    where one of them supports it too.

    Parameters
    ----------
    found : of `claims`; controls : of `against_controls`; readings : of `multiverse.table`;
    swapped : of `claims_of_controls`.
    """
    found = found.copy()
    by_claim = controls.assign(held=controls["verdict"] == SUPPORTED).groupby("id")
    held, beaten, asked = (
        found["id"].map(counted).astype("Int64")
        for counted in (by_claim["held"].sum(), by_claim["beaten"].sum(), by_claim.size())
    )
    supported = found["verdict"] == SUPPORTED
    due = (beaten == asked).map({True: "yes", False: "no"}).where(supported & beaten.notna(), "")
    if swapped is not None:
        others = swapped[swapped["model"] != "E-AutoRec"]
        by_claim = others.assign(held=others["verdict"] == SUPPORTED).groupby("id")
        held = held.fillna(found["id"].map(by_claim["held"].sum()))
        asked = asked.fillna(found["id"].map(by_claim.size()))
        due = due.mask(supported & beaten.isna() & (held > 0), "no")
    found["asked"], found["controls"], found["beaten"], found["due_to_e"] = asked, held, beaten, due
    if readings is not None:
        counted = multiverse.support_by_claim(multiverse.without_leaks(readings)).set_index("id")
        for name, column in (("readings", "protocols"), ("supporting", "supported")):
            found[name] = found["id"].map(counted[column]).astype("Int64")
    return found


def facts_of_the_study(store: Store, seeds: range, complete: set[str]) -> pd.DataFrame:
    """Of each part: runs, models trained, seeds, and the version of the code."""
    rows = []
    for part in ("figures", "controls", "baselines", *sorted(complete)):
        runs = plan.runs(FIGURES if part == "figures" else [part], seeds)
        n_seeds = len({run.seed for run in runs})
        minutes = store.seconds(runs) / 60
        rows.append((part, len(runs), len({r.fit_key() for r in runs}), n_seeds, minutes))
    found = pd.DataFrame(rows, columns=["part", "runs", "trained", "seeds", "computing minutes"])
    return found.assign(code=store.code)


def claims_as_markdown(table: pd.DataFrame) -> str:
    """The claims as a Markdown table, for the README and the first page of the book."""
    lines = [
        "| | claim of the paper | verdict | difference, 95 % interval | also supported |",
        "|---|---|---|---|---|",
    ]
    for row in table.itertuples():
        numbers = f"{row.difference:+.2g}"
        if row.low == row.low:  # a share has no interval
            numbers += f" ({row.low:+.2g} to {row.high:+.2g})"
        cells = [row.id, row.claim, f"**{row.verdict}**", f"{row.statistic}: {numbers}"]
        lines.append(f"| {' | '.join([*cells, also_supported(row)])} |")

    def listed(chosen: pd.Series) -> str:
        return ", ".join(table["id"][chosen]) or "none"

    lines.append("")
    lines.append(
        f"Supported, and better with E than every control: {listed(table['due_to_e'] == 'yes')}. "
        f"Supported, but some control does as well: {listed(table['due_to_e'] == 'no')}. "
        f"Asked with fewer controls, or none: {listed(table['beaten'].isna())}."
    )
    return "\n".join(lines)


def also_supported(row: Any) -> str:
    """In how many other readings of the paper, and with how many controls in the place of E.

    Parameters
    ----------
    row : of the table of `lights`, as `itertuples` gives it.
    """
    parts = []
    if pd.notna(getattr(row, "readings", np.nan)):
        parts.append(f"in {row.supporting:g} of {row.readings:g} readings")
    if pd.notna(row.controls):
        parts.append(f"with {row.controls:g} of {row.asked:g} controls")
    return "; ".join(parts)


def write_claims(recorded: Path, page: Path) -> None:
    """Put the recorded claims between the marks of a page, if it has them."""
    if not page.exists():
        return
    before, begin, rest = page.read_text(encoding="utf-8").partition("<!-- claims -->\n")
    _, end, after = rest.partition("<!-- end of claims -->")
    if end:
        table = claims_as_markdown(pd.read_csv(recorded))
        write_whole(page, f"{before}{begin}\n{table}\n\n{end}{after}")


def write_table(path: Path, table: pd.DataFrame) -> Path:
    """A table as CSV, whole or not at all."""
    return write_whole(path, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
