"""The check at the end of a chapter: it shows what holds, and stops at what does not."""

import math

import pandas as pd
import pytest

from eautorec.book.checks import check
from eautorec.book.tables import table


def test_a_value_in_range_is_shown(capsys):
    check("RMSE", 0.93, expected=0.94, tolerance=0.02, reason="ten seeds")
    assert capsys.readouterr().out == "✓ RMSE: 0.93, expected 0.92 to 0.96 (ten seeds)\n"


@pytest.mark.parametrize("value", [0.91, 0.97, math.nan, math.inf])
def test_a_value_outside_stops_with_the_number_the_range_and_the_reason(value):
    with pytest.raises(AssertionError, match=r"RMSE: .*0\.92 to 0\.96 \(ten seeds\)"):
        check("RMSE", value, expected=0.94, tolerance=0.02, reason="ten seeds")


def test_a_table_is_the_same_text_twice_and_escapes_what_it_shows():
    frame = pd.DataFrame({"title": ["<Seven> (1995)"], "score": [4.123]})
    html = table(frame).to_html()
    assert html == table(frame).to_html()
    assert "&lt;Seven&gt;" in html and "4.12<" in html and 'text"' in html
