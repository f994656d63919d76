"""Holding the biases, told beside the claims that it may change."""

import numpy as np
import pandas as pd
import pytest

from eautorec.study import levels
from eautorec.study.models import LEVELS, settings_of
from eautorec.study.protocol import MODELS


def test_both_models_are_trained_with_every_way_to_hold_the_biases():
    runs = levels.runs(range(2), range(1))
    assert len(runs) == len(set(runs)) == 2 * len(MODELS) * len(LEVELS)
    held = {run.protocol.levels: settings_of(run).penalty for run in runs}
    assert held["free"].pseudo_ratings == held["free"].biases == 0
    assert held["penalised"].biases == held["penalised"].weights > 0
    assert held["5 pseudo-ratings"].pseudo_ratings == 5


@pytest.mark.slow
def test_the_table_tells_means_gain_and_verdicts():
    """E-AutoRec leads by 0.1 where biases are free and trails where they are held."""
    rows = []
    for name in LEVELS:
        for fold in range(5):
            for start in range(2):
                for model in MODELS:
                    lead = (0.1 if name == "free" else -0.1) * (model == "E-AutoRec")
                    about = {"model": model, "fold": fold, "start": start, "levels": name}
                    noise = 1e-4 * np.sin(fold + 7 * start)
                    rows.append(about | {"metric": "rmse", "x": 0.0, "value": 1 - lead + noise})
                    for metric in ("map", "mep"):
                        for n in range(5, 101, 5):
                            value = 0.5 + lead + noise
                            rows.append(about | {"metric": metric, "x": float(n), "value": value})
    frame = pd.DataFrame(rows).assign(n_hidden=300, n_neighbors=50, theta=0.0)
    table = levels.table(frame).set_index(["levels", "metric"])
    assert len(table) == 3 * len(LEVELS)
    free, held = table.loc["free", "map"], table.loc["5 pseudo-ratings", "map"]
    assert (free["C3"], held["C3"]) == ("supported", "contradicted")
    assert np.isclose(free["mean"], 0.1) and np.isclose(held["mean"], -0.1)
    assert np.isclose(free["eautorec"] - free["autorec"], free["mean"])
    assert free["low"] <= free["mean"] <= free["high"]
