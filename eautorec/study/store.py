"""Results that survive: one SQLite file, one writer, each run written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from eautorec.arrays import plain
from eautorec.datasets.fetch import cache_folder
from eautorec.errors import InputError
from eautorec.study.protocol import Run
from eautorec.study.version import code_version

FORMAT = 2
"""Of the file. One of format 1 did not say which ratings a run was of: its tables, with other
names, stay where they are and answer nothing."""

SCHEMA = """
create table if not exists finished_runs (
    key text, code text, data text, run text not null, seconds real not null,
    finished text not null default current_timestamp, primary key (key, code, data)
);
create table if not exists measured (
    key text, code text, data text, metric text not null, x real, value real,
    foreign key (key, code, data) references finished_runs (key, code, data)
);
create index if not exists measured_by_run on measured (key, code, data);
"""
"""A run by its key, the version of the code and the ratings, with its computing seconds; and what
was measured."""

DAMAGED = (OSError, sqlite3.Error, UnicodeDecodeError, MemoryError)
"""What reading a damaged file raises: where a record claims to be longer than anything can be,
SQLite says that there is no memory."""

STORE_VARIABLE = "EAUTOREC_STORE"
"""The environment variable with the file of finished runs."""


def default_store() -> Path:
    """Where finished runs are kept: EAUTOREC_STORE, or a file in the user's cache folder."""
    chosen = os.environ.get(STORE_VARIABLE)
    return Path(chosen).expanduser() if chosen else cache_folder() / "study.sqlite"


class Store:
    """The finished runs of this version of the code on these ratings.

    The file is opened in SQLite's write-ahead mode: whoever is killed at any moment leaves it
    whole.

    Parameters
    ----------
    data : the fingerprint of the ratings. Runs on others may lie in the same file.
    path : None for `default_store`.

    Raises InputError if the file is no store, or one of a later format.
    """

    def __init__(self, data: str, path: str | os.PathLike[str] | None = None):
        self.data = data
        self.path = default_store() if path is None else Path(path)
        self.code = code_version()
        with contextlib.ExitStack() as failing, self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(self.path, timeout=60)
            failing.callback(self.connection.close)
            [(version,)] = self.connection.execute("pragma user_version")
            if version > FORMAT:
                raise InputError(
                    f"{self.path} was written by a later version of eautorec (format {version}, "
                    f"this one knows {FORMAT}): give another file."
                )
            parts = self.connection.execute("select type, name from sqlite_master").fetchall()
            foreign = parts and not {name for _, name in parts} & {"finished_runs", "runs"}
            # "runs" is of format 1; a view or a trigger could keep us busy for ever.
            if foreign or {kind for kind, _ in parts} & {"view", "trigger"}:
                raise InputError(
                    f"{self.path} is the database of something else: give another file."
                )
            self.connection.execute("pragma journal_mode = wal")
            self.connection.executescript(SCHEMA)
            self.connection.execute(f"pragma user_version = {FORMAT}")
            failing.pop_all()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """A damaged or foreign file is an InputError."""
        try:
            yield
        except DAMAGED as error:
            raise InputError(
                f"{self.path} cannot hold finished runs ({_reason(error)}): give another file."
            ) from None

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with self._told():
            return self.connection.execute(query, values).fetchall()

    def finished(self) -> set[str]:
        rows = self._rows(
            "select key from finished_runs where code = ? and data = ?", self.code, self.data
        )
        return {key for (key,) in rows}

    def add(self, run: Run, records: Iterable[tuple[str, float, float]], seconds: float) -> None:
        """Write one run: (metric, x, value) each. A run that is there already stays as it is.

        Raises InputError if nothing can be written; what is there stays.
        """
        name = (run.key(), self.code, self.data)
        try:
            with self.connection:
                new = self.connection.execute(
                    "insert or ignore into finished_runs (key, code, data, run, seconds) "
                    "values (?, ?, ?, ?, ?)",
                    (*name, json.dumps(asdict(run), sort_keys=True, default=plain), seconds),
                )
                if new.rowcount:
                    self.connection.executemany(
                        "insert into measured values (?, ?, ?, ?, ?, ?)",
                        ((*name, metric, x, value) for metric, x, value in records),
                    )
        except (sqlite3.DatabaseError, MemoryError) as error:
            raise InputError(
                f"{self.path} cannot take another run ({_reason(error)}): see that there is room "
                "and that it may be written. What it has stays, and the study goes on from there."
            ) from None

    def frame(self, runs: Iterable[Run]) -> pd.DataFrame:
        """The records of these runs in the order given: the fields of `Run` and of its protocol,
        metric, x, value."""
        tables = []
        for run in runs:
            found = self._rows(
                "select metric, x, value from measured "
                "where key = ? and code = ? and data = ? order by rowid",
                run.key(),
                self.code,
                self.data,
            )
            table = pd.DataFrame(found, columns=["metric", "x", "value"])
            about = asdict(run)
            for name, value in {**about.pop("protocol"), **about}.items():
                table[name] = value
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def seconds(self, runs: Iterable[Run] | None = None) -> float:
        """The computing time of these runs, or of all, in this version and on these ratings."""
        taken = dict(
            self._rows(
                "select key, seconds from finished_runs where code = ? and data = ?",
                self.code,
                self.data,
            )
        )
        keys = taken if runs is None else {run.key() for run in runs}
        return sum(taken.get(key, 0.0) for key in keys)

    def close(self) -> None:
        self.connection.close()


def _reason(error: BaseException) -> str:
    return str(error) or "a damaged record"
