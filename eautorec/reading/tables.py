"""From a file to the cells of three columns, some lines at a time: text, JSON lines, Parquet."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from eautorec.arrays import Array
from eautorec.errors import InputError
from eautorec.reading.columns import ROLES, Layout, Row, wrong_length
from eautorec.reading.dialect import Dialect, records
from eautorec.reading.text import Block

BATCH = 20_000
"""Lines that are taken at once where they are read one by one."""


class Cells(NamedTuple):
    """Some lines of one column: the cells are `texts[codes]`."""

    codes: Array
    texts: list[str]


Batch = tuple[Cells, Cells, Cells]
"""User, item, rating: the same lines of each."""


def distinct(cells: Array | list[str]) -> Cells:
    codes, texts = pd.factorize(np.asarray(cells, object))
    return Cells(codes, list(texts))


def text_rows(
    blocks: Iterable[Block], dialect: Dialect, layout: Layout, where: str
) -> Iterator[Row]:
    """The number and the cells of every line with a rating, one by one.

    Raises InputError for a line of another length than the first.
    """
    blocks = iter(blocks)
    first = next(blocks, None)
    if first is None:
        return
    lines = itertools.chain.from_iterable(
        block.lines() for block in itertools.chain([first], blocks)
    )
    for line, cells in records(lines, dialect, where, first.first_line):
        if len(cells) != layout.n_cells:
            raise wrong_length(where, line, len(cells), layout.skip + 1, layout.n_cells)
        yield line, cells


def text_batches(
    blocks: Iterable[Block], dialect: Dialect, layout: Layout, where: str
) -> Iterator[Batch]:
    """The same, fast as long as the lines are regular and have no quotation marks."""
    blocks = iter(blocks)
    for block in blocks:
        if dialect.quoted and '"' in block.text or not dialect.is_plain:
            # A cell may go on in the next line: from here on all is read line by line.
            rest = itertools.chain([block], blocks)
            yield from row_batches(text_rows(rest, dialect, layout, where), layout.places)
            return
        plain = _plain_batch(dialect.prepared(block.text), dialect.character, layout)
        if plain is None:
            yield from row_batches(text_rows([block], dialect, layout, where), layout.places)
        else:
            yield plain


def row_batches(rows: Iterable[Row], places: tuple[int, int, int]) -> Iterator[Batch]:
    user, item, rating = places
    rows = iter(rows)
    while True:
        # Three lists of text: the garbage collector would look through lists of lists all the time.
        users: list[str] = []
        items: list[str] = []
        ratings: list[str] = []
        for _, cells in itertools.islice(rows, BATCH):
            users.append(cells[user])
            items.append(cells[item])
            ratings.append(cells[rating])
        if not users:
            return
        yield distinct(users), distinct(items), distinct(ratings)


def _plain_batch(text: str, separator: str, layout: Layout) -> Batch | None:
    """The cells of lines without quotation marks; None where a line may be blank or has another
    length."""
    raw = text.encode()
    if not _regular(np.frombuffer(raw, np.uint8), ord(separator), layout.n_cells - 1):
        return None
    # As objects, the cells stay the text that they are: no version of pandas takes it for numbers.
    frame = pd.read_csv(
        io.BytesIO(raw),
        sep=separator,
        header=None,
        usecols=sorted(layout.places),
        dtype=object,
        na_filter=False,
        quoting=3,  # csv.QUOTE_NONE
        skip_blank_lines=False,
        engine="c",
    )
    user, item, rating = (distinct(frame[place].to_numpy()) for place in layout.places)
    if not all(map(str.strip, user.texts)):
        return None  # perhaps of a line that is blank throughout
    return user, item, rating


def _regular(text: Array, separator: int, n: int) -> bool:
    """Whether every line of this text has n separators."""
    ends = np.flatnonzero(text == ord("\n"))
    places = np.flatnonzero(text == separator)
    if len(places) != n * len(ends):
        return False
    by_line = places.reshape(len(ends), n)
    return bool((by_line[:, -1] < ends).all() and (by_line[1:, 0] > ends[:-1]).all())


def json_rows(blocks: Iterable[Block], names: list[str], where: str) -> Iterator[Row]:
    """The line and three cells of every object, as they are written; "" where one is absent.

    Raises InputError for a line that is no object with labels and numbers.
    """
    for block in blocks:
        for line, text in enumerate(block.lines(), start=block.first_line):
            if not text.strip():
                continue
            try:
                # Numbers keep their digits: 007, 1.10 and 1e5 are labels like others.
                found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
                cells = ["" if (v := found.get(name)) is None else v for name in names]
            except (ValueError, AttributeError, RecursionError):
                raise InputError(
                    f"{where}, line {line} is no JSON object: give one a line, such as "
                    '{"user": 1, "item": 10, "rating": 5}.'
                ) from None
            for role, cell in zip(ROLES, cells, strict=True):
                if not isinstance(cell, str):
                    raise InputError(
                        f"{where}, line {line}, column {role}: the value is {str(cell)[:40]}, "
                        "neither text nor a number."
                    )
            yield line, cells


def json_names(block: Block, where: str) -> list[str]:
    """The names in the first object."""
    line, text = next(
        (k, text) for k, text in enumerate(block.lines(), start=block.first_line) if text.strip()
    )
    try:
        return list(json.loads(text))
    except ValueError:
        raise InputError(f"{where}, line {line} is no JSON object: give one a line.") from None


def parquet_frame(path: Path) -> pd.DataFrame:
    """The table in a Parquet file, its index among the columns where it has a name.

    Raises InputError where no package reads it, or the file is damaged.
    """
    try:
        frame = pd.read_parquet(path)
    except ImportError as error:
        raise InputError(
            f"{path} is a Parquet file, which needs the package pyarrow{_of_no_use(error)}: "
            "install it with pip install -U 'eautorec[parquet]', or save the ratings as CSV."
        ) from None
    except (ValueError, OSError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(f"{path} is a damaged Parquet file ({reason}): write it again.") from None
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index(named) if named else frame


def _of_no_use(error: ImportError) -> str:
    """Why the pyarrow that is here, if one is, is of no use: another NumPy's, or too old."""
    if find_spec("pyarrow") is None:
        return ""
    try:
        import_module("pyarrow")
    except ImportError as its_own:
        error = its_own
    return f" (the one that is here cannot be used: {' '.join(str(error).split())[:300]})"


def series_cells(column: pd.Series) -> Cells:
    """A column of a frame as text: whole numbers without a point, "" where nothing stands."""
    codes, found = pd.factorize(column)
    values = list(np.asarray(found))
    # Whole numbers become decimal where one is missing: 7.0 was 7.
    were_whole = all(isinstance(v, float | np.floating) and float(v).is_integer() for v in values)
    texts = [f"{value:.0f}" if were_whole else str(value) for value in values]
    if (codes < 0).any():
        codes, texts = np.where(codes < 0, len(texts), codes), [*texts, ""]
    return Cells(codes, texts)
