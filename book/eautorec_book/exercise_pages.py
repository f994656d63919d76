"""Exercises in the pages: their Markdown, put where a chapter asks for it, and their forms.

A notebook asks by a cell with the tag `exercises`, a page of text by `<!-- exercises -->`.
"""

import json
import shutil
from base64 import b64encode
from pathlib import Path

import nbformat

from eautorec_book import exercises
from eautorec_book.exercise import Exercise

ASSETS = Path(__file__).parent / "assets"
SCRIPT, STYLE, KEYS = "exercises.js", "exercises.css", "exercises.json"

IN_THE_NOTEBOOK = """\
from eautorec_book import exercises

# To check an answer here (a number, the letter of a choice, a function of yours):
# exercises.check("{label}", ...)
# exercises.hint("{label}") tells where to look, and exercises.start("{last}")
# opens a cell with the code to begin with."""

IN_THE_NOTEBOOK_ONLY = """\
Your function is tested in the notebook, where the last line tells what it does not pass yet."""


def sources(root: Path, chapter: Path) -> list[Path]:
    """The files that the text of a chapter's exercises depends on."""
    book = root / "book" / "eautorec_book"
    own = book / "exercises" / f"{chapter.stem}.md"
    machinery = ("exercise.py", "cases.py", "exercise_pages.py", "exercises/reader.py")
    shared = (book / name for name in machinery)
    return [file for file in (*shared, own) if file.exists()]


def markdown(exercise: Exercise) -> str:
    """An exercise with its folded hint, and its folded solution (MyST)."""
    text = exercise.text
    if exercise.kind == "function":
        text += f"\n\n{IN_THE_NOTEBOOK_ONLY}"
    if exercise.hint:
        text += f"\n\n```{{admonition}} Hint\n:class: dropdown clue\n{exercise.hint}\n```"
    asked = f"````{{exercise}} {exercise.title}\n:label: {exercise.label}\n{text}\n````"
    folded = f"````{{solution}} {exercise.label}\n:class: dropdown\n{exercise.worked}\n````"
    return f"{asked}\n\n{folded}"


def keys(chapter: str) -> dict[str, str]:
    """Of each exercise that a page can check: what its form needs.

    Base64 keeps the answers out of sight of somebody who reads the page's source, and of the
    search; it is no secret.
    """
    checked = [e for e in exercises.of(chapter) if e.has_form]
    return {e.label: b64encode(json.dumps(e.key).encode()).decode() for e in checked}


def prepare(notebook: nbformat.NotebookNode, chapter: Path) -> None:
    """Put a chapter's exercises into its notebook, before it is executed."""
    asking = [c for c in notebook.cells if "exercises" in c.metadata.get("tags", ())]
    if not asking:
        return
    [cell] = asking
    found = exercises.of(chapter.stem)
    cells = [
        nbformat.v4.new_markdown_cell(markdown(exercise), id=exercise.label) for exercise in found
    ]
    first = next(e.label for e in found if e.kind != "open")
    cell.source = IN_THE_NOTEBOOK.format(label=first, last=found[-1].label)
    cell.metadata["tags"] = ["exercises", "hide-input"]
    cell.metadata["mystnb"] = {"code_prompt_show": "Check in the notebook"}
    place = notebook.cells.index(cell)
    notebook.cells[place:place] = cells
    notebook.metadata["exercises"] = keys(chapter.stem)


def fill(source: Path, chapters: list[Path]) -> None:
    """Put the exercises into the staged pages of text, and the keys of all pages beside them."""
    found = {}
    for chapter in chapters:
        file = source / chapter
        page = chapter.with_suffix("").as_posix()
        if chapter.suffix == ".ipynb":
            found[page] = nbformat.read(file, as_version=4).metadata.get("exercises", {})
        elif "<!-- exercises -->" in (text := file.read_text(encoding="utf-8")):
            parts = map(markdown, exercises.of(chapter.stem))
            text = text.replace("<!-- exercises -->", "\n\n".join(parts))
            file.write_text(text, encoding="utf-8")
            found[page] = keys(chapter.stem)
    (source / KEYS).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", add_forms)
    app.connect("build-finished", copy_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_forms(app, pagename, templatename, context, doctree):
    """Give the script, its look and the keys to a page that has exercises, and to no other."""
    file = Path(app.srcdir) / KEYS
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if found.get(pagename):
        app.add_css_file(STYLE)
        app.add_js_file(None, body=f"var exerciseKeys = {json.dumps(found[pagename])};")
        app.add_js_file(SCRIPT, defer="defer")


def copy_assets(app, exception):
    """After the build: what lies below `_static` before it would be loaded by every page."""
    if exception or app.builder.format != "html":
        return
    for name in (SCRIPT, STYLE):
        shutil.copyfile(ASSETS / name, Path(app.outdir) / "_static" / name)
