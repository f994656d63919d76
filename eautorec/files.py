"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from eautorec.errors import InputError


def write_whole(path: str | os.PathLike[str], content: bytes | str) -> Path:
    """Write a file in one step: a reader, or somebody who is killed, never sees half of it.

    The file has the permissions that any new file of this user has. Text is written as UTF-8, with
    line ends as they are.

    Raises
    ------
    InputError
        The folder is missing or nothing may be written there. Nothing is left behind.
    """
    path = Path(path)
    raw = content.encode("utf-8") if isinstance(content, str) else content
    check_can_write(path)
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as file:
            part = Path(file.name)
            file.write(raw)
        part.chmod(_permissions(path))
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {_reason(error)}; give another path.") from None
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()
    return path


def check_can_write(path: str | os.PathLike[str]) -> None:
    """Raise InputError if no file can be written at this path, before the work that fills it."""
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}: make it, or give another path.")
    if path.is_dir():
        raise InputError(f"{path} is a folder: give the path of a file.")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"Nothing may be written in the folder {path.parent}: give another path.")


def _permissions(path: Path) -> int:
    """Those of the file that is replaced, or of a new file: temporary files are for one user."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
