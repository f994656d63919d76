"""The bytes of a file of ratings, out of gzip or zip where it is packed."""

from __future__ import annotations

import contextlib
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from eautorec.errors import InputError

MAX_UNPACKED = 8 * 2**30
"""Bytes that are unpacked from one file, some 300 million lines: more may be a trap."""

CHUNK = 4 * 2**20
"""Bytes that are read at once."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def packing(path: Path) -> str:
    """ "gzip", "zip", "Parquet" or "" by the first bytes of the file, whatever its name."""
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"\x1f\x8b":
        return "gzip"
    return {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"PAR1": "Parquet"}.get(start, "")


def chunks(path: Path) -> Iterator[bytes]:
    """The content of the file, unpacked, some megabytes at a time; nothing is written.

    Raises
    ------
    InputError
        The file is damaged, has a password, holds several files or too much.
    """
    with contextlib.ExitStack() as stack:
        try:
            packed = packing(path)
            file: Readable = stack.enter_context(path.open("rb"))
            if packed == "gzip":
                file = stack.enter_context(gzip.open(path))
            elif packed == "zip":
                archive = stack.enter_context(zipfile.ZipFile(path))
                file = stack.enter_context(_only_member(archive, path))
            size = 0
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if packed and size > MAX_UNPACKED:
                    raise InputError(
                        f"{path} unpacks to more than {MAX_UNPACKED / 2**30:g} GiB: if that is "
                        "right, unpack it and give the file inside."
                    )
                yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path} is damaged ({error}): fetch it again, or unpack it yourself."
            ) from None
        except (RuntimeError, NotImplementedError) as error:  # a password; an unknown method
            raise InputError(f"{path} cannot be unpacked here ({error}): unpack it.") from None


def _only_member(archive: zipfile.ZipFile, path: Path) -> BinaryIO:
    """The one file in an archive. Its name is only shown: nothing is written to any place."""
    names = [name for name in archive.namelist() if not name.endswith("/")]
    if "[Content_Types].xml" in names:
        raise InputError(f"{path} is a spreadsheet: save its sheet as CSV, and give that file.")
    names = [name for name in names if not name.startswith("__MACOSX/")]
    if len(names) != 1:
        raise InputError(
            f"{path} holds {len(names)} files{_such_as(names)}: unpack it, and give the one with "
            "the ratings."
        )
    return archive.open(names[0])  # type: ignore[return-value]


def _such_as(names: list[str]) -> str:
    return f", such as {names[0][:60]!r}" if names else ""
