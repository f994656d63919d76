"""Ratings that are published: by their name, with titles, checked by their hash."""

from pathlib import Path

from eautorec.datasets.movielens import LOADERS, load_movielens
from eautorec.ratings import Ratings
from eautorec.reading import read_ratings

__all__ = ["load_movielens", "load_ratings"]


def load_ratings(name: str) -> Ratings:
    """Ratings from a file (`read_ratings`) or, by its name, a MovieLens set (`load_movielens`)."""
    if name in LOADERS and not Path(name).exists():
        return load_movielens(name)
    return read_ratings(name)
