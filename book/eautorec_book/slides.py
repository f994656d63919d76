"""Slides from the built pages: a deck for each lecture, and one for each chapter.

A page's slides are its question, its numbered equations, its figures with their captions, the box
with the paper's numbers and ours, and its summary, in the order of the page. Everything that a page
resolves (numbers, references, the results of the run) is resolved here too, because the slides are
taken from the finished HTML. A lecture picks from all of them; lecture.yml is its plan.

The title of a slide is a statement: a figure's first sentence, or what the plan says.
Images are named by `data-src`, so that Reveal fetches those near the slide that is shown.
"""

import re
import shutil
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from jinja2 import Template

from eautorec_book import blackboard, handout
from eautorec_book.lecture import lectures, shown

ASSETS = files("eautorec_book").joinpath("assets")
REPLICA = re.compile(r"Replication of the paper's (Fig\. \w+): ")
SENTENCE = re.compile(r".+?(?<!Fig)(?<!Eq)[.?](?=\s|$)", re.DOTALL)
LONGEST = 130
"""Letters of a title; a longer first sentence stays in the caption."""
SHOWN = "div.question, figure[id^=fig-], div.math[id], div.admonition.versus, section#summary"


@dataclass
class Slide:
    """A heading and the HTML below it; the name is unique on its page.

    `whole` is the HTML under another heading, where this one was taken out of it; notes are the
    speaker's.
    """

    name: str
    heading: str
    body: str
    kind: str = ""
    notes: str = ""
    whole: str = ""


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
    decks = {one["deck"]: (one["title"], lecture(pages, one)) for one in lectures()}
    for name, page in pages.items():
        if page.select_one("div.question") and page.select_one("section#summary"):
            decks[name] = (title(page), chapter(name, page))
    for name, (heading, slides) in decks.items():
        (target / f"{name}.html").write_text(deck(name, heading, slides), encoding="utf-8")


def lecture(pages: dict[str, BeautifulSoup], plan: dict) -> list[Slide]:
    """The slides of a lecture. Raises LookupError, where the plan shows what no page has."""
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
    asked = [one for block in plan["blocks"] for one in shown(block)]
    if missing := [one["show"] for one in asked if one["show"] and one["show"] not in known]:
        raise LookupError(f"lecture.yml shows what is on no page: {', '.join(missing)}")
    slides = []
    for block in plan["blocks"]:
        note = f'<p class="minutes">{block["minutes"]} minutes</p><p class="ask">{block["ask"]}</p>'
        heard = f"<p>Listen for: {block['hear']}</p>"
        slides.append(Slide("block", block["title"], note, "block", heard))
        for one in shown(block):
            said = Slide("said", one["title"], paragraphs(one["say"]), "said")
            slide = known.get(one["show"], said)
            if one["title"]:
                slide = replace(slide, heading=one["title"], body=slide.whole or slide.body)
            slides.append(replace(slide, notes=paragraphs(one["note"]) or heard))
    return slides


def paragraphs(text: str) -> str:
    """The plan's own words as HTML: each line is a paragraph."""
    return "".join(f"<p>{line}</p>" for line in text.splitlines())


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
        elif found.name == "figure":
            heading, rest = statement(piece)
            heading = heading or title(found.find_parent("section"))
            slides.append(Slide(found["id"], heading, rest, "figure", whole=piece))
        else:
            before = found.find_previous_sibling()
            while before and "math" in before.get("class", ()):  # what it is derived from
                piece = cleaned(before, name) + piece
                before = before.find_previous_sibling()
            if before and before.name == "p":
                piece = cleaned(before, name) + piece  # what an equation is about
            anchor = found["id"].removeprefix("equation-")
            slides.append(Slide(anchor, title(found.find_parent("section")), piece))
    return slides


def statement(figure: str) -> tuple[str, str]:
    """The first sentence of a figure's caption, and the figure with the rest of it.

    A sentence that is too long for a title, or holds a link, stays where it is.
    """
    copy = BeautifulSoup(figure, "html.parser")
    caption = copy.select_one("figcaption .caption-text") or copy.select_one("figcaption p")
    first = next(iter(caption.contents), "") if caption else ""
    if not isinstance(first, str) or not (found := SENTENCE.match(first)):
        return "", figure
    replica = REPLICA.match(first.replace("\u2019", "'"))
    said = found[0][replica.end() if replica else 0 :]
    if len(said) > LONGEST:
        return "", figure
    source = f"Replication of the paper\u2019s {replica[1]}." if replica else ""
    first.replace_with(source + first[found.end() :])
    return (said[0].upper() + said[1:]).removesuffix("."), str(copy)


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
    for image in copy.select("img[src]"):
        image["data-src"] = image.attrs.pop("src")
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
    home = "teaching" if name in {one["deck"] for one in lectures()} else name
    return template.render(heading=heading, slides=slides, home=f"../chapters/{home}.html")
