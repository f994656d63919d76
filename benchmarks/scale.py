"""EASE on as many ratings as MovieLens-20M has: the fit, one user's list with reasons, everybody's
lists; and how soon somebody who is new, or has rated one item more, has a list.

`python -m eautorec_benchmarks.scale 20` measures 20 million synthetic ratings of 138,000 users and
27,000 items, in a process of its own; for fewer ratings the users are fewer in proportion, the
items more slowly, as in `growth`.

What more ratings would take. X^T X is a sum over users, and a user with c ratings adds c^2
products: here 7.4e9 in all, of which half are made. A billion ratings by users of the same habits
are 50 times as many users and 50 times the products: the sum takes 50 times as long on one core, or
as long as here on 50 machines that add up their parts. Its memory, and the inverse after it, depend
on the items alone: n^2 numbers and n^3 operations.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from eautorec_benchmarks.clock import apart, peak_memory, result_of

N_ASKED = 200
"""Users whose lists are timed, drawn at random."""

N_RATED = 50
"""Ratings of a newcomer."""


def measure(millions: float) -> list[dict]:
    """A row for each step: what; seconds by the clock, and of work on the cores, which differ on a
    busy machine and with two threads; the largest memory of the process up to then, in MiB; and the
    size: ratings, users, items."""
    from eautorec.models.ease import EASE
    from eautorec.synthetic import movielens_like

    share = millions / 20
    rows: list[dict[str, Any]] = []

    def note(step: str, seconds: float, core_seconds: float) -> None:
        rows.append(
            {
                "step": step,
                "seconds": seconds,
                "core_seconds": core_seconds,
                "peak_mib": 1024 * peak_memory(),
            }
        )
        print(f"{step}: {seconds:.3g} s, {rows[-1]['peak_mib']:.0f} MiB", file=sys.stderr)

    def timed(step: str, work: Callable[[], Any]) -> Any:
        start, core_start = time.perf_counter(), time.process_time()
        done = work()
        note(step, time.perf_counter() - start, time.process_time() - core_start)
        return done

    n_users, n_items = int(138_000 * share), int(27_000 * share**0.65)
    ratings = timed(
        "make the ratings", lambda: movielens_like(n_users, n_items, int(millions * 1e6))
    )
    model = timed("fit", lambda: EASE().fit(ratings))
    asked = np.random.default_rng(0).choice(ratings.users, min(N_ASKED, ratings.n_users), False)
    first = asked[0].item()
    timed("the first list and its first reason", lambda: _one_list(model.person(first), 1))
    given = {user: _some_ratings(ratings, user) for user in asked.tolist()}
    works: dict[str, Callable[[Any], object]] = {
        "a list": lambda user: _one_list(model.person(user)),
        "a list, its first reason": lambda user: _one_list(model.person(user), 1),
        "a list, ten reasons": lambda user: _one_list(model.person(user), 10),
        f"a newcomer with {len(given[first])} ratings, a list": lambda user: _one_list(
            model.fold_in(given[user])
        ),
        "one rating more, a list": lambda user: _one_list(
            model.fold_in(dict([*given[user].items()][:1]), user=user)
        ),
    }
    for what, work in works.items():
        seconds = []
        for user in asked.tolist():
            start, core_start = time.perf_counter(), time.process_time()
            work(user)
            seconds.append((time.perf_counter() - start, time.process_time() - core_start))
        note(f"{what}: median", *np.median(seconds, axis=0).tolist())
        note(f"{what}: 95 % of users", *np.quantile(seconds, 0.95, axis=0).tolist())
    kind = "parquet" if find_spec("pyarrow") else "csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"lists.{kind}"
        timed(f"everybody's lists as {kind}", lambda: model.recommend_all(path))
    size = {"ratings": len(ratings), "users": ratings.n_users, "items": ratings.n_items}
    return [row | size for row in rows]


def _one_list(person, n_reasons: int = 0) -> None:
    for item in person.recommend(10)["item"][:n_reasons]:
        str(person.explain(item))


def _some_ratings(ratings, user) -> dict:
    """Of N_RATED items that are drawn by the user's place, the middle of the scale for each."""
    generator = np.random.default_rng(ratings.user_row(user))
    items = generator.choice(ratings.items, min(N_RATED, ratings.n_items), replace=False)
    return dict.fromkeys(items.tolist(), sum(ratings.scale) / 2)


def rows(millions: float, threads: int = 2) -> Iterator[dict]:
    yield from result_of(apart("scale", millions, threads=threads)) if millions else ()


if __name__ == "__main__":
    print(json.dumps(measure(float(sys.argv[1]))))
