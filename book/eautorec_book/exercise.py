"""An exercise, from one source: its text, its worked solution, and the check of an answer.

A section of `exercises/<chapter>.md` holds the words and, beside them, the code that computes the
right answer and what one gets by a typical mistake. In the solution `[[code]]` is that very code,
and `[[answer:.2f]]` what it gave. So the page cannot say one thing and the check another.

The answer may be a function: then it is tried on cases (`cases.py`), and so is a reader's own.
"""

import ast
import contextlib
import io
import re
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral
from pathlib import Path

from eautorec_book.cases import Case, Tried, alike, attempt, first_failure, giving, guarded

MARKER = re.compile(r"\[\[(\w+)(?::([^\]]*))?\]\]")


class ExerciseError(ValueError):
    """A file of exercises is not as it should be; the message says where and what."""

    def __init__(self, file: Path, line: int, said: str):
        super().__init__(f"{file.name}, line {line}: {said}")


class Code:
    """Some code of a file, with the names that it reads and those that it makes."""

    def __init__(self, text: str, file: Path, line: int):
        self.text, self.file = text, str(file)
        try:  # below empty lines, so that a traceback shows the line of the file
            tree = ast.parse("\n" * (line - 1) + text, self.file)
        except SyntaxError as error:
            raise ExerciseError(file, error.lineno, f"This is not Python: {error.msg}.") from None
        self.body = tree.body
        last = self.body[-1] if self.body else None
        self.function = last if isinstance(last, ast.FunctionDef) else None
        self.has_value = isinstance(last, ast.Expr)
        self.reads, self.makes = set(), set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                (self.reads if isinstance(node.ctx, ast.Load) else self.makes).add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                self.makes.add(node.name)
            elif isinstance(node, ast.alias):
                self.makes.add((node.asname or node.name).split(".")[0])

    def run(self, names: dict):
        """Run it with these names, and add its own; the value of its last line, if it has one: of
        an expression, or the function that is defined there."""
        statements = ast.Module(self.body[: len(self.body) - self.has_value], [])
        exec(compile(statements, self.file, "exec"), names)
        if self.has_value:
            last = ast.Expression(self.body[-1].value)
            return eval(compile(last, self.file, "eval"), names)
        return names[self.function.name] if self.function else None


class Given:
    """What the exercises of a file may use: each block runs once, when a name of it is needed."""

    def __init__(self, blocks: list[Code]):
        self.blocks, self.done, self.names = blocks, [], {}

    def provide(self, wanted: set[str]) -> dict:
        needed = []
        for block in reversed(self.blocks):
            if block.makes & wanted:
                needed.insert(0, block)
                wanted = wanted | block.reads
        for block in needed:
            if block not in self.done:
                block.run(self.names)
                self.done.append(block)
        return dict(self.names)


