"""How a training goes: to its last epoch, or to a chosen one; seeds, patience, the best moment, and
what each batch is penalised."""

import numpy as np
import pytest
import torch

from eautorec import AutoRec, EAutoRec, InputError, split
from eautorec.evaluation.metrics import rmse
from eautorec.synthetic import two_tastes
from eautorec.training.fit import VALIDATION_SEED, batches_of, fit, network_of
from eautorec.training.loop import ALL_EPOCHS, PATIENCE, train
from eautorec.training.network import Penalty
from eautorec.training.optimisers import LEARNING_RATES, Epoch, optimiser_of
from eautorec.training.settings import REFITS, Settings, usable_device

WORLD = two_tastes(40, 30)
CHOOSING = {"n_hidden": 5, "regularization": 0.1, "max_epochs": 6, "validation_fraction": 0.1}


def settings(**options):
    plain = {"n_hidden": 5, "regularization": 0.1, "max_epochs": 6}
    return Settings.checked(**AutoRec().get_params() | plain | options)


class Told:
    """An optimiser whose objectives are known beforehand; its weights are the epoch's number."""

    def __init__(self, objectives):
        self.network = self
        self.vector = torch.zeros(3)
        self.hidden = torch.zeros(1)
        self.objectives = iter(objectives)
        self.learning_rate, self.batches = 0.5, []

    def epoch(self):
        self.vector += 1
        return Epoch(next(self.objectives), 0.1)

    def moment(self):
        return [self.vector]

    def put_back(self, moment):
        self.vector.copy_(moment[0])


def told(objectives, **options):
    optimiser = Told(objectives)
    training = train(optimiser, range(1, len(objectives) + 1), {}, **options)
    return training, optimiser.vector[0].item()


def test_the_best_moment_is_kept():
    training, weights = told([5, 3, 4, 2, 6])
    assert (training.epoch, training.stopped, weights) == (4, ALL_EPOCHS, 4)
    assert [record["objective"] for record in training.history] == [5, 3, 4, 2, 6]
    assert [record["epoch"] for record in training.history] == [1, 2, 3, 4, 5]


def test_patience_is_counted_from_the_best_epoch():
    training, weights = told([5, 3, 4, 4, 4, 1], patience=3)
    assert (training.epoch, training.stopped, len(training.history)) == (2, PATIENCE, 5)
    assert weights == 2
    training, _ = told([5, 3, 4, 4, 2, 4, 4, 1], patience=3)
    assert training.epoch == 8 and training.stopped == ALL_EPOCHS


def test_an_equal_value_is_no_better_one():
    assert told([3, 2, 2, 2])[0].epoch == 2


def test_a_measure_can_choose():
    optimiser, values = Told([9, 8, 7, 6]), iter([4.0, 1.0, 2.0, 3.0])
    training = train(
        optimiser, range(1, 5), {"error": lambda network, hidden: next(values)}, choose_by="error"
    )
    assert training.epoch == 2 and optimiser.vector[0] == 2
    assert [record["error"] for record in training.history] == [4, 1, 2, 3]


def test_a_training_that_diverges_is_told():
    optimiser = Told([1.0, 0.5])
    optimiser.vector[1] = float("nan")
    with pytest.raises(InputError, match="diverged with learning_rate = 0.5: take a smaller one"):
        train(optimiser, range(1, 3), {})


@pytest.mark.parametrize("seed", [0, 3])
def test_the_validation_part_is_the_same_for_every_start(seed):
    """The RMSE at the chosen epoch is that of the weights on this very split."""
    model = AutoRec(**CHOOSING, refit="none", seed=seed).fit(WORLD)
    inner, validation = split(WORLD, 0.1, VALIDATION_SEED)
    activation = model.weights_.activation(model.problem(inner).chains)
    cells = validation.user_index, validation.item_index
    predicted = np.clip(5 * model.weights_.outputs_at(activation, *cells), 1, 5)
    expected = model.history_["validation_rmse"].min()
    assert rmse(predicted, validation.values) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("model", [AutoRec, EAutoRec])
