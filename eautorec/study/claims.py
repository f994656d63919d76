"""The paper's twelve claims, each decided by code from the records of the study."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from eautorec.study.figures import FIGURES, Figure, differences
from eautorec.study.protocol import CONTROLS, DEFAULT
from eautorec.study.statistics import holm, interval, p_above, slopes

ALPHA = 0.05
"""The level of Holm's tests: half of it on each side, as an interval of 95 % has it."""

MARGIN = 0.002
"""Stars of RMSE by which E-AutoRec may be worse and still count as no less accurate (C1)."""

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"
"""The verdicts on a claim."""


class Part(NamedTuple):
    """One test of a claim.

    Attributes
    ----------
    statistic : its name; higher is better for the claim where sign is 1, lower where it is -1.
    values : one for each seed; None where the test is not a mean over seeds.
    value : what is shown in that case.
    """

    statistic: str
    verdict: str
    values: pd.Series | None
    sign: int = 1
    value: float = np.nan


ClaimTest: TypeAlias = Callable[[pd.DataFrame], list[Part]]
"""Makes the parts of a claim of the records of AutoRec and E-AutoRec."""


def verdict(low: float, high: float, threshold: float = 0.0) -> str:
    """Of "the mean is above the threshold", from its interval."""
    if low > threshold:
        return SUPPORTED
    return CONTRADICTED if high < threshold else UNDECIDED


def combined_verdict(*verdicts: str) -> str:
    """Supported where all are, contradicted where any is."""
    if CONTRADICTED in verdicts:
        return CONTRADICTED
    return SUPPORTED if set(verdicts) == {SUPPORTED} else UNDECIDED


def mean_above(statistic: str, values: pd.Series, threshold: float = 0.0) -> Part:
    """Of "the mean over the seeds is above the threshold"."""
    found = interval(values)
    return Part(statistic, verdict(found.low, found.high, threshold), values)


def mean_below(statistic: str, values: pd.Series, threshold: float = 0.0) -> Part:
    """Of "the mean over the seeds is below the threshold"."""
    found = interval(-values)
    return Part(statistic, verdict(found.low, found.high, -threshold), values, -1)


def above_in_every_column(statistic: str, values: pd.DataFrame) -> Part:
    """Of "the mean is above 0 in every column", with Holm's correction over the columns.

    Shown is the column that is least favourable. As with an interval of 95 %, an error of 2.5 % is
    allowed on each side.
    """
    is_above = holm([p_above(column) for _, column in values.items()]) <= ALPHA / 2
    is_below = holm([p_above(-column) for _, column in values.items()]) <= ALPHA / 2
    decided = CONTRADICTED if is_below.any() else SUPPORTED if is_above.all() else UNDECIDED
    worst = min(values.columns, key=lambda name: interval(values[name]).low)
    name = worst if isinstance(worst, str) else f"{worst:g}"
    return Part(statistic.format(x=name), decided, values[worst])


def claims(
    frame: pd.DataFrame, identifiers: Iterable[str] | None = None, model: str = "E-AutoRec"
) -> pd.DataFrame:
    """The table: id, claim, verdict, statistic, difference, low, high, seeds.

    A claim of several parts is supported where all of them are and contradicted where one is; the
    statistic shown is that of the part that decides.

    Parameters
    ----------
    frame : the records of the runs of the figures under one protocol, as `Store.frame` gives them.
    identifiers : of the claims to decide; None for all.
    model : what stands in the place of E-AutoRec: a control, to see what is due to E.

    Raises ValueError if the records are of several protocols.
    """
    frame = in_place_of_eautorec(frame, model)
    rows = []
    for identifier in CLAIMS if identifiers is None else identifiers:
        text, parts_of = CLAIMS[identifier]
        parts = parts_of(frame)
        part = _deciding_part(parts)
        numbers = part.value, np.nan, np.nan, frame["seed"].nunique()
        if part.values is not None:
            found = interval(part.values)
            numbers = found.mean, found.low, found.high, found.n
        decided = combined_verdict(*(p.verdict for p in parts))
        rows.append((identifier, text, decided, part.statistic, *numbers))
    columns = ["id", "claim", "verdict", "statistic", "difference", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns)


