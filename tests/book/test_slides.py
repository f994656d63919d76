"""Slides, the plan of the lecture, and the handout."""

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup

from eautorec import Explainability, read_ratings
from eautorec_book import blackboard, handout, lecture, pdf, slides
from eautorec_book.toc import chapters

ROOT = Path(__file__).parents[2]
PAGE = """<html><body><article>
<section id="t"><h1>1. Title<a class="headerlink" href="#t">#</a></h1>
<div class="question docutils">Why?</div>
<section id="part"><h2>A part</h2><p>Take the <a href="other.html#x">mean</a>:</p>
<div class="math" id="equation-eq-one">\\[ a = b \\]</div>
<figure id="fig-one"><img alt="A line." src="../_images/one.svg"><figcaption><p>See
<a href="#fig-one">Fig. 1</a>.</p></figcaption></figure>
<div class="admonition versus"><p class="admonition-title">The paper, and ours</p><p>0.9</p></div>
</section><section id="summary"><h2>Summary</h2><ul><li>b</li></ul></section></section></article>
</body></html>"""


EMPTY = {"deck": "index", "title": "A lecture", "blocks": []}


def source(page: Path) -> str:
    """All that a page defines: its text, and its figures' names."""
    if page.suffix == ".md":
        return (ROOT / page).read_text(encoding="utf-8")
    cells = nbformat.read(ROOT / page, as_version=4).cells
    names = [cell.metadata.get("mystnb", {}).get("figure", {}).get("name", "") for cell in cells]
    return "\n".join([*(cell.source for cell in cells), *names])


def test_a_page_becomes_slides_in_its_order():
    made = slides.chapter("page", BeautifulSoup(PAGE, "html.parser"))
    assert [s.name for s in made] == ["question", "eq-one", "fig-one", "versus", "summary"]
    assert [s.heading for s in made[:3]] == ["1. Title", "A part", "A part"]
    assert made[2].kind == "figure" and 'data-src="../_images/one.svg"' in made[2].body
    equation, figure = made[1].body, made[2].body
    assert "Take the" in equation and '"../chapters/other.html#x"' in equation
    assert '"../chapters/page.html#fig-one"' in figure and 'alt="A line."' in figure
    assert "id=" not in "".join(s.body for s in made)


def test_the_title_of_a_figure_is_the_first_sentence_of_its_caption():
    def stated(caption):
        figure = f'<figure><figcaption><p><span class="caption-text">{caption}</span></p>'
        return slides.statement(figure + "</figcaption></figure>")

    heading, rest = stated("Popular films win, as in Fig. 2. Each dot is a film.")
    assert heading == "Popular films win, as in Fig. 2" and "> Each dot is a film.<" in rest
    heading, rest = stated("Replication of the paper’s Fig. 4a: it falls. Means of ten folds.")
    assert heading == "It falls"
    assert "Replication of the paper’s Fig. 4a. Means of ten folds." in rest
    for kept in (f"A sentence {'of many words ' * 12}. Short.", "See <a>Fig. 1</a>. Short."):
        assert stated(kept)[0] == "" and kept in stated(kept)[1]


@pytest.mark.parametrize("path", [p for p in chapters(ROOT) if p.suffix == ".ipynb"], ids=str)
def test_every_figure_can_give_its_slide_a_title(path):
    for cell in nbformat.read(ROOT / path, as_version=4).cells:
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if figure.get("name", "").startswith("fig-"):
            caption = f"<figure><figcaption><p>{figure['caption']}</p></figcaption></figure>"
            assert slides.statement(caption)[0], figure["caption"]


def test_every_slide_of_a_lecture_has_a_title_and_every_block_its_notes():
    plan = {
        "blocks": [
            {
                "title": "A block", "minutes": 5, "ask": "Why?", "hear": "Because.",
                "show": [
                    "page#fig-one",
                    {"show": "page#eq-one", "title": "B is A", "note": "Wait."},
                    {"say": "One.\nTwo.", "title": "The end"},
                ],
            }
        ]
    }  # fmt: skip
    made = slides.lecture({"page": BeautifulSoup(PAGE, "html.parser")}, plan)
    assert [s.heading for s in made] == ["A block", "A part", "B is A", "The end"]
    assert "See" in made[1].body and made[1].kind == "figure"
    heard = "<p>Listen for: Because.</p>"
    assert [s.notes for s in made] == [heard, heard, "<p>Wait.</p>", heard]
    assert made[-1].body == "<p>One.</p><p>Two.</p>"
    page = BeautifulSoup(slides.deck("index", "A lecture", made), "html.parser")
    said = [aside.get_text() for aside in page.select("section > aside.notes")]
    assert len(said) == len(made) and said[2] == "Wait."


def test_a_lecture_ends_with_an_answer_to_its_title():
    for plan in lecture.lectures():
        last = lecture.shown(plan["blocks"][-1])[-1]
        assert last["say"] and last["title"] in plan["title"]
        said = [one["say"] for block in plan["blocks"] for one in lecture.shown(block)]
        assert not re.search(r"\d", re.sub(r"\\\(.*?\\\)|\\\[.*?\\\]", "", " ".join(said)))


