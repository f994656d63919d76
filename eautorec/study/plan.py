"""Which runs the study is made of."""

from __future__ import annotations

from collections.abc import Iterable

from eautorec.errors import InputError
from eautorec.study import multiverse, tuning
from eautorec.study.baselines import BASELINES
from eautorec.study.figures import FIGURES
from eautorec.study.protocol import CONTROLS, Protocol, Run

PARTS = (*FIGURES, "controls", "baselines")
"""The default study: what is run when nothing else is said."""

SAMPLE = "readings"
"""Some readings of the multiverse, which the book computes again beside the default study."""

LARGE = ("swapped", "judged", "multiverse", "tuning")
"""Run when asked for, since they take an hour, and then recorded."""

IN_PLACE_OF_E = ("shuffled", "same for all")
"""Controls that take every claim's test."""

N_SEEDS = 10
"""Splits of the default study, each with its own start."""

N_SEEDS_LARGE = 5
"""Splits of the large parts."""


def runs(parts: Iterable[str] | None, seeds: range) -> list[Run]:
    """The runs of some parts, each once; None for the default study. "4" stands for 4a and 4b.

    The large parts take the first N_SEEDS_LARGE seeds only, and the tuning has its own.

    Raises InputError for a part that does not exist.
    """
    chosen = []
    names = (*PARTS, SAMPLE, *LARGE)
    for part in PARTS if parts is None else parts:
        matching = [name for name in names if name == part or name.rstrip("abc") == part]
        if not matching:
            raise InputError(f"There is no figure {part!r}: choose among {', '.join(names)}.")
        chosen += matching
    found = [run for part in chosen for run in _runs_of_part(part, seeds)]
    return list(dict.fromkeys(found))


def figure_runs(seeds: range) -> list[Run]:
    """The runs that the claims are decided from."""
    return runs(FIGURES, seeds)


def swapped_runs(control: str, seeds: range) -> list[Run]:
    """The same with a control in the place of E-AutoRec."""
    found = [r for f in FIGURES.values() for r in f.runs(seeds, models=("AutoRec", control))]
    return list(dict.fromkeys(found))


def _runs_of_part(part: str, seeds: range) -> list[Run]:
    few = seeds[:N_SEEDS_LARGE]
    if part == "controls":
        leak = Protocol(e_from="all")
        return [
            *(Run(control, seed) for seed in seeds for control in CONTROLS),
            *(Run("E-AutoRec", seed, protocol=leak) for seed in seeds),
        ]
    if part == "baselines":
        return [Run(baseline, seed) for seed in seeds for baseline in BASELINES]
    if part == SAMPLE:
        return multiverse.runs(few, multiverse.sample())
    if part == "swapped":
        return [run for control in IN_PLACE_OF_E for run in swapped_runs(control, few)]
    if part == "judged":
        return multiverse.swept_runs(few)
    if part == "multiverse":
        return multiverse.runs(few)
    if part == "tuning":
        return tuning.runs()
    return FIGURES[part].runs(seeds)