def against_controls(frame: pd.DataFrame) -> pd.DataFrame:
    """The claims that need no sweep, with each control in the place of E-AutoRec.

    Returns
    -------
    id, control, verdict (of the control), and beaten: whether the real E does better, with an
    interval of the paired difference away from zero, in each part of the claim.
    """
    frame = frame[frame["e_from"] == DEFAULT.e_from]
    rows = []
    for identifier in AT_ONE_POINT:
        _, parts_of = CLAIMS[identifier]
        real = parts_of(in_place_of_eautorec(frame, "E-AutoRec"))
        for control in CONTROLS:
            other = parts_of(in_place_of_eautorec(frame, control))
            gains = [interval(_lead(r, o)).low for r, o in zip(real, other, strict=True)]
            decided = combined_verdict(*(p.verdict for p in other))
            rows.append((identifier, control, decided, min(gains) > 0))
    return pd.DataFrame(rows, columns=["id", "control", "verdict", "beaten"])


def _lead(real: Part, other: Part) -> pd.Series:
    """How far the first is ahead of the second in the claim's direction, seed by seed."""
    if real.values is None or other.values is None:
        raise ValueError(f"{real.statistic} is no mean over seeds.")
    return real.sign * (real.values - other.values)


def in_place_of_eautorec(frame: pd.DataFrame, model: str) -> pd.DataFrame:
    """The records of AutoRec, and of a model under the name of E-AutoRec."""
    frame = frame[frame["model"].isin(["AutoRec", model])]
    mixed = [
        name
        for name in vars(DEFAULT)
        if name != "epoch" and name in frame and frame[name].nunique() > 1
    ]
    if mixed:
        raise ValueError(f"The records are of several protocols: they differ in {mixed}.")
    return frame.assign(model=frame["model"].replace(model, "E-AutoRec"))


def _deciding_part(parts: list[Part]) -> Part:
    """The first that contradicts the claim, or else leaves it undecided, or else any."""
    for word in (CONTRADICTED, UNDECIDED, SUPPORTED):
        for part in parts:
            if part.verdict == word:
                return part
    raise ValueError("a claim needs a part")


def _seeds_by_x(frame: pd.DataFrame, figure: str, model: str) -> pd.DataFrame:
    """What a figure shows of a model: rows are seeds, columns are x."""
    records = FIGURES[figure].records(frame)
    return records[records["model"] == model].pivot(index="seed", columns="x", values="value")


