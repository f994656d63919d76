"""Which column holds the user, which the item, which the rating; a guess is made nowhere."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from eautorec.errors import InputError
from eautorec.ratings import quoted

ROLES = ("user", "item", "rating")

KNOWN = {
    "user": (
        {"user"},
        {"userid", "uid"},
        {"username", "reviewerid", "customerid", "profileid", "raterid", "personid"},
    ),
    "item": (
        {"item"},
        {"itemid", "iid"},
        {f"{thing}id" for thing in (
            "movie film book anime artist album song track joke game product business recipe "
            "restaurant beer article course hotel"
        ).split()} | {"isbn", "asin", "parentasin"},
        set("movie film book anime artist album song track joke game product business".split()),
    ),
    "rating": (
        {"rating"},
        {"ratings", "score", "stars", "starrating", "overall", "userrating", "bookrating"},
        {"movierating", "itemrating", "reviewscore", "reviewoverall", "myscore", "rate"},
        {"value", "weight"},
    ),
}  # fmt: skip
"""Names that data sets of this field give the columns, without signs and in lower case. An earlier
set goes before a later one; two names of the same set leave the choice to the user."""

HEADER_ONLY = {"user", "userid", "item", "itemid", "movieid", "rating"}
"""Names that are no labels: where one stands in the first line, this is a header."""

LETTERS = ("u", "i", "r")
"""Known only together: a column i alone may count the rows."""

HOW_TO_SAY = (
    'say which they are with columns=("user", "item", "rating"), by name or number '
    "(--columns user,item,rating)"
)

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

MOST_WHOLE_RATINGS = 101
"""Whole numbers that a scale may have, as from 0 to 100: more look like the ids of something."""

FIRST_TIME = 1e8
"""Seconds from 1970 to 1973: a number above is a time, no rating."""

ASIN = re.compile(r"B[0-9A-Z]{9}", re.ASCII)
"""What Amazon calls an item."""

DATE = re.compile(r"\d{4}-\d\d?-\d\d?\b|\d\d?[./]\d\d?[./]\d{4}\b", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """Where the three columns stand.

    Attributes
    ----------
    places : of user, item and rating among the cells of a line, from 0.
    n_cells : of every line with a rating.
    skip : lines on top that hold no rating, the header among them.
    header : its names, or None.
    row_names : whether the lines have one cell more in front, which counts the rows.
    """

    places: tuple[int, int, int]
    n_cells: int
    skip: int
    header: tuple[str, ...] | None = None
    row_names: bool = False

    def names(self) -> dict[str, str]:
        """What was taken for the user, the item and the rating."""
        return {
            role: f"column {place + 1}"
            + (f", {self.header[place - self.row_names]!r}" if self.header else "")
            for role, place in zip(ROLES, self.places, strict=True)
        }


Row = tuple[int, list[str]]
"""The number of a line, and its cells."""


def find_columns(
    rows: Sequence[Row], columns: Sequence[str | int] | None, where: str, before: int
) -> Layout:
    """Where user, item and rating stand, from the first lines of a file.

    Parameters
    ----------
    rows : not blank. columns : what the user says. where : the file, for messages.
    before : lines above the first row.

    Raises
    ------
    InputError
        A line of another length than the others; nothing says which column is which.
    """
    line, first = rows[0]
    place = f"{where}, line {line}"
    numbers = [NUMBER.fullmatch(_point(cell.strip())) is not None for cell in first]
    told = _numbered(columns)
    named = None
    if columns is None:
        named = _known_or_none(first, place)
    elif told is None:
        named = _by_name(columns, first, place)
    # A header has no number where the other lines have one.
    asked = range(len(first)) if told is None else [k for k in told if k < len(first)]
    has_header = (
        named is not None
        or not any(numbers[k] for k in asked)
        or any(_plain(cell) in HEADER_ONLY for cell in first)
    )
    body = rows[1:] if has_header else rows
    n_cells = len(body[0][1]) if body else len(first)
    for number_of_line, cells in body:
        if len(cells) != n_cells:
            raise wrong_length(where, number_of_line, len(cells), body[0][0], n_cells)
    row_names = has_header and n_cells == len(first) + 1 and _count_rows(body)
    if has_header and n_cells != len(first) and not row_names:
        raise wrong_length(where, body[0][0], n_cells, line, len(first))
    if told is not None:
        places = told
    elif has_header:
        places = [k + row_names for k in named or known_names(first, place)]
    else:
        places = _without_header(body, n_cells, place)
    user, item, rating = places
    if not 0 <= min(places) <= max(places) < n_cells:
        raise InputError(f"{place}: columns are numbered from 1 to {n_cells}; {HOW_TO_SAY}.")
    skip = before if not has_header else body[0][0] - 1 if body else line
    return Layout(
        (user, item, rating), n_cells, skip, tuple(first) if has_header else None, row_names
    )


def wrong_length(where: str, line: int, n_cells: int, other: int, expected: int) -> InputError:
    cells = "1 cell" if n_cells == 1 else f"{n_cells} cells"
    return InputError(
        f"{where}, line {line} has {cells}, but line {other} has {expected}: every line needs the "
        "same columns; correct the line, or give the separator."
    )


def known_names(header: Sequence[str], place: str) -> list[int]:
    """The places of user, item and rating by names that are known.

    Raises InputError, with what was found, where a name is unknown or two could be meant.
    """
    plain = [_plain(name) for name in header]
    if all(plain.count(letter) == 1 for letter in LETTERS) and not {"user", "item"} & {*plain}:
        return [plain.index(letter) for letter in LETTERS]
    found = []
    for role, tiers in KNOWN.items():
        matching = next(
            (m for tier in tiers if (m := [k for k, name in enumerate(plain) if name in tier])), []
        )
        if len(matching) != 1:
            several = quoted(shortened([header[k] for k in matching]))
            problem = (
                f"{several} could each be the {role}" if matching else f"no column for the {role}"
            )
            names = quoted(shortened(header, 16))
            raise InputError(f"{place}: {problem} among {names}; {HOW_TO_SAY}.")
        found += matching
    return found


def shortened(names: Sequence[str], most: int = 8) -> list[str]:
    """For a message: the first names on one line, none of them long."""
    plain = [" ".join(name.split()) for name in names[:most]]
    shown = [name if len(name) <= 30 else name[:27] + "..." for name in plain]
    return shown + ([f"... ({len(names)} in all)"] if len(names) > most else [])


def number(cell: str, decimal: str = ".") -> float:
    """The number in a cell; nan where there is none."""
    cell = cell.strip()
    if decimal != ".":
        cell = cell.replace(".", "?").replace(decimal, ".")
    return float(cell) if NUMBER.fullmatch(cell) else math.nan


def _plain(name: str) -> str:
    """A name without signs; it may carry a type, as in RecBole's "user_id:token"."""
    return re.sub(r"[\W_]", "", name.partition(":")[0]).casefold()


