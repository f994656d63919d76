"""What several tests share: the real ratings, the fixed split, a small world, quick models."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from eautorec import load_movielens
from eautorec.synthetic import two_tastes

torch.set_num_threads(1)


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
