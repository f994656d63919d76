"""The book on paper."""

import pytest
from bs4 import BeautifulSoup

from eautorec.errors import InputError
from eautorec_book import pdf

WHOLE = """<html data-theme="dark"><head><title>First</title>
<script src="_static/mathjax/tex-svg.js"></script></head>
<body><header>menu</header><script src="_static/theme.js"></script>
<article class="bd-article"><section id="a">
<h1>First</h1><p>See <a href="#b">it</a>, <a href="slides/index.html">slides</a>.</p>
<div class="admonition solution dropdown"><p>42</p></div></section>
<span id="document-chapters/b"></span><section id="b"><h2>Second</h2><h3>Part</h3>
<details class="hide"><summary><p>Setup</p></summary>import this</details>
<details class="hide"><summary><p>All 2 checks of these numbers passed</p>
<p>All 2 checks of these numbers passed</p></summary>check(1, 1)</details></section>
</article></body></html>"""
FACTS = {"title": "A book", "commit": "abc1234", "date": "2026-11-25"}


def test_without_a_browser_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(pdf.SETTING, "")
    monkeypatch.setattr(pdf, "ON_A_MAC", "")
    with pytest.raises(InputError, match=r"^No Chromium or Chrome .*: install one, or set \w+ .*"):
        pdf.find_browser()


def test_a_book_that_was_not_built_is_not_printed(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "find_browser", lambda: "chromium")
    with pytest.raises(InputError, match="make book"):
        pdf.main(tmp_path)


def test_paper_has_a_title_page_contents_and_nothing_that_is_for_screens():
    page = BeautifulSoup(pdf.prepare(WHOLE, FACTS), "html.parser")
    assert page.title.get_text() == "A book" == page.select_one(".title-page p").get_text()
    assert "abc1234, of 2026-11-25" in page.select_one(".title-page").get_text()
    contents = page.select(".contents li a")
    assert [link.get_text() for link in contents] == ["First", "Second"]
    assert all(page.select_one(link["href"]).name == "h1" for link in contents)
    assert page.select_one("#b h2").get_text() == "Part"
    assert [script["src"] for script in page.select("script")] == ["_static/mathjax/tex-svg.js"]
    assert page.html["data-theme"] == "light" and not page.select("header")
    assert [link["href"] for link in page.select("article > section[id] a")] == ["#b"]
    assert "42" in page.get_text()


def test_paper_says_that_the_checks_passed_and_leaves_out_how():
    page = BeautifulSoup(pdf.prepare(WHOLE, FACTS), "html.parser")
    text = page.select_one("#b").get_text()
    assert text.count("All 2 checks of these numbers passed.") == 1 and "check(1" not in text
    assert [fold.summary.get_text() for fold in page.select("details")] == ["Setup"]


@pytest.mark.slow
def test_chromium_prints_numbered_pages(tmp_path):
    try:
        browser = pdf.find_browser()
    except InputError:
        pytest.skip("no Chromium here")
    page, target = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(pdf.prepare(WHOLE, FACTS), encoding="utf-8")
    pdf.print_page(browser, page, target)
    content = target.read_bytes()
    assert content.startswith(b"%PDF") and content.count(b"/Type /Page\n") == 4
