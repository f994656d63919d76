"""Text files of ratings: separator, header, labels."""

from __future__ import annotations

import csv
import io
import re
from os import PathLike
from pathlib import Path

import pandas as pd

from eautorec.arrays import Scale
from eautorec.errors import InputError
from eautorec.ratings import Ratings, from_columns, quoted

COLUMN_NAMES = {
    "user": {"user", "userid", "user_id", "uid", "u"},
    "item": {"item", "itemid", "item_id", "iid", "i", "movie", "movieid", "movie_id"},
    "rating": {"rating", "ratings", "score", "stars", "value", "r"},
}
"""What a header may call the three columns, in lower case and with _ for a space."""

SEPARATORS = ("::", "\t", ",", ";")
"""Between the cells of a line; the first of these that occurs in it is taken."""


def read_ratings(
    path: str | PathLike[str],
    *,
    scale: Scale | None = None,
    duplicates: str = "error",
) -> Ratings:
    """Read a text file of ratings: user, item, rating, one rating a line.

    The separator (`::`, tab, comma or semicolon) and a header are recognised. With a header, the
    columns are found by their names; without one they are the first three. Further columns, such
    as a timestamp, are ignored. Labels stay as they are in the file: numbers become integers only
    where nothing is lost ("007" stays text).

    Parameters
    ----------
    scale : the lowest and highest possible rating; without it, the lowest and highest that occur.
    duplicates : "error", or "last" to let the later line count.

    Raises
    ------
    InputError
        In one sentence: the file, the line, the column and the value that is wrong.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"Cannot read {path}: {(error.strerror or 'unknown error').lower()}; "
            "give the path of a text file of ratings."
        ) from None
    text = _decode(raw, path)
    match = re.search(r"\S[^\r\n]*", text)
    if match is None:
        raise InputError(f"{path} is empty: it needs one line for each rating: user, item, rating.")
    first = match.group()
    separator = next((s for s in SEPARATORS if s in first), None)
    if separator is None:
        raise InputError(
            f"{path}, line 1: no separator in {first[:40]!r}; "
            "separate user, item and rating by a comma, a tab, a semicolon or '::'."
        )
    if separator == "::":
        text, separator = text.replace("::", "\t"), "\t"
        first = first.replace("::", "\t")
    fields = [name.strip().strip('"') for name in next(csv.reader([first], delimiter=separator))]
    columns, has_header = _find_columns(fields, path)
    n_skip = text.count("\n", 0, match.start()) + has_header
    table = _parse(text, separator, columns, n_skip, path)
    line_numbers = table.index + n_skip + 1
    return from_columns(
        table["user"],
        table["item"],
        table["rating"],
        scale=scale,
        titles=None,
        duplicates=duplicates,
        where=lambda row: f"{path}, line {line_numbers[row]}",
    )


def _decode(raw: bytes, path: Path) -> str:
    if raw[:4] == b"PK\x03\x04" or b"\x00" in raw[:1000]:
        raise InputError(f"{path} is not a text file: give a file with one rating a line.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _find_columns(fields: list[str], path: Path) -> tuple[dict[str, int], bool]:
    """Where user, item and rating stand in a line, and whether the first line is a header."""
    if len(fields) < 3:
        raise InputError(
            f"{path}, line 1: {len(fields)} columns; a line needs a user, an item and a rating."
        )
    # The name may carry a type, as in RecBole's "user_id:token".
    names = [name.lower().replace(" ", "_").split(":")[0] for name in fields]
    named: dict[str, int] = {}
    for column, known in COLUMN_NAMES.items():
        matching = [k for k, name in enumerate(names) if name in known]
        if matching:
            named[column] = matching[0]
    if len(named) == len(COLUMN_NAMES):
        return named, True
    first_three = {"user": 0, "item": 1, "rating": 2}
    if named:
        absent = next(column for column in COLUMN_NAMES if column not in named)
        raise InputError(
            f"{path}, line 1: no column for the {absent} among {quoted(fields)}; "
            "name the columns user, item and rating."
        )
    try:
        float(fields[2])
    except ValueError:
        # A first line that is text throughout is a header with unknown names.
        return first_three, not any(_is_number(name) for name in fields)
    return first_three, False


def _parse(
    text: str, separator: str, columns: dict[str, int], n_skip: int, path: Path
) -> pd.DataFrame:
    """The three columns of all lines that are not blank; the index counts lines from the first."""
    names = {place: column for column, place in columns.items()}
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            skiprows=n_skip,
            usecols=sorted(names),
            dtype={columns["user"]: "category", columns["item"]: "category"},
            keep_default_na=False,
            na_values={columns["user"]: [""], columns["item"]: [""], columns["rating"]: [""]},
            skip_blank_lines=False,
            quoting=csv.QUOTE_MINIMAL if separator in ",;" else csv.QUOTE_NONE,
            skipinitialspace=True,
            low_memory=False,
        )
    except pd.errors.EmptyDataError:
        raise InputError(
            f"{path} has a header and no ratings: it needs one line for each rating."
        ) from None
    except (pd.errors.ParserError, ValueError) as error:
        reason = str(error).replace("Error tokenizing data. C error: ", "").strip()
        raise InputError(
            f"{path} is not a regular table ({reason}); every line needs the same columns."
        ) from None
    table = table.rename(columns=names)
    return table[table.notna().any(axis=1)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
