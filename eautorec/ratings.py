"""Ratings: who rated what, and how; made from a frame, and split at random."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import ArrayLike

from eautorec.arrays import Array, Matrix, Scale, as_written
from eautorec.errors import InputError
from eautorec.parameters import number, whole_number

RowName: TypeAlias = Callable[[int], str]
"""What a message calls a row, counted from 0: "row 7", or the file and the line."""


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
    times : int array of shape (n_ratings,), when each was given, in seconds; or None.
    """

    users: Array
    items: Array
    user_index: Array
    item_index: Array
    values: Array
    scale: Scale
    titles: dict[Any, str] = field(default_factory=dict, repr=False)
    times: Array | None = field(default=None, repr=False)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        scale: Scale | None = None,
        titles: dict[Any, str] | None = None,
        duplicates: str = "error",
        times: ArrayLike | None = None,
    ) -> Ratings:
        """Ratings from the columns user, item, rating of a frame; row numbers count from 0.

        A user who rated an item twice is an error, unless `duplicates` is "last": then the later
        row counts. `scale` is the lowest and highest possible rating; without it, those that occur.
        `times` says when each was given, in whole seconds, one for each row.

        Raises
        ------
        InputError
            A column is missing, a cell is empty or not a number, a rating lies outside the scale,
            or a pair of user and item occurs twice.
        """
        missing = {"user", "item", "rating"} - set(frame.columns)
        if missing:
            raise InputError(
                f"The frame has no column {quoted(sorted(missing))}: "
                "name its columns user, item and rating."
            )
        return from_columns(
            frame["user"],
            frame["item"],
            frame["rating"],
            scale=scale,
            titles=titles,
            duplicates=duplicates,
            where=lambda row: f"row {row}",
            times=times,
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
    def matrix(self) -> Matrix:
        """R: float32 CSR matrix of shape (n_users, n_items).

        A cell that is not stored was not rated. On scales that start at 0 a rating of 0 is stored.
        """
        matrix = sp.csr_matrix(
            (self.values, (self.user_index, self.item_index)),
            shape=(len(self.users), len(self.items)),
        )
        matrix.sort_indices()
        return matrix

    @cached_property
    def by_item(self) -> sp.csc_matrix:
        """R, column by column: what was given to an item stands together."""
        return self.matrix.tocsc()

    @property
    def good_from(self) -> float:
        """The rating from which on an item counts as relevant: `upper_quarter` of the scale."""
        return upper_quarter(self.scale)

    def relevant(self, least: float | None = None) -> Matrix:
        """Which cells hold a rating of `least` or more, by default `good_from`: bool CSR of shape
        (n_users, n_items)."""
        least = self.good_from if least is None else least
        found = sp.csr_matrix(self.matrix, dtype=np.float32, copy=True)
        found.data = found.data >= least
        found.eliminate_zeros()  # in place: so of a copy
        return found

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

    def take(self, rows: ArrayLike) -> Ratings:
        """The ratings at these positions of the file; all users and items stay."""
        rows = np.asarray(rows)
        return replace(
            self,
            user_index=self.user_index[rows],
            item_index=self.item_index[rows],
            values=self.values[rows],
            times=None if self.times is None else self.times[rows],
        )

    def blocks(self, n_users: int) -> Iterator[Ratings]:
        """These ratings, so many users at a time, in the order of users and items, without times.
        Every block has all items. Raises InputError for a number below 1."""
        n_users = whole_number("n_users", n_users, at_least=1)
        matrix = self.matrix
        for start in range(0, self.n_users, n_users):
            starts = matrix.indptr[start : start + n_users + 1]
            cells = slice(starts[0], starts[-1])
            yield replace(
                self,
                users=self.users[start : start + n_users],
                user_index=np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts)),
                item_index=matrix.indices[cells],
                values=matrix.data[cells],
                times=None,
            )

    def like(self, other: Ratings) -> Ratings:
        """These ratings as rows and columns of others: with the users, the items, the scale and the
        titles of `other`, by their labels. Then the matrices of both fit together.

        Raises
        ------
        InputError
            A user or an item that `other` lacks (`align` gives both all that either has), or a
            rating off its scale.
        """
        if self._fits(other):
            return self
        low, high = other.scale
        outside = np.flatnonzero((self.values < low) | (self.values > high))
        if outside.size:
            raise InputError(
                f"A rating of {self.values[outside[0]]:g} lies outside the scale from {low:g} to "
                f"{high:g} of the other ratings: read both with the same scale."
            )
        return replace(
            self,
            users=other.users,
            items=other.items,
            user_index=_places(self.users, other.users, "user")[self.user_index],
            item_index=_places(self.items, other.items, "item")[self.item_index],
            scale=other.scale,
            titles=other.titles,
        )

    def _fits(self, other: Ratings) -> bool:
        """Whether rows, columns and scale mean the same in both."""
        return self.scale == other.scale and all(
            mine is its or np.array_equal(mine, its)
            for mine, its in ((self.users, other.users), (self.items, other.items))
        )

    def join(self, other: Ratings) -> Ratings:
        """These ratings and others of the same users and items.

        Raises InputError for a user or an item of `other` that is not among them (`like`), and
        where both rate the same cell.
        """
        other = other.like(self)
        _check_apart(self, other)
        return replace(
            self,
            user_index=np.concatenate([self.user_index, other.user_index]),
            item_index=np.concatenate([self.item_index, other.item_index]),
            values=np.concatenate([self.values, other.values]),
            times=(
                None
                if self.times is None or other.times is None
                else np.concatenate([self.times, other.times])
            ),
        )

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that other ratings, labels or scales would change.

        Titles and times are left out: only published sets have times, and their files are checked.
        """
        digest = hashlib.sha256(json.dumps([float(end) for end in self.scale]).encode())
        for labels in (self.users, self.items):
            digest.update(json.dumps(labels.tolist()).encode())
        for numbers, dtype in (
            (self.user_index, np.int32),
            (self.item_index, np.int32),
            (self.values, np.float32),
        ):
            digest.update(np.ascontiguousarray(numbers, dtype).tobytes())
        return digest.hexdigest()[:16]

    def user_row(self, user: object) -> int:
        """The row of a user's label. Raises InputError for an unknown one."""
        return _position(self.users, user, "user")

    def item_column(self, item: object) -> int:
        """The column of an item's label. Raises InputError for an unknown one."""
        return _position(self.items, item, "item")

    def title(self, item: object) -> str:
        """The item's title, or its label where there is none."""
        return self.titles.get(item, str(item))


