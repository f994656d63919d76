"""The comparison of settings: what it calls the same, and what it does not."""

import numpy as np
import pytest

from eautorec.synthetic import movielens_like
from eautorec_benchmarks import machines

pytestmark = pytest.mark.slow


def test_equal_is_to_the_last_bit():
    found = np.array([0.1 + 0.2, 1.0])
    same = machines.beside(found, found.copy())
    assert same == {"same": True, "largest": 0.0, "lists": None, "common": None, "value": None}
    off = machines.beside(found, np.array([0.3, 1.0]))
    assert not off["same"] and off["largest"] == pytest.approx(2.0**-54)


def test_lists_count_by_what_is_in_them():
    lists = np.arange(40).reshape(4, machines.N)
    other = lists.copy()
    other[0] = other[0, ::-1]
    other[1, :2] = 70, 71
    found = machines.beside(other, lists)
    assert not found["same"] and found["largest"] is None
    assert found["lists"] == 0.75 and found["common"] == (10 + 8 + 10 + 10) / 4


def test_one_number_is_told():
    found = machines.beside(np.array(0.5), np.array(0.25))
    assert found["value"] == 0.5 and found["largest"] == 0.25


def test_another_shape_is_not_the_same():
    found = machines.beside(np.zeros(3), np.zeros(4))
    assert not found["same"] and found["largest"] == np.inf


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "small.csv"
    movielens_like(60, 80, 1500).to_frame().to_csv(path, index=False)
    return str(path)


def test_the_same_setting_again_gives_the_same(data):
    rows = list(machines.rows(data, ["split", "e"], ["once more"]))
    assert [row["setting"] for row in rows] == ["default", "default", "once more", "once more"]
    assert all(row["same"] and row["largest"] == 0 for row in rows)


def test_every_setting_can_be_asked_for():
    """Variables are text, and each setting but two changes something."""
    known = machines.settings()
    assert [name for name, changed in known.items() if not changed] == ["default", "once more"]
    for changed in known.values():
        numbers = {name for name, value in changed.items() if not isinstance(value, str)}
        assert numbers <= {"threads", "start"}


def test_every_part_has_its_results(data, tmp_path):
    machines.measure(str(tmp_path / "found.npz"), data, 0, machines.PARTS)
    with np.load(tmp_path / "found.npz") as file:
        found = dict(file)
    assert len(found) == 19 and found["AutoRec: RMSE"].ndim == 0
    lists = [array for name, array in found.items() if name.endswith("lists")]
    assert len(lists) == 5 and all(array.shape == (60, machines.N) for array in lists)
    # What each rater adds, and what each own rating adds, sums to the same score.
    assert np.isfinite(found["EASE: reasons"]).all()
