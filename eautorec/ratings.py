"""Ratings: who rated what, and how; read from a file or a frame, and split at random."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from eautorec.errors import InputError

COLUMN_NAMES = {
    "user": {"user", "userid", "user_id", "uid", "u"},
    "item": {"item", "itemid", "item_id", "iid", "i", "movie", "movieid", "movie_id"},
    "rating": {"rating", "ratings", "score", "stars", "value", "r"},
}
SEPARATORS = ("::", "\t", ",", ";")


@dataclass(frozen=True, eq=False)
class Ratings:
    """A set of ratings, at most one for each user and item.

    Attributes
    ----------
    users, items : array
        Labels in ascending order; the index of a label is its row or column in `matrix`.
    user_index, item_index : int array of shape (n_ratings,)
        Row and column of each rating, in the order of the file.
    values : float32 array of shape (n_ratings,)
    scale : (lowest, highest) rating that a user could give.
    titles : dict from item label to title, or empty.
    """

    users: np.ndarray
    items: np.ndarray
    user_index: np.ndarray
    item_index: np.ndarray
    values: np.ndarray
    scale: tuple[float, float]
    titles: dict = field(default_factory=dict, repr=False)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        scale: tuple[float, float] | None = None,
        titles: dict | None = None,
        duplicates: str = "error",
    ) -> Ratings:
        """Ratings from the columns user, item, rating of a frame; row numbers count from 0.

        A user who rated an item twice is an error, unless `duplicates` is "last": then the later
        row counts. `scale` is the lowest and highest possible rating; without it, those that occur.

        Raises
        ------
        InputError
            A column is missing, a cell is empty or not a number, a rating lies outside the scale,
            or a pair of user and item occurs twice.
        """
        missing = {"user", "item", "rating"} - set(frame.columns)
        if missing:
            raise InputError(
                f"The frame has no column {_quoted(sorted(missing))}: "
                "name its columns user, item and rating."
            )
        return _build(
            frame["user"],
            frame["item"],
            frame["rating"],
            scale=scale,
            titles=titles,
            duplicates=duplicates,
            where=lambda row: f"row {row}",
        )

    def to_frame(self) -> pd.DataFrame:
        """The ratings as columns user, item, rating, in the order of the file."""
        return pd.DataFrame(
            {
                "user": self.users[self.user_index],
                "item": self.items[self.item_index],
                "rating": self.values,
            }
        )

    @cached_property
    def matrix(self) -> sp.csr_matrix:
        """R: float32 CSR matrix of shape (n_users, n_items).

        A cell that is not stored was not rated. On scales that start at 0 a rating of 0 is stored.
        """
        matrix = sp.csr_matrix(
            (self.values, (self.user_index, self.item_index)),
            shape=(len(self.users), len(self.items)),
        )
        matrix.sort_indices()
        return matrix

    @property
    def n_users(self) -> int:
        return len(self.users)

    @property
    def n_items(self) -> int:
        return len(self.items)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        low, high = self.scale
        return (
            f"Ratings({len(self):,} ratings from {low:g} to {high:g} "
            f"by {self.n_users:,} users of {self.n_items:,} items)"
        )

    def equals(self, other: Ratings) -> bool:
        """Whether both hold the same ratings, in the same order and on the same scale."""
        return self.scale == other.scale and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("users", "items", "user_index", "item_index", "values")
        )

    def take(self, rows) -> Ratings:
        """The ratings at these positions of the file; all users and items stay."""
        rows = np.asarray(rows)
        return replace(
            self,
            user_index=self.user_index[rows],
            item_index=self.item_index[rows],
            values=self.values[rows],
        )

    def user_row(self, user) -> int:
        """The row of a user's label. Raises InputError for an unknown one."""
        return _position(self.users, user, "user")

    def item_column(self, item) -> int:
        """The column of an item's label. Raises InputError for an unknown one."""
        return _position(self.items, item, "item")

    def title(self, item) -> str:
        """The item's title, or its label where there is none."""
        return self.titles.get(item, str(item))


