"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import glob
import os
import tempfile
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

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
    raw = content.encode("utf-8") if isinstance(content, str) else content
    with appearing_whole(path) as part:
        part.write_bytes(raw)
    return Path(path)


@contextlib.contextmanager
def appearing_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A file beside this path to be written bit by bit; it takes the path's place at the end, and
    goes if there is no good end. What somebody left who was killed in the middle goes as well.

    Raises InputError as `write_whole` does.
    """
    path = Path(path)
    check_can_write(path)
    path = path.resolve()  # a link stays one, and what it leads to is replaced
    part, held = None, None
    try:
        _clear_up(path)
        part, held = _new_part(path)
        if os.name == "nt":  # an open file cannot be renamed there
            os.close(held)
            held = None
        yield part
        part.chmod(_permissions(path))
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {_reason(error)}; give another path.") from None
    finally:
        if held is not None:
            os.close(held)
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()


@contextlib.contextmanager
def alone_in(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Whoever else asks for this folder meanwhile waits. The lock goes with its holder, even a
    killed one; where there are no such locks, as on Windows, nobody waits."""
    descriptor = None
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        if descriptor is not None:
            _lock(descriptor, wait=True)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _new_part(path: Path) -> tuple[Path, int]:
    """An empty file beside this path, and the descriptor that holds its lock."""
    while True:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as file:
            part, held = Path(file.name), os.dup(file.fileno())
        _lock(held, wait=True)
        if os.fstat(held).st_nlink:
            return part, held
        os.close(held)  # somebody cleared it up before it was locked


def _clear_up(path: Path) -> None:
    """Remove the parts of this file that nobody is writing any more."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError), part.open("rb") as file:
            if _lock(file.fileno()):
                part.unlink()


def _lock(descriptor: int, wait: bool = False) -> bool:
    """Whether an open file is ours now, until it is closed or we are killed. Where there are no
    such locks, as on Windows, none ever is."""
    try:
        import fcntl
    except ImportError:
        return False
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return True
    return False


def write_table(path: str | os.PathLike[str], frames: Iterable[pd.DataFrame]) -> Path:
    """Write frames with the same columns as one table, one after another, so that only one of them
    is held at a time: Parquet or CSV, as the path ends. In CSV, text that a spreadsheet would take
    for a formula gets an apostrophe in front; Parquet keeps all text as it is.

    Raises
    ------
    InputError
        The path ends otherwise, Parquet's package is missing, or as in `write_whole`.
    """
    path = Path(path)
    check_can_write_table(path)
    with appearing_whole(path) as part:
        (_to_parquet if path.suffix == ".parquet" else _to_csv)(part, frames)
    return path


FORMULA = r"^(?=[=+\-@\t\r])(?![-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$)"
"""Where a cell begins that a spreadsheet would compute: a number with a sign is none."""


def _to_csv(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, frame in enumerate(frames):
            text = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
            # An apostrophe in front is the sign of text in every spreadsheet.
            cells = frame[text].replace(FORMULA, "'", regex=True)
            # A carriage return ends a line for many readers, and Python puts no quotes round it.
            torn = any(cells[name].str.contains("\r", regex=False).any() for name in text)
            frame.assign(**cells).to_csv(
                file,
                index=False,
                header=number == 0,
                lineterminator="\n",
                quoting=csv.QUOTE_NONNUMERIC if torn else csv.QUOTE_MINIMAL,
            )


def _to_parquet(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    try:
        for frame in frames:
            schema = None if writer is None else writer.schema
            table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def check_can_write(path: str | os.PathLike[str]) -> None:
    """Raise InputError if no file can be written at this path, before the work that fills it."""
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}: make it, or give another path.")
    if path.is_dir():
        raise InputError(f"{path} is a folder: give the path of a file.")
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is no usual file, but a device: give another path.")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"Nothing may be written in the folder {path.parent}: give another path.")


def check_can_write_table(path: str | os.PathLike[str]) -> None:
    """As `check_can_write`; also where the path is no name for a table, or Parquet's package is
    missing."""
    path = Path(path)
    if path.suffix not in (".parquet", ".csv"):
        raise InputError(f"{path} is no name for a table: let it end with .parquet or .csv.")
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise InputError(
            "Parquet needs the package pyarrow: install it with pip install 'eautorec[parquet]', "
            "or give a path that ends with .csv."
        )
    check_can_write(path)


def make_folder(path: str | os.PathLike[str]) -> Path:
    """The folder, made if it is not there.

    Raises InputError where that cannot be, or nothing may be written there.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"Cannot make the folder {path}: {_reason(error)}; choose another one."
        ) from None
    if not os.access(path, os.W_OK):
        raise InputError(f"Nothing may be written in the folder {path}: choose another one.")
    return path


def _permissions(path: Path) -> int:
    """Those of the file that is replaced, or of a new file: temporary files are for one user."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
