"""Data flows one way: no module imports one that stands after it."""

import ast
from pathlib import Path

import pytest

import eautorec

ORDER = (
    "errors ratings movielens synthetic topk kernels neighbours explanation explainability "
    "ranking lbfgs training metrics autoencoder bench baselines study cli"
).split()


def test_imports_follow_the_order():
    folder = Path(eautorec.__file__).parent
    modules = {path.stem: path for path in folder.glob("*.py") if path.stem != "__init__"}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")} - {"book"}
    assert sorted({*modules, *packages}) == sorted(ORDER)
    for package in packages:
        modules |= {f"{package}.{path.stem}": path for path in folder.glob(f"{package}/*.py")}
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("eautorec."):
                imported = node.module.split(".")[1]
                room = name.split(".")[0]
                allowed = imported == room or ORDER.index(imported) < ORDER.index(room)
                assert allowed, f"{name} imports {imported}"


def test_public_names_have_docstrings():
    for name in eautorec.__all__:
        assert getattr(eautorec, name).__doc__


def test_torch_waits_until_a_model_is_asked_for():
    import subprocess
    import sys

    code = "import sys, eautorec; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_public_name_has_its_module():
    assert set(eautorec.__all__) <= set(dir(eautorec))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        eautorec.nothing  # noqa: B018
