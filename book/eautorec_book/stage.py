"""The tree that the pages are built from: configuration, text, executed notebooks."""

import json
import shutil
from pathlib import Path

import nbformat
import pandas as pd

from eautorec.files import write_whole
from eautorec.study.record import claims_as_markdown
from eautorec_book import exercise_pages, extras, front, out_of_the_way
from eautorec_book.execute import executed_path
from eautorec_book.keys import files_below
from eautorec_book.reading import say_minutes

TOP_LEVEL = ("_config.yml", "_toc.yml", "references.bib")


def stage(root: Path, build: Path, chapters: list[Path]) -> Path:
    """Lay out `build/src` afresh, with the same paths as in the repository."""
    target = build / "src"
    shutil.rmtree(target, ignore_errors=True)
    for name in TOP_LEVEL:
        copy(root / name, target / name)
    for file in files_below(root / "_static"):
        copy(file, target / file.relative_to(root))
    for file in files_below(build / "explorer"):
        copy(file, target / file.relative_to(build))
    for file in files_below(root / "chapters"):
        if file.suffix != ".ipynb" and ".ipynb_checkpoints" not in file.parts:
            copy(file, target / file.relative_to(root))
    for chapter in chapters:
        if chapter.suffix == ".ipynb":
            copy(executed_path(build, chapter), target / chapter)
    fill_in(root, build, target)
    exercise_pages.fill(target, chapters)
    for chapter in chapters:
        say_minutes(target / chapter)
        if chapter.suffix == ".ipynb":
            notebook = nbformat.read(target / chapter, as_version=4)
            out_of_the_way.fold(notebook)
            nbformat.write(notebook, target / chapter)
    extras.add(root, target, chapters)
    return target


def fill_in(root: Path, build: Path, target: Path) -> None:
    """Put the facts of this build where a page asks for them by a comment."""
    status = pd.DataFrame(json.loads((build / "status.json").read_text(encoding="utf-8"))).T
    status["parameters"] = [
        ", ".join(f"{k} = {v}" for k, v in p.items()) for p in status["parameters"]
    ]
    status["chapter"] = [f"[](/{name})" for name in status.index]
    shown = ["chapter", "seconds", "commit", "date"]
    if status["parameters"].any():
        shown.append("parameters")
    parts = {"status": markdown(status[shown])}
    recorded = {name: root / "results" / f"{name}.csv" for name in ("study", "claims")}
    if recorded["study"].exists():
        parts |= study_as_markdown(pd.read_csv(recorded["study"]))
    if recorded["claims"].exists():
        parts["claims"] = claims_as_markdown(pd.read_csv(recorded["claims"]))
        parts["answer"] = front.said(front.ANSWER, "book")
        parts["use"] = front.said(front.USE, "book")
        parts["replicas"] = front.gallery()
    for page in (target / "chapters").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        for name, content in parts.items():
            text = text.replace(f"<!-- {name} -->", content)
        page.write_text(text, encoding="utf-8")


def study_as_markdown(stored: pd.DataFrame) -> dict[str, str]:
    """The label of the stored results: what was computed, and by which code from which ratings."""
    names = {"trained": "models trained", "starts": "seeds", "computing minutes": "minutes"}
    shown = stored.rename(columns=names).round({"minutes": 0}).astype({"minutes": int})
    versions = {name: ", ".join(map(str, stored[name].unique())) for name in ("code", "ratings")}
    shown = shown[["part", "models trained", "folds", "seeds", "minutes"]]
    return {"study": markdown(shown)} | versions


def markdown(frame: pd.DataFrame) -> str:
    """A frame as a Markdown table."""
    lines = ["| " + " | ".join(frame.columns) + " |", "|---" * frame.shape[1] + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in frame.to_numpy()]
    return "\n".join(lines)


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
    write_whole(build / "status.json", json.dumps(status, indent=1) + "\n")
