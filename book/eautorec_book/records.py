"""The recorded study, as the chapters and the exercises read it."""

from functools import lru_cache
from pathlib import Path

import pandas as pd

from eautorec.errors import InputError
from eautorec.ratings import Ratings
from eautorec.study.record import fingerprint_of, read_records

HERE = Path(__file__).parent
PLACES = (HERE / "results", HERE.parents[1] / "results")
"""In an installed distribution the tables lie inside it; in the repository, on top."""


def recorded(name: str) -> pd.DataFrame:
    """A table of the recorded study, such as "claims" or "multiverse".

    Raises FileNotFoundError if there is no table of that name.
    """
    return pd.read_csv(_file(name))


def study() -> pd.DataFrame:
    """What the recorded study measured: one row for each run, metric and x."""
    return _read_once(_file("records")).copy()


_read_once = lru_cache(maxsize=1)(read_records)


def check_ratings(ratings: Ratings) -> None:
    """Raise InputError unless the recorded tables are of these ratings."""
    folder = _file("records").parent
    if fingerprint_of(folder) != ratings.fingerprint:
        raise InputError(f"The tables in {folder} are of other ratings: run 'make study' anew.")


def _file(name: str) -> Path:
    for folder in PLACES:
        if (folder / f"{name}.csv").exists():
            return folder / f"{name}.csv"
    raise FileNotFoundError(f"There is no recorded table {name!r}: no {name}.csv in {PLACES[-1]}.")
