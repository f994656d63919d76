"""Hyper-parameters within their range, or one sentence that says which is not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real

from eautorec.errors import InputError


def whole_number(name: str, value: object, at_least: int) -> int:
    """The value as a plain int. Raises InputError unless it is a whole number from `at_least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < at_least:
        raise InputError(f"{name} is {value!r}: it must be a whole number, {at_least} or more.")
    if int(value) >= 2**63:
        raise InputError(f"{name} is too large: it must be below 2 to the power of 63.")
    return int(value)


def number(
    name: str,
    value: object,
    at_least: float = -math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """The value as a plain float. Raises InputError unless it is finite and within the bounds."""
    good = isinstance(value, Real) and not isinstance(value, bool) and _is_finite(value)
    if not good or not (float(value) >= at_least and above < float(value) < below):  # type: ignore[arg-type]
        bounds = [
            said
            for said, bound in (
                (f"{at_least:g} or more", at_least),
                (f"above {above:g}", above),
                (f"below {below:g}", below),
            )
            if math.isfinite(bound)
        ]
        wanted = f"a number, {' and '.join(bounds)}" if bounds else "a finite number"
        raise InputError(f"{name} is {value!r}: it must be {wanted}.")
    return float(value)  # type: ignore[arg-type]


def _is_finite(value: Real) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def one_of(name: str, value: object, options: Iterable[str]) -> str:
    """The value itself. Raises InputError unless it is one of the options."""
    options = list(options)
    if value not in options:
        raise InputError(f"{name} is {value!r}: choose one of {', '.join(options)}.")
    return str(value)
