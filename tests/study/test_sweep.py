"""Runs are stored once, survive a kill, and are the same wherever they are computed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pandas as pd
import pytest

from eautorec.study.protocol import Run
from eautorec.study.store import Store
from eautorec.study.sweep import sweep
from eautorec.synthetic import movielens_like

RUNS = [Run(model, seed) for seed in range(6) for model in ("popular", "biases", "random")]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweep") / "small.csv"
    ratings = movielens_like(60, 150, 2500)
    ratings.to_frame()[["user", "item", "rating"]].to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def expected(data, tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("first") / "store.sqlite")
    assert sweep(RUNS, store, data=data, workers=1) == len(RUNS)
    assert sweep(RUNS, store, data=data, workers=1) == 0, "everything is stored"
    return store.frame(RUNS)


def test_two_workers_give_the_same_table(data, expected, tmp_path):
    store = Store(tmp_path / "store.sqlite")
    sweep(RUNS, store, data=data, workers=2)
    pd.testing.assert_frame_equal(store.frame(RUNS), expected)
    assert store.seconds() > 0


def test_a_local_cluster_gives_the_same_table(data, expected, tmp_path):
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    store = Store(tmp_path / "store.sqlite")
    sweep(RUNS, store, data=data, workers=2, scheduler="local")
    pd.testing.assert_frame_equal(store.frame(RUNS), expected)


SCRIPT = """
import sys
from eautorec.study.store import Store
from eautorec.study.sweep import sweep
sys.path.insert(0, {folder!r})
from test_sweep import RUNS
if __name__ == "__main__":
    sweep(RUNS, Store({store!r}), data={data!r}, workers=1)
"""


def test_a_killed_sweep_goes_on(data, expected, tmp_path):
    """kill -9 when some runs are stored: those are kept, the rest is done, nothing twice."""
    path = tmp_path / "store.sqlite"
    script = tmp_path / "sweep_once.py"
    script.write_text(SCRIPT.format(folder=os.path.dirname(__file__), store=str(path), data=data))
    process = subprocess.Popen([sys.executable, str(script)], start_new_session=True)
    for _ in range(600):
        time.sleep(0.05)
        if path.exists() and stored(path) >= 2:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = stored(path)
    store = Store(path)
    assert sweep(RUNS, store, data=data, workers=1) == len(RUNS) - kept
    pd.testing.assert_frame_equal(store.frame(RUNS), expected)


def stored(path):
    try:
        with sqlite3.connect(path) as connection:
            return connection.execute("select count(*) from runs").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_a_run_is_stored_whole_or_not_at_all(tmp_path):
    store = Store(tmp_path / "store.sqlite")

    def broken():
        yield ("map", 5, 0.1)
        raise OSError("no space left")

    with pytest.raises(OSError):
        store.add(RUNS[0], broken(), 1.0)
    assert store.finished() == set()
    store.add(RUNS[0], [("map", 5, 0.1)], 1.0)
    store.add(RUNS[0], [("map", 5, 0.9)], 1.0)
    assert store.frame([RUNS[0]])["value"].tolist() == [0.1], "the first one stays"


def test_results_of_other_code_do_not_count(tmp_path):
    store = Store(tmp_path / "store.sqlite")
    store.add(RUNS[0], [("map", 5, 0.1)], 1.0)
    store.code = "another"
    assert store.finished() == set()
