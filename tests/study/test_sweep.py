"""Runs are stored once, survive a kill, and are the same wherever they are computed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import fields, replace

import pandas as pd
import pytest

from eautorec import InputError
from eautorec.study.protocol import Protocol, Run
from eautorec.study.results import results
from eautorec.study.store import FORMAT, Store, default_store
from eautorec.study.sweep import sweep
from eautorec.synthetic import movielens_like

RUNS = [Run(model, fold) for fold in range(3) for model in ("popular", "biases", "random")]
RATINGS = movielens_like(60, 150, 2500)
OTHERS = movielens_like(60, 150, 2500, seed=1)


def written(ratings, folder):
    """A file of these ratings."""
    path = folder / "ratings.csv"
    ratings.to_frame()[["user", "item", "rating"]].to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return written(RATINGS, tmp_path_factory.mktemp("sweep"))


def store_in(folder, ratings=RATINGS):
    return Store(ratings.fingerprint, folder / "store.sqlite")


@contextmanager
def in_this_process():
    """Sweeps without workers, for whose start nobody waits then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eautorec.study.sweep._executor", lambda *_: ThreadPoolExecutor(1))
        yield


@pytest.fixture
def here():
    with in_this_process():
        yield


@pytest.fixture(scope="module")
def expected(data, tmp_path_factory):
    store = store_in(tmp_path_factory.mktemp("first"))
    with in_this_process():
        assert sweep(RUNS, store, data=data) == len(RUNS)
        assert sweep(RUNS, store, data=data) == 0, "everything is stored"
    return store.frame(RUNS)


@pytest.mark.slow
def test_two_workers_give_the_same_table(data, expected, tmp_path):
    store = store_in(tmp_path)
    sweep(RUNS, store, data=data, workers=2)
    pd.testing.assert_frame_equal(store.frame(RUNS), expected)
    assert store.seconds() > 0


def test_a_local_cluster_gives_the_same_table(data, expected, tmp_path):
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    store = store_in(tmp_path)
    sweep(RUNS, store, data=data, workers=2, scheduler="local")
    pd.testing.assert_frame_equal(store.frame(RUNS), expected)


SCRIPT = """
import sys
from eautorec.study.store import Store
from eautorec.study.sweep import sweep
sys.path.insert(0, {folder!r})
from test_sweep import RATINGS, RUNS
if __name__ == "__main__":
    sweep(RUNS, Store(RATINGS.fingerprint, {store!r}), data={data!r}, workers=1)
"""


@pytest.mark.slow
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
    store = store_in(tmp_path)
    with in_this_process():
        assert sweep(RUNS, store, data=data) == len(RUNS) - kept
    pd.testing.assert_frame_equal(store.frame(RUNS), expected)


def stored(path):
    try:
        with sqlite3.connect(path) as connection:
            return connection.execute("select count(*) from finished_runs").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_a_run_is_stored_whole_or_not_at_all(tmp_path):
    store = store_in(tmp_path)

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
    store = store_in(tmp_path)
    store.add(RUNS[0], [("map", 5, 0.1)], 1.0)
    store.code = "another"
    assert store.finished() == set() and store.seconds() == 0
    assert store.frame(RUNS[:1]).empty


def test_no_run_on_one_set_answers_for_another(data, expected, tmp_path, here):
    """Both in one file: everything is executed for each, and each has its own results."""
    runs = RUNS[:3]
    others = written(OTHERS, tmp_path)
    first, second = store_in(tmp_path), store_in(tmp_path, OTHERS)
    assert sweep(runs, first, data=data, workers=1) == len(runs)
    assert second.finished() == set() and second.seconds() == 0 and second.frame(runs).empty
    assert sweep(runs, second, data=others, workers=1) == len(runs)
    assert sweep(runs, first, data=data, workers=1) == 0
    mine = first.frame(runs)
    pd.testing.assert_frame_equal(mine, expected[expected["fold"] == 0].reset_index(drop=True))
    assert not mine["value"].equals(second.frame(runs)["value"])
    alone = store_in(tmp_path / "alone", OTHERS)
    sweep(runs, alone, data=others, workers=1)
    pd.testing.assert_frame_equal(alone.frame(runs), second.frame(runs))


def test_ratings_that_were_changed_meanwhile_are_refused(tmp_path, here):
    """The store was opened for other ratings than the file has by now."""
    store = store_in(tmp_path)
    with pytest.raises(InputError, match="changed since the study began"):
        sweep(RUNS[:1], store, data=written(OTHERS, tmp_path), workers=1)
    assert store.finished() == set()


