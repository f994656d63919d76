"""How numbers are set."""

import re

HYPHEN = re.compile(r"(?<![\w)\]-])-(?=\.?\d)")
"""Before a number; not the dash of a range, nor that of a name such as u-42."""


def true_minus(text: str) -> str:
    """The text with minus signs where hyphens stand for them.

    >>> true_minus("between -0.3 and .5, Eq. 5-7")
    'between −0.3 and .5, Eq. 5-7'
    """
    return HYPHEN.sub("\N{MINUS SIGN}", text)
