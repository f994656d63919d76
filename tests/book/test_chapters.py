"""What every chapter must have, held against the notebooks as they are committed."""

import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from eautorec_book import exercises
from eautorec_book.exercise_pages import markdown
from eautorec_book.keys import SEEN_BY_CHAPTERS
from eautorec_book.toc import chapters

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


LIGHT = re.compile(r"\b(white|black|dark(er)?|light(er)?)\b", re.IGNORECASE)


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_figures_have_caption_name_and_alternative_text(page):
    for cell in cells(page, "code"):
        if "plt.subplots" not in cell.source:
            continue
        shown = cell.metadata["mystnb"]
        assert len(shown["figure"]["caption"]) > 40
        assert not LIGHT.search(shown["figure"]["caption"]), "turned round on a dark page"
        assert shown["figure"]["name"].startswith("fig-")
        assert len(shown["image"]["alt"]) > 40
        assert "set_title" not in cell.source


def test_no_name_of_a_figure_or_table_is_given_twice():
    made = [
        cell.metadata.get("mystnb", {}).get("figure", {}).get("name")
        for page in NOTEBOOKS
        for cell in cells(page, "code")
    ]
    written = [name for page in PAGES for name in re.findall(r"(?m)^:name: (\S+)", text(page))]
    times = Counter(filter(None, made + written))
    assert len(times) > 50 and [name for name, n in times.items() if n > 1] == []


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_chapters_have_their_parts(page):
    for part in BOXES:
        assert part in text(page)
    parameters = [c for c in cells(page, "code") if "parameters" in c.metadata.get("tags", ())]
    assert len(parameters) == 1
    assert any(re.search(r"\bcheck(_again)?\(", cell.source) for cell in cells(page, "code"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_exercise_has_a_folded_solution(page):
    written = text(page)
    assert ":label: ex-" not in written  # each has one source: book/eautorec_book/exercises
    asks = "<!-- exercises -->" in written or any(
        f'exercises.show("{page.stem}")' in cell.source
        for cell in (cells(page, "code") if page.suffix == ".ipynb" else ())
        if "exercises" in cell.metadata.get("tags", ())
    )
    assert asks == (page.stem in exercises.chapters())
    for exercise in exercises.of(page.stem) if asks else ():
        assert exercise.solution.strip()
        shown = markdown(exercise)
        assert f":label: {exercise.label}\n" in shown
        assert f"{{solution}} {exercise.label}\n:class: dropdown\n" in shown


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_code_fits_the_page(page):
    for cell in cells(page, "code"):
        assert max(map(len, cell.source.splitlines())) <= 80, cell.source


def test_what_chapters_import_of_the_workshop_counts_for_their_key():
    """Else a change there would leave old pages; exercises count by themselves."""
    written = "\n".join(cell.source for page in NOTEBOOKS for cell in cells(page, "code"))
    names = set(re.findall(r"^from eautorec_book\.(\w+) import", written, re.MULTILINE))
    for several in re.findall(r"^from eautorec_book import ([\w, ]+)$", written, re.MULTILINE):
        names |= set(several.split(", "))
    assert "figures" in names
    assert {f"{name}.py" for name in names - {"exercises"}} <= set(SEEN_BY_CHAPTERS)
