"""The check at the end of a chapter: the page's numbers hold, or the book does not build."""

from html import escape

import numpy as np
import pandas as pd


def check(name: str, value: float, expected: float, tolerance: float, reason: str) -> None:
    """Show that `value` lies within `expected` ± `tolerance`, or stop with the reason it should.

    >>> check("test RMSE", 0.93, expected=0.94, tolerance=0.02, reason="measured over ten seeds")
    ✓ test RMSE: 0.93, expected 0.92 to 0.96 (measured over ten seeds)
    """
    low, high = expected - tolerance, expected + tolerance
    bounds = dict.fromkeys([f"{low:.4g}", f"{high:.4g}"])  # one, where they read the same
    said = f"{name}: {value:.4g}, expected {' to '.join(bounds)} ({reason})"
    if not low <= value <= high:  # written so that a NaN fails
        raise AssertionError(said)
    show(said)


def check_recorded(
    name: str, table: pd.DataFrame, recorded: pd.DataFrame, tolerance: float = 4.0
) -> None:
    """Compare every mean of a table with that of the recorded study, or stop where one is far off.

    Far is measured in standard errors, from the recorded spread over seeds of that very number.

    Parameters
    ----------
    table, recorded : the columns model, x, mean, sd, seeds, and metric where there are several.
    """
    on = [column for column in ("metric", "model", "x") if column in table]
    both = table.merge(recorded, on=on, suffixes=("", "_then"))
    if len(both) < len(table):
        raise AssertionError(f"{name}: {len(table) - len(both)} numbers are not on record.")
    error = both["sd_then"] * np.sqrt(1 / both["seeds"] + 1 / both["seeds_then"])
    away = (both["mean"] - both["mean_then"]).abs() / error.clip(lower=1e-6)
    away = away.fillna(np.inf)
    worst = both.loc[away.idxmax()]
    said = f"farthest is {worst['model']} at {worst['x']:g}"
    check(
        f"{name}: {len(both)} numbers beside the recorded study, in standard errors",
        float(away.max()),
        0,
        tolerance,
        said,
    )


def show(said: str) -> None:
    """One line with a tick: HTML in a notebook, text elsewhere."""
    text = f"✓ {said}"
    try:
        from IPython import get_ipython
    except ImportError:
        return print(text)
    if get_ipython() is None:
        return print(text)
    from IPython.display import display

    html = f'<p class="check"><span aria-hidden="true">✓</span>{escape(said)}</p>'
    display({"text/html": html, "text/plain": text}, raw=True)