def upper_quarter(scale: Scale) -> float:
    """Where the upper quarter of a scale begins, lowest + 3/4 (highest - lowest): 4 on the scale
    from 1 to 5, 0.75 from 0 to 1, 7.75 from 1 to 10."""
    low, high = scale
    return low + 0.75 * (high - low)


def split(
    ratings: Ratings, test_fraction: float = 0.1, seed: int | Sequence[int] = 0
) -> tuple[Ratings, Ratings]:
    """Split all ratings at random into a training and a test part (paper, 4.1: 90 % and 10 %).

    Both parts keep the full set of users and items. A user whose ratings all fall into the test
    part stays, without a training rating: no neighbours, no explanation, and predictions that rest
    on the items alone.

    Returns
    -------
    (train, test), each in the order of the file.

    Raises InputError for a fraction or a seed out of range, and where a part would be empty.
    """
    test_fraction = number("test_fraction", test_fraction, above=0, below=1)
    for part in seed if isinstance(seed, Sequence) and not isinstance(seed, str) else [seed]:
        whole_number("seed", part, at_least=0)
    n_test = round(len(ratings) * test_fraction)
    if n_test == 0 or n_test == len(ratings):
        raise InputError(
            f"{len(ratings)} ratings cannot be split with test_fraction = {test_fraction}: "
            "one part would be empty; give more ratings or another fraction."
        )
    order = np.random.default_rng(seed).permutation(len(ratings))
    return ratings.take(np.sort(order[n_test:])), ratings.take(np.sort(order[:n_test]))


