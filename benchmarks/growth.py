"""How time and memory grow: one epoch of E-AutoRec on synthetic ratings in the shape of MovieLens.

`python -m eautorec_benchmarks.growth 5` measures 5 million ratings, in a process of its own, so
that its peak memory is that of this size alone. The largest size, 20 million ratings of 138,000
users and 27,000 items, is that of MovieLens-20M; for others the users grow with the ratings, and
items more slowly.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import numpy as np

from eautorec_benchmarks.clock import apart, peak_memory, result_of

SIZES = (1, 2, 5, 10, 20)
"""Millions of ratings."""


def measure(millions: float, n_epochs: int = 7, n_hidden: int = 300) -> dict:
    """Seconds for the neighbours and for an epoch, and the peak memory up to then, in GiB."""
    from eautorec.explainability import Explainability
    from eautorec.models.eautorec import EAutoRec
    from eautorec.synthetic import movielens_like
    from eautorec_benchmarks.core import training

    share = millions / 20
    n_users, n_items = int(138_000 * share), int(27_000 * share**0.65)
    ratings = movielens_like(n_users, n_items, int(millions * 1e6))
    facts = {"ratings": len(ratings), "users": ratings.n_users, "items": ratings.n_items}
    facts["memory_data"] = peak_memory()

    start = time.perf_counter()
    Explainability().fit(ratings).averaging  # noqa: B018  (derived when first asked for)
    facts["neighbours_s"] = time.perf_counter() - start
    facts["memory_neighbours"] = peak_memory()

    _, _, epoch = training(EAutoRec(n_hidden), ratings)
    seconds = []
    for _ in range(n_epochs):
        start = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - start)
    return facts | {"epoch_s": float(np.median(seconds)), "memory": peak_memory()}


def rows(sizes=SIZES, threads: int = 2) -> Iterator[dict]:
    for millions in sizes:
        yield result_of(apart("growth", millions, threads=threads))


def slope(x, y) -> float:
    """Of the straight line through the points in a log-log picture: 1 is linear growth."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


if __name__ == "__main__":
    print(json.dumps(measure(float(sys.argv[1]))))
