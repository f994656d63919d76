"""A film called <script>: text on every page."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import eautorec_book
from eautorec.synthetic import five_users
from eautorec_book.explorer import script
from eautorec_book.report import _as_script
from eautorec_book.tables import table

FILM = "</script><script>alert(1)</script>"
ASSETS = Path(eautorec_book.__file__).parent / "assets"


def test_tables_in_cells_and_headings():
    frame = pd.DataFrame({FILM: [FILM, "x"], "n": [1, 2]}, index=[FILM, "y"])
    for index in (True, False):
        page = table(frame, index=index).to_html()
        assert "<script>" not in page and "&lt;script&gt;" in page


def test_data_in_a_page_does_not_end_its_element():
    found = {"titles": {"1": FILM}, "user": "\u2028<!--"}
    said = _as_script(found)
    assert "<" not in said
    assert json.loads(said.removeprefix("window.eautorecExplorer=").removesuffix(";")) == found


def test_data_in_a_file_is_json():
    said = script({"title": FILM})
    assert json.loads(said.removeprefix("window.eautorecExplorer=").removesuffix(";\n")) == {
        "title": FILM
    }


@pytest.mark.parametrize(
    ("name", "foreign"),
    [("explorer.js", "title|sentence"), ("two-lists.js", "title|sentence|user")],
)
def test_scripts_put_no_label_into_a_page_as_it_is(name, foreign):
    """What is somebody else's is escaped where markup is made: in the report users' labels too,
    while the explorer has the numbers of its own two worlds."""
    raw = rf"\$\{{([\w.]*\.)?({foreign})(\(\w+\))?\}}"
    source = (ASSETS / name).read_text(encoding="utf-8")
    assert [line for line in source.splitlines() if "<" in line and re.search(raw, line)] == []


def test_the_report_escapes_names():
    from jinja2 import Environment, PackageLoader

    page = Environment(loader=PackageLoader("eautorec_book"), autoescape=True).get_template(
        "report.html"
    )
    world = five_users()
    facts = {"ratings": world, "density": 0.5, "low": 1, "high": 5, "folds": 1, "starts": 1}
    facts |= {"chance": 0.5, "lambdas": {}, "names": {}}
    said = page.render(name=FILM, models=[{"model": FILM}], **facts)
    assert FILM not in said and said.count("&lt;script&gt;alert(1)") >= 2
