"""What each protocol feeds to the network, as dense matrices by its formula."""

from dataclasses import replace

import numpy as np
import pytest

from eautorec import Explainability, split
from eautorec.models.biases import Biases
from eautorec.study import models, multiverse
from eautorec.study.models import chains_of, encoding_of, scores_of, settings_of, train_model
from eautorec.study.protocol import CONTROLS, NULL_CONTROLS, Protocol, Run
from eautorec.synthetic import movielens_like
from eautorec.training.encoding import Encoding

WORLD = movielens_like(30, 20, 300)
TRAIN, TEST = split(WORLD, 0.1, seed=0)
RUN = Run("E-AutoRec", 0, n_hidden=4, n_neighbors=5, regularization=0.3)


def fed(run):
    """The dense product of each chain, and the ratings in input units."""
    encoding = encoding_of(run.protocol, TRAIN)
    r = encoding.encode(TRAIN)
    products = []
    for first, *others in chains_of(run, r, encoding, TRAIN, WORLD):
        for matrix in others:
            first = first @ matrix
        products.append(first.toarray())
    return products, r.toarray()


def turned(**choices):
    return replace(RUN, protocol=Protocol(**choices))


E = Explainability(5).fit(TRAIN).scores.toarray()


def test_autorec_sees_ratings_alone():
    products, r = fed(replace(RUN, model="AutoRec"))
    assert len(products) == 1 and np.array_equal(products[0], r)


@pytest.mark.parametrize(
    "choices, unit",
    [
        ({}, 5),
        ({"e_scale": "0-5"}, 1),
        ({"rating_scale": "(r-1)/4"}, 5),
        ({"removed": "biases"}, 5),
        ({"rating_scale": "(r-1)/4", "e_scale": "0-5"}, 1),
    ],
    ids=str,
)
def test_e_enters_beside_r_in_its_unit(choices, unit):
    (first, second), r = fed(turned(**choices))
    np.testing.assert_array_equal(first, r)
    np.testing.assert_allclose(second, E / unit, atol=1e-6)


@pytest.mark.parametrize(
    "choices, unit",
    [({}, 5), ({"e_scale": "0-5"}, 1), ({"rating_scale": "(r-1)/4"}, 5)],
    ids=str,
)
def test_or_both_are_added(choices, unit):
    [only], r = fed(turned(combination="sum", **choices))
    np.testing.assert_allclose(only, r + E / unit, atol=1e-6)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_stands_where_e_does(control):
    """Beside r, or added to it."""
    run = replace(RUN, model=control)
    (first, second), r = fed(run)
    np.testing.assert_array_equal(first, r)
    [only], _ = fed(replace(run, protocol=Protocol(combination="sum")))
    np.testing.assert_allclose(only, r + second, atol=1e-6)
    if control == "r and mask":
        np.testing.assert_array_equal(second, r > 0)
    if control == "r twice":
        np.testing.assert_array_equal(second, r)


def test_encodings_of_the_protocol():
    assert encoding_of(Protocol(), TRAIN) == Encoding.by_highest((1, 5))
    assert encoding_of(Protocol(rating_scale="(r-1)/4"), TRAIN) == Encoding((1, 5), 4, 1)
    for scale in ("r/5", "(r-1)/4"):
        found = encoding_of(Protocol(removed="biases", rating_scale=scale), TRAIN)
        assert isinstance(found.base, Biases)
        expected = Biases().fit(TRAIN)
        assert found.base.mean_ == expected.mean_ and len(found.base.user_) == TRAIN.n_users


@pytest.fixture
def kept(monkeypatch):
    """What `fit` has returned."""
    found, fit = [], models.fit
    monkeypatch.setattr(models, "fit", lambda *a, **b: found.append(fit(*a, **b)) or found[-1])
    return found


@pytest.mark.parametrize(
    "choices", [{}, {"removed": "biases"}, {"rating_scale": "(r-1)/4"}], ids=str
)
def test_scores_are_the_decoded_outputs(choices, kept):
    """Row by row and item by item, biases included."""
    trained = train_model(turned(**choices), TRAIN, TEST, WORLD)
    [found] = kept
    outputs = found.weights.outputs(found.activation)
    rows, columns = np.indices(outputs.shape)
    expected = found.problem.encoding.decode(outputs.ravel(), rows.ravel(), columns.ravel())
    np.testing.assert_allclose(trained.scores.ravel(), expected, rtol=1e-6)
    np.testing.assert_array_equal(trained.scores, scores_of(found, found.activation))
    assert trained.n_epochs == found.n_epochs and not found.problem.whole


def test_the_whole_matrix_is_compared_where_the_protocol_says_so(kept):
    train_model(turned(loss="all"), TRAIN, TEST, WORLD)
    assert kept[0].problem.whole


def test_a_leaky_encoder_reads_the_test_ratings(kept):
    """A21: r of the test ratings in the place of those of the training, e as it was."""
    trained = train_model(turned(test_input="test"), TRAIN, TEST, WORLD)
    [found] = kept
    shown = [(found.problem.encoding.encode(TEST),), found.problem.chains[1]]
    expected = scores_of(found, found.weights.activation(shown))
    np.testing.assert_allclose(trained.scores, expected, rtol=1e-6)


