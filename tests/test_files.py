"""A file appears whole or not at all, for everybody who may read the user's other files."""

import os
import stat
from threading import Event, Thread

import pytest

from eautorec import InputError, files
from eautorec.files import alone_in, appearing_whole, check_can_write, write_whole


def test_text_and_bytes_are_written_as_they_are(tmp_path):
    assert write_whole(tmp_path / "a.txt", "Amélie\r\n").read_bytes() == "Amélie\r\n".encode()
    assert write_whole(str(tmp_path / "a.txt"), b"\x00").read_bytes() == b"\x00"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "usual").write_text("")
    usual = stat.S_IMODE((tmp_path / "usual").stat().st_mode)
    path = write_whole(tmp_path / "new", "x")
    assert stat.S_IMODE(path.stat().st_mode) == usual
    path.chmod(0o640)
    assert stat.S_IMODE(write_whole(path, "y").stat().st_mode) == 0o640
    before = os.umask(0o077)
    try:
        assert stat.S_IMODE(write_whole(tmp_path / "mine", "x").stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = write_whole(tmp_path / "a", "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="Cannot write .*: no space left on device"):
        write_whole(path, "new")
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_writer_left_goes(tmp_path):
    """Its lock went with it. A part that somebody writes at the moment stays, and so do other
    files' parts."""
    stale, others = tmp_path / ".a[1].xyz.part", tmp_path / ".b.xyz.part"
    stale.write_text("half")
    others.write_text("half")
    with appearing_whole(tmp_path / "a[1]") as part:
        write_whole(tmp_path / "a[1]", "second")
        assert part.exists()
        part.write_text("first")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.xyz.part", "a[1]"]
    assert (tmp_path / "a[1]").read_text() == "first"


def test_what_cannot_be_written_is_told_before(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="There is no folder"):
        check_can_write(tmp_path / "absent" / "a")
    with pytest.raises(InputError, match="is a folder"):
        check_can_write(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="Nothing may be written"):
        check_can_write(tmp_path / "a")


def test_a_part_that_was_cleared_up_before_its_lock_is_made_again(tmp_path, monkeypatch):
    """Between the two, another writer may have taken it for what a killed one left."""
    lock, made = files._lock, []

    def late(descriptor, wait=False):
        if wait and not made:
            made.extend(tmp_path.glob(".a.*.part"))
            made[0].unlink()
        return lock(descriptor, wait)

    monkeypatch.setattr(files, "_lock", late)
    assert write_whole(tmp_path / "a", "text").read_text() == "text"
    assert made and [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_one_at_a_time_in_a_folder(tmp_path):
    entered = Event()

    def second():
        with alone_in(tmp_path):
            entered.set()

    with alone_in(tmp_path):
        other = Thread(target=second)
        other.start()
        assert not entered.wait(0.2)
    other.join(10)
    assert entered.is_set() and not list(tmp_path.iterdir())
