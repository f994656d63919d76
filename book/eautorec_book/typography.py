"""How numbers are set."""

import math
import re

HYPHEN = re.compile(r"(?<![\w)\]-])-(?=\.?\d)")
"""Before a number; not the dash of a range, nor that of a name such as u-42."""


def true_minus(text: str) -> str:
    """The text with minus signs where hyphens stand for them.

    >>> true_minus("between -0.3 and .5, Eq. 5-7")
    'between −0.3 and .5, Eq. 5-7'
    """
    return HYPHEN.sub("\N{MINUS SIGN}", text)


def with_interval(mean: float, low: float, high: float) -> str:
    """A difference and its interval, with two significant digits of the interval's half width.

    >>> with_interval(-0.00258, -0.0039, -0.00127)
    '−0.0026 (−0.0039 to −0.0013)'
    >>> with_interval(1.34, -4.56, 7.25)
    '+1.3 (−4.6 to +7.2)'
    """
    half = (high - low) / 2
    digits = max(0, 1 - math.floor(math.log10(half))) if half > 0 else 2
    return true_minus(f"{mean:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})")
