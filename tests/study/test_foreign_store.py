"""A file of finished runs that somebody else made, or that is damaged: one sentence."""

import sqlite3
from contextlib import closing

import pytest

from eautorec import InputError
from eautorec.study.protocol import Run
from eautorec.study.store import Store

RUN = Run("AutoRec", 0)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "study.sqlite"
    store = Store("data", path)
    store.add(RUN, [("map", 5, 0.1)], 1.0)
    store.connection.execute("pragma journal_mode = delete")
    store.close()
    return path


def use(path):
    store = Store("data", path)
    try:
        store.finished(), store.seconds(), store.frame([RUN])
    finally:
        store.close()


def test_text_that_is_no_text(path):
    """The names of the columns are not UTF-8."""
    path.write_bytes(path.read_bytes().replace(b"code text", b"co\xbee text"))
    with pytest.raises(InputError, match="cannot hold finished runs"):
        use(path)


def test_a_damaged_page_is_told_when_it_is_read(path):
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot hold finished runs"):
        use(path)


def test_columns_of_another_store(tmp_path):
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.executescript("create table finished_runs (key); create table measured (key)")
    with pytest.raises(InputError, match="cannot hold finished runs"):
        use(path)


def test_a_view_that_never_ends_is_never_asked(tmp_path):
    path = tmp_path / "trap.sqlite"
    with closing(sqlite3.connect(path)) as trap:
        trap.execute(
            "create view finished_runs as with recursive n(key, code, data, seconds) as "
            "(select 1, 1, 1, 1 union all select key + 1, 1, 1, 1 from n) select * from n"
        )
    with pytest.raises(InputError, match="is the database of something else"):
        use(path)
