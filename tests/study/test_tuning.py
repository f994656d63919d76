"""How the hyper-parameters are chosen: the same for both models, and never on test ratings."""

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from eautorec.study import tuning
from eautorec.study.multiverse import readings
from eautorec.study.protocol import CONTROLS, MODELS, Protocol, Run
from eautorec.study.tuned import CHOSEN, Tuned

ROOT = Path(__file__).parents[2]


def test_no_test_rating_is_asked():
    assert {run.measured_on for run in tuning.runs()} == {"validation"}


def test_both_models_get_the_same_search():
    first, second = (
        [(r.fold, r.start, r.regularization, r.learning_rate, r.protocol) for r in runs]
        for runs in map(tuning.runs, ([model] for model in MODELS))
    )
    assert first == second and len(set(first)) == len(first)


def candidates(optimizer):
    """(lambda, rate) of each."""
    return product(tuning.REGULARIZATIONS[optimizer], tuning.LEARNING_RATES[optimizer])


def test_candidates_are_all_pairs_on_each_fold():
    found = [run for run in tuning.runs(["AutoRec"]) if run.regularization is not None]
    for optimizer, folds in tuning.FOLDS.items():
        mine = [run for run in found if run.protocol == Protocol(optimizer=optimizer)]
        assert {(*run.tuned, run.fold) for run in mine} == {
            (*pair, fold) for pair in candidates(optimizer) for fold in folds
        }
        assert len(mine) == len(set(mine)) == len(list(candidates(optimizer))) * len(folds)
    assert {run.protocol.optimizer for run in found} == set(tuning.FOLDS)


def test_biases_are_held_with_what_was_chosen():
    held = tuning.held_runs()
    assert {run.protocol.levels for run in held} == set(tuning.LEVELS)
    values = Protocol.__dataclass_fields__["levels"].metadata["values"]
    assert tuple(tuning.LEVELS) == values
    assert {(run.regularization, run.learning_rate) for run in held} == {(None, None)}
    assert set(held) <= set(tuning.runs())


def best_pair(optimizer):
    """The second lambda, and the second of the rates if there are several."""
    rates = tuning.LEARNING_RATES[optimizer]
    return Tuned(tuning.REGULARIZATIONS[optimizer][1], rates[min(1, len(rates) - 1)])


def error_of(run):
    """1 with the best pair, and more the further another one is in its list."""
    optimizer = run.protocol.optimizer
    best, lambdas = best_pair(optimizer), tuning.REGULARIZATIONS[optimizer]
    rates = tuning.LEARNING_RATES[optimizer]
    away = abs(lambdas.index(run.regularization) - 1) / 100
    away += abs(rates.index(run.learning_rate) - rates.index(best.learning_rate)) / 10
    # AutoRec's fold 0 would choose the third lambda, unlike all folds together.
    if run.model == "AutoRec" and run.fold == 0 and run.regularization == lambdas[2]:
        away -= 0.015
    return 1 + away


def searched(runs):
    """Records as the store gives them: an error that falls to an epoch and rises again."""
    rows = []
    for run in runs:
        about = {
            "model": run.model,
            "optimizer": run.protocol.optimizer,
            "levels": run.protocol.levels,
            "fold": run.fold,
            "regularization": run.regularization,
            "learning_rate": run.learning_rate,
        }
        if run.regularization is None:
            error = 1 + 0.1 * tuning.LEVELS.index(run.protocol.levels) + run.fold / 100
            rows.append(about | {"metric": "rmse", "x": 0.0, "value": error})
            rows += [about | {"metric": "map", "x": float(n), "value": n / 100} for n in (5, 10)]
            rows += [about | {"metric": "mep", "x": float(n), "value": n / 50} for n in (5, 10)]
            continue
        error = error_of(run)
        best = 20 + run.fold
        for epoch, more in ((1, 0.5), (best, -0.1), (50, 0.0)):
            rows.append(about | {"metric": "rmse at epoch", "x": epoch, "value": error + more})
        rows.append(about | {"metric": "rmse", "x": 0.0, "value": error})
        rows.append(about | {"metric": "objective", "x": 0.0, "value": 100 * error})
    return pd.DataFrame(rows).astype({"x": float})


def test_the_lowest_validation_error_is_chosen():
    """By the mean over folds, at the end or at the best epoch, for each optimiser alone."""
    table = tuning.table(searched(tuning.runs()))
    assert len(table) == 2 * 2 * sum(len(list(candidates(o))) for o in tuning.FOLDS)
    assert (table.groupby(["model", "optimizer", "ending"])["agree"].sum() > 0).all()
    chosen = tuning.best(table)
    assert len(chosen) == len(MODELS) * len(tuning.LEARNING_RATES) * 2
    for row in chosen.to_dict("records"):
        assert (row["regularization"], row["learning_rate"]) == best_pair(row["optimizer"])
        expected = 0.9 if row["ending"] == "chosen" else 1.0
        assert [row["validation rmse"], row["fold 0"]] == pytest.approx([expected] * 2)
        folds = tuning.FOLDS[row["optimizer"]]
        assert row["folds"] == len(folds)
        if row["ending"] == "chosen":
            assert row["epoch"] == pytest.approx(20 + sum(folds) / len(folds))
        else:
            assert pd.isna(row["epoch"])


