"""The exercises: every solution runs, its answer is accepted, every mistake gets its own advice."""

import ast
import builtins
import json
import re
from base64 import b64decode
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch

from eautorec_book import exercise_pages, exercises
from eautorec_book.exercise import MARKER, ExerciseError
from eautorec_book.exercises.reader import read
from eautorec_book.keys import chapter_key
from eautorec_book.toc import chapters

torch.set_num_threads(1)

ROOT = Path(__file__).parents[2]
PAGES = [page for page in chapters(ROOT) if page.stem in exercises.chapters()]
ALL = [exercise for chapter in exercises.chapters() for exercise in exercises.of(chapter)]
CHECKED = [exercise for exercise in ALL if exercise.has_form]
FUNCTIONS = [exercise for exercise in ALL if exercise.kind == "function"]


def by_label(exercise):
    return exercise.label


@pytest.mark.parametrize("chapter", exercises.chapters())
def test_a_chapter_goes_from_a_warm_up_to_a_small_project(chapter):
    found = exercises.of(chapter)
    assert len(found) >= 3, "a chapter has at least three exercises"
    assert found[0].title == "Warm-up" and found[-1].title == "Small project"
    assert sum(exercise.kind != "open" for exercise in found) >= 2


@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_every_exercise_has_a_title_and_a_hint_or_a_start(exercise):
    assert exercise.title
    if exercise.kind == "open":
        assert exercise.expect.endswith(".")
        assert ("solution" in exercise.blocks) == bool(exercise.starter)
    else:
        assert exercise.hint


def test_every_notebook_has_exercises_and_no_label_comes_twice():
    notebooks = {page.stem for page in chapters(ROOT) if page.suffix == ".ipynb"}
    assert notebooks <= set(exercises.chapters())
    assert len({exercise.label for exercise in ALL}) == len(ALL)


@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_a_solution_runs_and_its_text_is_complete(exercise):
    assert exercise.names is not None  # all its code has run
    plt.close("all")
    assert len(exercise.text) > 20 and len(exercise.worked) > 3
    for text in (exercise.text, exercise.worked):
        assert not MARKER.search(text) and "nan" not in text.split()


@pytest.mark.parametrize("exercise", [e for e in ALL if e.starter], ids=by_label)
def test_a_start_runs_as_it_is_given(exercise):
    start = exercise.blocks["starter"]
    start.run(exercise.given.provide(start.reads))
    plt.close("all")


@pytest.mark.parametrize("exercise", CHECKED, ids=by_label)
def test_the_computed_answer_is_accepted(exercise):
    assert exercise.judge(exercise.answer) == (True, exercise.key["right"])
    assert exercise.judge(str(exercise.answer))[0]
    assert not exercise.judge("?")[0] and not exercise.judge(None)[0]


@pytest.mark.parametrize("exercise", CHECKED, ids=by_label)
def test_each_mistake_is_refused_with_its_own_advice(exercise):
    assert exercise.mistakes
    for wrong, advice in exercise.mistakes:
        assert exercise.judge(wrong) == (False, f"Not yet. {advice}")
    if exercise.kind == "choice":
        assert {*dict(exercise.mistakes), exercise.answer} == set(exercise.options)


def test_no_line_is_lost_as_a_comment():
    """Markdown here takes a line that begins with a per cent sign for a comment."""
    lines = [line for e in ALL for text in (e.text, e.worked) for line in text.splitlines()]
    assert [line for line in lines if line.lstrip().startswith("%")] == []


def test_advice_is_plain_text():
    """It is read in a notebook's output and in a page's line: no markup is understood there."""
    for exercise in CHECKED + FUNCTIONS:
        advice = [*(said for _, said in exercise.advice), *(c.said for c in exercise.cases)]
        for said in (exercise.right, exercise.hint, *advice):
            assert not set(said) & set("$`*{}\\<>"), said
            assert said.endswith((".", "?")), said