def test_by_default_all_ratings_are_trained_on_and_nothing_is_chosen(model):
    fitted = model(5, regularization=0.1, max_epochs=6).fit(WORLD)
    history = fitted.history_
    assert set(history["phase"]) == {"train"} and history["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert set(history) == {"phase", "epoch", "seconds", "objective", "train_rmse"}
    assert history["objective"].idxmin() + 1 == fitted.n_epochs_
    assert fitted.stopped_ == ALL_EPOCHS
    found = rmse(fitted.predict_cells(WORLD.user_index, WORLD.item_index), WORLD.values)
    assert found <= history["train_rmse"].iloc[fitted.n_epochs_ - 1] + 1e-5  # clipped


@pytest.mark.parametrize("optimizer", LEARNING_RATES)
def test_a_new_start_follows_a_choice(optimizer):
    """Whatever the optimiser, unless another refit is asked for."""
    assert REFITS[optimizer][0] == "scratch"
    history = AutoRec(**CHOOSING, optimizer=optimizer).fit(WORLD).history_
    chosen = history.query("phase == 'choose'").set_index("epoch")["validation_rmse"].idxmin()
    assert len(history.query("phase == 'refit'")) == chosen
    alone = AutoRec(**CHOOSING | {"validation_fraction": 0, "max_epochs": chosen})
    alone.optimizer = optimizer
    np.testing.assert_allclose(
        alone.fit(WORLD).history_["objective"], history.query("phase == 'refit'")["objective"]
    )


def test_settings_hold_one_penalty():
    chosen = settings(regularization=3.0, bias_regularization=2.0, pseudo_ratings=5.0)
    assert chosen.penalty == Penalty(weights=3.0, biases=2.0, pseudo_ratings=5.0)
    assert settings(regularization=3.0).penalty == Penalty(3.0)
    with pytest.raises(InputError, match="bias_regularization is -1"):
        settings(bias_regularization=-1)


@pytest.mark.parametrize("model", [AutoRec, EAutoRec])
def test_pseudo_ratings_reach_the_objective(model):
    """What the history tells is the objective with them, at the weights that were found."""
    fitted = model(5, regularization=0.1, max_epochs=6, pseudo_ratings=2).fit(WORLD)
    chosen = settings(pseudo_ratings=2.0)
    batches = batches_of(fitted.problem(WORLD), chosen)
    network = network_of(batches, chosen)
    weights = fitted.weights_
    for ours, theirs in (
        *zip(network.input_weights, weights.inputs, strict=True),
        (network.output_weight, weights.output),
        (network.hidden_bias, weights.hidden_bias),
        (network.output_bias, weights.output_bias),
    ):
        ours.copy_(torch.as_tensor(theirs))
    told = fitted.history_["objective"].min()
    assert network.objective(batches[0], chosen.penalty)[0] == pytest.approx(told, rel=1e-5)
    assert network.objective(batches[0], settings().penalty)[0] < 0.99 * told


def test_the_start_is_that_of_the_seed():
    problem = AutoRec().problem(WORLD)

    def start(seed):
        chosen = settings(seed=seed)
        return network_of(batches_of(problem, chosen), chosen).vector

    assert torch.equal(start(3), start(3)) and not torch.equal(start(3), start(0))


def test_batches_are_drawn_and_visited_by_the_seed():
    problem = AutoRec().problem(WORLD)

    def rows(seed):
        chosen = settings(seed=seed, optimizer="adam", batch_size=15)
        return [part.tolist() for part in batches_of(problem, chosen).rows]

    assert rows(1) == rows(1) != rows(0)
    assert [len(part) for part in rows(0)] == [15, 15, 10]
    assert sorted(sum(rows(0), [])) == list(range(40))

    def order(seed):
        optimiser = adam_in_batches(1e-3, seed)
        return [optimiser.epoch().objective for _ in range(5)]

    assert order(1) == order(1) != order(2)


ALL_PENALTIES = Penalty(3.0, biases=2.0, pseudo_ratings=5.0)


def adam_in_batches(rate, seed=0, penalty=ALL_PENALTIES):
    chosen = settings(optimizer="adam", batch_size=15)
    batches = batches_of(EAutoRec(n_neighbors=5).problem(WORLD), chosen)
    network = network_of(batches, chosen)
    return optimiser_of("adam", network, batches, rate, penalty, seed)


def test_batches_share_one_penalty():
    """With steps of almost no length, an epoch's objective is that of all users at once."""
    optimiser = adam_in_batches(1e-9)
    found = optimiser.epoch()
    everybody = batches_of(EAutoRec(n_neighbors=5).problem(WORLD), settings())
    objective, data_term = optimiser.network.objective(everybody[0], ALL_PENALTIES)
    assert found.objective == pytest.approx(objective, rel=1e-4)
    assert found.rmse == pytest.approx((data_term / len(WORLD)) ** 0.5, rel=1e-4)


def test_measures_see_the_weights_after_the_epoch():
    """Also where batches have moved them since they were met."""
    inner, rest = split(WORLD, 0.1, 0)
    model = AutoRec(5, regularization=0.1, optimizer="adam", batch_size=15, max_epochs=4)
    fitted = model.fit(inner, watch=rest)
    found = rmse(fitted.predict_cells(rest.user_index, rest.item_index), rest.values)
    chosen = fitted.history_.set_index("epoch")["watched_rmse"][fitted.n_epochs_]
    assert chosen == pytest.approx(found, abs=1e-5)


def test_other_ratings_can_choose_the_epoch():
    """Then nothing is kept aside, and nothing follows."""
    inner, rest = split(WORLD, 0.1, 0)
    found = fit(inner, AutoRec().problem, settings(), validation=rest, watch=rest)
    history = found.history
    assert set(history["phase"]) == {"choose"}
    np.testing.assert_array_equal(history["validation_rmse"], history["watched_rmse"])
    assert history["validation_rmse"].idxmin() + 1 == found.n_epochs
    assert found.problem.target.nnz == len(inner)


def test_a_handful_of_ratings_has_none_to_spare():
    few = WORLD.take(range(4))
    model = AutoRec(3, max_epochs=2, validation_fraction=0.1).fit(few)
    assert set(model.history_["phase"]) == {"train"} and model.n_epochs_ == 2


def test_seconds_go_on_through_the_phases():
    model = AutoRec(**CHOOSING, refit="continue", refit_epochs=3).fit(WORLD)
    assert (np.diff(model.history_["seconds"]) > 0).all()
    assert model.history_["phase"].value_counts().to_dict() == {"choose": 6, "refit": 3}


def test_epochs_are_shown_as_they_come():
    shown = []

    def progress(phase, n_epochs):
        shown.append((phase, n_epochs))
        return range(1, n_epochs + 1)

    fit(WORLD, AutoRec().problem, settings(), progress=progress)
    assert shown == [("train", 6)]
    shown.clear()
    options = {"validation_fraction": 0.1, "refit": "continue", "refit_epochs": 2}
    fit(WORLD, AutoRec().problem, settings(**options), progress=progress)
    assert shown == [("choose", 6), ("refit", 2)]


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(InputError, match="device is 'cuda': torch finds no GPU; choose 'cpu'"):
        usable_device("cuda")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert usable_device("cuda:1") == "cuda:1" and usable_device("cuda") == "cuda"
    with pytest.raises(InputError, match="torch finds 2 GPU"):
        usable_device("cuda:2")
    assert usable_device(torch.device("cpu")) == "cpu"
