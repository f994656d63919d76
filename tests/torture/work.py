"""What is tortured, each as a program of its own: `python work.py NAME FOLDER`.

Each writes into the folder, and does what is left to do if some of it is there.
"""

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path

from eautorec.errors import InputError
from eautorec.files import alone_in, write_whole

PUBLISHED = bytes(range(256)) * 4000
"""The content of the file that is downloaded from the address in TORTURE_URL."""

FOLDS = 2
"""Of the study in the report."""

PAGE = Path("chapters/page.ipynb")

SETTINGS = {
    "_toc.yml": f"format: jb-book\nroot: {PAGE.with_suffix('')}\n",
    "_config.yml": "title: Small\nexecute: {execute_notebooks: 'off'}\n",
    "references.bib": "",
}
"""Of a book of this page."""


def ratings():
    from eautorec.synthetic import movielens_like

    return movielens_like(60, 150, 1500)


def ratings_file(folder):
    path = folder / "ratings.csv"
    if not path.exists():
        write_whole(path, ratings().to_frame().to_csv(index=False))
    return path


def model(folder):
    from eautorec import EASE

    EASE(5.0).fit(ratings()).save(folder / "model.npz")


def fit(folder):
    from eautorec.cli import main

    sys.argv[1:] = ["fit", str(ratings_file(folder)), "-o", str(folder / "model.npz")]
    sys.argv += ["--with", "autorec", "--hidden", "5"]
    main()


def lists(folder):
    from eautorec import EASE

    EASE(5.0).fit(ratings()).recommend_all(folder / "lists.csv", 40)


def download(folder):
    from eautorec.datasets.fetch import PublishedFile, Source

    sha256 = hashlib.sha256(PUBLISHED).hexdigest()
    file = PublishedFile("table", sha256, os.environ["TORTURE_URL"])
    assert Source(None, folder).content(file) == PUBLISHED


def runs():
    from eautorec.study.protocol import Run

    return [Run(name, fold) for name in ("biases", "by E", "popular", "random") for fold in (0, 1)]


def study(folder):
    from eautorec.datasets import load_ratings
    from eautorec.study.store import Store
    from eautorec.study.sweep import sweep

    path = str(ratings_file(folder))
    store = Store(load_ratings(path).fingerprint, folder / "study.sqlite")
    sweep(runs(), store, data=path, workers=1)
    store.close()


def report(folder):
    """Of a study that is made up, but for every twentieth run, which is measured."""
    sys.path.append(str(Path(__file__).parents[1] / "study"))
    from worlds import of_run

    from eautorec.datasets import load_ratings
    from eautorec.study import elsewhere, plan
    from eautorec.study.store import Store
    from eautorec_book.report import main

    path = str(ratings_file(folder))
    store = Store(load_ratings(path).fingerprint, folder / "study.sqlite")
    finished = store.finished()
    for run in elsewhere.search():
        if run.key() not in finished:
            store.add(run, of_run(run), 1.0)
    runs = elsewhere.adapted(plan.runs(None, range(FOLDS), [0]), store)
    for number, run in enumerate(runs):
        if number % 20 and run.key() not in finished:
            store.add(run, of_run(run), 1.0)
    store.close()
    options = ["--folds", str(FOLDS), "--workers", "1", "--store", str(store.path)]
    main([path, "--to", str(folder / "report.html"), *options])


def build(folder):
    """A book of one notebook: executed, staged, and made into pages."""
    import nbformat

    from eautorec_book.__main__ import make_pages
    from eautorec_book.execute import execute

    if not (folder / PAGE).exists():
        cell, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
        cells = [cell("# Division", id="title"), code("10 / 2", id="divide")]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        (folder / PAGE).parent.mkdir(exist_ok=True)
        for name, content in SETTINGS.items():
            write_whole(folder / name, content)
        write_whole(folder / PAGE, nbformat.writes(notebook))
    place = folder / "_build"
    place.mkdir(exist_ok=True)
    with alone_in(place):
        if execute(folder, place, [PAGE], {}, jobs=1):
            raise InputError("The book was not built.")
        if not make_pages(folder, place, [PAGE]):
            raise InputError("The pages were not built.")


def read_only(folder):
    """Everything that writes, in a folder where we may not: root may, so it becomes nobody."""
    from eautorec import EASE
    from eautorec.study.store import Store

    fitted = EASE(5.0).fit(ratings())
    with suppress(InputError):
        download(folder.parent / "absent" / "absent")  # only to have what it needs imported
    if os.geteuid() == 0:
        os.setuid(65534)
    for write in (
        lambda: fitted.save(folder / "model.npz"),
        lambda: fitted.recommend_all(folder / "lists.csv"),
        lambda: Store("data", folder / "study.sqlite"),
        lambda: download(folder),
    ):
        try:
            write()
        except InputError as error:
            print(error, file=sys.stderr)


WORK = {
    "model": model,
    "fit": fit,
    "lists": lists,
    "download": download,
    "study": study,
    "report": report,
    "build": build,
    "read_only": read_only,
}

if __name__ == "__main__":
    try:
        WORK[sys.argv[1]](Path(sys.argv[2]))
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
