"""What every chapter must have, held against the notebooks as they are committed."""

import re
from pathlib import Path

import nbformat
import pytest

from eautorec.book.toc import chapters

ROOT = Path(__file__).parents[2]
PAGES = chapters(ROOT)
NOTEBOOKS = [page for page in PAGES if page.suffix == ".ipynb"]
BOXES = ("Before you start", "## Check", "## Exercises", "## Summary", "## References")


def cells(page, kind):
    notebook = nbformat.read(ROOT / page, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def text(page):
    if page.suffix == ".md":
        return (ROOT / page).read_text()
    return "\n".join(cell.source for cell in cells(page, "markdown"))


def test_every_page_is_in_the_table_of_contents():
    on_disk = {path.relative_to(ROOT) for path in (ROOT / "chapters").glob("*.*")}
    assert on_disk == set(PAGES)


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_notebooks_carry_no_outputs(page):
    for cell in cells(page, "code"):
        assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_figures_have_caption_name_and_alternative_text(page):
    for cell in cells(page, "code"):
        if "plt.subplots" not in cell.source:
            continue
        shown = cell.metadata["mystnb"]
        assert len(shown["figure"]["caption"]) > 40
        assert shown["figure"]["name"].startswith("fig-")
        assert len(shown["image"]["alt"]) > 40
        assert "set_title" not in cell.source


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_chapters_have_their_parts(page):
    for part in BOXES:
        assert part in text(page)
    parameters = [c for c in cells(page, "code") if "parameters" in c.metadata.get("tags", ())]
    assert len(parameters) == 1
    assert any(re.search(r"\bcheck(_recorded)?\(", cell.source) for cell in cells(page, "code"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_exercise_has_a_folded_solution(page):
    labels = [
        line.split(":label:")[1].strip()
        for line in text(page).splitlines()
        if line.startswith(":label: ex-")
    ]
    solved = [
        line.split("{solution}")[1].strip()
        for line in text(page).splitlines()
        if line.lstrip("`").startswith("{solution}")
    ]
    assert sorted(labels) == sorted(solved)
    assert text(page).count(":class: dropdown") == len(labels)


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_code_fits_the_page(page):
    for cell in cells(page, "code"):
        assert max(map(len, cell.source.splitlines())) <= 80, cell.source
