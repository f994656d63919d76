"""How long a chapter takes: the words of its text, and the seconds of this very build."""

import json
import re
from math import ceil
from pathlib import Path

WORDS_A_MINUTE = 150
"""Slow: sentences about equations, for readers in their second language."""

BOX = re.compile(r"(```\{admonition\} Before you start\n.*?)(?=\n```)", re.DOTALL)
EXERCISES = re.compile(r"^## Exercises$.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
UNSEEN = {"remove-cell", "remove-input", "hide-input", "hide-cell", "injected-parameters"}


def say_minutes(page: Path) -> None:
    """Add the minutes to the box that opens a staged page, if it has one."""
    if page.suffix == ".md":
        text = page.read_text(encoding="utf-8")
        page.write_text(with_minutes(text, sentence(text)), encoding="utf-8")
        return
    notebook = json.loads(page.read_text(encoding="utf-8"))
    seconds = notebook["metadata"]["eautorec"]["facts"]["seconds"]
    said = sentence(shown_text(notebook), seconds)
    if "eautorec.study.results" in page.read_text(encoding="utf-8"):
        said += ", once the study is stored"
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = with_minutes("".join(cell["source"]), said)
    page.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def with_minutes(text: str, said: str) -> str:
    """The text, with one line more at the end of its opening box."""
    return BOX.sub(lambda box: f"{box[1]}\\\n**Time** {said}", text)


def sentence(text: str, seconds: float | None = None) -> str:
    """The two times in words; a page without code takes none to run."""
    minutes = ceil(len(EXERCISES.sub("", text).split()) / WORDS_A_MINUTE)
    said = f"{minutes} minute{'s'[: minutes != 1]} to read without the exercises"
    if seconds is None:
        return said
    many = f"{ceil(seconds)} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
    return f"{said}, {many} to run"


def shown_text(notebook: dict) -> str:
    """What a reader reads: the text, and the code that is not folded."""
    shown = [c for c in notebook["cells"] if not UNSEEN & {*c["metadata"].get("tags", ())}]
    return "\n\n".join("".join(cell["source"]) for cell in shown)
