"""Notebooks as they are run elsewhere, and the buttons that open them there.

One setting says where the project is published: the environment variable BOOK_REPOSITORY, the
owner and name of a GitHub repository. Without it there are no buttons.

Colab opens a notebook alone, without the library, the exercises or the recorded results. So the
publishing workflow keeps a branch whose notebooks start with a cell that installs them:
`python -m eautorec_book.launch` writes that cell, with nothing but the standard library.
"""

import json
import os
import re
import sys
from pathlib import Path

from eautorec.errors import InputError

SETTING = "BOOK_REPOSITORY"
BRANCH = "launch"
SERVICES = {
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}

FIRST_CELL = """\
# Where the library is missing, as on Colab, fetch it, and the book's exercises and records.
import importlib.util

if importlib.util.find_spec("eautorec_book") is None:
    %pip install --quiet {library} {book}"""
"""`{library}` and `{book}` are what pip installs."""


def requirements(name: str) -> dict[str, str]:
    """Where pip finds the library and the book of a published repository."""
    address = f"git+https://github.com/{name}"
    return {
        "library": f'"eautorec @ {address}"',
        "book": f'"eautorec-book @ {address}#subdirectory=book"',
    }


def repository() -> str:
    """The owner and name of the publishing repository; nothing, where it is not set."""
    name = os.environ.get(SETTING, "")
    if name and not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise InputError(f"{SETTING} is {name!r}: it must have the form owner/name.")
    return name


def configure(config: dict, name: str) -> dict:
    """The book's settings with the buttons that lead to the published notebooks."""
    if not name:
        return config
    buttons = config.get("launch_buttons", {}) | SERVICES
    source = {"url": f"https://github.com/{name}", "branch": BRANCH}
    return config | {"launch_buttons": buttons, "repository": source}


def runnable(notebook: dict, name: str) -> dict:
    """A notebook without results, which fetches what it needs if the project is published."""
    cells = [cell for cell in notebook["cells"] if not made_by_the_build(cell)]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    if name:
        source = FIRST_CELL.format(**requirements(name))
        first = {"cell_type": "code", "id": "fetch", "metadata": {}, "source": source}
        cells.insert(0, first | {"outputs": [], "execution_count": None})
    metadata = {k: v for k, v in notebook["metadata"].items() if k != "eautorec"}
    return notebook | {"cells": cells, "metadata": metadata}


def made_by_the_build(cell: dict) -> bool:
    """Whether the build added this cell: its parameters, or the line on where the page is from."""
    added = "injected-parameters" in cell["metadata"].get("tags", ())
    return added or cell.get("id") == "provenance"


def rewrite(source: Path, target: Path, name: str) -> None:
    """Write the runnable form of a notebook."""
    notebook = runnable(json.loads(source.read_text(encoding="utf-8")), name)
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    target.write_text(text + "\n", encoding="utf-8")


def offer_downloads(app, exception) -> None:
    """Let each page's download button give a notebook that can be run (Sphinx, build-finished)."""
    if exception or app.builder.name != "html":
        return
    for target in Path(app.outdir, "_sources").rglob("*.ipynb"):
        rewrite(target, target, repository())


if __name__ == "__main__":
    if not repository():
        sys.exit(f"Set {SETTING} to the owner/name of the repository.")
    for chapter in sorted(Path("chapters").glob("*.ipynb")):
        rewrite(chapter, chapter, repository())
