"""Where a training ends: at the minimum of its objective, whichever way it took."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from eautorec import AutoRec, EAutoRec, Ratings
from eautorec.synthetic import movielens_like, two_tastes
from eautorec.training.fit import fit
from eautorec.training.optimisers import LEARNING_RATES
from eautorec.training.settings import Settings

MODELS = [AutoRec, EAutoRec]
WORLD = movielens_like(60, 40, 900)


def lowest(model):
    return model.history_["objective"].min()


def predicted(model):
    return model.predict_rows(slice(None))


@pytest.mark.parametrize("model", MODELS)
def test_twice_as_many_epochs_change_little(model):
    """With the defaults, but for the number of hidden units."""
    world = movielens_like(400, 150, 25_000)
    first = model(25).fit(world)
    second = model(25, max_epochs=2 * len(first.history_)).fit(world)
    assert first.history_["phase"].tolist() == ["train"] * 150
    assert 0.999 * lowest(first) < lowest(second) < 1.000001 * lowest(first)
    np.testing.assert_allclose(predicted(first), predicted(second), atol=0.05)
    spread = np.ptp(predicted(first), axis=0).mean()
    assert spread > 0.5  # there is more to learn than a level for each item


@pytest.mark.parametrize(
    "world, n_hidden, seed, least",
    [(two_tastes(), 8, 0, 12.4), (movielens_like(150, 100, 4000), 20, 4, 65.6)],
    ids=["two tastes", "like MovieLens"],
)
def test_a_failed_step_is_not_the_end(world, n_hidden, seed, least):
    """Here an early step climbs; the next ones were too short for good once."""
    found = AutoRec(n_hidden, regularization=1, seed=seed).fit(world)
    assert lowest(found) < 1.05 * least


@pytest.mark.weekly
@pytest.mark.parametrize("model", MODELS)
def test_twice_as_many_epochs_change_little_on_movielens(tenth_rows, model):
    train, _ = tenth_rows
    first, second = (model(max_epochs=epochs).fit(train) for epochs in (150, 300))
    assert 0.99 * lowest(first) < lowest(second) < 1.000001 * lowest(first)


@pytest.mark.parametrize("model", MODELS)
def test_all_optimisers_meet(model):
    """L-BFGS after its default of epochs, the others after more of them."""
    ends = {}
    for name in LEARNING_RATES:
        epochs = {} if name == "lbfgs" else {"max_epochs": 300}
        ends[name] = model(8, regularization=2.0, optimizer=name, **epochs).fit(WORLD)
    best = min(map(lowest, ends.values()))
    for name, found in ends.items():
        assert lowest(found) < 1.005 * best, name
        np.testing.assert_allclose(predicted(found), predicted(ends["lbfgs"]), atol=0.1)


def with_second_input(second):
    """A fit of AutoRec with `second`, (n_users, n_items), beside r; None for r alone."""
    model = AutoRec(20, regularization=2.0)

    def pose(ratings):
        plain = model.problem(ratings)
        if second is None:
            return plain
        return replace(plain, chains=[*plain.chains, (sp.csr_matrix(second),)])

    return fit(WORLD, pose, Settings.checked(**model.get_params()))


def test_an_input_that_is_the_same_for_all_adds_nothing():
    """It is a second hidden bias, and one with a penalty; noise would lower the objective."""
    generator = np.random.default_rng(0)
    same = generator.random(WORLD.n_items, dtype=np.float32)
    other = generator.random((WORLD.n_users, WORLD.n_items), dtype=np.float32)
    alone, constant, varied = (
        with_second_input(second)
        for second in (None, np.tile(same, (WORLD.n_users, 1)), same * other)
    )
    objective, with_constant, with_varied = (
        found.history["objective"].min() for found in (alone, constant, varied)
    )
    assert with_constant == pytest.approx(objective, rel=0.001)
    assert with_varied < 0.995 * objective
    stars, with_constant, with_varied = (
        5 * found.weights.outputs(found.activation) for found in (alone, constant, varied)
    )
    np.testing.assert_allclose(with_constant, stars, atol=0.02)
    assert np.abs(with_varied - stars).max() > 0.1
    r, e = constant.weights.inputs
    assert np.abs(e).max() < 0.02 * np.abs(r).max()


def means_with_pseudo_ratings(world, n):
    """Each item's mean, with so many ratings more that are the mean of all."""
    counts = np.bincount(world.item_index, minlength=world.n_items)
    sums = np.bincount(world.item_index, world.values, minlength=world.n_items)
    return (sums + n * world.values.mean(dtype=float)) / (counts + n)


@pytest.mark.parametrize("n", [0, 1, 5])
@pytest.mark.parametrize("model", MODELS)
def test_without_weights_pseudo_ratings_are_ratings(model, n):
    """A huge lambda leaves only b', whose minimum is known."""
    found = predicted(model(4, regularization=1e4, pseudo_ratings=n).fit(WORLD))
    expected = np.tile(means_with_pseudo_ratings(WORLD, n), (WORLD.n_users, 1))
    np.testing.assert_allclose(found, expected, atol=0.002)


@pytest.mark.parametrize("model", MODELS)
def test_pseudo_ratings_pull_an_item_with_one_rating_to_the_mean(model):
    frame = WORLD.to_frame()
    frame = pd.concat([frame, pd.DataFrame({"user": [1], "item": [999], "rating": [5]})])
    world = Ratings.from_frame(frame, scale=(1, 5))
    mean = world.values.mean(dtype=float)
    away = [
        predicted(model(8, regularization=1.0, pseudo_ratings=n).fit(world))[:, -1].mean() - mean
        for n in (0, 1, 5, 20)
    ]
    assert away[0] > 0.9 * (5 - mean)  # without any, everybody is told the 5
    assert 0.3 < away[1] / away[0] < 0.7  # one against one
    assert (np.diff(away) < 0).all() and 0 <= away[-1] < 0.3 * away[0]


@pytest.mark.parametrize("model", MODELS)
def test_with_many_pseudo_ratings_nobody_is_told_anything_but_the_mean(model):
    """Somebody without ratings; others still hear more, unless there are far too many."""
    world = WORLD.take(np.flatnonzero(WORLD.user_index != 7))
    mean = world.values.mean(dtype=float)
    plain, many, huge = (
        predicted(model(8, regularization=1.0, pseudo_ratings=n).fit(world)) for n in (0, 1e3, 1e5)
    )
    assert np.abs(plain[7] - mean).max() > 0.5
    np.testing.assert_allclose(many[7], mean, atol=0.05)
    np.testing.assert_allclose(huge[7], mean, atol=0.01)
    assert np.abs(many - mean).max() > 0.3


def test_a_penalty_on_the_biases_leads_them_to_zero():
    model = AutoRec(8, regularization=1.0)
    found = [
        fit(
            WORLD,
            model.problem,
            Settings.checked(**model.get_params(), bias_regularization=penalty),
        ).weights
        for penalty in (0, 10, 1e5)
    ]
    lengths = [[np.linalg.norm(w.output_bias), np.linalg.norm(w.hidden_bias)] for w in found]
    assert lengths[1][0] < 0.8 * lengths[0][0] and lengths[2][0] < 0.01 * lengths[0][0]
    assert lengths[2][1] < 0.01
