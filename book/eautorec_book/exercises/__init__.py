"""The exercises of the book, a file for each chapter, and what a reader does with them.

>>> from eautorec_book import exercises
>>> exercises.show("neighbours")                      # what is asked
>>> exercises.hint("ex-neighbours-hand")              # where to look
>>> exercises.check("ex-neighbours-hand", 5)          # is it right?
>>> exercises.solution("ex-neighbours-hand")          # how it goes
>>> exercises.start("ex-neighbours-project")          # a new cell with the code to begin with

(`eautorec_book.checks` is something else: there the book checks its own numbers.)
"""

import difflib
import re
from functools import cache
from pathlib import Path

from eautorec_book.exercise import Exercise
from eautorec_book.exercises.reader import read

HERE = Path(__file__).parent
ROLE = re.compile(r"\{(?:numref|eq|ref|glue:text|cite:[pt])\}`([^`]*)`")


def chapters() -> list[str]:
    """The chapters that have exercises."""
    return sorted(file.stem for file in HERE.glob("*.md"))


@cache
def of(chapter: str) -> tuple[Exercise, ...]:
    """The exercises of a chapter, in the order of its file."""
    return read(HERE / f"{chapter}.md")


def find(label: str) -> Exercise:
    """The exercise of this label. Raises KeyError, with the labels nearby, if there is none."""
    own = [c for c in chapters() if label.startswith(f"ex-{c}-")]
    known = {exercise.label: exercise for c in own or chapters() for exercise in of(c)}
    if label not in known:
        near = difflib.get_close_matches(label, known, n=3, cutoff=0)
        raise KeyError(f"There is no exercise {label!r}, but {', '.join(near)}.")
    return known[label]


def check(label: str, answer) -> None:
    """Say whether an answer is right and, where it is not, what may have gone wrong.

    Parameters
    ----------
    answer : a number, the letter of a choice, or the function that was asked for.
    """
    right, said = find(label).judge(answer)
    print({True: "✓", False: "✗", None: "·"}[right], said)


def hint(label: str) -> None:
    """Say where to look, before the first answer."""
    print(find(label).hint or "There is no hint here: start from the example in the chapter.")


def start(label: str) -> None:
    """Open a new cell with the code to begin with; outside a notebook, print that code."""
    code = find(label).starter
    if not code:
        print("There is nothing to begin with here but the question.")
        return
    from IPython import get_ipython

    notebook = get_ipython()
    if notebook is None:
        print(code)
    else:
        notebook.set_next_input(code)


def show(chapter: str) -> None:
    """Show what a chapter asks, in a notebook that does not hold the text of its exercises."""
    for number, exercise in enumerate(of(chapter), 1):
        _display(f"**Exercise {number}** ({exercise.title}), `{exercise.label}`\n\n{exercise.text}")


def solution(label: str) -> None:
    """Show how an exercise is solved."""
    _display(find(label).worked)


def _display(text: str) -> None:
    from IPython.display import Markdown, display

    display(Markdown(ROLE.sub(r"`\1`", text)))
