"""Results that survive: one SQLite file, one writer, each run written whole or not at all."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from eautorec.datasets.fetch import cache_folder
from eautorec.study.protocol import Run
from eautorec.study.version import code_version

SCHEMA = """
create table if not exists runs (
    key text, code text, run text not null, seconds real not null,
    finished text not null default current_timestamp, primary key (key, code)
);
create table if not exists records (
    key text, code text, metric text not null, x real, value real,
    foreign key (key, code) references runs (key, code)
);
create index if not exists by_run on records (key, code);
"""
"""A run by its key and the version of the code, with its computing seconds; and its records."""

STORE_VARIABLE = "EAUTOREC_STORE"
"""The environment variable with the file of finished runs."""


def default_store() -> Path:
    """Where finished runs are kept: EAUTOREC_STORE, or a file in the user's cache folder."""
    chosen = os.environ.get(STORE_VARIABLE)
    return Path(chosen).expanduser() if chosen else cache_folder() / "study.sqlite"


class Store:
    """The finished runs of this version of the code.

    The file is opened in SQLite's write-ahead mode: whoever is killed at any moment leaves it
    whole.

    Parameters
    ----------
    path : None for `default_store`.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None):
        self.path = default_store() if path is None else Path(path)
        self.code = code_version()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(self.path, timeout=60)
        self.connection.execute("pragma journal_mode = wal")
        self.connection.executescript(SCHEMA)

    def finished(self) -> set[str]:
        rows = self.connection.execute("select key from runs where code = ?", (self.code,))
        return {key for (key,) in rows}

    def add(self, run: Run, records: Iterable[tuple[str, float, float]], seconds: float) -> None:
        """Write one run: (metric, x, value) each. A run that is there already stays as it is."""
        key = run.key()
        with self.connection:
            new = self.connection.execute(
                "insert or ignore into runs (key, code, run, seconds) values (?, ?, ?, ?)",
                (key, self.code, json.dumps(asdict(run), sort_keys=True), seconds),
            )
            if new.rowcount:
                self.connection.executemany(
                    "insert into records values (?, ?, ?, ?, ?)",
                    ((key, self.code, metric, x, value) for metric, x, value in records),
                )

    def frame(self, runs: Iterable[Run]) -> pd.DataFrame:
        """The records of these runs in the order given: model, seed, n_hidden, n_neighbors, theta,
        metric, x, value, and a column for each choice of the protocol."""
        tables = []
        for run in runs:
            found = self.connection.execute(
                "select metric, x, value from records where key = ? and code = ? order by rowid",
                (run.key(), self.code),
            ).fetchall()
            table = pd.DataFrame(found, columns=["metric", "x", "value"])
            about = asdict(run)
            for name, value in {**about.pop("protocol"), **about}.items():
                table[name] = value
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def seconds(self, runs: Iterable[Run] | None = None) -> float:
        """The computing time of these runs, or of all, in this version."""
        rows = self.connection.execute("select key, seconds from runs where code = ?", (self.code,))
        taken = dict(rows.fetchall())
        keys = taken if runs is None else {run.key() for run in runs}
        return sum(taken.get(key, 0.0) for key in keys)

    def close(self) -> None:
        self.connection.close()
