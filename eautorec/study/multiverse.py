"""Every open point turned: one at a time from the default, and many at once.

A claim that holds in the main replication may be due to a choice that the paper never made. Here it
is asked again under each reading, and the share of readings that support it is its second light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from eautorec.study.claims import (
    AT_ONE_POINT,
    EQUAL,
    UNDECIDED,
    VERDICTS,
    claims,
    in_place_of_eautorec,
)
from eautorec.study.figures import FIGURES, Figure
from eautorec.study.protocol import DEFAULT, MODELS, UPPER_QUARTER, Protocol, Run

ONE_FOLD = "latest"
"""The split that has one test only: it is told without an interval."""

LEAKS = ({"e_from": "all"}, {"ending": "best on test"}, {"test_input": "test"})
"""Turned alone, as warnings: no reading of the paper asks for test ratings."""

SWEPT = ("C7", "C8", "C9", "C10")
"""Claims about hidden units, neighbours and theta, asked again under each judging choice."""

OF_RMSE = ("clip",)
"""The judging choices that enter the RMSE."""

OF_MAP = ("candidates", "map_divisor", "relevant")
"""Those that enter MAP."""

OF_MEP = ("judge", "mep_users", "candidates")
"""Those that enter MEP."""

READS = {
    "C1": OF_RMSE,
    "C2": (),
    "C3": OF_MAP,
    "C4": OF_MAP,
    "C5": OF_MEP,
    "C6": OF_MEP,
    "C7": (*OF_MAP, *OF_MEP),
    "C8": OF_MEP,
    "C9": OF_MAP,
    "C10": OF_MEP,
    "C11": (*OF_RMSE, *OF_MAP),
    "C12": (*OF_RMSE, *OF_MAP),
}
"""The judging choices that a claim's measure knows. Readings that differ in others count once."""

ALWAYS = ("starts",)
"""Judging choices that every claim knows."""

NOT_COMBINED = ("starts", "optimizer", "step")
"""Choices that are turned alone and in pairs only."""

N_COMBINATIONS = 6
"""Combinations of choices that are trained: as many as the choice with the most values has."""

N_JUDGINGS = 4
"""Ways in which each of them is judged."""

THETA = 0.5
"""A threshold above 0, at which its scale (A11) makes a difference: half a star, or half of all."""


class Reading(NamedTuple):
    """One way to read the paper."""

    protocol: Protocol
    theta: float = 0.0

    @property
    def n_turned(self) -> int:
        """How many choices are not the default."""
        return len(self.protocol.turned()) + (
            self.theta != 0 and self.protocol.theta_scale == DEFAULT.theta_scale
        )


def single_turns(*kinds: str) -> list[Reading]:
    """One choice turned, for each value of each open point of these kinds; leaks included.

    The scale of theta (A11) changes nothing at 0, so that it is turned at THETA.
    """
    found = [
        Reading(
            replace(DEFAULT, **{option.name: value}),
            THETA if option.name == "theta_scale" else 0.0,
        )
        for option in fields(Protocol)
        if option.metadata["turns"] in kinds
        for value in option.metadata["values"][1:]
    ]
    return [*found, Reading(DEFAULT, THETA)] if "e" in kinds else found


PAIRED = ("optimizer", "ending", "step")
"""Choices that work together."""


ENDED = {
    "lbfgs": ("minimum", "scratch", "chosen"),
    "adam": ("minimum", "scratch"),
    "adam in batches": ("minimum",),
    "rprop": ("minimum", "chosen"),
}
"""Optimisers and the endings that they are paired with."""


def pairs() -> list[Reading]:
    """Optimisers with endings, and with AutoRec's learning rate and lambda for both models."""
    found = [
        Reading(replace(DEFAULT, optimizer=optimizer, ending=ending))
        for optimizer, endings in ENDED.items()
        for ending in endings
    ]
    found += [
        Reading(replace(DEFAULT, optimizer=optimizer, ending=ending, step="AutoRec's"))
        for optimizer in ("adam", "adam in batches")
        for ending in ENDED[optimizer]
    ]
    return found


