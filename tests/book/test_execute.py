"""Executing chapters: what failed is told, what did not change is not done again."""

from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

import eautorec_book.__main__ as whole
from eautorec_book.checks import check
from eautorec_book.execute import UnknownParameter, assign, execute, executed_path
from eautorec_book.keys import chapter_key

PAGE = Path("chapters/page.ipynb")


@pytest.fixture
def book(tmp_path):
    """A book of one notebook, which divides one number by another."""

    def write(divisor=2):
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(
                    f"divisor = {divisor}", metadata={"tags": ["parameters"]}
                ),
                nbformat.v4.new_code_cell("10 / divisor"),
            ],
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            },
        )
        (tmp_path / "chapters").mkdir(exist_ok=True)
        (tmp_path / "eautorec").mkdir(exist_ok=True)
        (tmp_path / "eautorec" / "part.py").write_text("x = 1\n")
        nbformat.write(notebook, tmp_path / PAGE)
        return tmp_path

    return write


@pytest.mark.slow
def test_a_chapter_runs_once_and_again_when_the_library_changes(book, capsys):
    root = book()
    build = root / "_build"
    assert execute(root, build, [PAGE], {}) == []
    executed = nbformat.read(executed_path(build, PAGE), as_version=4)
    assert executed.cells[1].outputs[0]["data"]["text/plain"] == "5.0"
    assert "Provenance" in executed.cells[-1].source
    assert str(root) not in executed_path(build, PAGE).read_text()
    capsys.readouterr()
    execute(root, build, [PAGE], {})
    assert "1 of 1 chapters are up to date" in capsys.readouterr().out
    before = chapter_key(root, PAGE, {})
    (root / "eautorec" / "part.py").write_text("x = 2\n")
    assert chapter_key(root, PAGE, {}) != before


def test_other_work_is_done_where_no_chapter_is_left(book):
    root = book()
    left = root / "left"
    assert execute(root, root / "_build", [], {}, last=left.touch) == []
    assert left.exists()


@pytest.mark.slow
def test_a_failing_chapter_is_told_with_its_traceback(book, capsys):
    root = book(divisor=0)
    assert execute(root, root / "_build", [PAGE], {}) == [PAGE]
    said = capsys.readouterr().out
    assert "FAILED" in said and "ZeroDivisionError" in said
    assert not executed_path(root / "_build", PAGE).exists()


def test_a_failing_chapter_fails_the_build(book, monkeypatch, tmp_path):
    root = book()
    (root / "_toc.yml").write_text("format: jb-book\nroot: chapters/page\nparts: []\n")
    monkeypatch.setenv("EAUTOREC_STORE", str(tmp_path / "study.sqlite"))
    monkeypatch.setattr(whole, "execute", lambda root, build, chapters, *_: chapters)
    done = CliRunner().invoke(whole.app, ["--root", str(root)])
    assert done.exit_code == 1
    assert "The book was not built: chapters/page.ipynb" in done.stdout


def test_unknown_parameters_are_errors(book):
    root = book()
    assert assign(root, [PAGE], {"divisor": 5}) == {PAGE: {"divisor": 5}}
    with pytest.raises(UnknownParameter, match="dividend"):
        assign(root, [PAGE], {"dividend": 5})
    with pytest.raises(UnknownParameter, match="divisor is 'two': .* give a whole number"):
        assign(root, [PAGE], {"divisor": "two"})


def test_a_check_can_fail(capsys):
    check("a number", 1.0, expected=1.1, tolerance=0.2, reason="for the test")
    assert "✓ a number" in capsys.readouterr().out
    for value in (2.0, float("nan")):
        with pytest.raises(AssertionError, match=r"a number: .*0\.9 to 1\.3 \(for the test\)"):
            check("a number", value, expected=1.1, tolerance=0.2, reason="for the test")
