"""Notes on the words of the glossary."""

from types import SimpleNamespace

import pytest
from docutils import nodes

from eautorec_book import glossary


@pytest.mark.parametrize(
    "address",
    [
        {"refid": "term-leak"},
        {"refuri": "glossary.html#term-leak"},
        {"refuri": "#document-chapters/glossary#term-leak"},
    ],
    ids=["on its own page", "on another page", "in a book on one page"],
)
def test_a_link_to_a_term_gets_its_definition(address, monkeypatch):
    link = nodes.reference("", "", nodes.inline("", "leak", classes=["std-term"]), **address)
    monkeypatch.setattr(glossary, "definitions", lambda env: {"term-leak": "Test ratings that …"})
    glossary.explain_terms(SimpleNamespace(env=None), nodes.paragraph("", "", link), "a page")
    assert link["reftitle"] == "Test ratings that …"
