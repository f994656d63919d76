"""The references: one form for names and identifiers, and the paper as CITATION.cff has it."""

import re
from pathlib import Path

import pytest
import yaml
from pybtex.database import parse_file

from eautorec_book import cite

ROOT = Path(__file__).parents[2]
ENTRIES = parse_file(str(ROOT / "references.bib"), "bibtex").entries
PAPER = "haghighi2019explainable"


@pytest.mark.parametrize("key", list(ENTRIES))
def test_an_entry_is_whole_and_its_identifiers_are_well_formed(key):
    entry = ENTRIES[key]
    assert {"title", "year"} <= set(entry.fields)
    assert re.fullmatch(r"(19|20)\d\d", entry.fields["year"])
    for person in entry.persons["author"]:
        assert person.last_names and person.first_names, person
    if "doi" in entry.fields:  # the identifier, no address
        assert re.fullmatch(r"10\.\d{4,9}/[\w.()/:;-]+", entry.fields["doi"])
        assert "url" not in entry.fields
    if "url" in entry.fields:
        assert re.fullmatch(r"https://arxiv\.org/abs/\d{4}\.\d{4,5}", entry.fields["url"])
    if "pages" in entry.fields:
        assert re.fullmatch(r"[\d:]+--[\d:]+", entry.fields["pages"])


def test_no_two_entries_have_one_identifier():
    found = [e.fields[name].lower() for e in ENTRIES.values() for name in ("doi", "url")
             if name in e.fields]  # fmt: skip
    assert len(set(found)) == len(found)


def test_the_paper_is_cited_in_one_form():
    [paper] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["references"]
    entry = ENTRIES[PAPER]
    names = [(" ".join(p.last_names).strip("{}"), " ".join(p.first_names))
             for p in entry.persons["author"]]  # fmt: skip
    assert names == [(a["family-names"], a["given-names"]) for a in paper["authors"]]
    assert names[0] == ("Sagheb Haghighi", "Pegah")
    assert paper["title"] == entry.fields["title"]
    assert str(paper["year"]) == entry.fields["year"]
    assert paper["url"] == entry.fields["url"] and paper["notes"] == entry.fields["note"]
    for part in (paper["title"], paper["notes"], paper["url"], cite.authors(paper)):
        assert part in cite.box(ROOT)