def align(train: Ratings, test: Ratings) -> tuple[Ratings, Ratings]:
    """A split that somebody else made, such as MovieLens' u1.base and u1.test: both parts with the
    users and items that either has, as `split` gives them.

    The scale is that of both together, and so are the titles.

    Raises InputError for a user and item that are rated in both parts: a model would be asked what
    it was told.
    """
    (low, high), (other_low, other_high) = train.scale, test.scale
    everything = replace(
        train,
        users=_labels_of(train.users, test.users),
        items=_labels_of(train.items, test.items),
        scale=(min(low, other_low), max(high, other_high)),
        titles=train.titles | test.titles,
    )
    train, test = train.like(everything), test.like(everything)
    _check_apart(train, test)
    return train, test


def from_columns(
    user: pd.Series,
    item: pd.Series,
    rating: pd.Series,
    *,
    scale: Scale | None,
    titles: dict[Any, str] | None,
    duplicates: str,
    where: RowName,
    times: ArrayLike | None = None,
) -> Ratings:
    """Check the three columns and make Ratings of them; `where(row)` names a row to the user."""
    if duplicates not in ("error", "last"):
        raise InputError(f"duplicates is {duplicates!r}: it must be 'error' or 'last'.")
    if len(rating) == 0:
        raise InputError("There are no ratings: give at least one row of user, item, rating.")
    values = _rating_values(rating, where)
    user_index, users = _positions_and_labels(user, "user", where)
    item_index, items = _positions_and_labels(item, "item", where)
    low, high = _ends(values) if scale is None else _checked_scale(scale)
    # The bounds are rounded as the ratings are: 0.1 lies on a scale that begins at 0.1.
    outside = np.flatnonzero((values < np.float32(low)) | (values > np.float32(high)))
    if outside.size:
        raise InputError(
            f"{where(outside[0])}, column rating: {values[outside[0]]:g} lies outside the scale "
            f"from {low:g} to {high:g}; correct the rating or the scale, or leave out what means "
            "that nobody rated (missing= of read_ratings, --missing)."
        )
    if high <= 0:
        raise InputError(
            f"The highest rating is {high:g}: ratings must be positive numbers, "
            "where higher means better."
        )
    if low < 0:
        row = int(np.argmin(values))
        raise InputError(
            f"{where(row)}, column rating: {values[row]:g} is negative; leave it out if it means "
            "that nobody rated (missing= of read_ratings, --missing), else shift the ratings so "
            "that the lowest is 0 or more."
        )
    keep = _without_duplicates(user_index, item_index, users, items, duplicates, where)
    return Ratings(
        users=users,
        items=items,
        user_index=user_index[keep],
        item_index=item_index[keep],
        values=values[keep],
        scale=(low, high),
        titles=titles or {},
        times=None if times is None else _checked_times(times, len(values))[keep],
    )


def _ends(values: ArrayLike) -> Scale:
    """The lowest and the highest of these ratings, as they are written: 0.1, also in single
    precision."""
    low, high = as_written([np.min(values), np.max(values)]).tolist()
    return low, high


def _checked_scale(scale: Scale) -> Scale:
    """The lowest and the highest rating. Raises InputError unless these are two numbers, the lower
    one first."""
    try:
        low, high = scale
    except (TypeError, ValueError):
        raise InputError(
            f"scale is {scale!r}: give the lowest and the highest rating, such as (1, 5)."
        ) from None
    low, high = number("The lowest rating", low, at_least=0), number("The highest rating", high)
    if low > high:
        raise InputError(f"scale is {scale!r}: give the lowest rating first, such as (1, 5).")
    return _ends([low, high])


def _checked_times(times: ArrayLike, n_ratings: int) -> Array:
    """Whole seconds. Raises InputError unless there is one for each rating."""
    found = np.asarray(times)
    if found.shape != (n_ratings,):
        raise InputError(
            f"There are {found.size} times and {n_ratings} ratings: give one for each."
        )
    if found.dtype.kind not in "iuf" or not np.isfinite(found).all():
        raise InputError("A time is not a number: give whole seconds, one for each rating.")
    return found.astype(np.int64)


