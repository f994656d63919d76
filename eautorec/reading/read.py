"""A file of ratings: looked at, read, and told."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from eautorec.arrays import Array, Scale
from eautorec.errors import InputError, InputWarning
from eautorec.ratings import Ratings, from_columns
from eautorec.reading.cells import Labels, Values
from eautorec.reading.columns import ROLES, Row, known_names, told_columns
from eautorec.reading.dialect import SAMPLE, find_decimal, no_number, sniff
from eautorec.reading.source import How
from eautorec.reading.tables import (
    Batch,
    json_names,
    json_rows,
    parquet_frame,
    row_batches,
    series_cells,
    text_batches,
    text_rows,
)
from eautorec.reading.text import Block, beginning, blocks, encoding_name
from eautorec.reading.unpack import packing

HEADERS = {
    (False, False): "no",
    (True, False): "yes",
    (True, True): "yes, without a name for column 1, which counts the rows",
}
"""By whether there is one, and whether there are row names."""


@dataclass(frozen=True)
class Reading:
    """Ratings, and what their file was taken for.

    Attributes
    ----------
    columns : what was taken for the user, the item and the rating.
    n_missing, n_duplicates : lines left out: not rated, and replaced by a later one.
    note : a sentence on what may mean "not rated", or empty.
    """

    ratings: Ratings
    n_missing: int
    n_duplicates: int
    note: str
    format: str
    columns: dict[str, str]
    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    header: str | None = None

    def facts(self) -> dict[str, str | int]:
        """What was found out about the file, in words and numbers."""
        known = {
            "format": self.format,
            "encoding": self.encoding,
            "separator": self.separator,
            "decimal": self.decimal and {".": "point", ",": "comma"}[self.decimal],
            "header": self.header,
            **self.columns,
            "lines_not_rated": self.n_missing,
            "duplicates": self.n_duplicates,
        }
        return {name: fact for name, fact in known.items() if fact is not None}


def read_ratings(
    path: str | PathLike[str],
    *,
    columns: Iterable[str | int] | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: float | str | Iterable[float | str] = (),
    scale: Scale | None = None,
    duplicates: str = "error",
    like: Ratings | None = None,
) -> Ratings:
    """Read a file of ratings: user, item, rating, one rating a line.

    A text file, as it is or packed with gzip or zip; JSON lines; or Parquet. What is not said is
    found out: a separator has to explain all of the first lines. With a header, the columns are
    found by their names; without one they are the first three, if nothing speaks against it.
    Further columns, such as a time, are ignored. Labels stay as they are in the file, and become
    integers only where nothing is lost by it in the whole column ("007" stays text). `eautorec data
    FILE` shows what a file is taken for.

    Parameters
    ----------
    columns : those of user, item and rating: three names from the header, or three numbers from 1.
    separator : what stands between two cells: "," "tab" ";" "|" "::" "blanks", or something else.
    decimal : "." or ",".
    encoding : any that Python knows, such as "cp1252"; without it UTF-8, with or without a
        byte-order mark.
    missing : what means "not rated", such as 0, -1 or 99: these lines are left out.
    scale : the lowest and highest possible rating; without it, the lowest and highest that occur.
    duplicates : "error", or "last" to let the later line count.
    like : ratings whose users, items and scale these get: the other part of a fixed split.

    Raises
    ------
    InputError
        In one sentence: the file, the line, the column and the value that is wrong.

    Warns
    -----
    InputWarning
        0 is below all other ratings, or 99 frequent and far above them, and neither `missing` nor
        `scale` says what it means.
    """
    how = How(
        None if columns is None else tuple(columns),
        separator,
        decimal,
        encoding,
        (missing,) if isinstance(missing, str | int | float) else tuple(missing),
        scale,
        duplicates,
    )
    reading = read(path, how)
    if reading.note:
        warnings.warn(f"{path}: {reading.note}", InputWarning, stacklevel=2)
    return reading.ratings if like is None else reading.ratings.like(like)


def read(path: str | PathLike[str], how: How | None = None) -> Reading:
    """The ratings of a file, and what it was taken for. Raises InputError as `read_ratings`."""
    path, how = Path(path), how or How()
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise InputError(
                f"{path} cannot be read twice: save it, and give the path of the file."
            )
        packed = packing(path)
        if packed == "Parquet":
            return _read_parquet(path, how)
        encoding = encoding_name(how.encoding)
        first = beginning(path, encoding, SAMPLE)
        if not first.text.strip():
            raise InputError(
                f"{path} is empty: it needs one line for each rating: user, item, rating."
            )
        read_some = _read_json if _is_json(path, first) else _read_text
        return read_some(path, how, encoding, first, f" in {packed}" if packed else "")
    except OSError as error:
        raise InputError(
            f"Cannot read {path}: {(error.strerror or 'unknown error').lower()}; "
            "give the path of a file of ratings."
        ) from None


def _read_text(path: Path, how: How, encoding: str, first: Block, packed: str) -> Reading:
    dialect, layout = sniff(first, how.separator, how.decimal, how.columns, str(path))

    def body() -> Iterator[Block]:
        return _below(layout.skip, blocks(path, encoding))

    def rows() -> Iterator[Row]:
        return text_rows(body(), dialect, layout, str(path))

    gathered = _gather(
        text_batches(body(), dialect, layout, str(path)), how, dialect.decimal, path, rows
    )
    return Reading(
        *gathered,
        format=f"text{packed}",
        encoding=encoding,
        separator=str(dialect),
        decimal=dialect.decimal,
        header=HEADERS[layout.header is not None, layout.row_names],
        columns=layout.names(),
    )


def _read_json(path: Path, how: How, encoding: str, first: Block, packed: str) -> Reading:
    places, names = _named_columns(json_names(first, str(path)), how, f"{path}, line 1")

    def rows() -> Iterator[Row]:
        return json_rows(blocks(path, encoding), names, str(path))

    sample = itertools.islice(json_rows([first], names, str(path)), SAMPLE)
    decimal = how.decimal or find_decimal((cells[2] for _, cells in sample), str(path))
    gathered = _gather(row_batches(rows(), (0, 1, 2)), how, decimal, path, rows)
    return Reading(
        *gathered,
        format=f"JSON lines{packed}",
        encoding=encoding,
        columns=dict(zip(ROLES, names, strict=True)),
    )


def _read_parquet(path: Path, how: How) -> Reading:
    frame = parquet_frame(path)
    places, names = _named_columns([*map(str, frame.columns)], how, str(path))
    user, item, rating = (series_cells(frame.iloc[:, place]) for place in places)
    gathered = _gather([(user, item, rating)], how, how.decimal or ".", path, None)
    return Reading(*gathered, format="Parquet", columns=dict(zip(ROLES, names, strict=True)))


def _is_json(path: Path, first: Block) -> bool:
    """Whether the first line is an object; a list of them is refused."""
    line = next(line for line in first.lines() if line.strip()).strip()
    if line.startswith("[") and path.suffix == ".json":
        raise InputError(f"{path} is one JSON list: give a file with one object a line.")
    return line.startswith("{") and line.endswith("}")


def _named_columns(names: list[str], how: How, where: str) -> tuple[list[int], list[str]]:
    """The places and names of user, item and rating where every column has a name."""
    places = told_columns(how.columns, names, where) or known_names(names, where)
    return places, [names[place] for place in places]


def _below(skip: int, some: Iterable[Block]) -> Iterator[Block]:
    """The blocks without so many lines on top."""
    for block in some:
        if block.first_line <= skip:
            block = Block(skip + 1, block.text.split("\n", skip + 1 - block.first_line)[-1])
        if block.text:
            yield block


def _gather(
    batches: Iterable[Batch],
    how: How,
    decimal: str,
    path: Path,
    rows: Callable[[], Iterator[Row]] | None,
) -> tuple[Ratings, int, int, str]:
    """(ratings, lines that are not rated, lines that a later one replaces, note).

    Parameters
    ----------
    rows : reads the file once more, to find the line of what is wrong; None where it has no lines.
    """
    users, items = Labels(f"{path}, column user"), Labels(f"{path}, column item")
    values = Values(decimal, how.missing)
    numbers: list[Array] = []
    masks: list[Array] = []
    n_rows = 0

    def place_of(row: int) -> str:
        if rows is None:
            return f"{path}, row {row}"
        return f"{path}, line {next(itertools.islice(rows(), row, None))[0]}"

    def where(row: int) -> str:
        """Of a row that is rated."""
        return place_of(int(np.flatnonzero(np.concatenate(masks))[row]))

    for user, item, rating in batches:
        number, rated = values.parse(rating.codes, rating.texts)
        wrong = rated & ~np.isfinite(number)
        if wrong.any():
            row = int(np.flatnonzero(wrong[rating.codes])[0])
            raise no_number(place_of(n_rows + row), rating.texts[rating.codes[row]])
        mask = rated[rating.codes]
        users.add(user.codes[mask], user.texts)
        items.add(item.codes[mask], item.texts)
        numbers.append(number.astype(np.float32)[rating.codes[mask]])
        masks.append(mask)
        n_rows += len(mask)
    if n_rows == 0:
        raise InputError(f"{path} has a header and no ratings: it needs one line for each rating.")
    n_rated = sum(map(len, numbers))
    if n_rated == 0:
        raise InputError(f"{path} has no ratings: every line is one that missing= leaves out.")
    found = from_columns(
        users.series(),
        items.series(),
        pd.Series(np.concatenate(numbers)),
        scale=how.scale,
        titles=None,
        duplicates=how.duplicates,
        where=where,
    )
    return found, n_rows - n_rated, n_rated - len(found), values.note(how.scale)
