"""The plan of one lecture: the table on the page for teachers, and the order of the slides."""

from importlib.resources import files
from pathlib import Path

import yaml


def plan() -> list[dict]:
    """The blocks of the lecture: title, minutes, what is shown, what is asked and what is heard."""
    return yaml.safe_load(files("eautorec_book").joinpath("lecture.yml").read_text("utf-8"))


def table(chapters: list[Path]) -> str:
    """The plan as a Markdown table, each thing that is shown as a link to where it stands."""
    lines = ["| minutes | block, and what it shows | ask | listen for |", "|---|---|---|---|"]
    start = 0
    for block in plan():
        stop = start + block["minutes"]
        shown = ", ".join(link(name, chapters) for name in block["show"])
        first = f"**{block['title']}**<br>{shown}"
        lines.append(f"| {start} to {stop} | {first} | {block['ask']} | {block['hear']} |")
        start = stop
    return "\n".join(line.replace("\n", " ") for line in lines)


def decks(chapters: list[Path]) -> str:
    """Links to the slides of the single chapters."""
    names = [chapter.stem for chapter in chapters if chapter.suffix == ".ipynb"]
    return ", ".join(f'<a href="../slides/{name}.html">{name}</a>' for name in names)


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
