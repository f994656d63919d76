"""The study from a notebook: what is stored is read, what is missing is executed first."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pandas as pd

from eautorec.study import plan
from eautorec.study.store import Store
from eautorec.study.sweep import sweep


def results(
    parts: Iterable[str] | None = None,
    n_seeds: int = plan.N_SEEDS,
    store: str | os.PathLike[str] | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """The records of some parts of the study: one row for each run, metric and x.

    Parameters
    ----------
    parts : figures ("3", "4a", "5" ...), "controls", "baselines"; None for all of them.
    store : the file of finished runs; None for the usual one.
    """
    runs = plan.runs(parts, range(n_seeds))
    kept = Store(store)
    try:
        sweep(runs, kept, workers=workers)
        return kept.frame(runs)
    finally:
        kept.close()
