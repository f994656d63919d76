"""`python -m eautorec_book`: fetch the data, execute the chapters, build the pages."""

import os
import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import yaml

from eautorec.datasets import load_dataset, load_movielens
from eautorec.errors import InputError
from eautorec.files import alone_in
from eautorec.study import plan
from eautorec.study.store import STORE_VARIABLE, Store
from eautorec.study.sweep import sweep
from eautorec_book import explorer
from eautorec_book.build import build_pages
from eautorec_book.execute import JOBS, UnknownParameter, assign, execute
from eautorec_book.records import OTHERS, check_ratings
from eautorec_book.stage import stage, write_status
from eautorec_book.toc import chapters

NAMED = re.compile(r'load_dataset\(\\?"([\w-]+)')
"""A set in a cell; in a notebook's file its quote has a backslash."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    root: Annotated[Path, typer.Option(help="The folder with _toc.yml and chapters/.")] = Path("."),
    jobs: Annotated[int, typer.Option(help="How many chapters run side by side.")] = JOBS,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A chapter parameter, name=value; may be repeated."),
    ] = None,
) -> None:
    """Execute the chapters that changed and build the book into _build/html."""
    root = root.resolve()
    build = root / "_build"
    build.mkdir(exist_ok=True)
    sys.stdout.reconfigure(errors="replace")  # a folder's name may have letters that it lacks
    with alone_in(build):  # a second one waits, and finds the work done
        make(root, build, jobs, set_ or [])


def make(root: Path, build: Path, jobs: int, settings: list[str]) -> None:
    """Data, study, chapters, pages. Raises typer.Exit where one of them fails."""
    start = time.perf_counter()
    os.environ.setdefault(STORE_VARIABLE, str(build / "study.sqlite"))
    parts = chapters(root)
    try:
        parameters = dict(parse(setting) for setting in settings)
        assign(root, [part for part in parts if part.suffix == ".ipynb"], parameters)
        # Once, before several chapters want it at the same time.
        check_ratings(load_movielens("100k"))
        for name in named_sets(root, parts):
            ratings = load_dataset(name)
            if name in OTHERS:
                check_ratings(ratings, of=name)
        run_study(root, parts)
        print("Executing the chapters", flush=True)
        lacking = explorer.lacks_data(root, build, parts)
        last = partial(explorer.make_data, root, build) if lacking else None
        failed = execute(root, build, parts, parameters, jobs, last)
    except UnknownParameter as error:
        raise typer.BadParameter(str(error), param_hint="--set") from None
    except InputError as error:
        print(error)
        raise typer.Exit(1) from None
    if failed:
        print("The book was not built: " + ", ".join(str(chapter) for chapter in failed))
        raise typer.Exit(1)
    if not make_pages(root, build, parts):
        raise typer.Exit(1)
    print(f"The book is in {build / 'html' / 'index.html'} ({time.perf_counter() - start:.0f} s)")


def named_sets(root: Path, pages: list[Path]) -> list[str]:
    """The published sets that chapters load by their name, but for MovieLens-100K."""
    written = [(root / page).read_text("utf-8") for page in pages if page.suffix == ".ipynb"]
    return sorted({name for text in written for name in NAMED.findall(text)})


def make_pages(root: Path, build: Path, parts: list[Path]) -> bool:
    """From executed chapters to pages; say whether all went well."""
    try:
        write_status(build, parts)
        print("Building the pages", flush=True)
        explorer.prepare(build, parts)
        return build_pages(build, stage(root, build, parts))
    except (OSError, InputError) as error:
        print(f"The pages could not be written: {getattr(error, 'strerror', None) or error}")
        return False


def run_study(root: Path, pages: list[Path]) -> None:
    """Compute what the chapters measure again, before several of them want it at once."""
    if not any("eautorec.study.results" in (root / page).read_text("utf-8") for page in pages):
        return
    runs = plan.sample()
    store = Store(load_movielens("100k").fingerprint)
    missing = len({run.key() for run in runs} - store.finished())
    if missing:
        print(f"Measuring a part of the study again: {missing} of {len(runs)} runs", flush=True)
        start = time.perf_counter()
        sweep(runs, store)
        print(f"  {(time.perf_counter() - start) / 60:.1f} minutes", flush=True)
    store.close()


def parse(setting: str) -> tuple[str, object]:
    """`name=value`, the value read as YAML: 3 is a number, true is a truth value."""
    name, equals, value = setting.partition("=")
    if not equals or not name.isidentifier():
        raise typer.BadParameter(f"{setting!r} is not of the form name=value", param_hint="--set")
    return name, yaml.safe_load(value)


if __name__ == "__main__":
    app()
