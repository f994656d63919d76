"""The paper's twelve claims, each decided by code from the records of the study."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from eautorec.arrays import Array
from eautorec.study.figures import FIGURES, Figure, by_case, differences
from eautorec.study.protocol import CONTROLS, DEFAULT
from eautorec.study.statistics import Estimates, as_array, estimate, holm, rises

ALPHA = 0.05
"""The level of all tests: half of it on each side, as an interval of 95 % has it."""

MATTERS = {"rmse": 0.005, "map": 0.005, "mep": 0.02, "share": 0.1}
"""The smallest effects of interest, fixed before the results. RMSE in stars: a tenth of what lies
between a bias model and the best model of ratings that we know of here. MAP: less than a twelfth of
what the most popular films have. MEP: one film in five lists of ten. A share of AutoRec's MAP: a
tenth."""

SUPPORTED, CONTRADICTED = "supported", "contradicted"
EQUAL, MIXED, UNDECIDED = "practically equal", "mixed", "undecided"
VERDICTS = (SUPPORTED, EQUAL, MIXED, UNDECIDED, CONTRADICTED)
"""The verdicts on a claim. Equal: in all of its parts, or in some while the others are supported,
there is too little to matter either way. Mixed: one part is supported and one contradicted."""

LARGE, TOO_SMALL, PERHAPS = "matters", "too small to matter", "may matter"
"""What is said of the size of an effect."""

MOST_FLIPS = 0.05
"""A verdict that comes out otherwise in more than one redraw of twenty is not told."""

N_REDRAWS = 1000
"""How often one start is drawn anew on each fold."""


class Part(NamedTuple):
    """One test of a claim: "in every column the mean is above `least`".

    Attributes
    ----------
    statistic : its name; {x} stands for a column.
    values : rows are (fold, start); what is below `least` where the claim is wrong.
    matters : the smallest effect of interest, in the unit of the values.
    sign : -1 where the values were turned around, since lower is better for the claim.
    """

    statistic: str
    values: pd.DataFrame
    matters: float
    least: float = 0.0
    sign: int = 1


ClaimTest: TypeAlias = Callable[[pd.DataFrame], list[Part]]
"""Makes the parts of a claim of the records of AutoRec and E-AutoRec."""


def verdict(found: Estimates, part: Part) -> str:
    """Of a part, from the estimates of its columns.

    "In every column" is supported where each column alone is: the joint test needs no correction
    (Berger, 1982, on intersection-union tests). It is contradicted where some column shows the
    opposite, and there Holm's correction is needed. A difference that cannot matter contradicts
    nothing, so equivalence is asked first: where both hold, the two rules would otherwise take
    turns from one redraw of the starts to the next.
    """
    if (found.low > part.least).all():
        return SUPPORTED
    if (np.maximum(np.abs(found.low), np.abs(found.high)) < part.matters).all():
        return EQUAL
    if (holm(1 - found.p_above(part.least)) <= ALPHA / 2).any():
        return CONTRADICTED
    return UNDECIDED


def combined_verdict(verdicts: Iterable[str]) -> str:
    """Of a claim, from those of its parts."""
    found = set(verdicts)
    if len(found) == 1:
        return found.pop()
    if CONTRADICTED in found:
        return MIXED if SUPPORTED in found else CONTRADICTED
    return UNDECIDED if UNDECIDED in found else EQUAL


def claims(
    frame: pd.DataFrame, identifiers: Iterable[str] | None = None, model: str = "E-AutoRec"
) -> pd.DataFrame:
    """The table of verdicts: one row for each claim.

    Parameters
    ----------
    frame : the records of the runs of the figures under one protocol, as `Store.frame` gives them.
    identifiers : of the claims to decide; None for all.
    model : what stands in place of E-AutoRec: a control, to see what is due to E.

    Returns
    -------
    id, claim, verdict (found, unless it flips too often: then undecided), found (from these
    starts), flips (the share of redrawn starts with another one), size ("matters", "too small to
    matter", or "may matter"), and of the part and the column that decide: statistic, difference,
    low, high, fold_sd, start_sd, matters, sign (-1 where lower is better for the claim); folds,
    starts.

    Raises ValueError if the records are of several protocols.
    """
    frame = in_place_of_eautorec(frame, model)
    rows = []
    for identifier in CLAIMS if identifiers is None else identifiers:
        text, parts_of = CLAIMS[identifier]
        parts = parts_of(frame)
        found = tests_of(parts)
        decided = combined_verdict(found["verdict"])
        flips = flip_rate(parts, decided)
        told = decided if not flips > MOST_FLIPS else UNDECIDED
        deciding = found.loc[_deciding(found["verdict"])].drop("verdict")
        rows.append({"id": identifier, "claim": text, "verdict": told, "found": decided,
                     "flips": flips, **deciding})  # fmt: skip
    return pd.DataFrame(rows)


def tests_of(parts: Iterable[Part]) -> pd.DataFrame:
    """One row for each part of a claim: verdict, size, and the column that is least favourable."""
    rows = []
    for part in parts:
        found = estimate(as_array(part.values))
        decided = verdict(found, part)
        worst = int(np.argmin(found.high if decided == CONTRADICTED else found.low))
        name = part.values.columns[worst]
        low, high = sorted((part.sign * found.low[worst], part.sign * found.high[worst]))
        rows.append(
            {
                "verdict": decided,
                "size": _size(found, part),
                "statistic": part.statistic.format(x=f"{name:g}" if np.isreal(name) else name),
                "difference": part.sign * found.mean[worst],
                "low": low,
                "high": high,
                "fold_sd": found.fold_sd[worst],
                "start_sd": found.start_sd[worst],
                "matters": part.matters,
                "sign": part.sign,
                "folds": found.n_folds,
                "starts": found.n_starts,
            }
        )
    return pd.DataFrame(rows)


def _size(found: Estimates, part: Part) -> str:
    """Whether an effect is as large as what matters, wherever it is measured."""
    nearest = np.where(found.low * found.high > 0, np.minimum(abs(found.low), abs(found.high)), 0)
    farthest = np.maximum(np.abs(found.low), np.abs(found.high))
    if (nearest >= part.matters).all():
        return LARGE
    return TOO_SMALL if (farthest < part.matters).all() else PERHAPS


def _deciding(verdicts: pd.Series) -> int:
    """The place of the first part that contradicts the claim, or leaves it open, or else any."""
    for word in (CONTRADICTED, UNDECIDED, EQUAL):
        if (verdicts == word).any():
            return int((verdicts == word).idxmax())
    return int(verdicts.index[0])


def flip_rate(parts: list[Part], decided: str, n_redraws: int = N_REDRAWS) -> float:
    """The share of redrawn starts in which another verdict comes out; nan with a single start.

    On each fold one of the starts is drawn, the same for all parts, as if the study had been run
    once from other initial weights. How much starts vary is estimated from all of them.
    """
    arrays = [as_array(part.values) for part in parts]
    n_folds, n_starts, _ = arrays[0].shape
    if n_starts < 2:
        return np.nan
    variances = [a.var(axis=1, ddof=1).mean(axis=0) for a in arrays]
    generator = np.random.default_rng(0)
    folds = np.arange(n_folds)
    flips = 0
    for _ in range(n_redraws):
        drawn = generator.integers(n_starts, size=n_folds)
        words = (
            verdict(estimate(array[folds, drawn][:, None], variance), part)
            for array, variance, part in zip(arrays, variances, parts, strict=True)
        )
        flips += combined_verdict(words) != decided
    return flips / n_redraws


def against_controls(frame: pd.DataFrame) -> pd.DataFrame:
    """The claims that need no sweep, with each control in place of E-AutoRec.

    Returns
    -------
    id, control, verdict (of the control), and beaten: whether the real E does better than the
    control at the same x, with an interval of the paired difference away from zero, in every column
    of each part that the control can change.
    """
    frame = frame[frame["e_from"] == DEFAULT.e_from]
    rows = []
    for identifier in AT_ONE_POINT:
        _, parts_of = CLAIMS[identifier]
        real = parts_of(in_place_of_eautorec(frame, "E-AutoRec"))
        for control in CONTROLS:
            other = parts_of(in_place_of_eautorec(frame, control))
            beaten = [
                bool((estimate(lead).low > 0).all())
                for lead in map(_lead, real, other)
                if lead.any()  # else it is about AutoRec alone
            ]
            decided = combined_verdict(tests_of(other)["verdict"])
            rows.append((identifier, control, decided, bool(beaten) and all(beaten)))
    return pd.DataFrame(rows, columns=["id", "control", "verdict", "beaten"])


def _lead(real: Part, other: Part) -> Array:
    """How far the first is ahead of the second in the claim's direction, at the same x; of epochs
    at those that both reached."""
    n = min(real.values.shape[1], other.values.shape[1])
    mine, its = real.values.iloc[:, :n], other.values.iloc[:, :n]
    if not (mine.index.equals(its.index) and mine.columns.equals(its.columns)):
        raise ValueError(f"{real.statistic} was not measured at the same points.")
    return as_array(mine - its)


def in_place_of_eautorec(frame: pd.DataFrame, model: str) -> pd.DataFrame:
    """The records of AutoRec, and of a model under the name of E-AutoRec."""
    frame = frame[frame["model"].isin(["AutoRec", model])]
    mixed = [name for name in vars(DEFAULT) if name in frame and frame[name].nunique() > 1]
    if mixed:
        raise ValueError(f"The records are of several protocols: they differ in {mixed}.")
    return frame.assign(model=frame["model"].replace(model, "E-AutoRec"))


def gain_at_default(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """E-AutoRec minus AutoRec at the default hyper-parameters: rows are (fold, start), columns
    x."""
    return differences(Figure("", metric, "n", "").records(frame))


def shown(frame: pd.DataFrame, figure: str, model: str) -> pd.DataFrame:
    """What a figure shows of a model: rows are (fold, start), columns are x."""
    records = FIGURES[figure].records(frame)
    return by_case(records[records["model"] == model])


def _gains(figure: str, name: str) -> ClaimTest:
    """Of "E-AutoRec is above AutoRec at every x of the figure"."""
    shown = FIGURES[figure]
    return lambda frame: [Part(name, differences(shown.records(frame)), MATTERS[shown.metric])]


def _below(part: Part) -> Part:
    """Of "below" instead of "above"."""
    return part._replace(values=-part.values, sign=-1)


def c1(frame: pd.DataFrame) -> list[Part]:
    """Not worse by what matters."""
    matters = MATTERS["rmse"]
    return [_below(Part("RMSE", gain_at_default(frame, "rmse"), matters))._replace(least=-matters)]


def c2(frame: pd.DataFrame) -> list[Part]:
    """At every epoch that all trainings reached."""
    gain = differences(FIGURES["3"].records(frame)).dropna(axis=1)
    return [_below(Part("RMSE at epoch {x}", gain, MATTERS["rmse"]))]


def c4(frame: pd.DataFrame) -> list[Part]:
    parts = []
    for model in ("AutoRec", "E-AutoRec"):
        wide = shown(frame, "4a", model)
        early, late = wide[20] - wide[5], wide[50] - wide[20]
        for name, values in (
            (f"MAP@50 - MAP@20 of {model}", late),
            (f"that, less MAP@20 - MAP@5 of {model}", late - early),
        ):
            parts.append(_below(Part(name, values.to_frame(), MATTERS["map"])))
    return parts


def c6(frame: pd.DataFrame) -> list[Part]:
    return [
        Part(f"MEP@50 - MEP@20 of {model}", (wide[50] - wide[20]).to_frame(), MATTERS["mep"])
        for model in ("AutoRec", "E-AutoRec")
        for wide in [shown(frame, "4b", model)]
    ]


def c7(frame: pd.DataFrame) -> list[Part]:
    return [
        part
        for figure, name in (("5a", "MAP"), ("5b", "MEP"))
        for part in _gains(figure, f"{name}@10 with {{x}} hidden units")(frame)
    ]


def _rise(frame: pd.DataFrame, figure: str, model: str, name: str) -> Part:
    """Of "a straight line through what a figure shows of a model rises"."""
    values = rises(shown(frame, figure, model)).to_frame()
    return Part(f"{name} of {model}", values, MATTERS[FIGURES[figure].metric])


def c8(frame: pd.DataFrame) -> list[Part]:
    return [_rise(frame, "6b", "E-AutoRec", "rise of MEP@10 from 5 to 200 neighbours")]


def c9(frame: pd.DataFrame) -> list[Part]:
    return [
        _below(_rise(frame, "6a", "E-AutoRec", "rise of MAP@10 from 5 to 200 neighbours")),
        *_gains("6a", "MAP@10 with {x} neighbours")(frame),
    ]


def c10(frame: pd.DataFrame) -> list[Part]:
    return [
        *(
            _below(_rise(frame, "6c", model, "rise of MEP@10 from theta 0 to 4"))
            for model in ("AutoRec", "E-AutoRec")
        ),
        *_gains("6c", "MEP@10 at theta {x}")(frame),
    ]


def c11(frame: pd.DataFrame) -> list[Part]:
    return [*c1(frame), *_gains("4a", "MAP@{x}")(frame)]


def c12(frame: pd.DataFrame) -> list[Part]:
    """Do the users with the fewest ratings gain, and more than each other quarter?

    MAP as a share of what AutoRec has in that quarter: those with few ratings have few test films,
    so that the same gain means more. Where AutoRec has nothing there is no share: nan, and nothing
    is decided.
    """
    lower = -gain_at_default(frame, "rmse by quartile")
    records = Figure("", "map by quartile", "n", "").records(frame)
    before = as_array(by_case(records[records["model"] == "AutoRec"])).mean(axis=(0, 1))
    share = differences(records) / np.where(before > 0, before, np.nan)
    parts = []
    for name, gain, matters in (
        ("RMSE", lower, MATTERS["rmse"]),
        ("MAP@10 as a share of AutoRec's", share, MATTERS["share"]),
    ):
        columns = {"fewest ratings": gain[0]}
        for q, others in ((1, "few"), (2, "many"), (3, "most")):
            columns[f"fewest less {others}"] = gain[0] - gain[q]
        parts.append(Part(f"gain in {name}, {{x}}", pd.DataFrame(columns), matters))
    return parts


AT_ONE_POINT = ("C1", "C2", "C3", "C4", "C5", "C6", "C11", "C12")
"""Claims that need no other number of hidden units, neighbours or theta."""

CLAIMS: dict[str, tuple[str, ClaimTest]] = {
    "C1": ("E-AutoRec predicts ratings at least as accurately", c1),
    "C2": ("lower RMSE over training", c2),
    "C3": ("higher MAP at every list length", _gains("4a", "MAP@{x}")),
    "C4": ("MAP holds to n = 20, then drops", c4),
    "C5": ("higher MEP at every list length", _gains("4b", "MEP@{x}")),
    "C6": ("MEP of both improves beyond n = 20", c6),
    "C7": ("higher MAP and MEP for every number of hidden units", c7),
    "C8": ("more neighbours: MEP rises", c8),
    "C9": ("more neighbours: MAP falls slowly, stays above", c9),
    "C10": ("higher theta: MEP falls, E-AutoRec stays above", c10),
    "C11": ("no accuracy is paid for explainability", c11),
    "C12": ("e helps most where ratings are few", c12),
}
"""By its number: what the paper says (chapters/paper.md quotes it), and the test."""
