"""Which runs the study is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from eautorec.errors import InputError
from eautorec.parameters import number
from eautorec.study import endings, levels, multiverse, tuning
from eautorec.study.baselines import BASELINES
from eautorec.study.figures import FIGURES
from eautorec.study.protocol import CONTROLS, N_FOLDS, Protocol, Run

PARTS = (*FIGURES, "controls", "baselines")
"""The default study: what is run when nothing else is said."""

LARGE = ("swapped", "judged", "endings", "levels", "multiverse", "tuning")
"""Run when asked for, since they take hours, and then recorded."""

IN_PLACE_OF_E = ("shuffled",)
"""Controls that take every claim's test, also of the claims that sweep a parameter."""

N_STARTS = 3
"""Starts on each fold."""


N_STARTS_LARGE = 2
"""The first of them, in the largest parts: swapped, judged, multiverse."""


def runs(
    parts: Iterable[str] | None,
    folds: Iterable[int] = range(N_FOLDS),
    starts: Iterable[int] = range(N_STARTS),
) -> list[Run]:
    """The runs of some parts, each once; None for the default study. "4" stands for 4a and 4b.

    The largest parts take the first N_STARTS_LARGE starts only; the tuning has folds of its own.

    Raises InputError for a part that does not exist.
    """
    folds, starts = tuple(folds), tuple(starts)
    chosen = []
    names = (*PARTS, *LARGE)
    for part in PARTS if parts is None else parts:
        matching = [name for name in names if name == part or name.rstrip("abc") == part]
        if not matching:
            raise InputError(f"There is no figure {part!r}: choose among {', '.join(names)}.")
        chosen += matching
    found = [run for part in chosen for run in _runs_of_part(part, folds, starts)]
    return list(dict.fromkeys(found))


def figure_runs(folds: Iterable[int], starts: Iterable[int]) -> list[Run]:
    """The runs that the claims are decided from."""
    return runs(FIGURES, folds, starts)


def judged_from(runs: Iterable[Run], least: float | None) -> list[Run]:
    """The same runs, where test ratings from `least` on are relevant; None leaves them as they
    are."""
    if least is None:
        return list(runs)
    said = f"{number('The lowest relevant rating', least, at_least=0):g} or more"
    return [replace(run, protocol=replace(run.protocol, relevant=said)) for run in runs]


def swapped_runs(control: str, folds: Iterable[int], starts: Iterable[int]) -> list[Run]:
    """The same with a control in place of E-AutoRec."""
    models = ("AutoRec", control)
    found = [run for f in FIGURES.values() for run in f.runs(folds, starts, models=models)]
    return list(dict.fromkeys(found))


def sample() -> list[Run]:
    """What every build of the book computes again: enough to notice a change anywhere.

    Both models on every fold, from one start; everything else on the first fold.
    """
    found = runs(["3", "4"], starts=[0])
    found += runs(["5", "6", "controls", "baselines"], range(1), [0])
    found += multiverse.runs(range(1), [0], multiverse.sample())
    return list(dict.fromkeys(found))


def _runs_of_part(part: str, folds: tuple[int, ...], starts: tuple[int, ...]) -> list[Run]:
    few = starts[:N_STARTS_LARGE]
    if part == "controls":
        leak = Protocol(e_from="all")
        cases = [(fold, start) for fold in folds for start in starts]
        return [
            *(Run(control, fold, start) for fold, start in cases for control in CONTROLS),
            *(Run("E-AutoRec", fold, start, protocol=leak) for fold, start in cases),
        ]
    if part == "baselines":
        return [Run(baseline, fold) for fold in folds for baseline in BASELINES]
    if part == "swapped":
        return [run for control in IN_PLACE_OF_E for run in swapped_runs(control, folds, few)]
    if part == "judged":
        return multiverse.swept_runs(folds, few)
    if part == "endings":
        return endings.runs(folds, starts)
    if part == "levels":
        return levels.runs(folds, starts)
    if part == "multiverse":
        return multiverse.runs(folds, few)
    if part == "tuning":
        return tuning.runs()
    return FIGURES[part].runs(folds, starts)
