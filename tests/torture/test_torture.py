"""Killed at any moment, with a full disk, twice at once: nothing is lost, nothing is half, nothing
is left lying about, and the next run completes.

One kind of work meets each fault once here; `make torture` takes them all, TORTURE times.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from work import WORK

from eautorec import EASE

ROUNDS = int(os.environ.get("TORTURE", "0"))
NAMES = list(WORK) if ROUNDS else ["model"]
WORKER = Path(__file__).with_name("work.py")


def begin(name, folder, **options):
    command = [sys.executable, str(WORKER), name, str(folder)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, start_new_session=True, stdout=pipe, stderr=pipe, text=True, **options
    )


def end(process):
    """Its exit code and what it said on stderr."""
    _, said = process.communicate(timeout=300)
    return process.returncode, said


def content(name, folder):
    """What a finished work left, so that two can be compared; an error if it is damaged."""
    if name == "model":
        return EASE.load(folder / "model.npz").recommend(1).to_dict()
    if name == "lists":
        return pd.read_csv(folder / "lists.csv").to_dict()
    with closing(sqlite3.connect(folder / "study.sqlite")) as store:
        assert store.execute("pragma integrity_check").fetchone() == ("ok",)
        query = "select key, metric, x, value from measured order by key, metric, x"
        return [(*row[:3], f"{row[3]:.6g}") for row in store.execute(query)]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """For each work: seconds, content, files."""
    found = {}
    for name in NAMES:
        folder = tmp_path_factory.mktemp(name)
        start = time.monotonic()
        code, said = end(begin(name, folder))
        assert code == 0, said
        seconds = time.monotonic() - start
        found[name] = seconds, content(name, folder), files(folder)
    return found


def _folder(tmp_path):
    folder = tmp_path / "Bücher und Filme"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_killed_at_any_moment(name, undisturbed, tmp_path):
    seconds, expected, left = undisturbed[name]
    folder, moment = _folder(tmp_path), random.Random(name)
    for _ in range(ROUNDS or 1):
        process = begin(name, folder)
        time.sleep(moment.uniform(0.3, 1.05) * seconds)
        os.killpg(process.pid, signal.SIGKILL)
        end(process)
    code, said = end(begin(name, folder))
    assert code == 0, said
    assert content(name, folder) == expected
    assert files(folder) == left


@pytest.mark.parametrize("name", NAMES)
def test_a_disk_that_is_full(name, undisturbed, tmp_path):
    """Files end at some byte: one sentence says so, and once there is room the work is done."""
    resource = pytest.importorskip("resource")
    _, expected, left = undisturbed[name]
    folder, size = _folder(tmp_path), random.Random(name)
    least = {"model": 200_000, "lists": 69_000, "study": 80_000}[name]
    for _ in range(ROUNDS or 1):
        limit = size.randrange(least)

        def no_room(limit=limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        code, said = end(begin(name, folder, preexec_fn=no_room))
        assert code == 2 and len(said.strip().splitlines()) == 1, said
    code, said = end(begin(name, folder))
    assert code == 0, said
    assert content(name, folder) == expected
    assert files(folder) == left


@pytest.mark.parametrize("name", NAMES)
def test_twice_at_once(name, undisturbed, tmp_path):
    _, expected, left = undisturbed[name]
    folder = _folder(tmp_path)
    for process in [begin(name, folder), begin(name, folder)]:
        code, said = end(process)
        assert code == 0, said
    assert content(name, folder) == expected
    assert files(folder) == left


@pytest.mark.parametrize(
    "surroundings",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"},
    ],
    ids=["ascii", "far away"],
)
@pytest.mark.parametrize("name", NAMES)
def test_elsewhere(name, surroundings, undisturbed, tmp_path):
    """Another clock, another language; what is written is the same."""
    _, expected, left = undisturbed[name]
    folder = _folder(tmp_path)
    code, said = end(begin(name, folder, env=os.environ | surroundings))
    assert code == 0, said
    assert content(name, folder) == expected
    assert files(folder) == left
