"""The plans of the lectures: the tables on the page for teachers, and the order of the slides."""

from importlib.resources import files
from pathlib import Path

import nbformat
import yaml


def lectures() -> list[dict]:
    """Each lecture: its deck (a file's name), its title, and its blocks: title, minutes, what is
    shown, what is asked and what is heard."""
    return yaml.safe_load(files("eautorec_book").joinpath("lecture.yml").read_text("utf-8"))


def shown(block: dict) -> list[dict[str, str]]:
    """What a block shows, each with `show` (a piece of a page) or `say` (words of its own), a
    `title` and a `note` for the speaker; what the plan leaves out is empty."""
    every = [{"show": one} if isinstance(one, str) else one for one in block["show"]]
    return [{"show": "", "say": "", "title": "", "note": ""} | one for one in every]


def table(plan: dict, chapters: list[Path]) -> str:
    """A plan as a Markdown table, each thing that is shown as a link to where it stands."""
    lines = ["| minutes | block, and what it shows | ask | listen for |", "|---|---|---|---|"]
    start = 0
    for block in plan["blocks"]:
        stop = start + block["minutes"]
        links = [link(one["show"], chapters) for one in shown(block) if one["show"]]
        first = f"**{block['title']}**<br>{', '.join(links)}"
        lines.append(f"| {start} to {stop} | {first} | {block['ask']} | {block['hear']} |")
        start = stop
    return "\n".join(line.replace("\n", " ") for line in lines)


def decks(folder: Path, chapters: list[Path]) -> str:
    """Links to the slides of the single chapters, by their titles: of all that have a question and
    a summary, as `slides.write` has it."""
    links = []
    for chapter in chapters:
        said = words(folder / chapter)
        if "} question" in said and "\n## Summary" in said:
            title = said.partition("# ")[2].partition("\n")[0]
            links.append(f'<a href="../slides/{chapter.stem}.html">{title}</a>')
    return " · ".join(links)


def words(page: Path) -> str:
    """The text of a page or a notebook, without its code."""
    if page.suffix == ".md":
        return page.read_text(encoding="utf-8")
    cells = nbformat.read(page, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def link(name: str, chapters: list[Path]) -> str:
    """A reference to a figure or an equation by its number, or to a page by its title."""
    page, _, part = name.partition("#")
    if part.startswith("fig-"):
        return f"{{numref}}`{part}`"
    if part.startswith("eq-"):
        return f"Eq. {{eq}}`{part}`"
    if not part:
        return "the table above"
    [file] = [chapter.name for chapter in chapters if chapter.stem == page]
    words = {"question": "the question of", "versus": "the box of", "summary": "the summary of"}
    return f"{words[part]} [](/chapters/{file})"
