"""Tables for the page: words to the left, numbers to the right, no more digits than they carry."""

import hashlib
from collections.abc import Callable
from numbers import Integral, Number

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from eautorec_book.typography import true_minus

LONG = 20
"""Letters of a cell from which its column is text, whose lines break; below, it holds words."""


def _with_digits(digits: int) -> Callable[[object], str]:
    """What writes a cell: fractions with so many digits, whole numbers in groups of three."""

    def write(value: object) -> str:
        if isinstance(value, bool | np.bool_) or not isinstance(value, Number):
            return str(value)
        whole = isinstance(value, Integral)
        return true_minus(f"{value:,}" if whole else f"{value:,.{digits}f}")

    return write


def table(frame: pd.DataFrame, digits: int | dict[str, int] = 2, index: bool = False) -> Styler:
    """Show a frame as the book's tables look; its row labels too, where `index` is true.

    `digits` after the point are for all columns, or for each by its name; a missing value is a
    dash.

    The table's name in the page is made from its content, so that a second run gives the same page.
    """
    name = hashlib.sha256(frame.to_csv().encode()).hexdigest()[:8]
    of_all = digits if isinstance(digits, int) else 2
    styler = Styler(frame, uuid=name, cell_ids=False, escape="html")
    styler.format(_with_digits(of_all), na_rep="\N{EN DASH}", escape="html")
    for axis in ("index", "columns"):
        styler.format_index(escape="html", axis=axis)
    for column, n in digits.items() if isinstance(digits, dict) else ():
        styler.format(_with_digits(n), subset=[column], na_rep="\N{EN DASH}", escape="html")
    styler.set_table_attributes('class="dataframe"')
    words = [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
    classes = pd.DataFrame("", frame.index, frame.columns)
    for column in words:
        longest = frame[column].astype(str).str.len().max()
        classes[column] = "text" if longest > LONG else "word"
    styler.set_td_classes(classes)
    styler.set_table_styles(
        {c: [{"selector": "th", "props": "text-align: left"}] for c in words}, overwrite=False
    )
    return styler if index else styler.hide(axis="index")
