"""Results are old when the code that makes them says something else, and only then."""

import shutil
from pathlib import Path

import pytest

import eautorec
from eautorec.study.version import ROOT, code_version


@pytest.fixture
def package(tmp_path):
    """A copy of the library, to be edited."""
    ignore = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT, tmp_path / "eautorec", ignore=ignore))


@pytest.fixture(scope="module")
def before():
    return code_version()


def edit(package, name, old, new):
    file = package / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_copy_has_the_same_version(package, before):
    assert code_version(package) == before == code_version(Path(eautorec.__file__).parent)


def test_what_changes_no_result_changes_no_version(package, before):
    for name, old, new in (
        ("datasets/movielens.py", "from __future__", "# A comment.\nfrom __future__"),
        ("explainability.py", "Explainability scores from", "How explainable, from"),
        ("training/loop.py", "    history: list", "\n\n    # Why.\n    history: list"),
        ("errors.py", '"""Bad', '"""A bad'),
        ("neighbours.py", "FACTORS = 128", "FACTORS = (128)"),
        ("cli/serving.py", "recommend", "suggest"),
        ("study/claims.py", "ALPHA = 0.05", "ALPHA = 0.01"),
        ("study/store.py", "FORMAT = ", "FORMAT = 7 + "),
        # Of other ratings a result has another key.
        ("datasets/filmtrust.py", "scale=(0.5, 4)", "scale=(0, 4)"),
        # Of other values a run has another key, and the others stay as they are.
        ("study/tuned.py", 'else "E-AutoRec"', 'else "AutoRec"'),
    ):
        edit(package, name, old, new)
    assert code_version(package) == before


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("explainability.py", "sums > least", "sums >= least"),
        ("training/network.py", "START = 0.1", "START = 0.6"),
        ("training/optimisers.py", '"adam": 0.005', '"adam": 0.006'),
        ("evaluation/metrics.py", "np.cumsum(hit", "np.cumsum(1 - hit"),
        ("models/biases.py", "SWEEPS = 60", "SWEEPS = 61"),
        ("study/inputs.py", "3.0", "3.5"),
        ("study/protocol.py", "N_FOLDS = 10", "N_FOLDS = 5"),
        ("study/protocol.py", "range(3)", "range(1, 4)"),
        ("training/fit.py", "VALIDATION_SEED = 0", "VALIDATION_SEED = 1"),
    ],
    ids=lambda text: text[:30],
)
def test_an_operator_or_a_constant_makes_results_old(package, before, name, old, new):
    edit(package, name, old, new)
    assert code_version(package) != before
