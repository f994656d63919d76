"""How a text file separates its cells: what explains all of its first lines."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from eautorec.errors import InputError
from eautorec.reading.columns import NUMBER, Layout, Row, find_columns, number
from eautorec.reading.text import Block

SEPARATORS = ("::", "\t", ",", ";", "|", " ")
"""Between the cells of a line; a blank stands for one or more blanks or tabs."""

NAMES = {"\t": "tab", " ": "blanks", ",": "comma", ";": "semicolon"}

SAMPLE = 1000
"""Lines that a separator has to explain."""

STAND_IN = "\x1f"
"""For a separator of several characters: ASCII's own, "unit separator", which is in no label."""

ENCLOSED = re.compile('".*"', re.DOTALL)
"""A cell in quotation marks."""

EXCEL = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The first line by which Excel is told the separator."""


@dataclass(frozen=True)
class Dialect:
    """A separator, whether cells may stand in quotation marks, and the sign before decimals."""

    separator: str
    quoted: bool = True
    decimal: str = "."

    @property
    def is_plain(self) -> bool:
        """Whether a line without quotation marks is cut at each separator, and nothing else."""
        return self.separator != " "

    @property
    def character(self) -> str:
        """The separator as one character of ASCII, once a text is `prepared`."""
        return self.separator if self.separator in SEPARATORS[1:] else STAND_IN

    def prepared(self, text: str) -> str:
        """The text with `character` between its cells."""
        if self.character == self.separator:
            return text
        return text.replace(self.separator, STAND_IN)

    def __str__(self) -> str:
        return NAMES.get(self.separator, self.separator)


def records(
    lines: Iterable[str], dialect: Dialect, where: str, first_line: int = 1
) -> Iterator[Row]:
    """The number and the cells of every line that is not blank; slow, and exact.

    Raises InputError where quotation marks do not match.
    """
    if dialect.separator == " ":
        lines = (line.replace("\t", " ").strip() + "\n" for line in lines)
    elif dialect.character != dialect.separator:
        lines = map(dialect.prepared, lines)
    reader = csv.reader(
        lines,
        delimiter=dialect.character,
        quoting=csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE,
        skipinitialspace=True,
        strict=True,
    )
    line = first_line
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield line, cells
            line = first_line + reader.line_num
    except csv.Error as error:
        raise InputError(
            f"{where}, line {line}: {error}; a cell that begins with a quotation mark has to end "
            "with one, and those within it are doubled."
        ) from None


def sniff(
    first: Block,
    separator: str | None,
    decimal: str | None,
    columns: Sequence[str | int] | None,
    where: str,
) -> tuple[Dialect, Layout]:
    """The dialect and the columns that explain all of the first lines.

    Raises
    ------
    InputError
        None explains them, or two do: what is wrong, and how to say it.
    """
    lines, before = _sample(first)
    told = EXCEL.fullmatch(lines[0].strip(" \n"))
    if told:
        lines, before, separator = lines[1:], before + 1, separator or told[1]
    if not lines:
        raise InputError(f"{where} has no ratings below its first line.")
    found: list[_Explanation] = []
    errors: list[tuple[int, InputError]] = []
    for candidate in SEPARATORS if separator is None else [separator]:
        if candidate == " " and found:
            break  # a blank next to another separator is none, and titles have blanks
        try:
            found.append(_explain(lines, before, candidate, columns, where, separator is None))
        except _Unexplained as failure:
            # Blanks stand in titles too: they tell least.
            n_cells = min(failure.n_cells, 2) if candidate == " " else failure.n_cells
            errors.append((n_cells, failure.reason))
    found = [one for one in found if one.layout.header] or found
    if not found:
        # What comes nearest tells the most: the separator that makes most cells.
        most, reason = max(errors, key=lambda error: error[0])
        if most > 1:
            raise reason
        raise InputError(
            f"{where}, line {before + 1}: no separator in {lines[0].strip()[:40]!r}; separate "
            "user, item and rating by a comma, a tab, a semicolon, '|', '::' or blanks, or name "
            "yours with separator= (--separator)."
        )
    if len(found) > 1:
        both = " and ".join(repr(one.dialect.separator) for one in found[:2])
        raise InputError(
            f"{where}, line {before + 1}: {both} could both separate the cells; say which with "
            "separator= (--separator)."
        )
    dialect, layout, rows = found[0]
    if decimal is None:
        ratings = [cells[layout.places[2]] for _, cells in rows[bool(layout.header) :]]
        decimal = find_decimal(ratings, where)
    return replace(dialect, decimal=decimal), layout


def find_decimal(cells: Iterable[str], place: str) -> str:
    """A comma where ratings are written as 4,5; else a point.

    Raises InputError where 1,000 may be a thousand.
    """
    written = [cell.strip() for cell in cells]
    with_comma = [cell for cell in written if "," in cell]
    with_point = any("." in cell for cell in written)
    if not with_comma or with_point or any(math.isnan(number(cell, ",")) for cell in with_comma):
        return "."
    if all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", cell) for cell in with_comma):
        raise InputError(
            f"{place}: {with_comma[0]!r} may be a whole number or one with a decimal comma; say "
            "which with decimal=',' or decimal='.' (--decimal)."
        )
    return ","


class _Explanation(NamedTuple):
    dialect: Dialect
    layout: Layout
    rows: list[Row]


class _Unexplained(Exception):
    def __init__(self, n_cells: int, reason: InputError):
        super().__init__(n_cells, reason)
        self.n_cells, self.reason = n_cells, reason


def _sample(first: Block) -> tuple[list[str], int]:
    """The first lines that are not blank, without what is blank above them; how much that is."""
    lines: list[str] = []
    for line in first.lines():
        if lines or line.strip():
            lines.append(line)
        if len(lines) >= SAMPLE and line.count('"') % 2 == 0:
            break  # not within a cell that goes on below
    before = first.text[: first.text.find(lines[0])].count("\n") if lines else 0
    return lines, before


def _explain(
    lines: list[str],
    before: int,
    separator: str,
    columns: Sequence[str | int] | None,
    where: str,
    guessed: bool,
) -> _Explanation:
    """With quotation marks, or else without. Raises _Unexplained, with the cells of the first line
    and the reason."""
    marks = any('"' in line for line in lines)
    ways = [False] if len(separator) > 1 else [True, False] if marks else [True]
    failures: list[_Unexplained] = []
    for dialect in (Dialect(separator, quoted) for quoted in ways):
        rows: list[Row] = []
        try:
            for row in records(lines, dialect, where, before + 1):
                rows.append(row)
            if not rows:
                raise InputError(f"{where} has nothing in its cells: give user, item and rating.")
            if failures and any(ENCLOSED.fullmatch(cell) for _, cells in rows for cell in cells):
                break  # here the marks mean something, and one is wrong
            layout = find_columns(rows, columns, where, before)
            if guessed and not layout.header:
                _check_plausible(rows, layout, dialect, where)
        except InputError as error:
            n_cells = len(rows[0][1]) if rows else lines[0].count(separator) + 1
            failures.append(_Unexplained(n_cells, error))
            continue
        return _Explanation(dialect, layout, rows)
    raise failures[0]


def _check_plausible(rows: Sequence[Row], layout: Layout, dialect: Dialect, where: str) -> None:
    """Raise InputError where a file without a header has few numbers for ratings, or numbers with
    another separator between them for users and items."""
    user, item, rating = layout.places
    others = "".join(set("\t,;| ") - {dialect.separator})
    several = re.compile(rf"\d+([{re.escape(others)}]+\d+)+", re.ASCII)
    wrong = []
    for line, cells in rows:
        for place in (user, item):
            if several.fullmatch(cells[place].strip()):
                raise InputError(
                    f"{where}, line {line}: {cells[place].strip()!r} is no label; name the "
                    "separator with separator= (--separator)."
                )
        cell = cells[rating].strip()
        if not NUMBER.fullmatch(cell.replace(",", ".")):
            wrong.append((line, cell))
    if 2 * len(wrong) > len(rows):
        line, cell = wrong[0]
        raise no_number(f"{where}, line {line}", cell)


def no_number(place: str, cell: str) -> InputError:
    found = f"is {cell[:40]!r}" if cell.strip() else "is empty"
    hint = "correct or remove the line"
    if NUMBER.fullmatch(cell.replace(",", ".")):
        hint = "give decimal=',' (--decimal) if that is a decimal comma"
    return InputError(f"{place}, column rating: the cell {found}, not a finite number; {hint}.")