def test_at_the_minimum_a_rate_is_chosen_by_how_low_it_gets():
    """One that predicts best and stays above the minimum is the best only where training stops
    early."""
    records = searched([run for run in tuning.runs() if run.protocol.optimizer == "adam"])
    high = records["learning_rate"] == max(tuning.LEARNING_RATES["adam"])
    records.loc[high & records["metric"].isin(["rmse", "rmse at epoch"]), "value"] -= 0.8
    chosen = tuning.best(tuning.table(records)).set_index(["model", "ending"])
    assert (chosen["learning_rate"].xs("chosen", level="ending") == 0.05).all()
    rate = best_pair("adam").learning_rate
    assert (chosen["learning_rate"].xs("minimum", level="ending") == rate).all()


def test_how_many_folds_agree_is_told():
    """All but AutoRec's first fold, which alone would take the third lambda."""
    table = tuning.table(searched(tuning.runs()))
    mine = table[(table["optimizer"] == "lbfgs") & (table["ending"] == "minimum")]
    agree = mine.set_index(["model", "regularization"])["agree"]
    _, second, third, *_ = tuning.REGULARIZATIONS["lbfgs"]
    n = len(tuning.FOLDS["lbfgs"])
    assert (agree["AutoRec", second], agree["AutoRec", third]) == (n - 1, 1)
    assert agree["E-AutoRec", second] == n
    assert (mine.groupby("model")["agree"].sum() == n).all()


def test_a_search_of_one_optimiser_has_its_table():
    runs = [run for run in tuning.runs() if run.protocol.optimizer == "lbfgs"]
    chosen = tuning.best(tuning.table(searched(runs)))
    assert set(chosen["optimizer"]) == {"lbfgs"}
    assert set(chosen["regularization"]) == {best_pair("lbfgs").regularization}


def test_held_biases_have_a_table_of_their_own():
    table = tuning.held_table(searched(tuning.runs()))
    assert list(table.columns) == ["model", "levels", "map", "mep", "rmse"]
    assert list(table["levels"]) == [*tuning.LEVELS] * 2
    n = len(tuning.LEVELS)
    assert list(table["model"]) == ["AutoRec"] * n + ["E-AutoRec"] * n
    assert table["map"].unique() == pytest.approx([0.1])
    assert table["mep"].unique() == pytest.approx([0.2])
    assert list(table["rmse"][:3]) == pytest.approx([1.045, 1.145, 1.245])


@pytest.fixture
def chosen(monkeypatch):
    """Another choice for each model, optimiser and ending."""
    for number, key in enumerate(CHOSEN):
        other = {m: Tuned(10.0 * number + k, 0.1 + number) for k, m in enumerate(MODELS)}
        monkeypatch.setitem(CHOSEN, key, other)


def test_every_reading_has_its_lambda_and_rate(chosen):
    """E-AutoRec its own; AutoRec's for both where the reading says so."""
    for reading in readings():
        p = reading.protocol
        both = CHOSEN[p.optimizer, "minimum" if p.ending == "minimum" else "chosen"]
        assert Run("AutoRec", 0, protocol=p).tuned == both["AutoRec"]
        expected = both["E-AutoRec" if p.step == "own" else "AutoRec"]
        assert Run("E-AutoRec", 0, protocol=p).tuned == expected


def test_a_control_is_trained_as_eautorec_is(chosen):
    for control, step in product(CONTROLS, ("own", "AutoRec's")):
        protocol = Protocol(step=step)
        expected = Run("E-AutoRec", 0, protocol=protocol).tuned
        assert Run(control, 0, protocol=protocol).tuned == expected


def test_what_is_trained_with_is_what_was_searched():
    """The table in the code holds the best of the search on record."""
    found = pd.read_csv(ROOT / "results" / "tuning.csv")
    if "ending" not in found:
        pytest.skip("results/tuning.csv is of the design before the endings")
    chosen = tuning.best(found)
    on_record = {
        (row["optimizer"], row["ending"], row["model"]): Tuned(
            row["regularization"], row["learning_rate"]
        )
        for row in chosen.to_dict("records")
    }
    in_the_code = {(*key, model): t for key, both in CHOSEN.items() for model, t in both.items()}
    assert in_the_code == on_record
