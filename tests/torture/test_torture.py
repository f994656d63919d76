"""Killed at any moment, with a full disk, twice at once, elsewhere, in a folder that is read-only,
with a network that goes: nothing is lost, half, or left lying about, and the next run completes.

One kind of work meets each fault once here; `make torture` takes them all, TORTURE times.
"""

import functools
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from server import serving
from work import PAGE

from eautorec.models import load

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("TORTURE", "0"))
ALL = ["model", "fit", "lists", "download", "study", "report", "build"]
WORKER = Path(__file__).with_name("work.py")


ROOM = {
    "model": (0, 200_000),
    "fit": (20_000, 30_000),
    "lists": (0, 69_000),
    "download": (0, 1_000_000),
    "study": (0, 60_000),
    "report": (20_000, 300_000),
    "build": (700, 20_000),
}
"""Bytes after which the disk is full, at random from .. to: always too few."""

FINAL = {
    "model": "model.npz",
    "fit": "model.npz",
    "lists": "lists.csv",
    "download": "table",
    "study": "study.sqlite",
    "report": "report.html",
    "build": "_build/html",
}
"""The name under which a work's result appears."""


def works(*names):
    """All, or these for the short version."""
    return pytest.mark.parametrize("name", ALL if ROUNDS else names)


def begin(name, folder, **options):
    command = [sys.executable, str(WORKER), name, str(folder)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, start_new_session=True, stdout=pipe, stderr=pipe, text=True, **options
    )


def end(process):
    """Its exit code and what it said on stderr."""
    _, said = process.communicate(timeout=1800 if ROUNDS else 300)
    return process.returncode, said


def content(name, folder):
    """What a finished work left, so that two can be compared; an error if it is damaged."""
    if name in ("model", "fit"):
        return load(folder / "model.npz").recommend(1).to_dict()
    if name == "lists":
        return pd.read_csv(folder / "lists.csv").to_dict()
    if name == "download":
        return (folder / "table").read_bytes()
    if name == "report":
        return (folder / "report.html").read_bytes()
    if name == "build":
        page = json.loads((folder / "_build" / "executed" / PAGE).read_text(encoding="utf-8"))
        html = folder / "_build" / "html"
        assert ">5.0\n" in (html / PAGE.with_suffix(".html")).read_text(encoding="utf-8")
        return page["cells"][1]["outputs"], files(html)
    with closing(sqlite3.connect(folder / "study.sqlite")) as store:
        assert store.execute("pragma integrity_check").fetchone() == ("ok",)
        if not store.execute("select * from sqlite_master where name = 'measured'").fetchall():
            return []
        query = "select key, metric, x, value from measured order by key, metric, x"
        return [(*row[:3], f"{row[3]:.6g}") for row in store.execute(query)]


def check_whole(name, folder, expected):
    """Whatever stands under the final name is all there; of a study, whatever is stored."""
    if (folder / FINAL[name]).exists():
        found = content(name, folder)
        assert set(found) <= set(expected) if name == "study" else found == expected


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module", autouse=True)
def server():
    with serving() as address:
        os.environ["TORTURE_URL"] = f"{address}/good"
        yield address
        del os.environ["TORTURE_URL"]


@pytest.fixture(scope="module")
def undisturbed(server, tmp_path_factory):
    """For a work: seconds, content, files."""

    @functools.cache
    def find(name):
        folder = tmp_path_factory.mktemp(name)
        start = time.monotonic()
        code, said = end(begin(name, folder))
        assert code == 0, said
        return time.monotonic() - start, content(name, folder), files(folder)

    return find


@pytest.fixture
def fault(record_property):
    """Counts one for the sum at the end."""
    return lambda: record_property("fault", 1)


def _folder(tmp_path):
    folder = tmp_path / "Bücher und Filme"
    folder.mkdir()
    return folder


