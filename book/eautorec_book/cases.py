"""A function that a reader wrote, tried on the cases of an exercise.

A case is a call and the value that it should have. A property is a case too: "the same in both
orders" is a difference that should be 0. The reader sees a case when their function fails on it.
"""

import contextlib
import functools
import io
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LONGEST = 60
"""Letters that a value may take in a sentence."""


@dataclass
class Case:
    """A call, the value that it should have (both are `exercise.Code`), and advice."""

    call: object
    value: object
    said: str


@dataclass
class Tried:
    """What a function gave for a case: a value, or an error and its line."""

    case: Case
    expected: object
    value: object = None
    error: Exception | None = None
    line: str = ""

    @property
    def passed(self) -> bool:
        """Whether that is what it should give."""
        return self.error is None and same(self.value, self.expected)

    @property
    def told(self) -> str:
        """The failed case in a sentence."""
        call = " ".join(self.case.call.text.split())
        if self.error is not None:
            if isinstance(self.error, GivesNothing):
                return f"{call} gives nothing back: is there a return?"
            if "read-only" in str(self.error):
                return f"{call} changes what it is given: work on a copy."
            said = f"{type(self.error).__name__}: {self.error}".rstrip(".: ")
            return f"{call} stops with {said}{self.line}."
        if np.shape(self.value) != np.shape(self.expected):
            found, right = np.shape(self.value), np.shape(self.expected)
            return f"{call} has the shape {found}, and should have {right}."
        found, right = words(self.value), words(self.expected)
        if len(found) > LONGEST or found == right:
            return f"{call} has not the right value."
        return f"{call} is {found}, and should be {right}."


class GivesNothing(Exception):
    """A function came to its end without a value."""


def giving(function: Callable) -> Callable:
    """The same function, but an error where it gives nothing back."""

    @functools.wraps(function)
    def called(*args, **options):
        value = function(*args, **options)
        if value is None:
            raise GivesNothing
        return value

    return called


def guarded(names: dict) -> dict:
    """The same names, but no array of them can be changed by the function that is tried."""
    kept = dict(names)
    for name, value in names.items():
        if isinstance(value, np.ndarray):
            kept[name] = value.view()
            kept[name].flags.writeable = False
    return kept


def attempt(case: Case, names: dict) -> Tried:
    """A case, with the function among these names. Its errors and what it prints are kept."""
    tried = Tried(case, case.value.run(names))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            tried.value = case.call.run(names)
    except Exception as error:
        tried.error = error
        last = traceback.extract_tb(error.__traceback__)[-1]
        if last.name != "<module>" and last.line:
            tried.line = f", in the line `{last.line}`"
    return tried


def first_failure(tried: list[Tried]) -> Tried | None:
    """The first case that the function does not pass."""
    return next((one for one in tried if not one.passed), None)


def alike(ours: list[Tried], theirs: list[Tried]) -> bool:
    """Whether two functions do the same in every case, right or wrong."""
    return all(
        type(a.error) is type(b.error) and (a.error is not None or same(a.value, b.value))
        for a, b in zip(ours, theirs, strict=True)
    )


def same(found, expected) -> bool:
    """Whether two values are equal: numbers and arrays of one shape, but for rounding."""
    try:
        ours, right = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError):
        return type(found) is type(expected) and found == expected
    return ours.shape == right.shape and np.allclose(ours, right, 1e-6, 1e-9, equal_nan=True)


def words(value) -> str:
    """A value as it stands in a sentence: four digits of a number, an array in one line."""
    if isinstance(value, bool | np.bool_):
        return str(value)
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return repr(value)
    if array.ndim == 0:
        return f"{float(array):.4g}"
    return " ".join(np.array2string(array, precision=4, separator=", ").split())