def gain_at_default(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """E-AutoRec minus AutoRec at the default hyper-parameters: rows are seeds, columns x."""
    return differences(Figure("", metric, "n", "").records(frame))


def c1(frame: pd.DataFrame) -> list[Part]:
    return [mean_below("RMSE", gain_at_default(frame, "rmse")[0], MARGIN)]


def c2(frame: pd.DataFrame) -> list[Part]:
    gain = differences(FIGURES["3"].records(frame))
    found = [interval(column) for _, column in gain.items()]
    lower = float(np.mean([i.high < 0 for i in found]))
    higher = float(np.mean([i.low > 0 for i in found]))
    decided = SUPPORTED if lower > 0.5 else CONTRADICTED if higher > 0.5 else UNDECIDED
    statistic = "share of epochs with the interval below 0 (supported above one half)"
    return [Part(statistic, decided, None, value=lower)]


def _higher_everywhere(figure: str, name: str) -> ClaimTest:
    """Of "E-AutoRec is above AutoRec at every x of the figure"."""
    return lambda frame: [above_in_every_column(name, differences(FIGURES[figure].records(frame)))]


def c4(frame: pd.DataFrame) -> list[Part]:
    parts = []
    for model in ("AutoRec", "E-AutoRec"):
        wide = _seeds_by_x(frame, "4a", model)
        early, late = wide[20] - wide[5], wide[50] - wide[20]
        parts.append(mean_below(f"MAP@50 - MAP@20 of {model}", late))
        parts.append(mean_below(f"that, less MAP@20 - MAP@5 of {model}", late - early))
    return parts


def c6(frame: pd.DataFrame) -> list[Part]:
    return [
        mean_above(f"MEP@50 - MEP@20 of {model}", wide[50] - wide[20])
        for model in ("AutoRec", "E-AutoRec")
        for wide in [_seeds_by_x(frame, "4b", model)]
    ]


def c7(frame: pd.DataFrame) -> list[Part]:
    return [
        above_in_every_column(
            f"{name}@10 with {{x}} hidden units", differences(FIGURES[f].records(frame))
        )
        for name, f in (("MAP", "5a"), ("MEP", "5b"))
    ]


def _slopes(frame: pd.DataFrame, figure: str, model: str) -> pd.Series:
    """For each seed, the slope of a straight line through what a figure shows of a model."""
    wide = _seeds_by_x(frame, figure, model)
    return pd.Series(slopes(wide.columns, wide), wide.index)


def c8(frame: pd.DataFrame) -> list[Part]:
    return [
        mean_above("MEP@10 of E-AutoRec, for each neighbour", _slopes(frame, "6b", "E-AutoRec"))
    ]


def c9(frame: pd.DataFrame) -> list[Part]:
    return [
        mean_below("MAP@10 of E-AutoRec, for each neighbour", _slopes(frame, "6a", "E-AutoRec")),
        above_in_every_column(
            "MAP@10 with {x} neighbours", differences(FIGURES["6a"].records(frame))
        ),
    ]


def c10(frame: pd.DataFrame) -> list[Part]:
    return [
        *(
            mean_below(f"MEP@10 of {model}, for each star of theta", _slopes(frame, "6c", model))
            for model in ("AutoRec", "E-AutoRec")
        ),
        above_in_every_column("MEP@10 at theta {x}", differences(FIGURES["6c"].records(frame))),
    ]


def c11(frame: pd.DataFrame) -> list[Part]:
    return [*c1(frame), *_higher_everywhere("4a", "MAP@{x}")(frame)]


def c12(frame: pd.DataFrame) -> list[Part]:
    """Do the users with the fewest ratings gain, and more than each other quarter?"""
    parts = []
    for name, metric, sign in (("RMSE", "rmse by quartile", -1), ("MAP@10", "map by quartile", 1)):
        gain = sign * gain_at_default(frame, metric)
        columns = {"fewest ratings": gain[0]}
        for q, others in ((1, "few"), (2, "many"), (3, "most")):
            columns[f"fewest less {others}"] = gain[0] - gain[q]
        parts.append(above_in_every_column(f"gain in {name}, {{x}}", pd.DataFrame(columns)))
    return parts


AT_ONE_POINT = ("C1", "C3", "C4", "C5", "C6", "C11", "C12")
"""Claims that need no other number of hidden units, neighbours or theta, and no last epoch."""

CLAIMS: dict[str, tuple[str, ClaimTest]] = {
    "C1": ("E-AutoRec predicts ratings at least as accurately", c1),
    "C2": ("lower RMSE over training", c2),
    "C3": ("higher MAP at every list length", _higher_everywhere("4a", "MAP@{x}")),
    "C4": ("MAP holds to n = 20, then drops", c4),
    "C5": ("higher MEP at every list length", _higher_everywhere("4b", "MEP@{x}")),
    "C6": ("MEP of both improves beyond n = 20", c6),
    "C7": ("higher MAP and MEP for every number of hidden units", c7),
    "C8": ("more neighbours: MEP rises", c8),
    "C9": ("more neighbours: MAP falls slowly, stays above", c9),
    "C10": ("higher theta: MEP falls, E-AutoRec stays above", c10),
    "C11": ("no accuracy is paid for explainability", c11),
    "C12": ("e helps most where ratings are few", c12),
}
"""By its number: what the paper says (chapters/paper.md quotes it), and the test."""