@works("download")
def test_killed_at_any_moment(name, undisturbed, fault, tmp_path):
    seconds, expected, left = undisturbed(name)
    folder, moment = _folder(tmp_path), random.Random(name)
    killed, anew = 0, True
    while killed < (ROUNDS or 1):
        process, begun = begin(name, folder), time.monotonic()
        try:
            process.wait(moment.uniform(0.3, 1.05) * seconds)
            if anew:  # the machine is less busy than before, and the next moment has to be earlier
                seconds = time.monotonic() - begun
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        code, said = end(process)
        anew = code != -signal.SIGKILL
        if code == -signal.SIGKILL:
            killed += 1
            fault()
            # In a copy: to open a store would mend it.
            seen = shutil.copytree(folder, tmp_path / "seen")
            check_whole(name, seen, expected)
            shutil.rmtree(seen)
        else:  # it was done before: that is no fault, and the next one begins anew
            assert code == 0, said
            assert content(name, folder) == expected and files(folder) == left
            shutil.rmtree(folder)
            folder.mkdir()
    code, said = end(begin(name, folder))
    assert code == 0, said
    assert content(name, folder) == expected
    assert files(folder) == left


@works("model")
def test_a_disk_that_is_full(name, undisturbed, fault, tmp_path):
    """Files end at some byte: one sentence says so, and once there is room the work is done."""
    resource = pytest.importorskip("resource")
    _, expected, left = undisturbed(name)
    folder, size = _folder(tmp_path), random.Random(name)
    low, high = ROOM[name]
    for _ in range(ROUNDS or 1):
        limit = size.randrange(low, high)

        def no_room(limit=limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        fault()
        code, said = end(begin(name, folder, preexec_fn=no_room))
        assert code == 2 and len(said.strip().splitlines()) == 1, said
    code, said = end(begin(name, folder))
    assert code == 0, said
    assert content(name, folder) == expected
    assert files(folder) == left


@works("download")
def test_twice_at_once(name, undisturbed, fault, tmp_path):
    _, expected, left = undisturbed(name)
    folder = _folder(tmp_path)
    for _ in range(ROUNDS or 1):
        shutil.rmtree(folder)
        folder.mkdir()
        fault()
        for process in [begin(name, folder), begin(name, folder)]:
            code, said = end(process)
            assert code == 0, said
    assert content(name, folder) == expected
    assert files(folder) == left


ELSEWHERE = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"},
]


@pytest.mark.parametrize("surroundings", ELSEWHERE if ROUNDS else ELSEWHERE[:1])
@works("download")
def test_elsewhere(name, surroundings, undisturbed, fault, tmp_path):
    """Another clock, another language; what is written is the same."""
    _, expected, left = undisturbed(name)
    folder = _folder(tmp_path)
    if name == "build":  # papermill writes the path as UTF-8, and Python alone would take it so too
        surroundings = {key: value for key, value in surroundings.items() if key != "PYTHONUTF8"}
    fault()
    code, said = end(begin(name, folder, env=os.environ | surroundings))
    assert code == 0, said
    assert content(name, folder) == expected
    assert files(folder) == left


WRONG = [("half", "ended midway"), ("other", "something else")]


@pytest.mark.parametrize(("path", "reason"), WRONG if ROUNDS else WRONG[:1])
def test_a_download_that_goes_wrong(path, reason, server, fault, tmp_path, monkeypatch):
    """One sentence, nothing in the cache, and the next one completes."""
    monkeypatch.setenv("TORTURE_URL", f"{server}/{path}")
    fault()
    code, said = end(begin("download", tmp_path))
    assert code == 2 and len(said.strip().splitlines()) == 1, said
    assert reason in said and files(tmp_path) == []
    monkeypatch.setenv("TORTURE_URL", f"{server}/good")
    assert end(begin("download", tmp_path)) == (0, "")
    assert files(tmp_path) == ["table"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has other permissions")
def test_a_folder_that_is_read_only(fault):
    """One sentence for each thing that would be written, and nothing is."""
    with tempfile.TemporaryDirectory() as parent:  # which nobody may enter, unlike pytest's
        os.chmod(parent, 0o755)
        folder = Path(parent) / "nur lesen"
        folder.mkdir(mode=0o555)
        fault()
        code, said = end(begin("read_only", folder))
        assert code == 0 and len(said.splitlines()) == 4, said
        assert all("nur lesen" in line and ": " in line for line in said.splitlines())
        assert files(folder) == []