def test_the_best_epoch_on_the_test_is_taken_where_the_protocol_says_so():
    trained = train_model(turned(ending="best on test"), TRAIN, TEST, WORLD)
    watched = trained.history["watched_rmse"]
    assert set(trained.history["phase"]) == {"choose"}
    assert watched.idxmin() + 1 == trained.n_epochs
    found = np.clip(trained.scores[TEST.user_index, TEST.item_index], 1, 5)
    assert np.sqrt(np.mean((found - TEST.values) ** 2)) == pytest.approx(watched.min(), rel=1e-5)


@pytest.mark.parametrize(
    "ending, phases",
    [
        ("minimum", ["train"]),
        ("scratch", ["choose", "refit"]),
        ("chosen", ["choose"]),
        ("continue", ["choose", "refit"]),
    ],
)
def test_a_training_ends_as_the_protocol_says(ending, phases):
    """The minimum is of all ratings and of no validation; else a part of them chooses."""
    trained = train_model(turned(ending=ending), TRAIN, TEST, WORLD)
    history = trained.history
    assert list(history["phase"].unique()) == phases
    assert ("validation_rmse" in history) == (ending != "minimum")
    refit = history[history["phase"] == "refit"]
    if ending == "minimum":
        assert len(history) == models.OPTIMIZERS["lbfgs"]["max_epochs"]
        assert trained.n_epochs == history["objective"].idxmin() + 1
    else:
        assert trained.n_epochs == history["validation_rmse"].idxmin() + 1
    new = train_model(turned(), TRAIN, TEST, WORLD).history["objective"].iloc[0]
    if ending == "scratch":
        assert len(refit) == trained.n_epochs and refit["objective"].iloc[0] == new
    if ending == "continue":
        assert refit["objective"].iloc[0] < new, "it has a start"


def test_every_reading_can_be_trained():
    """No optimiser is asked for what it cannot do."""
    for reading in multiverse.readings():
        for model in ("AutoRec", "E-AutoRec"):
            found = settings_of(Run(model, 0, protocol=reading.protocol))
            assert found.optimizer == reading.protocol.optimizer.split()[0]


def test_runs_that_share_a_training_are_trained_alike():
    """One of them is trained for all: which one must be all the same."""
    settings = {}
    for reading in multiverse.readings():
        for model in ("AutoRec", "E-AutoRec"):
            run = Run(model, 0, theta=reading.theta, protocol=reading.protocol)
            found = settings_of(run)
            known = settings.setdefault(run.fit_key(), found)
            assert found == known, (model, reading.protocol.turned())


@pytest.mark.parametrize("slow", [{"loss": "all"}, {"e_scale": "0-5"}])
def test_where_the_objective_falls_for_longer_there_are_more_epochs(slow):
    """To reach the minimum; a search ends by itself."""
    usual = settings_of(RUN).max_epochs
    assert settings_of(turned(**slow)).max_epochs == 2 * usual
    searched = settings_of(turned(ending="scratch", **slow))
    assert searched.max_epochs == settings_of(turned(ending="scratch")).max_epochs
    autorec = settings_of(replace(turned(**slow), model="AutoRec"))
    assert autorec.max_epochs == usual * (2 if "loss" in slow else 1), "it has no e"


@pytest.mark.parametrize("levels", models.LEVELS)
def test_biases_are_held_as_the_protocol_says(levels):
    """Penalised: with the run's own lambda. Pseudo-ratings: as many as the choice is called."""
    found = settings_of(replace(RUN, protocol=Protocol(levels=levels)))
    number, _, what = levels.partition(" ")
    expected = float(number) if what.startswith("pseudo") else 0.0
    assert found.pseudo_ratings == found.penalty.pseudo_ratings == expected
    assert found.penalty.biases == (RUN.regularization if levels == "penalised" else 0)
    assert found.penalty.weights == RUN.regularization


def test_biases_that_are_held_are_smaller(kept):
    """Of the hidden units where they are penalised; with many pseudo-ratings, what is predicted
    for somebody without ratings is nearer to the mean."""
    for levels in ("free", "penalised", "20 pseudo-ratings"):
        train_model(turned(levels=levels), TRAIN, TEST, WORLD)
    free, penalised, pseudo = (found.weights for found in kept)

    def of_nobody(weights):
        hidden = 1 / (1 + np.exp(-weights.hidden_bias))
        return np.var(weights.output @ hidden + weights.output_bias)

    def length(bias):
        return np.square(bias).sum()

    assert length(penalised.hidden_bias) < length(free.hidden_bias)
    assert length(penalised.output_bias) < length(free.output_bias)
    assert of_nobody(pseudo) < of_nobody(free) / 4


def test_a_constant_input_adds_nothing_at_the_minimum():
    """The null control of the study: as a second hidden bias that is penalised, while the first one
    is free, it is driven to nothing."""
    lowest = {
        model: train_model(replace(RUN, model=model), TRAIN, TEST, WORLD).history["objective"].min()
        for model in ("AutoRec", "E-AutoRec", "noise", *NULL_CONTROLS)
    }
    assert NULL_CONTROLS == ("same for all",)
    assert lowest["same for all"] == pytest.approx(lowest["AutoRec"], rel=0.005)
    for model in ("E-AutoRec", "noise"):
        assert lowest[model] < 0.98 * lowest["AutoRec"], "another input is of use"
