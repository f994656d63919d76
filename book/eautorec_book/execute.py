"""Execute the chapters that changed, several side by side; keep what did not change."""

import ast
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import nbformat

from eautorec_book import exercise_pages, provenance
from eautorec_book.environment import enter, kernel_environment
from eautorec_book.keys import chapter_key

JOBS = 2
TRACEBACK_LINES = 20
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Outcome:
    """How executing one chapter ended; `error` is empty where it went well."""

    seconds: float
    error: str = ""


class UnknownParameter(ValueError):
    """A parameter that no chapter has, or a value of another kind: papermill alone would take it in
    silence."""


def execute(
    root: Path,
    build: Path,
    chapters: list[Path],
    parameters: dict,
    jobs: int = JOBS,
    last: Callable[[], None] | None = None,
) -> list[Path]:
    """Bring the executed notebooks in `build/executed` up to date; return the failed chapters.

    Parameters
    ----------
    jobs : how many chapters run side by side.
    last : some other work, for the first process that has no chapter left.
    """
    notebooks = [c for c in chapters if c.suffix == ".ipynb"]
    assigned = assign(root, notebooks, parameters)
    keys = {c: chapter_key(root, c, assigned[c]) for c in notebooks}
    stale = [c for c in notebooks if stored_key(executed_path(build, c)) != keys[c]]
    if kept := len(notebooks) - len(stale):
        print(f"  {kept} of {len(notebooks)} chapters are up to date")
    failed = []
    for chapter, outcome in run_all(root, build, stale, assigned, jobs, last):
        draft, final = draft_path(build, chapter), executed_path(build, chapter)
        if outcome.error:
            failed.append(chapter)
            print(f"  {chapter}: FAILED after {outcome.seconds:.1f} s\n{indent(outcome.error)}")
            print(f"    The notebook as far as it got: {draft}", flush=True)
            continue
        facts = provenance.record(provenance.machine(root), outcome.seconds, assigned[chapter])
        try:
            seal_file(draft, final, facts, keys[chapter])
        except OSError as error:
            failed.append(chapter)
            print(f"  {chapter}: FAILED, it could not be kept: {error.strerror or error}")
            continue
        print(f"  {chapter}: {outcome.seconds:.1f} s", flush=True)
    return failed


def assign(root: Path, notebooks: list[Path], parameters: dict) -> dict[Path, dict]:
    """Which of the given parameters each chapter has; one that nobody has is an error."""
    if not parameters:
        return {chapter: {} for chapter in notebooks}
    from papermill import inspect_notebook

    assigned = {}
    for chapter in notebooks:
        own = inspect_notebook(str(root / chapter))
        for name in parameters.keys() & own.keys():
            check_kind(name, parameters[name], own[name]["default"])
        assigned[chapter] = {name: value for name, value in parameters.items() if name in own}
    unknown = set(parameters).difference(*assigned.values())
    if unknown:
        raise UnknownParameter(f"no chapter has a parameter named {', '.join(sorted(unknown))}")
    return assigned


def check_kind(name: str, value: object, default: str) -> None:
    """Raise UnknownParameter where a chapter has another kind of value, such as a number for text.

    Parameters
    ----------
    default : as it stands in the chapter.
    """
    try:
        kind = type(ast.literal_eval(default))
    except (ValueError, SyntaxError):
        return  # computed there
    if type(value) is not kind and (kind, type(value)) != (float, int):
        raise UnknownParameter(
            f"{name} is {value!r}: the chapters have {default} there, so give "
            f"{'a whole number' if kind is int else 'a value of that kind'}"
        )


def executed_path(build: Path, chapter: Path) -> Path:
    """Where a chapter that ran to its end is kept."""
    return build / "executed" / chapter


def draft_path(build: Path, chapter: Path) -> Path:
    """Where a chapter is written while it runs, and stays if it fails."""
    return build / "drafts" / chapter


def stored_key(executed: Path) -> str | None:
    """The key that an executed notebook was made from, if there is such a notebook."""
    if not executed.exists():
        return None
    return nbformat.read(executed, as_version=4).metadata.get("eautorec", {}).get("key")


def run_all(
    root: Path,
    build: Path,
    chapters: list[Path],
    assigned: dict,
    jobs: int,
    last: Callable[[], None] | None,
) -> Iterator[tuple[Path, Outcome]]:
    """Run chapters in `jobs` processes, then `last`, and yield each chapter as it ends."""
    if not chapters and last is None:
        return
    variables = kernel_environment(build)
    with ProcessPoolExecutor(jobs, get_context("spawn"), enter, (variables,)) as pool:
        running = {
            pool.submit(run, root / c, draft_path(build, c), assigned[c]): c for c in chapters
        }
        other = pool.submit(last) if last else None
        for future in as_completed(running):
            yield running[future], future.result()
        if other:
            other.result()


def run(source: Path, draft: Path, parameters: dict) -> Outcome:
    """Execute one notebook with its exercises, in this process's environment, from its folder."""
    import papermill

    draft.parent.mkdir(parents=True, exist_ok=True)
    start, error = time.perf_counter(), ""
    try:
        notebook = nbformat.read(source, as_version=4)
        exercise_pages.prepare(notebook, source)
        nbformat.write(notebook, draft)
        papermill.execute_notebook(
            str(draft),
            str(draft),
            parameters,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(source.parent),
        )
    except papermill.PapermillExecutionError as failure:
        error = "\n".join([f"in cell {failure.exec_count}:", *failure.traceback])
    except Exception as failure:  # a dead kernel, a broken notebook: say it, and run the others
        error = f"{type(failure).__name__}: {failure}"
    return Outcome(time.perf_counter() - start, COLOURS.sub("", error))


def seal_file(draft: Path, final: Path, facts: dict, key: str) -> None:
    """Turn a draft into the executed notebook, in one step, so that no half of it is ever seen."""
    notebook = nbformat.read(draft, as_version=4)
    provenance.seal(notebook, facts, key)
    nbformat.write(notebook, draft)
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(draft, final)


def indent(text: str) -> str:
    """The last lines of a traceback, set off from the list of chapters."""
    lines = text.splitlines()
    cut = ["..."] if len(lines) > TRACEBACK_LINES else []
    return "\n".join("    " + line for line in cut + lines[-TRACEBACK_LINES:])
