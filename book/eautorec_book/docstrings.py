"""Docstrings as Sphinx reads them.

Ours are plain text: an entry of a section is `name : what it is`, formulas are indented, and a star
or a bar is a star or a bar. Sphinx would take them for markup.
"""

import re

CODE = re.compile(r"(`+[^`]*`+)")
MARKUP = re.compile(r"([\\*|_<>])")
ENTRY = re.compile(r"^(\*{0,2}\w[\w, *]*) : (.*)")


def setup(app):
    """Register with Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", process)


def process(app, what, name, thing, options, lines: list[str]) -> None:
    """Put a docstring's reStructuredText in its place."""
    lines[:] = as_rst("\n".join(lines))


def as_rst(docstring: str) -> list[str]:
    """A docstring as lines of reStructuredText: paragraphs, formulas, and lists of entries."""
    out = []
    for block in re.split(r"\n\s*\n", docstring.strip("\n")):
        lines = block.split("\n")
        if len(lines) > 1 and set(lines[1]) == {"-"}:
            out += [f".. rubric:: {lines[0]}", "", *_entries(lines[2:]), ""]
        elif lines[0].startswith(" "):
            out += _formula(lines)
        elif ENTRY.match(lines[0]):
            out += [*_entries(lines), ""]
        else:
            text = [line for line in lines if not line.startswith(" ")]
            out += [_plain(" ".join(text)), "", *_formula(lines[len(text) :])]
    return out


def _formula(lines: list[str]) -> list[str]:
    """Indented lines, as they are."""
    return [".. code-block:: text", "", *(f"   {line}" for line in lines), ""] if lines else []


def _entries(lines: list[str]) -> list[str]:
    """Each `name : text`, or a name with its text below, as an item; a sentence before the first
    item as it is."""
    sentence, items = [], []
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if entry := ENTRY.match(line):
            items.append([f"``{entry[1]}``: {entry[2]}"])
        elif below.startswith(" ") and not line.startswith(" "):
            items.append([f"``{line}``:"])
        else:
            (items[-1] if items else sentence).append(line.strip())
    return [_plain(" ".join(sentence)), "", *(f"- {_plain(' '.join(item))}" for item in items)]


def _plain(text: str) -> str:
    """The text, so that nothing in it is markup but code."""
    parts = CODE.split(text)
    return "".join(
        f"``{part.strip('`')}``" if CODE.fullmatch(part) else MARKUP.sub(r"\\\1", part)
        for part in parts
    )
