"""What several tests share: the real ratings, the fixed split, a small world, quick models."""

import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import settings

from eautorec import load_movielens
from eautorec.study.version import code_version
from eautorec.synthetic import two_tastes

torch.set_num_threads(1)
# A busy machine is no failure.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def no_waste():
    """What takes a third of a second each time: the version of the code is worked out once, and
    after a run of the study nobody searches all that is imported here for garbage."""
    once = cache(code_version)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eautorec.study.store.code_version", once)
        patch.setattr("eautorec.study.kept.code_version", once)
        patch.setattr("eautorec.study.runner.gc", SimpleNamespace(collect=lambda: 0))
        yield


@pytest.fixture(scope="session")
def code():
    """The version of the code."""
    return code_version()


@pytest.fixture(scope="session")
def expected():
    """Values computed once by an independent program of plain loops; see its own key 'split'."""
    return json.loads((Path(__file__).parent / "expected" / "reference.json").read_text())


@pytest.fixture(scope="session")
def movielens():
    return load_movielens("100k")


@pytest.fixture(scope="session")
def tenth_rows(movielens):
    """Training and test part: every tenth row of the file is a test rating."""
    row = np.arange(len(movielens))
    return movielens.take(row[row % 10 != 0]), movielens.take(row[row % 10 == 0])


@pytest.fixture(scope="session")
def tastes():
    return two_tastes()