def test_the_lectures_take_their_time_and_show_what_the_chapters_have():
    assert {one["deck"]: minutes(one) for one in lecture.lectures()} == {
        "index": 90,
        "faithful-lecture": 45,
    }
    defined = {page.stem: source(page) for page in chapters(ROOT)}
    words = {"question": "} question", "versus": ":class: versus", "summary": "## Summary"}
    for block in (block for one in lecture.lectures() for block in one["blocks"]):
        assert block["ask"].strip().endswith(("?", ")"))
        for name in (one["show"] for one in lecture.shown(block)):
            page, _, part = name.partition("#")
            assert not part or words.get(part, part) in defined[page], name


def minutes(plan):
    return sum(block["minutes"] for block in plan["blocks"])


def test_what_is_on_no_page_is_named():
    with pytest.raises(LookupError, match="data#fig-sparsity"):
        slides.lecture({"page": BeautifulSoup(PAGE, "html.parser")}, lecture.lectures()[0])


def test_the_plan_as_a_table_links_what_it_shows():
    first, second = lecture.lectures()
    table = lecture.table(first, chapters(ROOT))
    decks = BeautifulSoup(lecture.decks(ROOT, chapters(ROOT)), "html.parser").select("a")
    assert {page.stem for page in chapters(ROOT) if page.suffix == ".ipynb"} <= {
        Path(link["href"]).stem for link in decks
    }
    assert all(len(link.get_text()) > 5 for link in decks)
    assert "{numref}`fig-base-rate`" in table and "{eq}`eq-mep`" in table
    assert "| 85 to 90 |" in table and "[](/chapters/paper.md)" in table
    assert "| 41 to 45 |" in lecture.table(second, chapters(ROOT))


def test_slides_need_nothing_from_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(slides, "lectures", lambda: [EMPTY])
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "page.html").write_text(PAGE)
    builder = SimpleNamespace(name="html")
    slides.write(SimpleNamespace(builder=builder, outdir=tmp_path), None)
    made = {path.name for path in (tmp_path / "slides").iterdir()}
    assert made == {"index.html", "page.html", "handout.html", "slides.css", "reveal"}
    assert "MIT" in (tmp_path / "slides" / "reveal" / "reveal.js").read_text()[:200]
    assert (tmp_path / "slides" / "reveal" / "LICENSE").exists()
    for file in (tmp_path / "slides").glob("*.*"):
        assert "http" not in file.read_text(), file
    assert "@import" not in (tmp_path / "slides" / "reveal" / "reveal.css").read_text()

    try:
        browser = pdf.find_browser()
    except ValueError:
        pytest.skip("no Chromium here")
    address = (tmp_path / "slides" / "page.html").as_uri() + "#/1"
    command = [browser, *pdf.QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    dom = subprocess.run([*command, address], capture_output=True, text=True, timeout=300).stdout
    shown = BeautifulSoup(dom, "html.parser").select_one(".slides > section.present")
    assert "Take the" in shown.get_text()
    opening = BeautifulSoup((tmp_path / "slides" / "page.html").read_text(), "html.parser").section
    assert opening.h1.get_text() == "1. Title" and "Why?" in opening.get_text()


def test_the_handouts_numbers_are_those_of_the_library_and_of_a_calculation_by_hand():
    answers = blackboard.answers()
    assert [round(c["cosine"], 3) for c in answers["cosines"]] == [
        round(26 / (34 * 45) ** 0.5, 3),
        round(34 / (34 * 50) ** 0.5, 3),
    ]
    assert answers["neighbours"][1] == [5, 2]
    assert list(answers["scores"].iloc[0]) == ["4.5", "2.5", "2.5", "2"]
    assert (answers["unrated"], answers["explainable"]) == ([2, 1, 2, 2, 1], [2, 0, 1, 1, 1])
    assert answers["chance"] == pytest.approx((1 + 0 + 1 / 2 + 1 / 2 + 1) / 5)
    given = answers["table"]
    assert list(given.loc[1]) == ["·", "", "0.208", "0.505", ""] and given.equals(given.T)
    assert answers["judged"] == {1: 1, 2: 0, 3: 0, 4: 0} and answers["mep"] == 0.25
    assert list(answers["ap"].values()) == pytest.approx([5 / 9, 5 / 12, 5 / 9])

    page = BeautifulSoup(handout.page(), "html.parser")
    assert page.select_one(".cosines table")
    tasks = page.select_one("main > ol")
    assert len(tasks.select(".blank")) > 10 and "0.825" not in tasks.get_text()
    solution = page.select_one(".solution").get_text()
    for number in ("0.825", "0.665", "0.60", "0.25", "0.417"):
        assert number in solution
    assert len(page.select("main > ol > li")) == len(page.select(".solution > ol > li"))


def test_the_file_of_the_five_users_is_read_by_the_library(tmp_path):
    file = tmp_path / "five-users.csv"
    file.write_text(blackboard.ratings_file(), encoding="utf-8")
    expl = Explainability(2).fit(read_ratings(file))
    assert expl.score(1, "Night Bus") == 2.5
    assert re.fullmatch(r"user,item,rating\n(\d,[\w ]+,[1-5]\n){12}", blackboard.ratings_file())
