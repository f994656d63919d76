"""Docstrings become pages, and nothing in them is taken for markup."""

import re

import eautorec
from eautorec.models import MODELS
from eautorec_book.docstrings import as_rst


def test_a_docstring_becomes_paragraphs_formulas_and_lists():
    written = as_rst(
        """Minimise |X - X B|^2, with `fit`:

    G = (X^T X)^-1

n lines, where a star * is a star.

Parameters
----------
n, m : how many,
    and of what.
**more : the rest.

Returns
-------
A table with
found : 1 where it is.

Raises
------
InputError
    Too many."""
    )
    assert [line for line in written if line] == [
        r"Minimise \|X - X B\|^2, with ``fit``:",
        ".. code-block:: text",
        "       G = (X^T X)^-1",
        r"n lines, where a star \* is a star.",
        ".. rubric:: Parameters",
        "- ``n, m``: how many, and of what.",
        "- ``**more``: the rest.",
        ".. rubric:: Returns",
        "A table with",
        "- ``found``: 1 where it is.",
        ".. rubric:: Raises",
        "- ``InputError``: Too many.",
    ]


def test_a_name_without_text_and_a_sentence_after_a_list_stay_what_they_are():
    assert as_rst("Parameters\n---\nn : one.\n\nRaises InputError for none.")[-2] == (
        "Raises InputError for none."
    )


def test_all_that_is_public_is_on_the_page(request):
    page = (request.config.rootpath / "chapters" / "api.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\.\. auto\w+:: ([\w.]+)$", page, re.MULTILINE))
    assert {f"eautorec.{name}" for name in eautorec.__all__} <= described
    classes = {name.rpartition(".")[2] for name in described}
    assert {kind.rpartition(".")[2] for kind in MODELS.values()} <= classes
