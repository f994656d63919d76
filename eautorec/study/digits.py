"""How many digits a number has in a sentence."""

import math


def decimals(low: float, high: float) -> int | None:
    """Of a number with this interval: two significant digits of the interval's half width; None
    where it has no width.

    >>> decimals(-0.0039, -0.0013), decimals(1, 1)
    (4, None)
    """
    half = (high - low) / 2
    if not math.isfinite(half) or half <= 0:
        return None
    return max(0, 1 - math.floor(math.log10(half)))
