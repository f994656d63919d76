"""The version of the code that results depend on, by what it says and not by how it is written."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

import eautorec

ROOT = Path(eautorec.__file__).parent
"""The folder of this package."""

BEGIN = "eautorec.study.runner"
"""The module that makes results."""


IN_EVERY_KEY = ("eautorec.study.tuned", "eautorec.datasets", "eautorec.reading")
"""Modules, and all below them, of which each result's key holds what they give: what was chosen,
and the content of the ratings. Another value makes other results, and not all old."""


def code_version(root: Path = ROOT, begin: str = BEGIN) -> str:
    """A hash of the module that makes results and of all modules of this package that it imports.

    What counts is their syntax trees without docstrings: a comment, a blank line or a better
    explanation leaves every result as it is, an operator makes all of them old.

    Parameters
    ----------
    root : the folder of the package `eautorec`.
    """
    found: dict[str, ast.Module] = {}
    waiting = [begin]
    while waiting:
        name = waiting.pop()
        file = _file_of(root, name)
        if name not in found and file is not None and not _is_in_every_key(name):
            found[name] = ast.parse(file.read_text(encoding="utf-8"))
            waiting += _imported(found[name])
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(f"{name}\n{ast.dump(_without_docstrings(found[name]))}\n".encode())
    return digest.hexdigest()[:16]


def _is_in_every_key(name: str) -> bool:
    return any(name == known or name.startswith(f"{known}.") for known in IN_EVERY_KEY)


def _file_of(root: Path, name: str) -> Path | None:
    """The file of a module of this package, or None for another name."""
    package, *parts = name.split(".")
    if package != "eautorec":
        return None
    place = root.joinpath(*parts)
    files = place.with_suffix(".py") if parts else None, place / "__init__.py"
    return next((file for file in files if file is not None and file.is_file()), None)


def _imported(tree: ast.Module) -> Iterator[str]:
    """All that a module imports, also inside functions; names that are no modules among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """The tree without strings that stand alone: docstrings, and the notes below constants."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [s for s in body if not _is_text(s)] or [ast.Pass()]  # type: ignore[attr-defined]
    return tree


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
