"""The minutes at the top of a chapter: counted, not guessed."""

import json

from eautorec_book.reading import say_minutes, sentence

BOX = "```{admonition} Before you start\n:class: ahead\n**You need** nothing.\n```\n"


IMPORT = "from eautorec.study.results import results\n"


def test_words_are_counted_without_the_exercises():
    text = "word " * 290 + "\n\n## Exercises\n\n" + "hard " * 500 + "\n\n## Summary\n\nThe end.\n"
    assert sentence(text) == "2 minutes to read without the exercises"
    assert sentence("word", 31.2) == "1 minute to read without the exercises, 32 seconds to run"
    assert sentence("word", 200).endswith("3 minutes to run")


def test_a_staged_notebook_says_its_own_seconds(tmp_path):
    def cell(kind, source, *tags):
        return {"cell_type": kind, "metadata": {"tags": tags}, "source": source}

    cells = [
        cell("markdown", ["# Title\n", "\n", BOX]),
        cell("code", [IMPORT + "x = 1\n" * 200], "hide-input"),
    ]
    page = tmp_path / "page.ipynb"
    metadata = {"eautorec": {"facts": {"seconds": 4.2}}}
    page.write_text(json.dumps({"cells": cells, "metadata": metadata}))
    say_minutes(page)
    box = json.loads(page.read_text())["cells"][0]["source"]
    assert "nothing.\\\n**Time** 1 minute to read" in box
    assert "5 seconds to run, once the study is stored\n```" in box


def test_a_page_of_text_says_no_seconds(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n" + BOX)
    say_minutes(page)
    assert "**Time** 1 minute to read without the exercises\n```" in page.read_text()
    page.write_text("# No box\n")
    say_minutes(page)
    assert page.read_text() == "# No box\n"