def test_a_number_that_nobody_expected_gets_a_hint():
    for exercise in CHECKED:
        if exercise.kind == "number":
            assert exercise.judge(123456.7) == (False, f"Not yet. {exercise.hint}")


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_label)
def test_a_function_is_accepted_if_it_is_right_and_told_what_is_wrong(exercise):
    assert exercise.judge(exercise.answer) == (
        True,
        f"Right. It passes all {len(exercise.cases)} cases. {exercise.right}".strip(),
    )
    assert exercise.mistakes
    for wrong, advice in exercise.mistakes:
        right, said = exercise.judge(wrong)
        assert right is False and said.startswith("Not yet. ") and said.endswith(f" {advice}")
    assert exercise.judge(5)[0] is None and "without brackets" in exercise.judge(5)[1]
    unwritten = exercise.blocks["starter"].run({})
    right, said = exercise.judge(unwritten)
    assert right is False and "gives nothing back" in said and exercise.cases[0].said in said


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_label)
def test_a_page_shows_the_start_of_a_function_and_none_of_its_cases(exercise):
    page = exercise_pages.markdown(exercise)
    assert f"```python\n{exercise.blocks['starter'].text}\n" in page
    assert f'exercises.check("{exercise.label}"' in page
    assert not any(case.said in page for case in exercise.cases)
    [chapter] = [c for c in exercises.chapters() if exercise.label.startswith(f"ex-{c}-")]
    assert exercise.label not in exercise_pages.keys(chapter)


def test_a_function_that_goes_wrong_in_another_way_is_told_how():
    def judged(function):
        right, said = exercises.find("ex-neighbours-write-e").judge(function)
        assert right is False
        return said

    def changes(R, neighbours, theta=0):
        R[:] = 0
        return R

    def stops(R, neighbours, theta=0):
        return R[len(R)]

    assert "changes what it is given: work on a copy" in judged(changes)
    assert "IndexError" in judged(stops) and "in the line `return R[len(R)]`" in judged(stops)
    assert "has the shape (1,), and should have (4,)" in judged(lambda R, N, theta=0: R[:, :1])
    assert "has not the right value" not in judged(lambda R, N, theta=0: R)


def test_a_hint_and_a_start_can_be_asked_for(capsys):
    exercises.hint("ex-neighbours-cosine")
    assert capsys.readouterr().out.startswith("Above the line")
    exercises.start("ex-neighbours-write-cosine")
    code = capsys.readouterr().out
    assert code.startswith("def cosine(u, v):") and '("ex-neighbours-write-cosine", cosine)' in code
    exercises.start("ex-neighbours-hand")
    assert "nothing to begin with" in capsys.readouterr().out


def test_a_share_in_per_cent_is_told_from_a_wrong_number(capsys):
    exercises.check("ex-data-density", 60)
    assert "per cent" in capsys.readouterr().out
    exercises.check("ex-data-density", 0.6)
    assert capsys.readouterr().out.startswith("✓ Right.")


def test_a_number_that_is_nearly_right_is_told_apart(capsys):
    exercises.check("ex-neighbours-hand", 1.7)
    assert "one digit more" in capsys.readouterr().out
    chance = exercises.find("ex-measuring-chance")
    for wrong in (100 * chance.answer, -100 * chance.answer):
        assert "per cent" in chance.judge(wrong)[1]


def test_what_is_open_is_neither_right_nor_wrong(capsys):
    exercises.check("ex-data-project", 5)
    assert capsys.readouterr().out.startswith("· There is no single right answer")


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
        shown = f"{exercise.worked}\n```python\n{exercise.starter}\n```"
        code = "\n".join(re.findall(r"```python\n(.*?)```", shown, flags=re.S))
        assert max(map(len, code.splitlines()), default=0) <= 80, exercise.label
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
    folder = tmp_path / "book" / "eautorec_book" / "exercises"
    folder.mkdir(parents=True)
    (tmp_path / "chapters").mkdir()
    chapter = Path("chapters/top-lists.ipynb")
    (tmp_path / chapter).write_text("{}")
    found = [chapter_key(tmp_path, chapter, {})]
    for name in ("data", "top-lists"):
        (folder / f"{name}.md").write_text("# Exercises\n")
        found.append(chapter_key(tmp_path, chapter, {}))
    assert found[0] == found[1] != found[2]


def test_the_sources_of_a_chapter_are_there():
    for page in PAGES:
        found = exercise_pages.sources(ROOT, page)
        assert found[-1].name == f"{page.stem}.md" and len(found) == 5