def test_what_was_chosen_may_be_given_without_another_run(data, tmp_path, here):
    """Two runs with one key are one: with lambda and rate as chosen, or the same ones given."""
    run = Run("biases", 0)
    given = replace(run, regularization=run.tuned[0], learning_rate=run.tuned[1])
    store = store_in(tmp_path)
    assert sweep([run, given], store, data=data, workers=1) == 1
    found = store.frame([run, given])
    first, second = found.iloc[: len(found) // 2], found.iloc[len(found) // 2 :]
    assert list(first["value"]) == list(second["value"])
    assert first["regularization"].isna().all() and (second["regularization"] > 0).all()


OLD_FORMAT = """
create table runs (key text, code text, run text, seconds real, primary key (key, code));
create table records (key text, code text, metric text, x real, value real);
"""
"""Of the file before it said which ratings a run was of; its user_version was 0."""


def test_a_file_of_the_old_format_is_kept_and_answers_nothing(data, tmp_path, here, code):
    path = tmp_path / "store.sqlite"
    run = RUNS[0]
    with closing(sqlite3.connect(path)) as old, old:
        old.executescript(OLD_FORMAT)
        old.execute("insert into runs values (?, ?, '{}', 1.0)", (run.key(), code))
        old.execute("insert into records values (?, ?, 'map', 5, 0.5)", (run.key(), code))
    store = store_in(tmp_path)
    assert store.finished() == set() and store.frame([run]).empty and store.seconds() == 0
    assert sweep([run], store, data=data, workers=1) == 1
    assert store.finished() == {run.key()}
    store.close()
    with closing(sqlite3.connect(path)) as kept:
        assert kept.execute("select key, code from runs").fetchall() == [(run.key(), code)]
        assert kept.execute("select value from records").fetchall() == [(0.5,)]
        assert kept.execute("pragma user_version").fetchone() == (FORMAT,)
    assert store_in(tmp_path).finished() == {run.key()}, "and it is opened again"


def one_sentence(error, path):
    """What is refused is told in one sentence with the file's name and what to do."""
    text = str(error.value)
    return text.startswith(str(path)) and text.endswith("give another file.") and "\n" not in text


def test_a_file_of_a_later_format_is_refused_and_kept(tmp_path):
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as later, later:
        later.execute("create table another (key text)")
        later.execute(f"pragma user_version = {FORMAT + 1}")
    with pytest.raises(InputError, match=f"later version .*format {FORMAT + 1}") as error:
        store_in(tmp_path)
    assert one_sentence(error, path)
    with closing(sqlite3.connect(path)) as kept:
        assert kept.execute("select name from sqlite_master").fetchall() == [("another",)]
        assert kept.execute("pragma user_version").fetchone() == (FORMAT + 1,)


def test_a_file_that_is_no_store_is_refused_and_kept(tmp_path):
    path = tmp_path / "store.sqlite"
    content = "user,item,rating\n" + "1,1,5\n" * 1000
    path.write_text(content)
    with pytest.raises(InputError, match="cannot hold finished runs") as error:
        store_in(tmp_path)
    assert one_sentence(error, path)
    assert path.read_text() == content


def test_a_place_where_no_file_can_be_is_refused(tmp_path):
    """A folder of that name."""
    path = tmp_path / "store.sqlite"
    path.mkdir()
    with pytest.raises(InputError) as error:
        store_in(tmp_path)
    assert one_sentence(error, path)


def test_runs_come_back_in_the_order_that_was_asked(tmp_path):
    """With the fields of the run and of its protocol beside each record."""
    store = store_in(tmp_path)
    turned = Run("AutoRec", 1, 2, protocol=Protocol(loss="all", starts="one"))
    store.add(RUNS[0], [("map", 5, 0.1), ("map", 10, 0.2)], 1.0)
    store.add(turned, [("rmse", 0, 0.9)], 2.5)
    found = store.frame([turned, RUNS[0]])
    assert found["value"].tolist() == [0.9, 0.1, 0.2]
    first = found.iloc[0]
    assert (first["fold"], first["start"], first["loss"], first["starts"]) == (1, 2, "all", "one")
    assert set(found.columns) == {
        "metric", "x", "value", *(f.name for f in fields(Protocol)),
        *(f.name for f in fields(Run) if f.name != "protocol"),
    }  # fmt: skip
    assert store.seconds() == 3.5 and store.seconds([turned]) == 2.5


def test_the_usual_place_of_the_store(monkeypatch, tmp_path):
    monkeypatch.setenv("EAUTOREC_STORE", str(tmp_path / "elsewhere" / "mine.sqlite"))
    store = Store(RATINGS.fingerprint)
    assert store.path == default_store() == tmp_path / "elsewhere" / "mine.sqlite"
    monkeypatch.delenv("EAUTOREC_STORE")
    monkeypatch.setenv("EAUTOREC_CACHE", str(tmp_path / "cache"))
    assert default_store() == tmp_path / "cache" / "study.sqlite"


def test_from_a_notebook_what_is_missing_is_executed_first(data, expected, tmp_path, here):
    runs = RUNS[:3]
    path = tmp_path / "store.sqlite"
    found = results(runs, data, path, workers=1)
    pd.testing.assert_frame_equal(found, expected[expected["fold"] == 0].reset_index(drop=True))
    assert store_in(tmp_path).finished() == {run.key() for run in runs}
