"""Every optimiser, with every way to end a fit, ends at a good model: the final one is measured."""

import numpy as np
import pytest

from eautorec import AutoRec, EAutoRec, split
from eautorec.evaluation.metrics import rmse
from eautorec.synthetic import movielens_like, taste
from eautorec.training.fit import batches_of, network_of
from eautorec.training.network import Penalty
from eautorec.training.optimisers import LEARNING_RATES, optimiser_of
from eautorec.training.settings import REFITS, Settings

OPTIMIZERS = {
    "L-BFGS": {"optimizer": "lbfgs"},
    "RProp": {"optimizer": "rprop", "patience": 30, "max_epochs": 120},
    "Adam": {"optimizer": "adam", "patience": 60, "max_epochs": 250},
    "Adam in batches": {
        "optimizer": "adam",
        "patience": 60,
        "max_epochs": 250,
        "batch_size": 30,
    },
}
ENDINGS = {
    **{refit: {"validation_fraction": 0.1, "refit": refit} for refit in REFITS["lbfgs"]},
    "no choice": {},  # the default
}
ENDS = [
    (optimizer, ending)
    for optimizer, options in OPTIMIZERS.items()
    for ending in ENDINGS
    if ending not in REFITS["lbfgs"] or ending in REFITS[options["optimizer"]]
]


@pytest.mark.parametrize("model", [AutoRec, EAutoRec])
@pytest.mark.parametrize("optimizer, ending", ENDS)
def test_the_fitted_model_knows_the_two_tastes(tastes, optimizer, ending, model):
    """Where every missing rating is known, 5 or 1: a final RMSE below half a star. Without any
    training it is 2."""
    train, test = split(tastes)
    options = OPTIMIZERS[optimizer] | ENDINGS[ending]
    fitted = model(8, regularization=0.1, seed=1, **options).fit(train)
    predicted = fitted.predict_cells(test.user_index, test.item_index)
    assert rmse(predicted, taste(test.user_index, test.item_index)) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("optimizer, ending", [end for end in ENDS if end[1] != "no choice"])
def test_no_refit_spoils_what_was_chosen(optimizer, ending):
    """Where chance sets a limit: after the refit the test ratings are predicted as well as before,
    within what a tenth of the ratings more can do."""
    train, test = split(movielens_like(150, 100, 4000))
    options = OPTIMIZERS[optimizer] | ENDINGS[ending]
    model = EAutoRec(20, regularization=3.0, **options).fit(train, watch=test)
    choose = model.history_.query("phase == 'choose'").set_index("epoch")
    final = rmse(model.predict_cells(test.user_index, test.item_index), test.values)
    assert final < choose["watched_rmse"][model.n_epochs_] + 0.02


def test_a_refit_from_scratch_takes_as_many_epochs_as_were_chosen(tastes):
    model = AutoRec(6, regularization=0.1, validation_fraction=0.1, refit="scratch").fit(tastes)
    refit = model.history_.query("phase == 'refit'")
    assert refit["epoch"].tolist() == list(range(1, model.n_epochs_ + 1))
    alone = AutoRec(6, regularization=0.1, max_epochs=model.n_epochs_)
    np.testing.assert_array_equal(model.weights_.output, alone.fit(tastes).weights_.output)


@pytest.mark.parametrize("name, rate", [("adam", 0.05), ("rprop", 0.001)])
def test_the_optimisers_of_torch_take_their_memory_along(tastes, name, rate):
    """Turned to the same ratings after ten epochs, it does what it would have done anyway; put back
    to the fifth, it takes the sixth step again."""
    model = AutoRec(6)
    options = model.get_params() | {"optimizer": name, "learning_rate": rate}
    settings = Settings.checked(**options)
    batches = batches_of(model.problem(tastes), settings)

    def start():
        network = network_of(batches, settings)
        return network, optimiser_of(name, network, batches, rate, Penalty(1.0), seed=0)

    network, through = start()
    for _ in range(11):
        through.epoch()
    expected = network.vector.clone()

    network, turned = start()
    for epoch in range(1, 11):
        turned.epoch()
        if epoch == 5:
            fifth = [part.clone() for part in turned.moment()]
        if epoch == 6:
            sixth = network.vector.clone()
    turned.turn_to(batches)
    turned.epoch()
    np.testing.assert_array_equal(network.vector, expected)
    turned.put_back(fifth)
    turned.epoch()
    np.testing.assert_array_equal(network.vector, sixth)


def test_why_a_training_stopped_is_told(tastes):
    for fraction in (0, 0.1):
        model = AutoRec(4, patience=1, regularization=0.1, validation_fraction=fraction)
        assert ("better" in model.fit(tastes).stopped_) == (fraction > 0)
        model.max_epochs, model.patience = 2, 3
        assert "all epochs" in model.fit(tastes).stopped_


def test_each_optimiser_has_its_learning_rate():
    for name, rate in LEARNING_RATES.items():
        assert Settings.checked(**AutoRec(optimizer=name).get_params()).learning_rate == rate


@pytest.mark.weekly
@pytest.mark.parametrize("model", [AutoRec, EAutoRec])
@pytest.mark.parametrize("refit", [None, "none"])
def test_adam_on_movielens(tenth_rows, model, refit):
    train, test = tenth_rows
    options = {"max_epochs": 400, "patience": 30, "validation_fraction": 0.1}
    fitted = model(optimizer="adam", refit=refit, **options).fit(train)
    assert rmse(fitted.predict_cells(test.user_index, test.item_index), test.values) < 0.965