SUMS = """\
# Exercises of the chapter on sums

What somebody should know who edits this: `one` is 1.

```python given
one = 1
```

```python given
costly = one / 0
```

## ex-sums-two (Warm-up)

How much is one and [[other]]? Think of

- apples: they are easy to count,
- pears.

```python answer
other = 1
print("Nobody needs this.")
one + other
```

- Unit: apples
- Tolerance: 0.5
- Right: Well
  done.

```python numbers
third = answer / 3
```

### Mistakes

```python mistakes
least = min(one, other)
```

- `least - 1`: You took them
  away.

### Solution

[[code]]

It is [[answer]], and a third of it [[third:.2f]].

## ex-sums-letter

Which letter is the first?

- (a) this *one*
- (b) that one

```python answer
"ab"[0]
```

### Mistakes

- (b): That is the second.

### Solution

([[answer]]).

## ex-sums-write (Write it)

Write `plus(a, b)`.

```python starter
def plus(a, b):
    'The sum of two numbers.'
    ...
```

```python answer
def plus(a, b):
    return a + b
```

- Hint: There is a sign for it.

### Cases

```python cases
three = one + 2
```

- `plus(1, 2)` is `three`: Try it with
  your fingers.
- `plus(2, 1) - plus(1, 2)` is `0`: The order does not matter.
- `plus(0, 5)` is `5`: Nothing is added.

### Mistakes

- `lambda a, b: a - b`: That is the difference.

### Solution

[[code]]

## ex-sums-open (Small project)

Add what you like.

```python starter
a = 1
```

- Expect: A number.

### Solution

```python
a, b = 1, costly
```

```python solution
a + b
```

Or something else.
"""


@pytest.fixture
def sums(tmp_path):
    """A function that writes the file of exercises, with something replaced, and reads it."""

    def write(*replaced):
        text = SUMS
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "sums.md").write_text(text)
        return read(tmp_path / "sums.md")

    return write


def test_a_file_of_exercises_is_read(sums):
    two, letter, write, project = sums()
    assert (two.label, two.title, two.kind) == ("ex-sums-two", "Warm-up", "number")
    pears = "Think of\n\n- apples: they are easy to count,\n- pears."
    assert two.text == f"How much is one and 1? {pears}"
    code = 'other = 1\nprint("Nobody needs this.")\none + other'
    assert two.worked == f"```python\n{code}\n```\n\nIt is 2, and a third of it 0.67."
    assert (two.unit, two.tolerance, two.right) == ("apples", 0.5, "Well done.")
    assert two.mistakes == [(0, "You took them away.")]
    assert (letter.title, letter.kind, letter.answer) == ("", "choice", "a")
    assert letter.options == {"a": "this *one*", "b": "that one"}
    assert letter.mistakes == [("b", "That is the second.")]
    assert write.kind == "function" and write.judge(max)[1] == (
        "Not yet. plus(1, 2) is 2, and should be 3. Try it with your fingers."
    )
    assert write.judge(write.answer) == (True, "Right. It passes all 3 cases.")
    assert write.judge(lambda a, b: a - b)[1].endswith("should be 3. That is the difference.")
    assert project.kind == "open" and project.starter == "a = 1"
    assert project.text.endswith("*What to expect.* A number.\n\n```python\na = 1\n```")
    shown = "```python\na, b = 1, costly\n```\n\n```python\na + b\n```"
    assert project.worked == f"{shown}\n\nOr something else."


def test_code_runs_when_somebody_needs_what_it_gives_and_in_silence(sums, capsys):
    two, letter, *_ = sums()  # costly would fail
    assert letter.text and letter.answer and letter.given.names == {}
    assert two.answer == 2 and two.given.names["one"] == 1
    assert capsys.readouterr().out == ""
    project = sums(("python solution\na + b\n", "python solution\ncostly\n"))[-1]
    assert project.worked
    with pytest.raises(ZeroDivisionError) as failed:
        project.names  # noqa: B018
    assert failed.traceback[-1].path.name == "sums.md"
    assert failed.traceback[-1].lineno + 1 == SUMS.splitlines().index("costly = one / 0") + 1


