"""What an executed chapter depends on, as one hash: the same hash means the same pages."""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from eautorec.study.store import STORE_VARIABLE
from eautorec_book import exercise_pages

SEEN_BY_CHAPTERS = (
    "figures.py",
    "diagrams.py",
    "style.py",
    "checks.py",
    "records.py",
    "relatives.py",
    "tables.py",
    "typography.py",
    "verdicts.py",
    "wording.py",
    "eautorec.mplstyle",
)
"""Of this package; the rest cannot change what a chapter computes."""


def digest(root: Path, files: Iterable[Path], *facts: str) -> str:
    """One hash of the files' names (relative to `root`) and contents, and of some further facts."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    for file in sorted(files):
        total.update(file.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def files_below(folder: Path) -> list[Path]:
    """All the files in a folder and its subfolders, but for Python's compiled ones."""
    return [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]


def library_files(root: Path) -> list[Path]:
    """What the chapters import or read: the library, the pinned versions, the recorded results."""
    folders = (root / name for name in ("eautorec", "benchmarks", "results"))
    files = [file for folder in folders for file in files_below(folder)]
    files += [root / "book" / "eautorec_book" / name for name in SEEN_BY_CHAPTERS]
    return [file for file in (*files, root / "requirements.lock") if file.exists()]


def chapter_key(root: Path, chapter: Path, parameters: dict) -> str:
    """The hash of a chapter's source, of its exercises, and of everything that it may use.

    The project's environment variables count: they say which data are read. Where finished runs
    are kept changes nothing.
    """
    chosen = sorted(
        (name, value)
        for name, value in os.environ.items()
        if name.startswith("EAUTOREC_") and name != STORE_VARIABLE
    )
    facts = (sys.version, repr(sorted(parameters.items())), repr(chosen))
    own = [root / chapter, *exercise_pages.sources(root, chapter)]
    return digest(root, [*own, *library_files(root)], *facts)
