"""Reads a file of exercises, `<chapter>.md`, and says where one is not as it should be.

On top stand blocks ```python given. An exercise is a heading ## with its label, the text, the
options of a choice (a list), the block ```python answer, perhaps ```python numbers, and settings
(a list); then ### Mistakes, a list that may use a block ```python mistakes; and ### Solution, in
which a block ```python solution is both run and shown. Where the answer is a function, a block
```python starter shows how to begin, and ### Cases, a list that may use a block ```python cases,
says on what it is tried. A project may have a starter too.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from eautorec_book.cases import Case
from eautorec_book.exercise import MARKER, Code, Exercise, ExerciseError, Given

HEADING = re.compile(r"(ex-[\w-]+)(?: \((.+)\))?")
OPTION = re.compile(r"\((\w)\) (.+)")
SETTINGS = "Unit, Tolerance, Right, Hint, Expect"
SETTING = re.compile(r"(Unit|Tolerance|Right|Hint|Expect): (.+)")
MISTAKE = re.compile(r"(?:\((\w)\)|`([^`]+)`): (.+)")
CASE = re.compile(r"`([^`]+)` is `([^`]+)`: (.+)")

BLOCKS = {
    "Text": ("answer", "numbers", "starter"),
    "Cases": ("cases",),
    "Mistakes": ("mistakes",),
    "Solution": ("solution",),
}
"""Which blocks of code may stand in which part of an exercise."""


def read(file: Path) -> tuple[Exercise, ...]:
    """The exercises of a file, in its order. Raises ExerciseError where the file is not right."""
    return tuple(_Reader(file).exercises().values())


class _Reader:
    """Reads a file by its headings, lists and named blocks of code; all else are words."""

    def __init__(self, file: Path):
        self.file = file
        text = file.read_text(encoding="utf-8")
        self.lines = text.splitlines()
        self.nodes = SyntaxTreeNode(MarkdownIt("commonmark").parse(text)).children

    def error(self, node: SyntaxTreeNode, said: str) -> ExerciseError:
        return ExerciseError(self.file, node.map[0] + 1, said)

    def exercises(self) -> dict[str, Exercise]:
        starts = [i for i, node in enumerate(self.nodes) if node.tag == "h2"]
        above = self.nodes[: starts[0]] if starts else self.nodes
        given = Given([self.block(node, ["given"])[1] for node in above if is_block(node)])
        found = {}
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            heading = self.nodes[start]
            exercise = self.exercise(heading, self.nodes[start + 1 : end], given)
            if exercise.label in found:
                raise self.error(heading, f"There are two exercises {exercise.label}.")
            found[exercise.label] = exercise
        return found

    def exercise(self, heading: SyntaxTreeNode, nodes: list, given: Given) -> Exercise:
        named = HEADING.fullmatch(heading.children[0].content)
        if not named or not named[1].startswith(f"ex-{self.file.stem}-"):
            raise self.error(heading, f"A heading is like ## ex-{self.file.stem}-name (Title).")
        made = Exercise(named[1], named[2] or "", given)
        part, question, solution = "Text", [], []
        for node in nodes:
            if node.tag == "h3":
                part = node.children[0].content
                if part not in BLOCKS:
                    known = "Cases, Mistakes and Solution"
                    raise self.error(node, f"There is no part {part}, but {known}.")
            elif is_block(node):
                name, code = self.block(node, BLOCKS[part])
                if name in made.blocks:
                    raise self.error(node, f"This is a second block ```python {name}.")
                made.blocks[name] = code
                solution += ["[[code]]"] * (name == "solution")
            elif part == "Solution":
                solution.append(self.source(node))
            elif part == "Cases" and node.type == "bullet_list":
                made.cases += map(self.case, node.children)
            elif part == "Mistakes" and node.type == "bullet_list":
                made.advice += map(self.mistake, node.children)
            elif part == "Text" and self.is_form(node, made):
                for item in node.children:
                    self.option_or_setting(item, made)
            elif part == "Text" and not made.blocks and not made.options:
                question.append(self.source(node))
            else:
                raise self.error(node, "Words stand above options and code, or below Solution.")
        made.question, made.solution = "\n\n".join(question), "\n\n".join(solution)
        if fault := next(faults(made), None):
            raise self.error(heading, fault)
        return made

    def block(self, node: SyntaxTreeNode, allowed: Iterable[str]) -> tuple[str, Code]:
        """The name and the code of a block."""
        if node.info not in (f"python {name}" for name in allowed):
            known = " or ".join(f"```python {name}" for name in allowed)
            raise self.error(node, f"A block ```{node.info} cannot stand here, but {known}.")
        name = node.info.removeprefix("python ")
        return name, self.code(node, node.content.rstrip("\n"), 2, has_value=name == "answer")

    def code(self, node: SyntaxTreeNode, text: str, line: int, has_value: bool = True) -> Code:
        """The code that begins in this line of a node, counted from 1."""
        code = Code(text, self.file, node.map[0] + line)
        if has_value and not code.has_value and not code.function:
            said = "The last line of this code is to be a value: an expression, or a function."
            raise self.error(node, said)
        return code

    def is_form(self, node: SyntaxTreeNode, made: Exercise) -> bool:
        """Whether it is a list of options or settings, and no list of the text."""
        if node.type != "bullet_list":
            return False
        first = self.source(node.children[0]).lstrip("-*+ ")
        return bool(made.blocks or OPTION.match(first) or SETTING.match(first))

    def option_or_setting(self, item: SyntaxTreeNode, made: Exercise) -> None:
        said = self.item(item)
        if option := OPTION.fullmatch(said):
            made.options[option[1]] = option[2]
        elif setting := SETTING.fullmatch(said):
            name, value = setting[1].lower(), setting[2]
            try:
                setattr(made, name, float(value) if name == "tolerance" else value)
            except ValueError:
                raise self.error(item, f"A tolerance is a number, and {value} is none.") from None
        else:
            word = said.partition(":")[0]
            raise self.error(item, f"Unknown: {word}. Known: {SETTINGS}.")

    def mistake(self, item: SyntaxTreeNode) -> tuple[str | Code, str]:
        found = MISTAKE.fullmatch(self.item(item))
        if not found:
            raise self.error(item, "A mistake is `code` or (letter), a colon, and what helps.")
        letter, code, said = found.groups()
        return letter or self.code(item, code, 1), said

    def case(self, item: SyntaxTreeNode) -> Case:
        found = CASE.fullmatch(self.item(item))
        if not found:
            raise self.error(item, "A case is `call` is `value`, a colon, and what helps.")
        call, value, said = found.groups()
        return Case(self.code(item, call, 1), self.code(item, value, 1), said)

    def item(self, node: SyntaxTreeNode) -> str:
        """An item of a list, as one line."""
        if [child.type for child in node.children] != ["paragraph"]:
            raise self.error(node, "An item of this list is one paragraph.")
        lines = node.children[0].children[0].content.splitlines()
        return " ".join(line.strip() for line in lines)

    def source(self, node: SyntaxTreeNode) -> str:
        return "\n".join(self.lines[slice(*node.map)]).strip("\n")


def is_block(node: SyntaxTreeNode) -> bool:
    """Whether it is code for us, and not just to be shown (```python) or MyST's (```{note})."""
    return node.type == "fence" and node.info not in ("", "python") and node.info[0] != "{"


def faults(made: Exercise) -> Iterator[str]:
    """What is wrong with an exercise as a whole."""
    if not made.question or not made.solution:
        yield "An exercise has a text, and a solution below ### Solution."
    if made.kind == "open" and (made.options or made.advice or made.right):
        yield "What can be checked has a block ```python answer."
    yield from faults_of_a_function(made)
    if {"answer", "solution"} <= made.blocks.keys():
        yield "The code of an answer is the code of the solution: write [[code]] there."
    advised = [wrong for wrong, _ in made.advice if isinstance(wrong, str)]
    if made.options and len(advised) < len(made.advice):
        yield "A mistake of a choice is a letter, such as (a)."
    if unknown := sorted(set(advised) - made.options.keys()):
        yield f"There is advice on ({unknown[0]}), but no such option."
    silent = [f"({letter})" for letter in made.options if letter not in advised]
    if made.options and len(silent) != 1:
        yield f"Each option but the right one has its advice: look at {', '.join(silent) or 'all'}."
    names = set().union(*(code.makes for code in made.blocks.values()))
    names |= {"code"} if made.blocks.keys() & {"answer", "solution"} else set()
    names |= {"answer"} & made.blocks.keys()
    for marker in MARKER.finditer(made.question + made.solution):
        if marker[1] not in names:
            yield f"No code above gives the value of {marker[0]}."


def faults_of_a_function(made: Exercise) -> Iterator[str]:
    """What is wrong where a function is asked for, or where only such an exercise has cases."""
    if made.kind != "function":
        if made.cases or "cases" in made.blocks:
            yield "Cases are for an answer that is a function."
        if made.kind != "open" and "starter" in made.blocks:
            yield "A starter is for a function or a project."
        return
    asked = made.blocks["starter"].function if "starter" in made.blocks else None
    solved = made.blocks["answer"].function
    if not asked or (asked.name, ast.dump(asked.args)) != (solved.name, ast.dump(solved.args)):
        yield "A function has a ```python starter, with the name and arguments of the answer."
    elif not ast.get_docstring(asked):
        yield "The starter says in its docstring what the function takes and gives."
    if len(made.cases) < 3:
        yield "A function is tried on three ### Cases at least."
    if made.options or made.unit or made.tolerance is not None:
        yield "A function has no options, unit or tolerance."
    for case in made.cases:
        if solved.name not in case.call.reads or solved.name in case.value.reads:
            yield "Each case calls the function, before `is` and not behind it."
