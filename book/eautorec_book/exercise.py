"""An exercise, from one source: its text, its worked solution, and the check of an answer.

An exercise is a class in `book/eautorec_book/exercises/<chapter>.py`. Its docstring is the text,
`answer` computes the right answer, `mistakes` computes what one gets by a typical mistake, and
`solution` is the worked solution, in which `[[code]]` is the body of that very code and
`[[answer:.2f]]` what it returned. So the page cannot say one thing and the check another.

A method names as its parameters what the chapter has defined by then (`train`, `model` ...); the
module's own `given()` makes these, smaller where that is enough.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import re
import sys
import textwrap
from functools import cache, cached_property
from pathlib import Path

MARKER = re.compile(r"\[\[(\w+)(?::([^\]]*))?\]\]")


class Exercise:
    """What all kinds share; by itself, an open exercise whose solution is code and words.

    Attributes
    ----------
    title : a word or two beside the number, such as "Warm-up".
    solution : Markdown. In it, and in the text, `[[name:format]]` stands for a value of `also`.
    """

    title = ""
    solution = ""

    @property
    def label(self) -> str:
        """`ex-<chapter>-<name>`."""
        chapter = type(self).__module__.rpartition(".")[2].replace("_", "-")
        return f"ex-{chapter}-" + re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def text(self) -> str:
        """What is asked, in Markdown."""
        return fill(inspect.getdoc(self), self.call(self.also))

    @property
    def worked(self) -> str:
        """The solution in Markdown, with its code and its numbers."""
        code = f"```python\n{body(self.solver)}\n```"
        values = {"code": code} | self.computed | self.call(self.also)
        return fill(inspect.cleandoc(self.solution), values)

    @property
    def solver(self):
        """The method whose body is the code of the solution."""
        return self.solve

    @cached_property
    def computed(self) -> dict:
        """What running the solution gives; nobody needs what it prints or draws."""
        with contextlib.redirect_stdout(io.StringIO()):
            self.call(self.solver)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        return {}

    def solve(self) -> None:
        """The code of the solution, for an exercise that has some."""

    def also(self) -> dict:
        """Further numbers for the texts."""
        return {}

    def call(self, method):
        """Call a method with those of the chapter's variables that it names."""
        wanted = inspect.signature(method).parameters
        known = given(type(self).__module__) if wanted else {}
        return method(**{name: known[name] for name in wanted})

    def judge(self, answer) -> tuple[bool | None, str]:
        """Whether an answer is right, or None where nobody can say, and a sentence that helps."""
        return None, "There is no single right answer here: compare with the solution."


class Checked(Exercise):
    """An exercise with one right answer.

    Attributes
    ----------
    right : what is worth knowing once it is right.
    hint : where to look, after a mistake that is not one of the typical ones.
    """

    right = ""
    hint = "Read the section again, and try on a smaller case."

    def answer(self):
        """Compute the right answer."""
        raise NotImplementedError

    def mistakes(self):
        """Yield typical wrong answers, each with what helps against it."""
        return ()

    @property
    def solver(self):
        return self.answer

    @cached_property
    def computed(self) -> dict:
        return {"answer": self.call(self.answer)}

    @cached_property
    def key(self) -> dict:
        """All that is needed to judge an answer, ready for JSON: the page's script has no more."""
        raise NotImplementedError

    def praise(self) -> str:
        return f"Right. {self.right}".strip()


class Number(Checked):
    """The answer is a number; `tolerance` is 1 % of it, and nothing where it is a whole number."""

    tolerance: float | None = None
    unit = ""

    @cached_property
    def key(self) -> dict:
        answer = self.computed["answer"]
        whole = isinstance(answer, int)
        tolerance = self.tolerance
        if tolerance is None:
            tolerance = 1e-9 if whole else 0.01 * abs(float(answer))
        value = float(answer)
        mistakes = [(float(x), tolerance, said) for x, said in self.call(self.mistakes)]
        if value and not whole:
            unit = "The digits are right, the unit is not: a share or per cent?"
            mistakes += [(f * value, f * tolerance, unit) for f in (100, 0.01)]
        if value:
            mistakes.append((-value, tolerance, "The size is right, the sign is not."))
        return {
            "kind": "number",
            "unit": self.unit,
            "answer": value,
            "tolerance": tolerance,
            "mistakes": mistakes,
            "right": self.praise(),
            "hint": f"Not yet. {self.hint}",
        }

    def judge(self, answer) -> tuple[bool | None, str]:
        try:
            value = float(answer)
        except (TypeError, ValueError):
            return None, f"The answer is one number, and {answer!r} is none."
        key = self.key
        if abs(value - key["answer"]) <= key["tolerance"]:
            return True, key["right"]
        for wrong, tolerance, said in key["mistakes"]:
            if abs(value - wrong) <= tolerance:
                return False, f"Not yet. {said}"
        return False, key["hint"]


class Choice(Checked):
    """The answer is the letter of one of the `options`; `mistakes` has a word on each other one."""

    options: dict[str, str] = {}

    @cached_property
    def key(self) -> dict:
        return {
            "kind": "choice",
            "options": list(self.options),
            "answer": self.computed["answer"],
            "mistakes": [list(pair) for pair in self.call(self.mistakes)],
            "right": self.praise(),
            "hint": f"Not yet. {self.hint}",
        }

    def judge(self, answer) -> tuple[bool | None, str]:
        letter = str(answer).strip().strip("()").lower()
        if letter not in self.options:
            return None, f"Choose one of the letters {', '.join(self.options)}."
        if letter == self.key["answer"]:
            return True, self.key["right"]
        return False, "Not yet. " + dict(self.key["mistakes"])[letter]


def fill(text: str, values: dict) -> str:
    """Put the values in the place of their names."""
    return MARKER.sub(lambda found: format(values[found[1]], found[2] or ""), text)


def recorded(name: str):
    """A table of the recorded study, as a chapter reads it."""
    import pandas as pd

    return pd.read_csv(Path(__file__).parents[2] / "results" / f"{name}.csv")


@cache
def given(module: str) -> dict:
    """The chapter's variables, as its file of exercises makes them."""
    return sys.modules[module].given()


def body(function) -> str:
    """The code inside a function, as a reader would type it: without indent, without `return`."""
    source = textwrap.dedent(inspect.getsource(function))
    first = ast.parse(source).body[0].body[0].lineno
    inside = textwrap.dedent("\n".join(source.splitlines()[first - 1 :]))
    return re.sub(r"^return ", "", inside, flags=re.M)
