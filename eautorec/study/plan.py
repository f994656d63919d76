"""Which runs the study is made of: the figures, and the controls beside the two models."""

from __future__ import annotations

from collections.abc import Iterable

from eautorec.errors import InputError
from eautorec.study import tuning
from eautorec.study.figures import FIGURES
from eautorec.study.protocol import CONTROLS, Protocol, Run
from eautorec.study.runner import BASELINES

PARTS = (*FIGURES, "controls", "baselines")
"""What is run when nothing else is said. "tuning" is run when it is asked for."""


def runs(parts: Iterable[str] | None, seeds: range) -> list[Run]:
    """The runs of some parts, each once; None for all. "4" stands for 4a and 4b.

    Raises InputError for a part that does not exist.
    """
    chosen = []
    names = (*PARTS, "tuning")
    for part in PARTS if parts is None else parts:
        matching = [name for name in names if name == part or name.rstrip("abc") == part]
        if not matching:
            raise InputError(f"There is no figure {part!r}: choose among {', '.join(names)}.")
        chosen += matching
    found = [run for part in chosen for run in _runs(part, seeds)]
    return list(dict.fromkeys(found))


def figure_runs(seeds: range) -> list[Run]:
    """The runs that the claims are decided from."""
    return runs(FIGURES, seeds)


def _runs(part: str, seeds: range) -> list[Run]:
    if part == "controls":
        leak = Protocol(e_from="all")
        return [
            *(Run(control, seed) for seed in seeds for control in CONTROLS),
            *(Run("E-AutoRec", seed, protocol=leak) for seed in seeds),
        ]
    if part == "tuning":
        return tuning.runs()
    if part == "baselines":
        return [Run(baseline, seed) for seed in seeds for baseline in BASELINES]
    return FIGURES[part].runs(seeds)
