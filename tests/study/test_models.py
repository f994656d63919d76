"""What each protocol feeds to the network, as dense matrices by its formula."""

from dataclasses import replace

import numpy as np
import pytest

from eautorec import Explainability, split
from eautorec.models.biases import Biases
from eautorec.study import models
from eautorec.study.models import chains_of, encoding_of, scores_of, train_model
from eautorec.study.protocol import CONTROLS, Protocol, Run
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
    trained = train_model(turned(epoch="best on test"), TRAIN, TEST, WORLD)
    watched = trained.history["watched_rmse"]
    assert set(trained.history["phase"]) == {"choose"}
    assert watched.idxmin() + 1 == trained.n_epochs
