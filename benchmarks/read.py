"""Reading a file of ratings, beside the packages that read tables.

`python -m eautorec_benchmarks.read 20` writes 20 million synthetic ratings in the shape of
MovieLens-20M (user, item, rating, time; 138,000 users, 27,000 items; 0.5 GB) into a temporary
folder, and reads them with each reader in a process of its own, on one core; without a number it
takes one million. The bare product is what any reader has to do: cut
the lines, and number the labels. pandas does no more than that: it checks no line, no label, no
rating, and makes no Ratings. Nor does polars.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eautorec_benchmarks.clock import apart, peak_memory, result_of


def with_read_ratings(path: str) -> tuple[int, int, int]:
    from eautorec import read_ratings

    ratings = read_ratings(path)
    return len(ratings), ratings.n_users, ratings.n_items


def with_pandas(path: str) -> tuple[int, int, int]:
    """All cells as text, and the labels numbered."""
    frame = pd.read_csv(path, dtype=str)
    users, items = (pd.factorize(frame[name])[1] for name in ("userId", "movieId"))
    return len(frame), len(users), len(items)


def with_polars(path: str) -> tuple[int, int, int]:
    """The same by polars; on one core, as the others."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    import polars as pl

    frame = pl.read_csv(path, infer_schema=False)
    users, items = (
        frame[name].cast(pl.Categorical).to_physical().n_unique() for name in ("userId", "movieId")
    )
    return len(frame), users, items


READERS: dict[str, Callable[[str], tuple[int, int, int]]] = {
    "read_ratings": with_read_ratings,
    "pandas": with_pandas,
    "polars": with_polars,
}


def write(path: Path, millions: float) -> None:
    """Made-up ratings, with half stars and times, as MovieLens writes them."""
    from eautorec.synthetic import movielens_like

    share = millions / 20
    made = movielens_like(int(138_000 * share), int(27_000 * share**0.65), int(millions * 1e6))
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "userId": made.users[made.user_index],
            "movieId": made.items[made.item_index],
            "rating": made.values - generator.integers(0, 2, len(made)) / 2,
            "timestamp": generator.integers(789_652_009, 1_427_784_002, len(made)),
        }
    )
    frame.to_csv(path, index=False, lineterminator="\n")


def measure(reader: str, path: str) -> dict[str, Any]:
    """Seconds by the clock and of work on the core, the largest memory of the process in MiB, and
    what was read."""
    start, core_start = time.perf_counter(), time.process_time()
    n_ratings, n_users, n_items = READERS[reader](path)
    return {
        "reader": reader,
        "seconds": time.perf_counter() - start,
        "core_seconds": time.process_time() - core_start,
        "peak_mib": 1024 * peak_memory(),
        "ratings": n_ratings,
        "users": n_users,
        "items": n_items,
    }


def rows(millions: float = 1.0) -> Iterator[dict[str, Any]]:
    """A row for each reader that is installed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.csv"
        # In a process of its own, whose memory goes with it.
        result_of(apart("read", "write", path, millions))
        for name in READERS:
            if name == "read_ratings" or find_spec(name):
                yield result_of(apart("read", name, path))


def as_text(found: list[dict[str, Any]]) -> tuple[list[str], str, list[list[str]]]:
    """Header, alignment and lines of the rows."""
    names = ("seconds", "core_seconds", "peak_mib")
    lines = [
        [row["reader"], f"{row['ratings']:,}", *(f"{row[n]:.3g}" for n in names)] for row in found
    ]
    return ["reader", "ratings", "s", "s of the core", "peak MiB"], "lrrrr", lines


def main(arguments: list[str]) -> None:
    if arguments and arguments[0] == "write":
        write(Path(arguments[1]), float(arguments[2]))
        print(json.dumps({}))
    elif arguments and arguments[0] in READERS:
        print(json.dumps(measure(*arguments)))
    else:
        from eautorec.cli.printing import print_table

        print_table(*as_text(list(rows(*map(float, arguments)))))


if __name__ == "__main__":
    main(sys.argv[1:])
