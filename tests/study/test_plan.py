"""Which runs there are."""

from collections import Counter
from dataclasses import fields

import pytest

from eautorec import InputError
from eautorec.study import endings, levels, multiverse, plan, tuning
from eautorec.study.figures import FIGURES
from eautorec.study.protocol import CONTROLS, DEFAULT, LISTS, MODELS, NULL_CONTROLS, Protocol, Run
from eautorec.study.runner import BASELINES


def test_a_number_stands_for_all_its_parts():
    four = plan.runs(["4"], range(2))
    assert set(four) == {*plan.runs(["4a"], range(2)), *plan.runs(["4b"], range(2))}
    with pytest.raises(InputError, match="no figure '7'"):
        plan.runs(["7"], range(2))


def test_the_default_study_has_each_run_once():
    found = plan.runs(None, range(2), range(3))
    assert len(found) == len(set(found)) == len({run.key() for run in found})
    assert {run.fold for run in found} == {0, 1} and {run.start for run in found} == {0, 1, 2}
    assert {run.model for run in found} == {*MODELS, *CONTROLS, *LISTS, *BASELINES}
    assert {run.measured_on for run in found} == {"test"}
    # A leak is measured beside them, and nothing else is turned.
    assert {tuple(run.protocol.turned().items()) for run in found} == {(), (("e_from", "all"),)}


def test_all_folds_and_starts_are_meant_where_nothing_is_said():
    found = Counter(run.model for run in plan.runs(["4", "controls", "baselines"]))
    cases = 10 * plan.N_STARTS
    assert found["AutoRec"] == found["shuffled"] == cases
    assert found["E-AutoRec"] == 2 * cases, "its leak is a control"
    assert found["biases"] == found["popular"] == found["by E"] == 10, "of them starts know nothing"


def test_figures_share_their_runs():
    """The default models stand in several figures and are trained once."""
    runs = [run for run in plan.figure_runs(range(1), range(1)) if run.model == "AutoRec"]
    assert len({run.fit_key() for run in runs}) == 6, "six numbers of hidden units"
    assert set(plan.figure_runs(range(1), range(1))) == set(plan.runs(FIGURES, range(1), range(1)))


def test_a_control_takes_every_test_of_the_claims():
    """With the same runs as E-AutoRec has."""
    real = [run for run in plan.figure_runs([1], [2]) if run.model in MODELS]
    swapped = plan.swapped_runs("noise", [1], [2])
    as_real = [
        Run("E-AutoRec" if run.model == "noise" else run.model, 1, 2, run.n_hidden,
            run.n_neighbors, run.theta) for run in swapped
    ]  # fmt: skip
    assert set(as_real) == set(real) and len(swapped) == len(real)


@pytest.mark.parametrize("part", ["swapped", "judged", "multiverse"])
def test_the_largest_parts_take_the_first_starts_only(part):
    found = plan.runs([part], range(2), range(5))
    assert {run.start for run in found} == set(range(plan.N_STARTS_LARGE)) < set(range(5))
    assert {run.start for run in plan.runs([part], range(2), [3])} == {3}


def test_the_other_large_parts_take_all_starts_and_the_tuning_its_own_folds():
    cases = range(2), range(5)
    for part, runs in (("endings", endings.runs(*cases)), ("levels", levels.runs(*cases))):
        assert plan.runs([part], *cases) == runs
        assert {run.start for run in runs} == set(range(5))
    assert plan.runs(["tuning"], range(1), range(1)) == list(dict.fromkeys(tuning.runs()))
    named = {"swapped", "judged", "multiverse", "endings", "levels", "tuning"}
    assert set(plan.LARGE) == named and not named & set(plan.PARTS)


def test_the_sample_has_something_of_everything():
    """And on every fold the two models of the main claims, from the same start as the record."""
    found = plan.sample()
    assert len(found) == len(set(found)) and {run.start for run in found} == {0}
    for model in MODELS:
        assert {run.fold for run in found if run == Run(model, run.fold)} == set(range(10))
    assert {run.model for run in found} == {*MODELS, *CONTROLS, *LISTS, *BASELINES}
    every = set(plan.runs(None, range(10), [0]))
    known = [run for run in found if run in every]
    combined = [run for run in found if run not in every]
    assert combined == multiverse.runs(range(1), [0], multiverse.sample())
    for name in ("n_hidden", "n_neighbors", "theta"):
        assert {getattr(r, name) for r in known} == {getattr(r, name) for r in every}


def test_endings_differ_in_nothing_else():
    found = endings.runs(range(2), range(2))
    assert len(found) == len({run.fit_key() for run in found}) == 4 * 2 * 2 * 3
    assert {run.protocol.ending for run in found} == set(endings.ENDINGS)
    assert all(set(run.protocol.turned()) <= {"ending", "step"} for run in found)
    for run in found:
        is_null = run.model in NULL_CONTROLS
        assert (run.protocol.step == "AutoRec's") == is_null, "else it would differ from AutoRec"
    values = {option.name: option.metadata["values"] for option in fields(Protocol)}["ending"]
    assert {*endings.ENDINGS, "best on test"} == set(values), "that one would be a leak"
    assert Run("AutoRec", 1, 1, protocol=DEFAULT) in found
