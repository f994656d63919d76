"""Tables for the page."""

import pandas as pd

from eautorec_book.tables import table


def test_a_table_is_the_same_text_twice_and_escapes_what_it_shows():
    titles, models = ["<Seven>, a film of 1995"], ["AutoRec"]
    frame = pd.DataFrame({"title": titles, "model": models, "score": [4.123]})
    html = table(frame).to_html()
    assert html == table(frame).to_html()
    assert "&lt;Seven&gt;" in html and "4.12<" in html
    assert html.count('text"') == html.count('word"') == 1