def read_ratings(
    path: str | PathLike,
    *,
    scale: tuple[float, float] | None = None,
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
    return _build(
        table["user"],
        table["item"],
        table["rating"],
        scale=scale,
        titles=None,
        duplicates=duplicates,
        where=lambda row: f"{path}, line {line_numbers[row]}",
    )


def split(ratings: Ratings, test_fraction: float = 0.1, seed: int = 0) -> tuple[Ratings, Ratings]:
    """Split all ratings at random into a training and a test part (paper, 4.1: 90 % and 10 %).

    Both parts keep the full set of users and items. A user whose ratings all fall into the test
    part stays, without a training rating: no neighbours, no explanation, and predictions that rest
    on the items alone.

    Returns
    -------
    (train, test), each in the order of the file.
    """
    if not 0 < test_fraction < 1:
        raise InputError(f"test_fraction is {test_fraction}: it must lie between 0 and 1.")
    n_test = round(len(ratings) * test_fraction)
    if n_test == 0 or n_test == len(ratings):
        raise InputError(
            f"{len(ratings)} ratings cannot be split with test_fraction = {test_fraction}: "
            "one part would be empty; give more ratings or another fraction."
        )
    order = np.random.default_rng(seed).permutation(len(ratings))
    return ratings.take(np.sort(order[n_test:])), ratings.take(np.sort(order[:n_test]))


def _build(user, item, rating, *, scale, titles, duplicates, where) -> Ratings:
    """Check the three columns and make Ratings of them; `where(row)` names a row to the user."""
    if duplicates not in ("error", "last"):
        raise InputError(f"duplicates is {duplicates!r}: it must be 'error' or 'last'.")
    if len(rating) == 0:
        raise InputError("There are no ratings: give at least one row of user, item, rating.")
    values = _numbers(rating, where)
    user_index, users = _codes(user, "user", where)
    item_index, items = _codes(item, "item", where)
    low, high = (values.min(), values.max()) if scale is None else scale
    outside = np.flatnonzero((values < low) | (values > high))
    if outside.size:
        raise InputError(
            f"{where(outside[0])}, column rating: {values[outside[0]]:g} lies outside the scale "
            f"from {low:g} to {high:g}; correct the rating or the scale."
        )
    if high <= 0:
        raise InputError(
            f"The highest rating is {high:g}: ratings must be positive numbers, "
            "where higher means better."
        )
    if low < 0:
        row = int(np.argmin(values))
        raise InputError(
            f"{where(row)}, column rating: {values[row]:g} is negative; shift the ratings so that "
            "the lowest is 0 or more."
        )
    keep = _without_duplicates(user_index, item_index, users, items, duplicates, where)
    return Ratings(
        users=users,
        items=items,
        user_index=user_index[keep],
        item_index=item_index[keep],
        values=values[keep],
        scale=(float(low), float(high)),
        titles=titles or {},
    )


def _numbers(rating: pd.Series, where) -> np.ndarray:
    """The rating column as float32, or an error that names the first cell that is no number."""
    numbers = pd.to_numeric(rating, errors="coerce").to_numpy(dtype=np.float32, na_value=np.nan)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        cell = rating.iloc[bad[0]]
        found = "is empty" if pd.isna(cell) or str(cell).strip() == "" else f"is {str(cell)!r}"
        raise InputError(
            f"{where(bad[0])}, column rating: the cell {found}, not a finite number; "
            "correct or remove the line."
        )
    return numbers


def _codes(labels: pd.Series, column: str, where) -> tuple[np.ndarray, np.ndarray]:
    """Positions and ascending distinct labels of one column."""
    if isinstance(labels.dtype, pd.CategoricalDtype):
        codes, categories = labels.cat.codes.to_numpy(), labels.cat.categories.to_numpy(object)
    else:
        codes, categories = pd.factorize(labels)
        categories = np.asarray(categories)
    bad = np.flatnonzero(codes < 0)
    if bad.size:
        raise InputError(
            f"{where(bad[0])}, column {column}: the cell is empty; "
            "every rating needs a user and an item."
        )
    if categories.dtype == object:
        categories = _integers_if_lossless(categories)
    distinct, position = np.unique(categories, return_inverse=True)
    return position.astype(np.int32)[codes], distinct


def _integers_if_lossless(labels: np.ndarray) -> np.ndarray:
    text = [str(label) for label in labels]
    try:
        numbers = [int(label) for label in text]
    except ValueError:
        return np.array(text)
    lossless = all(str(number) == label for number, label in zip(numbers, text, strict=True))
    return np.array(numbers) if lossless and max(map(abs, numbers)) < 2**62 else np.array(text)


def _without_duplicates(user_index, item_index, users, items, duplicates, where) -> np.ndarray:
    """Positions of the rows that count, ascending."""
    cell = user_index.astype(np.int64) * len(items) + item_index
    order = np.argsort(cell, kind="stable")
    repeats = np.flatnonzero(cell[order][1:] == cell[order][:-1])
    if repeats.size == 0:
        return np.arange(len(cell))
    if duplicates == "error":
        pair = repeats[np.argmin(order[repeats + 1])]
        earlier, later = order[pair], order[pair + 1]
        raise InputError(
            f"{where(later)}: user {users[user_index[later]]} rated item "
            f"{items[item_index[later]]} already in {where(earlier).rpartition(', ')[2]}; "
            "remove one of the two, or let the later one count with duplicates='last'."
        )
    last = np.ones(len(cell), dtype=bool)
    last[order[repeats]] = False
    return np.flatnonzero(last)


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
    named = {
        column: next((k for k, name in enumerate(names) if name in known), None)
        for column, known in COLUMN_NAMES.items()
    }
    if None not in named.values():
        return named, True
    by_place = {"user": 0, "item": 1, "rating": 2}
    if any(place is not None for place in named.values()):
        absent = next(column for column, place in named.items() if place is None)
        raise InputError(
            f"{path}, line 1: no column for the {absent} among {_quoted(fields)}; "
            "name the columns user, item and rating."
        )
    try:
        float(fields[2])
    except ValueError:
        # A first line that is text throughout is a header with unknown names.
        return by_place, not any(_is_number(name) for name in fields)
    return by_place, False


def _parse(text, separator, columns, n_skip, path) -> pd.DataFrame:
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


def _position(labels: np.ndarray, label, kind: str) -> int:
    """Where a label stands in the ascending labels; text is taken for a number where they are."""
    wanted = label
    if labels.dtype.kind in "iu" and isinstance(label, str) and label.strip().lstrip("-").isdigit():
        wanted = int(label)
    elif labels.dtype.kind == "U":
        wanted = str(label)
    try:
        place = int(np.searchsorted(labels, wanted))
        found = place < len(labels) and labels[place] == wanted
    except (TypeError, np.exceptions.DTypePromotionError):
        found = False
    if not found:
        raise InputError(
            f"There is no {kind} {label!r}: the {len(labels):,} {kind}s have labels such as "
            f"{', '.join(str(known) for known in labels[:3])}."
        )
    return place


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _quoted(names) -> str:
    return ", ".join(f"'{name}'" for name in names)
