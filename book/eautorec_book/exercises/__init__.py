"""The exercises of the book, a file for each chapter, and what a reader does with them.

>>> from eautorec_book import exercises
>>> exercises.show("neighbours")                      # what is asked
>>> exercises.check("ex-neighbours-hand", 5)          # is it right?
>>> exercises.solution("ex-neighbours-hand")          # how it goes

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
    answer : a number, or the letter of a choice.
    """
    right, said = find(label).judge(answer)
    print({True: "✓", False: "✗", None: "·"}[right], said)


def show(chapter: str) -> None:
    """Show what a chapter asks, in a notebook that does not hold the text of its exercises."""
    for number, exercise in enumerate(of(chapter), 1):
        head = f"**Exercise {number}**, `{exercise.label}`"
        options = exercise.options.items()
        listed = "\n".join(f"- ({letter}) {text}" for letter, text in options)
        _display(f"{head}\n\n{exercise.text}\n\n{listed}")


def solution(label: str) -> None:
    """Show how an exercise is solved."""
    _display(find(label).worked)


def _display(text: str) -> None:
    from IPython.display import Markdown, display

    display(Markdown(ROLE.sub(r"`\1`", text)))
