"""The check at the end of a chapter: the page's numbers hold, or the book does not build."""

from html import escape


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
