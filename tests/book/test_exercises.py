"""The exercises: every solution runs, its answer is accepted, every mistake gets its own advice."""

import ast
import builtins
import json
import re
from base64 import b64decode
from pathlib import Path

import nbformat
import pytest
import torch

from eautorec_book import exercise_pages, exercises
from eautorec_book.exercise import MARKER, Checked, Choice, Number
from eautorec_book.keys import chapter_key
from eautorec_book.toc import chapters

torch.set_num_threads(1)

ROOT = Path(__file__).parents[2]
PAGES = [page for page in chapters(ROOT) if page.stem in exercises.chapters()]
ALL = [exercise for chapter in exercises.chapters() for exercise in exercises.of(chapter)]
CHECKED = [exercise for exercise in ALL if isinstance(exercise, Checked)]


def by_label(exercise):
    return exercise.label


@pytest.mark.parametrize("chapter", exercises.chapters())
def test_a_chapter_goes_from_a_warm_up_to_a_small_project(chapter):
    found = exercises.of(chapter)
    assert 3 <= len(found) <= 5
    assert found[0].title == "Warm-up" and found[-1].title == "Small project"
    assert sum(isinstance(exercise, Checked) for exercise in found) >= 2


def test_every_notebook_has_exercises_and_no_label_comes_twice():
    notebooks = {page.stem for page in chapters(ROOT) if page.suffix == ".ipynb"}
    assert notebooks <= set(exercises.chapters())
    assert len({exercise.label for exercise in ALL}) == len(ALL)


@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_a_solution_runs_and_its_text_is_complete(exercise):
    assert len(exercise.text) > 20 and len(exercise.worked) > 3
    for text in (exercise.text, exercise.worked):
        assert not MARKER.search(text) and "nan" not in text.split()


@pytest.mark.parametrize("exercise", CHECKED, ids=by_label)
def test_the_computed_answer_is_accepted(exercise):
    answer = exercise.computed["answer"]
    assert exercise.judge(answer) == (True, exercise.key["right"])
    assert exercise.judge(str(answer))[0]
    assert not exercise.judge("?")[0] and not exercise.judge(None)[0]


@pytest.mark.parametrize("exercise", CHECKED, ids=by_label)
def test_each_mistake_is_refused_with_its_own_advice(exercise):
    mistakes = list(exercise.call(exercise.mistakes))
    assert mistakes
    for wrong, advice in mistakes:
        assert exercise.judge(wrong) == (False, f"Not yet. {advice}")
    if isinstance(exercise, Choice):
        assert {*dict(mistakes), exercise.computed["answer"]} == set(exercise.options)


def test_no_line_is_lost_as_a_comment():
    """Markdown here takes a line that begins with a per cent sign for a comment."""
    lines = [line for e in ALL for text in (e.text, e.worked) for line in text.splitlines()]
    assert [line for line in lines if line.lstrip().startswith("%")] == []


def test_advice_is_plain_text():
    """It is read in a notebook's output and in a page's line: no markup is understood there."""
    for exercise in CHECKED:
        advice = [said for _, said in exercise.call(exercise.mistakes)]
        for said in (exercise.right, exercise.hint, *advice):
            assert not set(said) & set("$`*{}\\<>"), said
            assert said.endswith((".", "?")), said


def test_a_number_that_nobody_expected_gets_a_hint():
    for exercise in CHECKED:
        if isinstance(exercise, Number):
            assert exercise.judge(123456.7) == (False, f"Not yet. {exercise.hint}")


def test_a_share_in_per_cent_is_told_from_a_wrong_number(capsys):
    exercises.check("ex-data-density", 60)
    assert "per cent" in capsys.readouterr().out
    exercises.check("ex-data-density", 0.6)
    assert capsys.readouterr().out.startswith("✓ Right.")


def test_an_unknown_label_is_answered_with_those_nearby():
    with pytest.raises(KeyError, match="ex-data-density"):
        exercises.check("ex-data-densities", 1)


def names_of(notebook: Path) -> set[str]:
    """What the code of a chapter imports, assigns and defines."""
    found = set()
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                found |= names_in(node)
    return found


def names_in(node) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.arg):
        return {node.arg}
    stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    return {node.id} if stored else set()


@pytest.mark.parametrize("page", [p for p in PAGES if p.suffix == ".ipynb"], ids=lambda p: p.stem)
def test_the_code_of_a_solution_runs_in_its_chapter(page):
    known = names_of(ROOT / page) | set(dir(builtins))
    for exercise in exercises.of(page.stem):
        code = "\n".join(re.findall(r"```python\n(.*?)```", exercise.worked, flags=re.S))
        assert max(map(len, code.splitlines()), default=0) <= 80, exercise.label
        compile(code, exercise.label, "exec")  # a return that was left over is an error
        nodes = list(ast.walk(ast.parse(code)))
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        assert used <= known.union(*map(names_in, nodes)), exercise.label


def test_a_notebook_gets_its_exercises_before_it_is_executed():
    [page] = [page for page in PAGES if page.stem == "neighbours"]
    notebook = nbformat.read(ROOT / page, as_version=4)
    before = len(notebook.cells)
    exercise_pages.prepare(notebook, page)
    nbformat.validate(notebook)
    found = exercises.of("neighbours")
    assert len(notebook.cells) == before + len(found)
    text = "\n".join(cell.source for cell in notebook.cells)
    for exercise in found:
        assert text.count(f":label: {exercise.label}\n") == 1
        assert exercise.worked in text
    assert "exercises.show" not in text and "exercises.check" in text


def test_the_keys_of_a_page_are_those_of_the_notebook():
    for chapter in exercises.chapters():
        for label, key in exercise_pages.keys(chapter).items():
            assert json.loads(b64decode(key)) == json.loads(json.dumps(exercises.find(label).key))


def test_text_pages_are_filled_when_they_are_staged(tmp_path):
    (tmp_path / "chapters").mkdir()
    page = Path("chapters/paper.md")
    (tmp_path / page).write_text((ROOT / page).read_text())
    exercise_pages.fill(tmp_path, [page])
    assert ":label: ex-paper-shape" in (tmp_path / page).read_text()
    kept = json.loads((tmp_path / exercise_pages.KEYS).read_text())
    assert kept["chapters/paper"] == exercise_pages.keys("paper")


def test_the_key_of_a_chapter_follows_its_own_exercises_only(tmp_path):
    folder = tmp_path / "eautorec" / "book" / "exercises"
    folder.mkdir(parents=True)
    (tmp_path / "chapters").mkdir()
    chapter = Path("chapters/top-lists.ipynb")
    (tmp_path / chapter).write_text("{}")
    found = [chapter_key(tmp_path, chapter, {})]
    for name in ("data", "top_lists"):
        (folder / f"{name}.py").write_text("# exercises\n")
        found.append(chapter_key(tmp_path, chapter, {}))
    assert found[0] == found[1] != found[2]