@dataclass
class Exercise:
    """One section of a file.

    Attributes
    ----------
    title : a word or two beside the number, such as "Warm-up".
    question, solution : Markdown with `[[markers]]`; filled, these are `text` and `worked`.
    blocks : the code, by the name of its block, in the order in which it is run.
    options : of a choice, the text of each letter.
    advice : typical wrong answers (a letter, or code for a number), each with what helps.
    tolerance : if it is not said, 1 % of the answer, and nothing where that is a whole number.
    right : what is worth knowing once it is right.
    hint : where to look, before the first answer or after a mistake that is no typical one.
    expect : of a project, the picture or the number that one should see.
    cases : on what a function is tried; hidden until it fails on one of them.
    """

    label: str
    title: str
    given: Given
    question: str = ""
    solution: str = ""
    blocks: dict[str, Code] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    advice: list[tuple[str | Code, str]] = field(default_factory=list)
    unit: str = ""
    tolerance: float | None = None
    right: str = ""
    hint: str = ""
    expect: str = ""
    cases: list[Case] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """A `number` or a `choice` can be checked, a `function` in the notebook only; an `open`
        exercise has no single answer."""
        if "answer" not in self.blocks:
            return "open"
        if self.blocks["answer"].function:
            return "function"
        return "choice" if self.options else "number"

    @property
    def has_form(self) -> bool:
        """Whether a page can check it, without any Python."""
        return self.kind in ("number", "choice")

    @property
    def text(self) -> str:
        """What is asked, in Markdown, with the letters of a choice and the code to begin with."""
        parts = [self.fill(self.question)]
        if self.options:
            parts += ["\n".join(f"- ({letter}) {text}" for letter, text in self.options.items())]
        if self.expect:
            parts += [f"*What to expect.* {self.expect}"]
        if "starter" in self.blocks:
            parts += [f"```python\n{self.starter}\n```"]
        return "\n\n".join(parts)

    @property
    def starter(self) -> str:
        """The code to start from, and for a function the line that checks it; perhaps nothing."""
        code = self.blocks["starter"].text if "starter" in self.blocks else ""
        if self.kind != "function":
            return code
        called = self.blocks["answer"].function.name
        return f'{code}\n\n\nexercises.check("{self.label}", {called})'

    @property
    def worked(self) -> str:
        """The solution in Markdown, with its code and its numbers."""
        return self.fill(self.solution)

    @property
    def answer(self):
        """The right answer."""
        return self.names["answer"]

    @property
    def mistakes(self) -> list[tuple]:
        """Typical wrong answers, each with what helps against it."""
        return [(w.run(self.names) if isinstance(w, Code) else w, said) for w, said in self.advice]

    @cached_property
    def names(self) -> dict:
        """All names once the blocks have run, from top to bottom; nobody needs what they print."""
        code = [*self.blocks.values(), *(w for w, _ in self.advice if isinstance(w, Code))]
        code += [part for case in self.cases for part in (case.call, case.value)]
        names = self.given.provide(set().union(*(part.reads for part in code)))
        with contextlib.redirect_stdout(io.StringIO()):
            for name, block in self.blocks.items():
                if name in ("starter", "cases"):  # cases run anew for each function
                    continue
                value = block.run(names)
                if name == "answer":
                    names["answer"] = value
        return names

    def fill(self, text: str) -> str:
        """Put values in the place of their markers; where there are none, nothing is run."""

        def value(marker: re.Match) -> str:
            if marker[1] == "code":
                code = self.blocks.get("answer") or self.blocks["solution"]
                return f"```python\n{code.text}\n```"
            return format(self.names[marker[1]], marker[2] or "")

        return MARKER.sub(value, text)

    @cached_property
    def key(self) -> dict:
        """All that is needed to judge an answer, ready for JSON: the page's script has no more."""
        if self.kind == "choice":
            own = {"options": list(self.options), "answer": self.answer, "mistakes": self.mistakes}
        else:
            own = self._number()
        hint = self.hint or "Read the section again, and try on a smaller case."
        said = {"right": f"Right. {self.right}".strip(), "hint": f"Not yet. {hint}"}
        return {"kind": self.kind} | own | said

    def _number(self) -> dict:
        value, whole = float(self.answer), isinstance(self.answer, Integral)
        tolerance = self.tolerance
        if tolerance is None:
            tolerance = 1e-9 if whole else 0.01 * abs(value)
        mistakes = [(float(wrong), tolerance, said) for wrong, said in self.mistakes]
        if value and not whole:
            unit = "The digits are right, the unit is not: a share or per cent?"
            mistakes += [(f * value, f * tolerance, unit) for f in (100, 0.01)]
            both = "The digits are right, the sign is not, nor is the unit: a share or per cent?"
            mistakes += [(-f * value, f * tolerance, both) for f in (100, 0.01)]
        if value:
            mistakes.append((-value, tolerance, "The size is right, the sign is not."))
        if not whole:
            mistakes.append((value, 3 * tolerance, "Close. Work with one digit more."))
        return {"unit": self.unit, "answer": value, "tolerance": tolerance, "mistakes": mistakes}

    def judge(self, answer) -> tuple[bool | None, str]:
        """Whether an answer is right, or None where nobody can say, and a sentence that helps."""
        if self.kind == "open":
            return None, "There is no single right answer here: compare with the solution."
        if self.kind == "function":
            return self._judge_function(answer)
        if self.kind == "choice":
            return self._judge_letter(str(answer).strip().strip("()").lower())
        try:
            value = float(answer)
        except (TypeError, ValueError):
            return None, f"The answer is one number, and {answer!r} is none."
        return self._judge_number(value)

    def _judge_letter(self, letter: str) -> tuple[bool | None, str]:
        if letter not in self.options:
            return None, f"Choose one of the letters {', '.join(self.options)}."
        if letter == self.key["answer"]:
            return True, self.key["right"]
        return False, f"Not yet. {dict(self.key['mistakes'])[letter]}"

    def _judge_number(self, value: float) -> tuple[bool, str]:
        key = self.key
        if abs(value - key["answer"]) <= key["tolerance"]:
            return True, key["right"]
        for wrong, tolerance, said in key["mistakes"]:
            if abs(value - wrong) <= tolerance:
                return False, f"Not yet. {said}"
        return False, key["hint"]

    def _judge_function(self, function) -> tuple[bool | None, str]:
        name = self.blocks["answer"].function.name
        if not callable(function):
            return None, f"The answer is your function itself, without brackets: {name}."
        tried = self._tried(function)
        failed = first_failure(tried)
        if failed is None:
            n_cases = f"It passes all {len(tried)} cases."
            return True, f"Right. {n_cases} {self.right}".strip()
        said = failed.case.said
        for wrong, advice in self.mistakes:
            if alike(tried, self._tried(wrong)):
                said = advice
                break
        return False, f"Not yet. {failed.told} {said}"

    def _tried(self, function) -> list[Tried]:
        """A function, called by the name that the cases know, on each of them."""
        names = guarded(self.names) | {self.blocks["answer"].function.name: giving(function)}
        if "cases" in self.blocks:
            self.blocks["cases"].run(names)
            names = guarded(names)
        return [attempt(case, names) for case in self.cases]
