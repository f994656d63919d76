"""Every open point turned: one at a time from the default, and many at once.

A claim that holds in the main replication may be due to a choice that the paper never made. Here it
is asked again under each reading, and the share of readings that support it is its second light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace

import numpy as np
import pandas as pd

from eautorec.study.claims import AT_ONE_POINT, SUPPORTED, claims
from eautorec.study.figures import FIGURES
from eautorec.study.protocol import DEFAULT, MODELS, Protocol, Run

LEAKS = ({"e_from": "all"}, {"epoch": "best on test"}, {"test_input": "test"})
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

N_COMBINATIONS = 26
"""Combinations of choices that are trained."""

N_JUDGINGS = 3
"""Ways in which each of them is judged."""


def single_turns(*kinds: str) -> list[Protocol]:
    """One choice turned, for each value of each open point of these kinds; leaks included.

    Without a threshold, its scale (A11) changes nothing and is left out.
    """
    return [
        replace(DEFAULT, **{option.name: value})
        for option in fields(Protocol)
        if option.metadata["turns"] in kinds and option.name != "theta_scale"
        for value in option.metadata["values"][1:]
    ]


def combinations() -> list[Protocol]:
    """N_COMBINATIONS of the choices that are trained, each judged in N_JUDGINGS ways.

    Every value of a choice is drawn as often as any other, as far as the numbers allow: its column
    holds each value equally often, in a random order.
    """
    generator = np.random.default_rng(22)

    def balanced(kinds: tuple[str, ...], n: int) -> list[dict[str, str]]:
        columns = {}
        for option in fields(Protocol):
            if option.metadata["turns"] in kinds and option.name != "theta_scale":
                values = [v for v in option.metadata["values"] if {option.name: v} not in LEAKS]
                columns[option.name] = generator.permutation(np.resize(values, n)).tolist()
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    trained = balanced(("training", "e"), N_COMBINATIONS)
    judged = balanced(("judging",), N_COMBINATIONS * N_JUDGINGS)
    for judging in judged:
        if judging["candidates"] == "test" and judging["relevant"] == "all":
            judging["relevant"] = "4 or more"  # else every list would be perfect
    return [Protocol(**trained[k // N_JUDGINGS], **judging) for k, judging in enumerate(judged)]


def protocols() -> list[Protocol]:
    """The default, every single turn, and the combinations; each once."""
    found = [DEFAULT, *single_turns("training", "e", "judging"), *combinations()]
    return list(dict.fromkeys(found))


def sample() -> list[Protocol]:
    """The combinations that every build of the book computes again: the first three that are
    trained in ways of their own and with the default optimiser, since the others take minutes."""
    found = [p for p in combinations()[::N_JUDGINGS] if p.optimizer == DEFAULT.optimizer]
    return found[:3]


def runs(seeds: range, some: Iterable[Protocol] | None = None) -> list[Run]:
    """Both models under each protocol."""
    some = protocols() if some is None else some
    return [Run(model, s, protocol=p) for p in some for s in seeds for model in MODELS]


def swept_runs(seeds: range) -> list[Run]:
    """Figures 5 and 6 under each judging choice."""
    figures = [figure for name, figure in FIGURES.items() if name[0] in "56"]
    found = [
        run
        for p in (DEFAULT, *single_turns("judging"))
        for f in figures
        for run in f.runs(seeds, p, models=MODELS)
    ]
    return list(dict.fromkeys(found))


def table(frame_of: Callable[[Iterable[Run]], pd.DataFrame], seeds: range) -> pd.DataFrame:
    """One row for each protocol and claim: the choices, then what `claims` says.

    Parameters
    ----------
    frame_of : gives the records of runs, as `Store.frame` does.
    """
    asked: list[tuple[Protocol, list[Run], tuple[str, ...]]] = [
        (p, runs(seeds, [p]), AT_ONE_POINT) for p in protocols()
    ]
    swept = swept_runs(seeds)
    asked += [
        (p, [run for run in swept if run.protocol == p], SWEPT)
        for p in (DEFAULT, *single_turns("judging"))
    ]
    rows = []
    seen: set[tuple[str, Protocol]] = set()
    for number, (protocol, its_runs, identifiers) in enumerate(asked):
        new = [name for name in identifiers if (name, _as_read_by(name, protocol)) not in seen]
        if not new:
            continue
        seen.update((name, _as_read_by(name, protocol)) for name in new)
        found = claims(frame_of(its_runs), new)
        names = {option.name: getattr(protocol, option.name) for option in fields(Protocol)}
        rows.append(found.assign(protocol=number, turned=len(protocol.turned()), **names))
    return pd.concat(rows, ignore_index=True)


def _as_read_by(identifier: str, protocol: Protocol) -> Protocol:
    """The protocol as a claim sees it: the choices that its measure does not know at their
    default."""
    unread = {
        option.name: getattr(DEFAULT, option.name)
        for option in fields(Protocol)
        if option.metadata["turns"] == "judging" and option.name not in READS[identifier]
    }
    return replace(protocol, **unread)


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
        protocol = Protocol(**{name: row[name] for name in names})
        verdicts[row["id"], _as_read_by(row["id"], protocol)] = row["verdict"]
    rows = [
        {name: getattr(p, name) for name in names}
        | {name: verdicts[name, _as_read_by(name, p)] for name in AT_ONE_POINT}
        for p in protocols()
    ]
    return pd.DataFrame(rows)


def without_leaks(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of the readings that keep to the training ratings."""
    leaking = np.zeros(len(found), dtype=bool)
    for leak in LEAKS:
        [(name, value)] = leak.items()
        leaking |= (found[name] == value).to_numpy()
    return found[~leaking]


def support_by_claim(found: pd.DataFrame) -> pd.DataFrame:
    """For each claim: the number of protocols, and how many support and contradict it."""
    counted = pd.crosstab(found["id"], found["verdict"])
    counted = counted.reindex(columns=["supported", "undecided", "contradicted"], fill_value=0)
    order = sorted(counted.index, key=lambda name: int(name[1:]))
    counted = counted.loc[order].assign(protocols=counted.sum(axis=1))
    return counted.reset_index().rename_axis(columns=None)


def deciding_choices(found: pd.DataFrame) -> pd.DataFrame:
    """Which choice decides which claim: id, choice, value, protocols, share supported, others.

    `others` is the share among the protocols with another value of that choice.
    """
    rows = []
    for identifier, mine in found.groupby("id", sort=False):
        supported = mine["verdict"] == SUPPORTED
        for option in fields(Protocol):
            for value in option.metadata["values"]:
                here = mine[option.name] == value
                if here.all() or not here.any():
                    continue
                shares = supported[here].mean(), supported[~here].mean()
                rows.append((identifier, option.name, value, int(here.sum()), *shares))
    columns = ["id", "choice", "value", "protocols", "share", "others"]
    return pd.DataFrame(rows, columns=columns)
