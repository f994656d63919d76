"""The paper's twelve claims, each decided by code from the records of the study."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from eautorec.study.figures import FIGURES, Figure, differences
from eautorec.study.statistics import holm, interval, p_above, slopes

ALPHA = 0.05
MARGIN = 0.002
"""Stars of RMSE by which E-AutoRec may be worse and still count as no less accurate (C1)."""

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"


def verdict(low: float, high: float, threshold: float = 0.0) -> str:
    """Of "the mean is above the threshold", from its interval."""
    if low > threshold:
        return SUPPORTED
    return CONTRADICTED if high < threshold else UNDECIDED


def together(*verdicts: str) -> str:
    """Supported where all are, contradicted where any is."""
    if CONTRADICTED in verdicts:
        return CONTRADICTED
    return SUPPORTED if set(verdicts) == {SUPPORTED} else UNDECIDED


def everywhere(values: pd.DataFrame) -> str:
    """Of "the mean is above 0 in every column", with Holm's correction over the columns."""
    above = holm([p_above(column) for _, column in values.items()])
    below = holm([p_above(-column) for _, column in values.items()])
    if (above <= ALPHA).all():
        return SUPPORTED
    return CONTRADICTED if (below <= ALPHA).any() else UNDECIDED


def claims(
    frame: pd.DataFrame, identifiers: Iterable[str] | None = None, model: str = "E-AutoRec"
) -> pd.DataFrame:
    """The table: id, claim, verdict, statistic, difference, low, high, seeds.

    Parameters
    ----------
    frame : the records of the runs of the figures under one protocol, as `Store.frame` gives them.
    identifiers : of the claims to decide; None for all.
    model : what stands in the place of E-AutoRec: a control, to see what is due to E.
    """
    frame = frame[frame["model"].isin(["AutoRec", model])]
    frame = frame.assign(model=frame["model"].replace(model, "E-AutoRec"))
    rows = []
    for identifier in CLAIMS if identifiers is None else identifiers:
        text, statistic, decide = CLAIMS[identifier]
        decided, values = decide(frame)
        found = interval(values)
        rows.append(
            (identifier, text, decided, statistic, found.mean, found.low, found.high, found.n)
        )
    columns = ["id", "claim", "verdict", "statistic", "difference", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns)


def _wide(frame: pd.DataFrame, figure: str, model: str) -> pd.DataFrame:
    records = FIGURES[figure].records(frame)
    mine = records[records["model"] == model]
    return mine.pivot_table(index="seed", columns="x", values="value")


def _single(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Of the default hyper-parameters: rows are seeds, columns (model, x)."""
    some = Figure("", metric, "n", "").records(frame)
    return some.pivot_table(index="seed", columns=["model", "x"], values="value")


def _gain(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    wide = _single(frame, metric)
    return wide["E-AutoRec"] - wide["AutoRec"]


def c1(frame):
    gain = -_gain(frame, "rmse")[0]
    found = interval(gain)
    return verdict(found.low, found.high, -MARGIN), -gain


def c2(frame):
    gain = -differences(FIGURES["3"].records(frame))
    share = (gain > 0).mean(axis=1)
    lower = [interval(column).low > 0 for _, column in gain.items()]
    upper = [interval(column).high < 0 for _, column in gain.items()]
    if np.mean(lower) > 0.5:
        return SUPPORTED, share
    return (CONTRADICTED if np.mean(upper) > 0.5 else UNDECIDED), share


def _higher(figure: str) -> Callable:
    def decide(frame):
        gain = differences(FIGURES[figure].records(frame))
        return everywhere(gain), gain.mean(axis=1)

    return decide


def c4(frame):
    verdicts, values = [], []
    for model in ("AutoRec", "E-AutoRec"):
        wide = _wide(frame, "4a", model)
        early, late = wide[20] - wide[5], wide[50] - wide[20]
        for drop in (-late, early - late):
            verdicts.append(verdict(*interval(drop)[1:3]))
        values.append(late)
    return together(*verdicts), sum(values) / 2


def c6(frame):
    gains = [
        _wide(frame, "4b", model)[50] - _wide(frame, "4b", model)[20]
        for model in ("AutoRec", "E-AutoRec")
    ]
    return together(*(verdict(*interval(g)[1:3]) for g in gains)), sum(gains) / 2


def c7(frame):
    gains = [differences(FIGURES[f].records(frame)) for f in ("5a", "5b")]
    both = pd.concat(gains, axis=1, keys=["map", "mep"])
    return everywhere(both), gains[0].mean(axis=1)


def _slope(frame, figure: str, model: str) -> pd.Series:
    wide = _wide(frame, figure, model)
    return pd.Series(slopes(wide.columns, wide), wide.index)


def c8(frame):
    slope = _slope(frame, "6b", "E-AutoRec")
    return verdict(*interval(slope)[1:3]), slope


def c9(frame):
    down = -_slope(frame, "6a", "E-AutoRec")
    gain = differences(FIGURES["6a"].records(frame))
    return together(verdict(*interval(down)[1:3]), everywhere(gain)), gain.mean(axis=1)


def c10(frame):
    down = [-_slope(frame, "6c", model) for model in ("AutoRec", "E-AutoRec")]
    gain = differences(FIGURES["6c"].records(frame))
    slopes_down = (verdict(*interval(d)[1:3]) for d in down)
    return together(*slopes_down, everywhere(gain)), gain.mean(axis=1)


def c11(frame):
    return together(c1(frame)[0], _higher("4a")(frame)[0]), c1(frame)[1]


def c12(frame):
    """Is the gain of the users with the fewest ratings above the mean gain of the others?"""
    verdicts, shown = [], None
    for metric, sign in (("rmse by quartile", -1), ("map by quartile", 1)):
        gain = sign * _gain(frame, metric)
        others = [verdict(*interval(gain[0] - gain[q])[1:3]) for q in (1, 2, 3)]
        verdicts.append(together(*others))
        if shown is None:
            shown = gain[0] - gain[[1, 2, 3]].mean(axis=1)
    return together(*verdicts), shown


AT_ONE_POINT = ("C1", "C3", "C4", "C5", "C6", "C11", "C12")
"""Claims that need no other number of hidden units, neighbours or theta, and no last epoch."""

CLAIMS = {
    "C1": ("E-AutoRec predicts ratings at least as accurately", "RMSE, difference", c1),
    "C2": ("lower RMSE over training", "share of epochs with lower RMSE", c2),
    "C3": ("higher MAP at every list length", "MAP@n, mean difference", _higher("4a")),
    "C4": ("MAP holds to n = 20, then drops", "MAP@50 - MAP@20, both models", c4),
    "C5": ("higher MEP at every list length", "MEP@n, mean difference", _higher("4b")),
    "C6": ("MEP of both improves beyond n = 20", "MEP@50 - MEP@20, both models", c6),
    "C7": ("higher MAP and MEP for every number of hidden units", "MAP@10, mean difference", c7),
    "C8": ("more neighbours: MEP rises", "slope of MEP@10 for a neighbour", c8),
    "C9": ("more neighbours: MAP falls slowly, stays above", "MAP@10, mean difference", c9),
    "C10": ("higher theta: MEP falls, E-AutoRec stays above", "MEP@10, mean difference", c10),
    "C11": ("no accuracy is paid for explainability", "RMSE, difference", c11),
    "C12": ("e helps most where ratings are few", "RMSE gain, sparsest quarter minus others", c12),
}
