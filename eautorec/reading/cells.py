"""What stands in the cells: labels are numbered, ratings become numbers, "not rated" is dropped."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from eautorec.arrays import Array
from eautorec.errors import InputError
from eautorec.reading.columns import HOW_TO_SAY, number

NOT_RATED = (0.0, 99.0)
"""What some data sets write where nobody rated. (So does -1: negative ratings are an error.)"""

MANY = 0.05
"""The share of the lines from which 99 is worth a word. A 0 is from the first one: exports write it
where nobody rated, and nothing else in a file tells which it is."""

MOST_VALUES = 10_000
"""Different ratings that are counted; with more there is no scale to lie outside of."""


LONGEST_LABEL = 1000
"""Characters: every label takes as much memory as the longest one."""


class Labels:
    """The distinct labels of a column as text, numbered as they come.

    `place` is the file and the column, for messages.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.number: dict[str, int] = {}
        self._codes: list[Array] = []

    def add(self, codes: Array, texts: Sequence[str]) -> None:
        """More cells: `texts[codes]`. Raises InputError for a text that is too long for a label."""
        longest = max(texts, key=len, default="")
        if len(longest) > LONGEST_LABEL:
            raise InputError(
                f"{self.place}: {longest[:30]!r} ... has {len(longest):,} characters, which no "
                f"label has; {HOW_TO_SAY}."
            )
        number = self.number
        known = [number.setdefault(text.strip(), len(number)) for text in texts]
        self._codes.append(np.array(known, np.int32)[codes])

    def series(self) -> pd.Series:
        """All cells as categories; blank ones are missing."""
        codes = np.concatenate(self._codes)
        self._codes.clear()
        labels = list(self.number)
        if "" in self.number:
            blank = self.number[""]
            labels.pop(blank)
            codes = np.where(codes == blank, -1, codes - (codes > blank))
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index(labels, dtype=object)))


class Values:
    """The ratings of a column as numbers.

    Attributes
    ----------
    counts : how often each value occurs, those that mean "not rated" among them.
    """

    def __init__(self, decimal: str, missing: Sequence[float | str]) -> None:
        self.decimal = decimal
        self.missing = {float(m) for m in missing if not isinstance(m, str)}
        self.missing_text = {m for m in missing if isinstance(m, str)}
        self.counts: Counter[float] = Counter()

    def parse(self, codes: Array, texts: Sequence[str]) -> tuple[Array, Array]:
        """(float64 number, whether it is a rating) of each text, for the cells `texts[codes]`; nan
        where a text holds no number."""
        numbers = np.array([number(text, self.decimal) for text in texts])
        rated = np.array(
            [
                value not in self.missing and text.strip() not in self.missing_text
                for text, value in zip(texts, numbers.tolist(), strict=True)
            ],
            bool,
        )
        if len(self.counts) < MOST_VALUES:
            times = np.bincount(codes, minlength=len(texts)).tolist()
            for value, n in zip(numbers.tolist(), times, strict=True):
                self.counts[value] += n
        return numbers, rated

    def note(self, scale: tuple[float, float] | None) -> str:
        """A sentence where 0 is below all other ratings and not on the `scale` that was said, or 99
        is frequent and far above them, so that it may mean "not rated"; else an empty one."""
        total = sum(self.counts.values())
        if len(self.counts) >= MOST_VALUES:
            return ""
        for value in NOT_RATED:
            if value in self.missing or (scale and scale[0] <= value <= scale[1]):
                continue
            others = sorted(
                v for v in self.counts if v != value and v not in self.missing and not math.isnan(v)
            )
            times = self.counts[value]
            if times and len(others) >= 3 and self._stands_apart(value, times / total, others):
                low, high = min(value, others[0]), max(value, others[-1])
                return (
                    f"{times:,} of {total:,} ratings are {value:g}, and the others lie from "
                    f"{others[0]:g} to {others[-1]:g}: if {value:g} means that nobody rated, say "
                    f"missing=({value:g},) (--missing {value:g}); if it is a rating, say "
                    f"scale=({low:g}, {high:g}) (--scale {low:g},{high:g})."
                )
        return ""

    @staticmethod
    def _stands_apart(value: float, share: float, others: list[float]) -> bool:
        """0: below all; 99: frequent, and two steps and more above them."""
        if value == 0:
            return others[0] > 0
        step = max(b - a for a, b in zip(others, others[1:], strict=False))
        return share >= MANY and value - others[-1] >= 2 * step
