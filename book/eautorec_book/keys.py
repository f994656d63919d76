"""What an executed chapter depends on, as one hash: the same hash means the same pages."""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from eautorec_book import exercise_pages

# Of this package only these are seen by a chapter; the rest cannot change what it computes.
SEEN_BY_CHAPTERS = ("figures.py", "style.py", "checks.py", "tables.py", "eautorec.mplstyle")


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
    package = root / "eautorec"
    library = [
        file
        for file in files_below(package)
        if package / "book" not in file.parents or file.name in SEEN_BY_CHAPTERS
    ]
    lock = root / "requirements.lock"
    return library + files_below(root / "results") + ([lock] if lock.exists() else [])


def chapter_key(root: Path, chapter: Path, parameters: dict) -> str:
    """The hash of a chapter's source, of its exercises, and of everything that it may use.

    The project's environment variables count: they say which data are read.
    """
    chosen = sorted((k, v) for k, v in os.environ.items() if k.startswith("EAUTOREC_"))
    facts = (sys.version, repr(sorted(parameters.items())), repr(chosen))
    own = [root / chapter, *exercise_pages.sources(root, chapter)]
    return digest(root, [*own, *library_files(root)], *facts)
