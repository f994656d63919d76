"""What every chapter must look like before it is run; one that breaks a rule is named."""

import ast
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("yaml")

from eautorec.book.toc import chapters

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
DRAWS = ("subplots", "figure", "plot", "scatter", "barh", "bar", "hist", "imshow", "draw")
EVERY = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    """The notebook's cells of code."""
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def draws(source: str) -> bool:
    """Whether a cell calls something by a name that draws."""
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    calls = (n.func for n in ast.walk(ast.parse("\n".join(lines))) if isinstance(n, ast.Call))
    return any(isinstance(f, ast.Attribute) and f.attr in DRAWS for f in calls)


@EVERY
def test_is_stored_without_outputs(path):
    assert all(not c.outputs and c.execution_count is None for c in code_cells(path))


@EVERY
def test_has_at_most_one_parameters_cell(path):
    assert sum("parameters" in c.metadata.get("tags", []) for c in code_cells(path)) <= 1


@EVERY
def test_has_a_title_and_a_section(path):
    text = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]
    lines = "\n".join(text).splitlines()
    assert sum(line.startswith("# ") for line in lines) == 1
    assert any(line.startswith("## ") for line in lines)


@EVERY
def test_figures_have_a_caption_a_name_and_a_real_alternative_text(path):
    for cell in code_cells(path):
        look = cell.metadata.get("mystnb", {})
        if "figure" not in look and not draws(cell.source):
            continue
        figure, alt = look.get("figure", {}), look.get("image", {}).get("alt", "")
        assert figure.get("caption"), f"no caption:\n{cell.source}"
        assert figure.get("name", "").startswith("fig-"), f"no name fig-...:\n{cell.source}"
        assert len(alt) > 20 and alt != figure["caption"], f"no alternative text:\n{cell.source}"


def test_figure_names_are_unique():
    names = [
        cell.metadata["mystnb"]["figure"]["name"]
        for path in NOTEBOOKS
        for cell in code_cells(path)
        if "figure" in cell.metadata.get("mystnb", {})
    ]
    assert len(names) == len(set(names))


def test_the_table_of_contents_lists_every_chapter():
    written = {p for p in (ROOT / "chapters").iterdir() if p.suffix in (".ipynb", ".md")}
    assert {ROOT / chapter for chapter in chapters(ROOT)} == written
