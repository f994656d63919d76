"""Data flows one way: no module imports one that stands after it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import eautorec

ROOT = Path(eautorec.__file__).parent
ORDER = (
    "errors arrays gram cluster parameters files ratings reading datasets synthetic kernels "
    "neighbours explanation explainability evaluation training reviews models lenskit study cli"
).split()
TRAINING = (
    "reference encoding batches network preconditioner lbfgs optimisers loop weights settings fit "
    "heads dense"
).split()

READING = "unpack text columns dialect cells tables source read".split()


def imported(path):
    """The modules of this package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("eautorec."):
            yield node.module.split(".")[1:]


def rooms():
    """The top-level modules and packages, each with its files."""
    for path in ROOT.iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            yield path.name, sorted(path.glob("*.py"))
        elif path.suffix == ".py" and path.stem != "__init__":
            yield path.stem, [path]


def test_imports_follow_the_order():
    found = dict(rooms())
    assert sorted(found) == sorted(ORDER)
    for room, files in found.items():
        for file in files:
            for first, *_ in imported(file):
                allowed = first == room or ORDER.index(first) < ORDER.index(room)
                assert allowed, f"{room}/{file.name} imports {first}"


@pytest.mark.parametrize(("room", "order"), [("reading", READING), ("training", TRAINING)])
def test_within_a_room_too(room, order):
    for number, name in enumerate(order):
        for first, *inner in imported(ROOT / room / f"{name}.py"):
            assert first != room or inner[0] in order[:number], f"{name} imports {inner}"


def test_the_library_knows_neither_the_book_nor_the_benchmarks():
    for _, files in rooms():
        for file in files:
            assert "eautorec_b" not in file.read_text(encoding="utf-8"), file


def test_public_names_have_docstrings():
    for name in eautorec.__all__:
        assert getattr(eautorec, name).__doc__


def run(code):
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True)


def test_torch_waits_until_a_model_is_asked_for():
    assert run("import sys, eautorec; sys.exit('torch' in sys.modules)").returncode == 0


def test_importing_and_training_changes_nothing_for_others():
    """Neither torch's settings nor the warnings of the program that uses the library."""
    code = """
import warnings, numpy, pandas, scipy.sparse.linalg, scipy.special, torch, tqdm
before = list(warnings.filters), torch.sparse.check_sparse_tensor_invariants.is_enabled()
torch.sparse.check_sparse_tensor_invariants.enable()
import eautorec.training.fit
from eautorec import EAutoRec
from eautorec.synthetic import two_tastes
EAutoRec(3, n_neighbors=5, max_epochs=2).fit(two_tastes())
assert torch.sparse.check_sparse_tensor_invariants.is_enabled()
assert list(warnings.filters) == before[0]
"""
    done = run(code)
    assert done.returncode == 0, done.stderr.decode()


def test_every_public_name_has_its_module():
    assert set(eautorec.__all__) <= set(dir(eautorec))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        eautorec.nothing  # noqa: B018


def test_defaults_are_the_same_everywhere():
    """In the library, on the command line and in the study."""
    import inspect

    from eautorec import AutoRec, EAutoRec
    from eautorec.cli import serving
    from eautorec.study.models import settings_of
    from eautorec.study.protocol import Run
    from eautorec.training.settings import Settings

    model, run = EAutoRec(), Run("E-AutoRec", 0)
    for name in ("n_neighbors", "theta", "n_hidden", "seed"):
        expected = getattr(model, name)
        assert name == "seed" or getattr(run, name) == expected
        for command in (serving.fit, serving.recommend, serving.explain):
            # The command line leaves every default to the model.
            assert inspect.signature(command).parameters[name].default is None
    studied = settings_of(run)
    assert studied == Settings.checked(**AutoRec(seed=studied.seed).get_params())
