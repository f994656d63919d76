"""Ratings that are published: by their name, with titles, checked by their hash."""

import os
import warnings
from pathlib import Path

from eautorec.datasets.book_crossing import BOOK_CROSSING
from eautorec.datasets.dataset import Dataset
from eautorec.datasets.fetch import source_of
from eautorec.datasets.filmtrust import FILMTRUST, load_trust
from eautorec.datasets.insteval import INSTEVAL
from eautorec.datasets.movielens import MOVIELENS, load_movielens
from eautorec.errors import InputError, InputWarning
from eautorec.ratings import Ratings
from eautorec.reading import How, Reading, Source, read

__all__ = [
    "DATASETS",
    "Dataset",
    "load_dataset",
    "load_movielens",
    "load_ratings",
    "load_trust",
    "look_at",
]

DATASETS = {**MOVIELENS, **FILMTRUST, **BOOK_CROSSING, **INSTEVAL}
"""All sets by their name."""


def load_dataset(
    name: str,
    path: str | os.PathLike[str] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Ratings:
    """Published ratings by their name, one of DATASETS.

    `path`, `cache` and what is raised: as in `load_movielens`.
    """
    if name not in DATASETS:
        raise InputError(f"There is no data set {name!r}: choose one of {', '.join(DATASETS)}.")
    return DATASETS[name].load(source_of(path, cache))


def load_ratings(source: Source | str) -> Ratings:
    """Ratings by the name of a published set (`load_dataset`), else from a file (`read_ratings`).

    A file that is called as a set is reached with a folder before it: './100k'. Raises InputError
    as they do.
    """
    ratings, reading = look_at(source)
    if reading is not None and reading.note:
        warnings.warn(f"{source}: {reading.note}", InputWarning, stacklevel=2)
    return ratings


def look_at(source: Source | str) -> tuple[Ratings, Reading | None]:
    """The same, and what a file was taken for."""
    name, how = (source.name, source.how) if isinstance(source, Source) else (source, How())
    if name in DATASETS:
        if how != How():
            raise InputError(
                f"{name} is read as it was published: leave out --columns and whatever else says "
                "how a file is to be read."
            )
        return load_dataset(name), None
    if name.replace("-", "").isalnum() and not Path(name).exists():
        raise InputError(
            f"There is no file {name}, and no data set of that name: give the path of a file, or "
            f"one of {', '.join(DATASETS)}."
        )
    reading = read(name, how)
    return reading.ratings, reading
