"""Verdicts as a reader sees them: the claim in words, and the difference that decides it."""

import pandas as pd

from eautorec.study.digits import decimals
from eautorec_book import typography
from eautorec_book.typography import true_minus


def with_interval(mean: float, low: float, high: float) -> str:
    """A mean and its interval, without a plus; the mean alone, where the interval has no width.

    >>> with_interval(-0.002584, -0.003898, -0.001271)
    '−0.0026 (−0.0039 to −0.0013)'
    """
    if decimals(low, high) is None:
        return true_minus(f"{mean:.3g}")
    return typography.with_interval(mean, low, high, sign="")


def verdict_table(decided: pd.DataFrame) -> pd.DataFrame:
    """What `eautorec.study.claims.claims` decided: a row for each claim, and three columns, which
    fit a phone."""
    rows = [
        {
            "claim": f"{row.id}: {row.claim}",
            "verdict (flips)": f"{row.verdict} ({_share(row.flips)})",
            "difference that decides (95% interval)": (
                f"{row.statistic.replace(' - ', ' − ')}: "
                f"{with_interval(row.difference, row.low, row.high)}"
            ),
        }
        for row in decided.itertuples()
    ]
    return pd.DataFrame(rows)


def _share(flips: float) -> str:
    return "not known" if pd.isna(flips) else f"{100 * flips:.0f}%"
