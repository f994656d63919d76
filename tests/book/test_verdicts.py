"""Verdicts as a reader sees them."""

import numpy as np
import pandas as pd
import pytest

from eautorec_book.verdicts import verdict_table, with_interval


@pytest.mark.parametrize(
    "values, said",
    [
        ((-0.002584, -0.003898, -0.001271), "−0.0026 (−0.0039 to −0.0013)"),
        ((0.19, 0.16, 0.22), "0.190 (0.160 to 0.220)"),
        ((1.344, -4.56, 7.25), "1.3 (−4.6 to 7.2)"),
        ((251.0, 130.0, 372.0), "251 (130 to 372)"),
        ((0.25, 0.25, 0.25), "0.25"),
        ((0.25, -np.inf, np.inf), "0.25"),
    ],
)
def test_digits_follow_the_half_width(values, said):
    assert with_interval(*values) == said


def test_a_row_says_what_is_claimed_and_what_decides():
    decided = pd.DataFrame(
        {"id": ["C1", "C2"], "claim": ["one", "two"], "verdict": ["supported", "undecided"],
         "statistic": ["RMSE", "MAP@10"], "difference": [-0.0026, 0.0], "low": [-0.0039, -0.01],
         "high": [-0.0013, 0.01], "flips": [0.19, np.nan]}
    )  # fmt: skip
    first, second = verdict_table(decided).itertuples(index=False)
    assert tuple(first) == ("C1: one", "supported (19%)", "RMSE: −0.0026 (−0.0039 to −0.0013)")
    assert tuple(second) == (
        "C2: two",
        "undecided (not known)",
        "MAP@10: 0.000 (−0.010 to 0.010)",
    )
