"""The check at the end of a chapter: the page's numbers hold, or the book does not build."""

from html import escape

import pandas as pd

from eautorec.study.record import again_beside
from eautorec_book.records import study


def check(name: str, value: float, expected: float, tolerance: float, reason: str) -> None:
    """Show that `value` lies within `expected` ± `tolerance`, or stop with the reason it should.

    >>> check("test RMSE", 0.93, expected=0.94, tolerance=0.02, reason="on record")
    ✓ test RMSE: 0.93, expected 0.92 to 0.96 (on record)
    """
    low, high = expected - tolerance, expected + tolerance
    bounds = dict.fromkeys([f"{low:.4g}", f"{high:.4g}"])  # one, where they read the same
    said = f"{name}: {value:.4g}, expected {' to '.join(bounds)} ({reason})"
    if not low <= value <= high:  # written so that a NaN fails
        raise AssertionError(said)
    show(said)


def check_again(name: str, again: pd.DataFrame, tolerance: float = 6.0) -> None:
    """Compare what this run measured again with the recorded study, or stop where it is far off.

    E-AutoRec counts as a difference from AutoRec on the same fold. Far is measured in the spread
    that starts alone have, so that another machine's rounding passes and another result does not.

    Parameters
    ----------
    again : records, as `eautorec.study.results.results` gives them.
    """
    found = again_beside(again, study())
    worst = found.loc[found["away"].idxmax()] if found["away"].notna().all() else found.iloc[0]
    check(
        f"{name}: {len(found)} numbers measured again, beside the record, in spreads of a start",
        float(found["away"].max(skipna=False)),
        tolerance / 2,
        tolerance / 2,
        f"farthest is {worst['model']}, {worst['metric']} at {worst['x']:g}",
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
