"""The same verdicts on another machine? The whole study, computed on both.

On the other one, `eautorec study run DATA --starts 1`, then `eautorec study record --ratings DATA
--starts 1 --to FOLDER/DATA`; here, `python -m eautorec_benchmarks.verdicts FOLDER results` compares
each set in FOLDER with the record of the same name, and writes `elsewhere-verdicts.csv` and
`elsewhere-moved.csv`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from eautorec.errors import InputError
from eautorec.study.claims import claims
from eautorec.study.record import OF_RUN, fingerprint_of, of_figures, read_records, write_table

MEASURES = ["rmse", "map", "mep"]
OF_CLAIM = ["verdict", "statistic", "difference", "low", "high"]


def beside(here: pd.DataFrame, there: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The claims by either machine, and how far the measures of single runs moved.

    Parameters
    ----------
    here, there : as `read_records` gives them; only runs that both have count.

    Returns
    -------
    A row for each claim: id, OF_CLAIM, and the same with " there". A row for each model and one of
    MEASURES: the number of `values`, and `largest`, the largest difference of one run's.

    Raises InputError if they have no run in common.
    """
    names = [*OF_RUN, "metric", "x"]
    both = here.merge(there, on=names, suffixes=("", " there"))
    if both.empty:
        raise InputError("The two records have no run in common.")
    other = both.drop(columns="value").rename(columns={"value there": "value"})
    mine, theirs = (claims(of_figures(frame))[["id", *OF_CLAIM]] for frame in (both, other))
    both["largest"] = (both["value"] - both["value there"]).abs()
    moved = both[both["metric"].isin(MEASURES)].groupby(["model", "metric"], sort=False)["largest"]
    return (
        mine.merge(theirs, on="id", suffixes=("", " there")),
        moved.agg(values="size", largest="max").reset_index(),
    )


def main(folder: str, results: str) -> None:
    """Compare, and write the two tables. Raises InputError where nothing is to be compared, or the
    ratings are not the same."""
    tables: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    for there in sorted(Path(folder).glob("*/records.csv")):
        here = Path(results) / there.parent.name / there.name
        if fingerprint_of(there.parent) != fingerprint_of(here.parent):
            raise InputError(f"{there} is of other ratings than {here}.")
        found = beside(read_records(here), read_records(there))
        for table in found:
            table.insert(0, "data", there.parent.name)
        tables.append(found)
    if not tables:
        raise InputError(f"No folder in {folder} has a records.csv.")
    for name, parts in zip(("verdicts", "moved"), zip(*tables, strict=True), strict=True):
        write_table(Path(results) / f"elsewhere-{name}.csv", pd.concat(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
