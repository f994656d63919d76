"""The study from a notebook: what is stored is read, what is missing is executed first."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pandas as pd

from eautorec.datasets import load_ratings
from eautorec.reading import Source
from eautorec.study.protocol import Run
from eautorec.study.store import Store
from eautorec.study.sweep import sweep


def results(
    runs: Iterable[Run],
    data: Source | str = "100k",
    store: str | os.PathLike[str] | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """What these runs measured: one row for each run, metric and x.

    Parameters
    ----------
    runs : such as those of `eautorec.study.plan`.
    data : a file of ratings, or the name of a MovieLens set.
    store : the file of finished runs; None for the usual one.
    """
    runs = list(runs)
    kept = Store(load_ratings(data).fingerprint, store)
    try:
        sweep(runs, kept, data=data, workers=workers)
        return kept.frame(runs)
    finally:
        kept.close()
