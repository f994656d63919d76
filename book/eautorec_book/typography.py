"""How numbers are set."""

import re

from eautorec.study.digits import decimals

HYPHEN = re.compile(r"(?<![\w)\]-])-(?=\.?\d)")
"""Before a number; not the dash of a range, nor that of a name such as u-42."""


def true_minus(text: str) -> str:
    """The text with minus signs where hyphens stand for them.

    >>> true_minus("between -0.3 and .5, Eq. 5-7")
    'between −0.3 and .5, Eq. 5-7'
    """
    return HYPHEN.sub("\N{MINUS SIGN}", text)


def with_interval(mean: float, low: float, high: float, sign: str = "+") -> str:
    """A difference and its interval, with two significant digits of the interval's half width.

    Parameters
    ----------
    sign : "+" writes a plus before positive numbers, "" does not.

    >>> with_interval(-0.00258, -0.0039, -0.00127)
    '−0.0026 (−0.0039 to −0.0013)'
    >>> with_interval(1.34, -4.56, 7.25)
    '+1.3 (−4.6 to +7.2)'
    """
    found = decimals(low, high)
    how = f"{sign}.{2 if found is None else found}f"
    return true_minus(f"{mean:{how}} ({low:{how}} to {high:{how}})")
