"""Slides from the built pages: one deck for a lecture, and one for each chapter.

A page's slides are its question, its numbered equations, its figures with their captions, the box
with the paper's numbers and ours, and its summary, in the order of the page. Everything that a page
resolves (numbers, references, the results of the run) is resolved here too, because the slides are
taken from the finished HTML. The lecture picks from all of them; lecture.yml is its plan.
"""

import shutil
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from jinja2 import Template

from eautorec_book import blackboard, handout
from eautorec_book.lecture import plan

ASSETS = files("eautorec_book").joinpath("assets")
SHOWN = "div.question, figure[id^=fig-], div.math[id], div.admonition.versus, section#summary"


@dataclass
class Slide:
    """A heading and the HTML below it; the name is unique on its page."""

    name: str
    heading: str
    body: str
    kind: str = ""


def write(app, exception) -> None:
    """Put slides and handout beside the pages (Sphinx, build-finished)."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    target = out / "slides"
    target.mkdir(exist_ok=True)
    with as_file(ASSETS.joinpath("reveal")) as reveal:
        shutil.copytree(reveal, target / "reveal", dirs_exist_ok=True)
    (target / "slides.css").write_text(ASSETS.joinpath("slides.css").read_text("utf-8"), "utf-8")
    (target / "handout.html").write_text(handout.page(), encoding="utf-8")
    pages = {
        path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted((out / "chapters").glob("*.html"))
    }
    decks = {"index": ("Can an autoencoder explain itself? A lecture", lecture(pages))}
    for name, page in pages.items():
        if page.select_one("div.question") and page.select_one("section#summary"):
            decks[name] = (title(page), chapter(name, page))
    for name, (heading, slides) in decks.items():
        (target / f"{name}.html").write_text(deck(name, heading, slides), encoding="utf-8")


def lecture(pages: dict[str, BeautifulSoup]) -> list[Slide]:
    """The lecture's slides. Raises LookupError, where the plan shows what no page has."""
    known = {
        f"{name}#{slide.name}": slide
        for name, page in pages.items()
        for slide in chapter(name, page)
    }
    known["five-users"] = Slide(
        "five-users",
        "Five users, four films",
        f'<div class="wide" tabindex="0">{handout.as_html(blackboard.rating_table())}</div>',
    )
    missing = [name for block in plan() for name in block["show"] if name not in known]
    if missing:
        raise LookupError(f"lecture.yml shows what is on no page: {', '.join(missing)}")
    slides = []
    for block in plan():
        note = f'<p class="minutes">{block["minutes"]} minutes</p><p class="ask">{block["ask"]}</p>'
        slides.append(Slide("block", block["title"], note, "block"))
        slides += [known[name] for name in block["show"]]
    return slides


def chapter(name: str, page: BeautifulSoup) -> list[Slide]:
    """The slides of one page, in its order."""
    slides = []
    for found in page.select(f"article :is({SHOWN})"):
        piece, classes = cleaned(found, name), found.get("class", ())
        if "question" in classes:
            slides.append(Slide("question", title(found.find_parent("section")), piece, "title"))
        elif "versus" in classes:
            slides.append(Slide("versus", "The paper, and ours", piece))
        elif found.name == "section":
            slides.append(Slide("summary", "Summary", piece))
        else:
            anchor = found["id"].removeprefix("equation-")
            before = found.find_previous_sibling()
            if anchor != found["id"] and before and before.name == "p":
                piece = cleaned(before, name) + piece  # what an equation is about
            slides.append(Slide(anchor, title(found.find_parent("section")), piece))
    return slides


def title(part: Tag) -> str:
    """The text of the first heading, without its number's link mark."""
    heading = BeautifulSoup(str(part.select_one("h1, h2, h3")), "html.parser")
    for mark in heading.select("a.headerlink"):
        mark.decompose()
    return heading.get_text().strip()


def cleaned(part: Tag, name: str) -> str:
    """A copy of a part of a page, for slides: no marks, no names, links that lead to the book."""
    copy = BeautifulSoup(str(part), "html.parser")
    for extra in copy.select("a.headerlink, h1, h2, p.admonition-title, button, script"):
        extra.decompose()
    for tag in copy.find_all(True):
        tag.attrs.pop("id", None)
    for link in copy.select("a[href]"):
        href = link["href"]
        if href.startswith("#"):
            link["href"] = f"../chapters/{name}.html{href}"
        elif "://" not in href and not href.startswith("../"):
            link["href"] = f"../chapters/{href}"
    return str(copy)


def deck(name: str, heading: str, slides: list[Slide]) -> str:
    """A whole deck as an HTML page."""
    template = Template(ASSETS.joinpath("slides.html").read_text("utf-8"))
    home = "teaching" if name == "index" else name
    return template.render(heading=heading, slides=slides, home=f"../chapters/{home}.html")
