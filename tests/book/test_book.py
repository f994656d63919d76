"""What surrounds the execution, on a small book of a notebook and a page of text."""

import errno
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytest.importorskip("papermill")

from eautorec_book.__main__ import make_pages, named_sets
from eautorec_book.environment import kernel_environment
from eautorec_book.execute import execute, executed_path
from eautorec_book.keys import chapter_key
from eautorec_book.stage import stage, write_status
from eautorec_book.toc import chapters

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
TOC = "format: jb-book\nroot: chapters/words\nparts:\n- chapters:\n  - file: chapters/numbers\n"


def write_notebook(path: Path, code: str) -> None:
    """A notebook of a title, a parameter and one cell of code."""
    parameter = new_code_cell("size = 3", metadata={"tags": ["parameters"]})
    cells = [new_markdown_cell("# Title"), parameter, new_code_cell(code)]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), path)


@pytest.fixture
def book(tmp_path):
    """A project folder with everything that the book's builder looks for."""
    for folder in ("chapters", "eautorec", "book/eautorec_book", "_static"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "_config.yml").write_text("title: Small\n")
    (tmp_path / "references.bib").write_text("")
    (tmp_path / "eautorec" / "model.py").write_text("answer = 42\n")
    (tmp_path / "chapters" / "words.md").write_text("# Words\n")
    write_notebook(
        tmp_path / "chapters" / "numbers.ipynb", "import sys\nprint(size, sys.executable)"
    )
    return tmp_path


@pytest.mark.slow
def test_parameters_reach_a_chapter_that_this_python_runs_and_the_page_tells_them(book):
    build, parts = book / "_build", chapters(book)
    numbers = parts[1]
    assert execute(book, build, parts, {"size": 5}) == []
    done = nbformat.read(executed_path(build, numbers), as_version=4)
    assert done.cells[-2].outputs[0].text.split() == ["5", sys.executable]
    assert "Provenance" in done.cells[-1].source and "`size = 5`" in done.cells[-1].source
    assert "remove-cell" in done.cells[2].metadata.tags  # the injected parameters
    assert str(book) not in nbformat.writes(done)

    write_status(build, parts)
    source = stage(book, build, parts)
    assert (source / "chapters" / "words.md").exists() and (source / numbers).exists()
    assert '"seconds"' in (build / "status.json").read_text()


def test_pages_that_cannot_be_written_are_one_line(book, monkeypatch, capsys):
    build, parts = book / "_build", chapters(book)

    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("eautorec_book.__main__.write_status", lambda *_: None)
    monkeypatch.setattr("eautorec_book.__main__.stage", no_room)
    assert not make_pages(book, build, parts)
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "The pages could not be written: No space left on device"


def test_the_key_follows_the_chapter_the_library_the_parameters_and_the_data(book, monkeypatch):
    chapter = Path("chapters/numbers.ipynb")
    keys = {chapter_key(book, chapter, {})}
    keys.add(chapter_key(book, chapter, {"size": 4}))
    (book / "eautorec" / "model.py").write_text("answer = 43\n")
    keys.add(chapter_key(book, chapter, {}))
    write_notebook(book / chapter, "print('other')")
    keys.add(chapter_key(book, chapter, {}))
    monkeypatch.setenv("EAUTOREC_DATA", "elsewhere")
    keys.add(chapter_key(book, chapter, {}))
    assert len(keys) == 5
    (book / "book" / "eautorec_book" / "build.py").write_text("# makes pages; computes nothing\n")
    assert chapter_key(book, chapter, {}) in keys


def test_the_kernels_settings_are_the_projects_own(tmp_path):
    variables = kernel_environment(tmp_path)
    assert variables["OMP_NUM_THREADS"] == "1"
    paths = [v for k, v in variables.items() if k.startswith(("JUPYTER", "IPYTHON", "MPL"))]
    assert paths and all(Path(path).is_relative_to(tmp_path) for path in paths)


def test_a_listed_chapter_that_is_missing_is_named(book):
    shutil.rmtree(book / "chapters")
    with pytest.raises(FileNotFoundError, match="chapters/words"):
        chapters(book)


def test_a_set_that_a_chapter_loads_is_fetched_before(book):
    chapter = book / "chapters" / "numbers.ipynb"
    assert named_sets(book, chapters(book)) == []
    write_notebook(chapter, 'load_dataset("filmtrust"), load_dataset(name), load_movielens("1m")')
    assert named_sets(book, chapters(book)) == ["filmtrust"]