def combinations() -> list[Reading]:
    """N_COMBINATIONS of the choices that are trained, each judged in N_JUDGINGS ways.

    Every value of a choice is drawn as often as any other, as far as the numbers allow: its column
    holds each value equally often, in a random order. The optimiser is not among them: at the
    minimum it makes little difference, and `pairs` has it with each ending.
    """
    generator = np.random.default_rng(22)

    def balanced(kinds: tuple[str, ...], n: int) -> list[dict[str, str]]:
        columns = {}
        for option in fields(Protocol):
            if option.metadata["turns"] in kinds and option.name not in NOT_COMBINED:
                values = [
                    v
                    for v in option.metadata["values"]
                    if {option.name: v} not in LEAKS and v != ONE_FOLD
                ]
                columns[option.name] = generator.permutation(np.resize(values, n)).tolist()
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    trained = balanced(("training", "e"), N_COMBINATIONS)
    thetas = generator.permutation(np.resize([0.0, THETA], N_COMBINATIONS)).tolist()
    judged = balanced(("judging",), N_COMBINATIONS * N_JUDGINGS)
    for judging in judged:
        if judging["candidates"] == "test" and judging["relevant"] == "all":
            judging["relevant"] = UPPER_QUARTER  # else every list would be perfect
    return [
        Reading(Protocol(**trained[k // N_JUDGINGS], **judging), thetas[k // N_JUDGINGS])
        for k, judging in enumerate(judged)
    ]


NAMED = {
    "to the letter": Reading(Protocol(combination="sum", loss="all")),
    "as AutoRec's authors train": Reading(Protocol(optimizer="rprop", ending="chosen")),
    "as later public code judges": Reading(
        Protocol(split="latest", candidates="test", map_divisor="n"), theta=2.0
    ),
    "as public AutoRec code does": Reading(Protocol(test_input="test", ending="best on test")),
}
"""Readings that somebody would really make."""


def readings() -> list[Reading]:
    """The default, every single turn, the pairs, the combinations and those with a name."""
    found = [
        Reading(DEFAULT),
        *single_turns("training", "e", "judging"),
        *pairs(),
        *combinations(),
        *NAMED.values(),
    ]
    return list(dict.fromkeys(found))


def sample() -> list[Reading]:
    """The combinations that every build of the book computes again: the first three that are
    trained in ways of their own."""
    return combinations()[::N_JUDGINGS][:3]


def runs(
    folds: Iterable[int], starts: Iterable[int], some: Iterable[Reading] | None = None
) -> list[Run]:
    """Both models under each reading."""
    folds, starts = tuple(folds), tuple(starts)
    return [
        Run(model, fold, start, theta=reading.theta, protocol=reading.protocol)
        for reading in (readings() if some is None else some)
        for fold in (folds[:1] if reading.protocol.split == ONE_FOLD else folds)
        for start in (starts if reading.protocol.starts == "averaged" else starts[:1])
        for model in MODELS
    ]


def swept_runs(folds: Iterable[int], starts: Iterable[int]) -> list[Run]:
    """Figures 5 and 6 under each judging choice."""
    figures = [figure for name, figure in FIGURES.items() if name[0] in "56"]
    found = [
        run
        for reading in (Reading(DEFAULT), *single_turns("judging"))
        for figure in figures
        for run in figure.runs(
            folds,
            starts if reading.protocol.starts == "averaged" else tuple(starts)[:1],
            reading.protocol,
            models=MODELS,
        )
    ]
    return list(dict.fromkeys(found))


def table(
    frame_of: Callable[[Iterable[Run]], pd.DataFrame],
    folds: Iterable[int],
    starts: Iterable[int],
    broken_above: float,
) -> pd.DataFrame:
    """One row for each reading and claim: the choices, then what `claims` says (its number of
    starts as n_starts: `starts` is a choice), and whether the reading is broken: one of its models
    predicts ratings worse than the films' means do.

    Parameters
    ----------
    frame_of : gives the records of runs, as `Store.frame` does.
    broken_above : the RMSE of the films' means.
    """
    folds, starts = tuple(folds), tuple(starts)
    asked: list[tuple[Reading, list[Run], tuple[str, ...]]] = [
        (reading, runs(folds, starts, [reading]), AT_ONE_POINT) for reading in readings()
    ]
    swept = swept_runs(folds, starts)
    asked += [
        (reading, [run for run in swept if run.protocol == reading.protocol], SWEPT)
        for reading in (Reading(DEFAULT), *single_turns("judging"))
    ]
    rows = []
    seen: set[tuple[str, Reading]] = set()
    for number, (reading, its_runs, identifiers) in enumerate(asked):
        new = [name for name in identifiers if (name, _as_read_by(name, reading)) not in seen]
        if not new:
            continue
        seen.update((name, _as_read_by(name, reading)) for name in new)
        frame = frame_of(its_runs)
        if identifiers == AT_ONE_POINT:
            frame = frame.assign(theta=0.0)  # where the figures look for the default
        found = claims(frame, new)
        choices = {
            option.name: getattr(reading.protocol, option.name) for option in fields(Protocol)
        }
        rmse = Figure("", "rmse", "n", "").records(in_place_of_eautorec(frame, "E-AutoRec"))
        worst = float(rmse.groupby("model")["value"].mean().max())
        rows.append(
            found.rename(columns={"starts": "n_starts"}).assign(
                reading=number,
                turned=reading.n_turned,
                rmse=worst,
                broken=worst > broken_above,
                theta=reading.theta,
                **choices,
            )
        )
    return pd.concat(rows, ignore_index=True)


def _as_read_by(identifier: str, reading: Reading) -> Reading:
    """The reading as a claim sees it: the choices that its measure does not know at their
    default."""
    unread = {
        option.name: getattr(DEFAULT, option.name)
        for option in fields(Protocol)
        if option.metadata["turns"] == "judging"
        and option.name not in (*READS[identifier], *ALWAYS)
    }
    return reading._replace(protocol=replace(reading.protocol, **unread))


def verdicts_by_reading(found: pd.DataFrame) -> pd.DataFrame:
    """One row for each reading: its choices, then a column for each claim of AT_ONE_POINT with the
    verdict, taken from the reading that the claim cannot tell from it.

    Parameters
    ----------
    found : of `table`.
    """
    names = [option.name for option in fields(Protocol)]
    verdicts = {}
    for row in found[found["id"].isin(AT_ONE_POINT)].to_dict("records"):
        reading = Reading(Protocol(**{name: row[name] for name in names}), row["theta"])
        verdicts[row["id"], _as_read_by(row["id"], reading)] = row["verdict"]
    rows = [
        {name: getattr(r.protocol, name) for name in names}
        | {"theta": r.theta, "turned": r.n_turned}
        | {name: verdicts[name, _as_read_by(name, r)] for name in AT_ONE_POINT}
        for r in readings()
    ]
    return pd.DataFrame(rows)


def without_leaks(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of the readings that keep to the training ratings."""
    leaking = np.zeros(len(found), dtype=bool)
    for leak in LEAKS:
        [(name, value)] = leak.items()
        leaking |= (found[name] == value).to_numpy()
    return found[~leaking]


def counts_by_claim(found: pd.DataFrame) -> pd.DataFrame:
    """For each claim: id, how many readings come to each verdict, readings, and broken: how many of
    them are."""
    counted = pd.crosstab(found["id"], found["verdict"])
    counted = counted.reindex(columns=list(VERDICTS), fill_value=0)
    order = sorted(counted.index, key=lambda name: int(name[1:]))
    counted = counted.loc[order].assign(readings=counted.sum(axis=1))
    counted["broken"] = found.groupby("id")["broken"].sum()
    return counted.reset_index().rename_axis(columns=None)


def changed_by_one_turn(found: pd.DataFrame) -> pd.DataFrame:
    """Which choice, turned alone, shows what the default does not, or the other way round: id,
    choice, value, the default's verdict, and verdict.

    Shown are only changes from and to what is supported, contradicted or mixed: between undecided
    and practically equal there lies a width of an interval, and no finding. Combinations cannot
    tell, since many choices are turned in each.

    Parameters
    ----------
    found : of `verdicts_by_reading`.
    """
    default = found[found["turned"] == 0].iloc[0]
    open_ended = {EQUAL, UNDECIDED}
    rows = []
    for identifier in AT_ONE_POINT:
        before = default[identifier]
        for row in found[found["turned"] == 1].to_dict("records"):
            after = row[identifier]
            if before != after and not {before, after} <= open_ended:
                turned = [f.name for f in fields(Protocol) if row[f.name] != f.default]
                choice = turned[0] if turned else "theta"
                rows.append((identifier, choice, row[choice], before, after))
    return pd.DataFrame(rows, columns=["id", "choice", "value", "by default", "verdict"])