# What is replaced by what, how the line begins that has to be named, and what is said of it.
FAULTS = {
    "label": ("## ex-sums-two", "## ex-sum-two", "## ex-sum-two", "ex-sums-name"),
    "label twice": ("## ex-sums-letter", "## ex-sums-two", "## ex-sums-two", "two exercises"),
    "name of a block": ("python answer", "python anser", "```python anser", "```python answer"),
    "kind of a block": ("python answer", "pyton answer", "```pyton answer", "```python numbers"),
    "place of a block": ("python given", "python answer", "```python answer", "python given"),
    "second block": ("python numbers\nthird =", "python answer\n1 +", "```python answer", "second"),
    "no Python": ("one + other", "one plus other", "one plus other", "not Python"),
    "no value": ("one + other", "both = one + other", "```python answer", "expression"),
    "key": ("- Unit: apples", "- Units: apples", "- Units: apples", "Unknown: Units"),
    "no key": ("- Unit: apples", "- apples", "- apples", "Unit, Tolerance, Right, Hint, Expect"),
    "tolerance": ("Tolerance: 0.5", "Tolerance: 1 %", "- Tolerance: 1 %", "a number"),
    "two paragraphs": ("- Unit: apples", "- Unit: apples\n\n  Red.", "- Unit: apples", "paragraph"),
    "words too late": ("- Unit: apples", "Unit: apples", "Unit: apples", "Words stand above"),
    "part": ("### Mistakes", "### Mistake", "### Mistake", "no part Mistake"),
    "no solution": ("### Solution\n\n[[code]]\n\nIt", "It", "It is", "below Solution"),
    "nothing to solve": ("([[answer]]).", "", "## ex-sums-letter", "### Solution"),
    "no advice": ("- `least - 1`: You took them\n  away.", "- `least - 1`", "- `le", "helps"),
    "mistake without a value": ("`least - 1`", "`x = 1`", "- `x = 1`: You took them", "expression"),
    "option without advice": ("- (b) that one", "- (b) that\n- (c) it", "## ex-sums-letter", "(c)"),
    "advice on all": ("- (b): That", "- (a): No.\n- (b): That", "## ex-sums-letter", "all"),
    "advice on nothing": ("- (b): That", "- (c): No.\n- (b): That", "## ex-sums-letter", "(c)"),
    "code for a letter": ("- (b): That", "- `1`: No.\n- (b): That", "## ex-sums-letter", "(a)"),
    "marker": ("[[third:.2f]]", "[[fourth:.2f]]", "## ex-sums-two", "[[fourth:.2f]]"),
    "no answer": ('```python answer\n"ab"[0]\n```', "", "## ex-sums-letter", "python answer"),
    "start": ("def plus(a, b):", "def plus(a):", "## ex-sums-write", "arguments"),
    "docstring": ("    'The sum of two numbers.'\n", "", "## ex-sums-write", "docstring"),
    "few cases": ("- `plus(0, 5)` is `5`: Nothing is added.", "", "## ex-sums-write", "three"),
    "case": ("- `plus(1, 2)` is", "- `plus(1, 2)` gives", "- `plus(1, 2)` gives", "A case is"),
    "case without the function": ("`plus(0, 5)`", "`5`", "## ex-sums-write", "calls"),
    "unit of a function": ("- Hint:", "- Unit: m\n- Hint:", "## ex-sums-write", "no options"),
    "cases of a number": (
        "\n### M", "\n### Cases\n\n- `1` is `1`: A.\n\n### M", "## ex-sums-two", "Cases are",
    ),
    "start of a number": ("```python numbers", "```python starter", "## ex-sums-two", "project"),
    "two solutions": (
        "([[answer]]).", "```python solution\n1\n```", "## ex-sums-letter", "write [[code]]",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "said"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_is_said_in_a_sentence_with_its_line(sums, tmp_path, old, new, line, said):
    with pytest.raises(ExerciseError) as raised:
        sums((old, new))
    lines = (tmp_path / "sums.md").read_text().splitlines()
    place, _, sentence = str(raised.value).partition(": ")
    number = int(re.fullmatch(r"sums\.md, line (\d+)", place)[1])
    assert lines[number - 1].startswith(line)
    assert said in sentence and sentence.endswith(".")