def told_columns(
    columns: Sequence[str | int] | None, header: Sequence[str], place: str
) -> list[int] | None:
    """The places of columns that are told, by name or else by number; None where none are.

    Raises InputError for a name that the header lacks or has twice.
    """
    told = _numbered(columns)
    if told is not None and not 0 <= min(told) <= max(told) < len(header):
        raise InputError(f"{place}: columns are numbered from 1 to {len(header)}; {HOW_TO_SAY}.")
    return told if told is not None or columns is None else _by_name(columns, header, place)


def _numbered(columns: Sequence[str | int] | None) -> list[int] | None:
    """The places of columns that are told by number; None where they are not."""
    if columns is None or not all(str(column).isdecimal() for column in columns):
        return None
    return [int(column) - 1 for column in columns]


def _by_name(columns: Sequence[str | int], header: Sequence[str], place: str) -> list[int]:
    found = []
    for column in map(str, columns):
        places = [k for k, name in enumerate(header) if name.strip() == column]
        places = places or [k for k, name in enumerate(header) if _plain(name) == _plain(column)]
        if len(places) != 1:
            raise InputError(
                f"{place}: {len(places) or 'no'} columns are called {column!r} among "
                f"{quoted(shortened(header))}; give names from the header, or numbers from 1."
            )
        found += places
    return found


def _known_or_none(header: Sequence[str], place: str) -> list[int] | None:
    try:
        return known_names(header, place)
    except InputError:
        return None


def _without_header(rows: Sequence[Row], n_cells: int, place: str) -> list[int]:
    """User, item, rating, and perhaps a time: the first three of three or four columns."""
    if n_cells < 3:
        columns = "1 column" if n_cells == 1 else f"{n_cells} columns"
        raise InputError(f"{place}: {columns}; a line needs a user, an item and a rating.")
    unknown = f"{place}: {n_cells} columns without a header"
    if n_cells > 4:
        raise InputError(
            f"{unknown} do not say which is which; {HOW_TO_SAY}, and bring a matrix with a row for "
            "each user into lines of user, item, rating."
        )
    third = [cells[2].strip() for _, cells in rows]
    values = {v for cell in third if not math.isnan(v := number(_point(cell)))}
    whole = all(value.is_integer() for value in values)
    if (whole and len(values) > MOST_WHOLE_RATINGS) or max(values, default=0) >= FIRST_TIME:
        raise InputError(f"{unknown}, and the third does not look like ratings; {HOW_TO_SAY}.")
    if n_cells == 4 and not all(_is_time(cells[3].strip()) for _, cells in rows):
        raise InputError(
            f"{unknown}, and the fourth is no time, so that user, item and rating need not be the "
            f"first three; {HOW_TO_SAY}."
        )
    if all(ASIN.fullmatch(cells[0].strip()) for _, cells in rows):
        raise InputError(f"{unknown}, and the first looks like items, not users; {HOW_TO_SAY}.")
    return [0, 1, 2]


def _is_time(cell: str) -> bool:
    return DATE.match(cell) is not None or number(cell) >= FIRST_TIME


def _count_rows(rows: Sequence[Row]) -> bool:
    """Whether the first cells are 1, 2, 3 ..., the row names that R writes, and none is missing at
    the end."""
    return all(
        cells[0].strip() == str(k) and cells[-1].strip()
        for k, (_, cells) in enumerate(rows, start=1)
    )


def _point(cell: str) -> str:
    """With a point for a decimal comma."""
    return cell.replace(",", ".") if cell.count(",") == 1 else cell
