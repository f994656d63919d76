"""Away from the repository: the two wheels alone, in an empty folder, as Colab and Binder have it.

`make away` runs this. The packages that ours need come from the present environment; ours do not.
"""

import json
import os
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from eautorec_book import launch

pytestmark = pytest.mark.away

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
QUICK = {"folds": 1, "repeats": 2}

EXECUTE = """
import json, sys
import papermill

source, target, parameters = sys.argv[1:]
own = papermill.inspect_notebook(source)
chosen = {name: value for name, value in json.loads(parameters).items() if name in own}
papermill.execute_notebook(source, target, chosen, kernel_name="python3", progress_bar=False)
"""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """Both wheels, built from what git would take along."""
    copy, built = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheels")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    for project in (copy, copy / "book"):
        command = [sys.executable, "-m", "pip", "wheel", *options, "-w", str(built), str(project)]
        subprocess.run(command, check=True)
    library, book = sorted(built.glob("*.whl"), key=lambda path: len(path.name))
    return {"library": library, "book": book}


@pytest.fixture(scope="session")
def away(tmp_path_factory):
    """An environment that the notebooks share."""
    return environment(tmp_path_factory.mktemp("away"))


def environment(home):
    """One without this project, in which a command is run from an empty folder."""
    subprocess.run([sys.executable, "-m", "venv", str(home / "env")], check=True)
    packages, own = home / "packages", ("eautorec", "__editable__")
    packages.mkdir()
    for folder in site.getsitepackages():
        for entry in Path(folder).iterdir():
            if not entry.name.startswith(own) and entry.suffix != ".pth":
                (packages / entry.name).symlink_to(entry)
    python = home / "env" / "bin" / "python"
    [target] = (home / "env" / "lib").glob("python*/site-packages")
    (target / "others.pth").write_text(f"{packages}\n")
    kernel = home / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    arguments = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": arguments, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    (home / "empty").mkdir()
    variables = {
        "JUPYTER_PATH": str(home / "jupyter"),
        "IPYTHONDIR": str(home / "ipython"),
        # What `make book` has computed is taken; without it a fold is computed here.
        "EAUTOREC_STORE": os.environ.get("EAUTOREC_STORE") or str(home / "study.sqlite"),
        "PYTHONPATH": "",
        "PYTHONWARNINGS": "ignore:IProgress not found",
    }

    def run(*arguments):
        return subprocess.run(
            [str(python), *map(str, arguments)],
            cwd=home / "empty",
            env=os.environ | variables,
            capture_output=True,
            text=True,
        )

    run.folder = home / "empty"
    return run


def test_the_wheels_hold_what_they_should(wheels):
    names = {kind: zipfile.ZipFile(wheel).namelist() for kind, wheel in wheels.items()}
    tops = {kind: {name.partition("/")[0] for name in found} for kind, found in names.items()}
    assert {top for top in tops["library"] if ".dist-info" not in top} == {"eautorec"}
    assert {top for top in tops["book"] if ".dist-info" not in top} == {
        "eautorec_book",
        "eautorec_benchmarks",
    }
    assert {Path(name).suffix for name in names["library"] if ".dist-info" not in name} == {
        ".py",
        ".typed",
    }
    assert "eautorec_book/results/claims.csv" in names["book"]
    assert "eautorec_book/results/filmtrust/claims.csv" in names["book"]
    assert "eautorec_book/exercises/verdict.md" in names["book"]
    print({kind: f"{wheel.stat().st_size / 1e3:.0f} kB" for kind, wheel in wheels.items()})


def test_the_library_works_without_the_book(wheels, tmp_path):
    away = environment(tmp_path)
    assert away("-c", "import eautorec").returncode, "the environment is not empty"
    installed = away("-m", "pip", "install", "--quiet", "--no-deps", wheels["library"])
    assert installed.returncode == 0, installed.stderr
    (away.folder / "mine.csv").write_text("anna,a,5\nanna,b,1\nbert,a,4\nbert,c,5\nanna,d,2\n")
    done = away("-m", "eautorec.cli", "recommend", "mine.csv", "--user", "anna", "--explain")
    assert done.returncode == 0 and "1." in done.stdout, done.stderr
    (away.folder / "mine.csv").unlink()
    assert away("-c", "import eautorec_book").returncode


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_notebook_runs_from_its_first_cell(chapter, wheels, away, monkeypatch):
    """The first cell is that of the published notebooks; only the addresses are the wheels'."""
    monkeypatch.setattr(launch, "requirements", lambda name: wheels)
    notebook = away.folder / chapter.name
    launch.rewrite(chapter, notebook, "some-body/book")
    assert str(wheels["book"]) in json.loads(notebook.read_text())["cells"][0]["source"]
    done = away("-c", EXECUTE, notebook, notebook, json.dumps(QUICK))
    assert done.returncode == 0, done.stderr[-3000:]
    notebook.unlink()
    assert list(away.folder.iterdir()) == [], "something was left behind"


def test_exercises_work_there(wheels, away):
    installed = away("-m", "pip", "install", "--quiet", "--no-deps", *wheels.values())
    assert installed.returncode == 0, installed.stderr
    code = "from eautorec_book import exercises\nexercises.check('ex-verdict-due', {})"
    assert "Right." in away("-c", code.format(0)).stdout
    assert "Not yet." in away("-c", code.format(5)).stdout
    assert away("-c", "from eautorec_book import exercises\nexercises.show('data')").stdout
