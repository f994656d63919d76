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


def test_a_record_longer_than_anything_can_be(tmp_path):
    """SQLite tells of it as if there were no memory."""
    page = bytearray(512)
    page[:23] = b"SQLite format 3\0\x02\0\0\0\0\x40\x20"  # pages of 512 bytes
    page[23] = 32
    page[100], page[111] = 5, 6  # the first page leads to the sixth
    leaf = bytearray(512)
    leaf[:10] = b"\x0d\0\0\0\x02\0\0\0\x01\x2c"  # two records, of which one is at 300
    leaf[300:315] = b"\xff" * 15
    leaf[316] = 129
    path = tmp_path / "study.sqlite"
    path.write_bytes(page + bytes(4 * 512) + leaf + bytes(513))
    with pytest.raises(InputError, match="a damaged record"):
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
