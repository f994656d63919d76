"""The tree that the pages are built from: configuration, text, executed notebooks."""

import json
import os
import shutil
from pathlib import Path

import nbformat

from eautorec.book.execute import executed_path
from eautorec.book.keys import files_below

TOP_LEVEL = ("_config.yml", "_toc.yml", "references.bib")


def stage(root: Path, build: Path, chapters: list[Path]) -> Path:
    """Lay out `build/src` afresh, with the same paths as in the repository."""
    target = build / "src"
    shutil.rmtree(target, ignore_errors=True)
    for name in TOP_LEVEL:
        copy(root / name, target / name)
    for file in files_below(root / "_static"):
        copy(file, target / file.relative_to(root))
    for file in files_below(root / "chapters"):
        if file.suffix != ".ipynb" and ".ipynb_checkpoints" not in file.parts:
            copy(file, target / file.relative_to(root))
    for chapter in chapters:
        if chapter.suffix == ".ipynb":
            copy(executed_path(build, chapter), target / chapter)
    return target


def copy(source: Path, target: Path) -> None:
    """Copy a file, making the folders on the way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write_status(build: Path, chapters: list[Path]) -> None:
    """Collect the facts of all executed chapters in `build/status.json`."""
    status = {}
    for chapter in chapters:
        if chapter.suffix == ".ipynb":
            notebook = nbformat.read(executed_path(build, chapter), as_version=4)
            status[chapter.as_posix()] = notebook.metadata["eautorec"]["facts"]
    draft = build / "status.json.part"
    draft.write_text(json.dumps(status, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, build / "status.json")
