"""What a page needs and a reader does not: each kind folded under one line of the staged notebook.

The cells before the first word of text, with parameters and imports, become one cell, "Setup". A
cell of checks is folded, what it says too, under a line that counts them.
"""

import re

import nbformat
from nbformat import NotebookNode

CHECK = re.compile(r'<p class="check">')


def fold(notebook: NotebookNode) -> None:
    """Fold both, in place."""
    one_setup(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code" and (n := count_checks(cell)):
            with_tag(cell, "hide-cell")
            told = f"All {n} checks of these numbers passed" if n > 1 else "The check passed"
            cell.metadata["mystnb"] = {"code_prompt_show": told, "code_prompt_hide": told}


def one_setup(notebook: NotebookNode) -> None:
    """Join the folded cells that follow one another at the top into one."""
    first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    end = first
    while end < len(notebook.cells) and is_setup(notebook.cells[end]):
        end += 1
    if end == first:
        return
    source = "\n\n".join(cell.source for cell in notebook.cells[first:end])
    setup = nbformat.v4.new_code_cell(source, id=notebook.cells[first].id)
    setup.metadata["tags"] = ["hide-input"]
    setup.metadata["mystnb"] = {"code_prompt_show": "Setup", "code_prompt_hide": "Setup"}
    notebook.cells[first:end] = [setup]


def is_setup(cell: NotebookNode) -> bool:
    """Code that shows nothing, and that the page folds or that a build put there."""
    tags = set(cell.metadata.get("tags", ()))
    return (
        cell.cell_type == "code"
        and not cell.outputs
        and bool(tags & {"parameters", "injected-parameters", "hide-input"})
    )


def count_checks(cell: NotebookNode) -> int:
    """How many checks a cell has made."""
    said = (output.get("data", {}).get("text/html", "") for output in cell.outputs)
    return sum(len(CHECK.findall("".join(html))) for html in said)


def with_tag(cell: NotebookNode, tag: str) -> None:
    """Give a cell this tag in place of those that fold a part of it."""
    others = [t for t in cell.metadata.get("tags", ()) if not t.startswith(("hide-", "remove-"))]
    cell.metadata["tags"] = [*others, tag]
