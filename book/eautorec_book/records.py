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

MAIN = "100k"
"""The ratings of the tables that lie on top."""

OTHERS = ("filmtrust", "insteval")
"""Sets with the same study in a folder of their own."""


def recorded(name: str, of: str = MAIN) -> pd.DataFrame:
    """A table of the recorded study, such as "claims" or "multiverse".

    Parameters
    ----------
    of : the set of ratings: MAIN or one of OTHERS.

    Raises FileNotFoundError if there is no table of that name.
    """
    return pd.read_csv(_file(name, of))


def study(of: str = MAIN) -> pd.DataFrame:
    """What the recorded study measured: one row for each run, metric and x."""
    return _read_once(_file("records", of)).copy()


_read_once = lru_cache(maxsize=1 + len(OTHERS))(read_records)


def check_ratings(ratings: Ratings, of: str = MAIN) -> None:
    """Raise InputError unless the recorded tables are of these ratings."""
    folder = _file("records", of).parent
    if fingerprint_of(folder) != ratings.fingerprint:
        again = "'make study'" if of == MAIN else f"'eautorec study run {of}'"
        raise InputError(f"The tables in {folder} are of other ratings: run {again} anew.")


def _file(name: str, of: str) -> Path:
    below = f"{name}.csv" if of == MAIN else f"{of}/{name}.csv"
    for folder in PLACES:
        if (folder / below).exists():
            return folder / below
    raise FileNotFoundError(f"There is no recorded table {name!r}: no {below} in {PLACES[-1]}.")
