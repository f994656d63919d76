"""Which runs there are, and how the hyper-parameters are chosen."""

import pandas as pd
import pytest

from eautorec import InputError
from eautorec.study import plan, tuning
from eautorec.study.protocol import MODELS


def test_a_number_stands_for_all_its_parts():
    four = plan.runs(["4"], range(2))
    assert set(four) == {*plan.runs(["4a"], range(2)), *plan.runs(["4b"], range(2))}
    assert len(plan.runs(None, range(2))) == len(set(plan.runs(None, range(2))))
    with pytest.raises(InputError, match="no figure '7'"):
        plan.runs(["7"], range(2))


def test_figures_share_their_runs():
    """The default models stand in several figures and are trained once."""
    keys = {run.fit_key() for run in plan.figure_runs(range(1)) if run.model == "AutoRec"}
    assert len(keys) == 7, "six numbers of hidden units, and one to the last epoch"


def test_the_study_and_the_tuning_share_no_split():
    assert not {run.seed for run in tuning.runs()} & set(range(50))


def test_both_models_get_the_same_search():
    first, second = (
        [(r.seed, r.regularization, r.learning_rate, r.protocol) for r in tuning.runs([model])]
        for model in MODELS
    )
    assert first == second and len(first) == 5 * 5 * 3


def test_the_lowest_validation_error_is_chosen():
    rows = []
    for run in tuning.runs():
        error = abs(run.regularization - 7) + (run.protocol.optimizer != "lbfgs")
        about = {"model": run.model, "optimizer": run.protocol.optimizer, "seed": run.seed}
        about |= {"regularization": run.regularization, "learning_rate": run.learning_rate}
        rows.append(about | {"metric": "validation rmse", "value": error})
        rows.append(about | {"metric": "epochs", "value": 50})
        rows.append(about | {"metric": "rmse", "value": -error})
    chosen = tuning.best(tuning.table(pd.DataFrame(rows)))
    assert list(chosen["regularization"]) == [7, 7] and set(chosen["optimizer"]) == {"lbfgs"}