def _rating_values(rating: pd.Series, where: RowName) -> Array:
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


def _positions_and_labels(labels: pd.Series, column: str, where: RowName) -> tuple[Array, Array]:
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
    used = np.bincount(codes, minlength=len(categories)) > 0
    if not used.all():  # of a categorical column that was cut: only what occurs is a user or item
        codes, categories = (np.cumsum(used) - 1)[codes], categories[used]
    if categories.dtype == object:
        categories = _integers_if_lossless(categories)
    distinct, position = np.unique(categories, return_inverse=True)
    return position.astype(np.int32)[codes], distinct


def _integers_if_lossless(labels: Array) -> Array:
    """Labels as integers where each is written as one ("7", not "007"); else as text."""
    text = [str(label) for label in labels]
    try:
        numbers = [int(label) for label in text]
    except ValueError:
        return np.array(text)
    lossless = all(str(number) == label for number, label in zip(numbers, text, strict=True))
    return np.array(numbers) if lossless and max(map(abs, numbers)) < 2**62 else np.array(text)


def _without_duplicates(
    user_index: Array,
    item_index: Array,
    users: Array,
    items: Array,
    duplicates: str,
    where: RowName,
) -> Array:
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
            "remove one of the two, or let the later one count with duplicates='last' "
            "(--duplicates last)."
        )
    last = np.ones(len(cell), dtype=bool)
    last[order[repeats]] = False
    return np.flatnonzero(last)


def _position(labels: Array, label: object, kind: str) -> int:
    """Where a label stands in the ascending labels; text is taken for a number where they are."""
    wanted: Any = label  # of any type: numpy says below what it cannot compare
    if labels.dtype.kind in "iu" and isinstance(label, str):
        text = label.strip()
        wanted = int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else None
    elif labels.dtype.kind in "iu" and isinstance(label, (bool, np.bool_)):
        wanted = None
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


def _labels_of(first: Array, second: Array) -> Array:
    """The labels of both, ascending: integers where both have integers, else text."""
    if "U" in (first.dtype.kind, second.dtype.kind):
        first, second = first.astype(str), second.astype(str)
    return np.union1d(first, second)


def _places(labels: Array, known: Array, kind: str) -> Array:
    """Where each label stands among the known ones; 7 and "7" are the same.

    Raises InputError for one that is not there.
    """
    if "U" in (labels.dtype.kind, known.dtype.kind):
        # Integers ascend otherwise as text.
        labels, order = labels.astype(str), np.argsort(known.astype(str))
    else:
        order = np.arange(len(known))
    ascending = known.astype(labels.dtype.kind if labels.dtype.kind == "U" else known.dtype)[order]
    place = np.searchsorted(ascending, labels).clip(max=len(known) - 1)
    missing = np.flatnonzero(ascending[place] != labels)
    if missing.size:
        raise InputError(
            f"{missing.size:,} of {len(labels):,} {kind}s, such as {labels[missing[0]]}, are not "
            f"among the {kind}s of the other ratings: bring both to the same users and items with "
            "align(train, test)."
        )
    return order[place].astype(np.int32)


def _check_apart(first: Ratings, second: Ratings) -> None:
    """Raise InputError where two Ratings of the same labels rate the same cell."""

    def cells(part: Ratings) -> Array:
        return part.user_index.astype(np.int64) * part.n_items + part.item_index

    both = np.intersect1d(cells(first), cells(second))
    if both.size:
        user, item = divmod(int(both[0]), first.n_items)
        raise InputError(
            f"User {first.users[user]} rated item {first.items[item]} in both parts, as in "
            f"{both.size:,} cells: let each rating be in one part only."
        )


def quoted(names: Iterable[str]) -> str:
    """For a message: 'user', 'item'."""
    return ", ".join(f"'{name}'" for name in names)
