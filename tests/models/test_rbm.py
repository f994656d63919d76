"""The Boltzmann machines: exact gradients by enumeration, a batch in loops, ERBM without D."""

from itertools import product

import numpy as np
import pytest
from small import ratings_of

from eautorec import Explainability, InputError
from eautorec.models.erbm import ERBM
from eautorec.models.rbm import RBM, log_odds_of_means, statistics
from eautorec.synthetic import five_users, movielens_like, two_tastes


@pytest.fixture(scope="module")
def small():
    return movielens_like(40, 30, 500)


def sigma(x):
    return 1 / (1 + np.exp(-x))


def machine(generator):
    """3 visible units, 2 that explain, 2 hidden ones; in double precision."""
    model = ERBM(n_hidden=2)
    model.weights_ = [generator.normal(size=(3, 2)), generator.normal(size=(2, 2))]
    model.visible_biases_ = [generator.normal(size=3), generator.normal(size=2)]
    model.hidden_bias_ = generator.normal(size=2)
    return model


def weight_of(states, hidden, parameters):
    """exp(-energy) of a state, from the definition."""
    (w, d), (b, c), a = parameters
    v, m = states
    return np.exp(v @ b + m @ c + hidden @ a + v @ w @ hidden + m @ d @ hidden)


STATES = [np.array(bits, float) for bits in product((0, 1), repeat=5)]
HIDDEN = [np.array(bits, float) for bits in product((0, 1), repeat=2)]


def probabilities(parameters):
    """p(v, m) of all 32 states, the hidden ones summed over."""
    weights = np.array(
        [sum(weight_of((s[:3], s[3:]), h, parameters) for h in HIDDEN) for s in STATES]
    )
    return weights / weights.sum()


def test_with_exact_expectations_the_step_is_the_gradient_of_the_likelihood():
    generator = np.random.default_rng(0)
    model = machine(generator)
    parameters = model.weights_, model.visible_biases_, model.hidden_bias_
    chosen = generator.integers(32, size=6)
    data = np.array(STATES)[chosen]
    p = probabilities(parameters)

    def likelihood():
        return np.log(probabilities(parameters))[chosen].mean()

    def slope(array, place):
        middle = array[place]
        array[place] = middle + 1e-5
        ahead = likelihood()
        array[place] = middle - 1e-5
        behind = likelihood()
        array[place] = middle
        return (ahead - behind) / 2e-5

    layers, all_ = [data[:, :3], data[:, 3:]], np.array(STATES)
    up, everywhere = model.hidden(layers), model.hidden([all_[:, :3], all_[:, 3:]])
    for k, part in enumerate((slice(0, 3), slice(3, 5))):
        of_data = statistics(data[:, part], up)
        of_model = statistics(p[:, None] * all_[:, part], everywhere)
        for parameter, ours, theirs in zip(
            (model.weights_[k], model.visible_biases_[k]), of_data, of_model, strict=True
        ):
            for place in np.ndindex(parameter.shape):
                expected = slope(parameter, place)
                assert ours[place] / 6 - theirs[place] == pytest.approx(expected, abs=1e-6)


def test_conditionals_are_those_of_the_energy():
    model = machine(np.random.default_rng(1))
    parameters = model.weights_, model.visible_biases_, model.hidden_bias_
    v, m, h = np.array([1.0, 0, 1]), np.array([0.0, 1]), np.array([1.0, 0])
    weights = {tuple(h): weight_of((v, m), h, parameters) for h in HIDDEN}
    on = sum(w for h, w in weights.items() if h[1] == 1) / sum(weights.values())
    assert model.hidden([v, m])[1] == pytest.approx(on)
    weights = {tuple(s): weight_of((s[:3], s[3:]), h, parameters) for s in STATES}
    for place in range(5):
        on = sum(w for s, w in weights.items() if s[place] == 1) / sum(weights.values())
        found = model.visible(h)
        assert np.r_[found[0], found[1]][place] == pytest.approx(on)


@pytest.mark.parametrize("task", ["rate", "rank"])
def test_a_batch_in_loops(task):
    """One epoch of one batch, from the equations: with a sign turned, or D learning as W does, it
    is another one."""
    ratings = five_users()
    options = {"n_hidden": 3, "n_epochs": 1, "batch_size": 5, "n_neighbors": 2, "seed": 4}
    model = ERBM(task, learning_rate=0.5, learning_rate_e=2.0, regularization=0.1, **options)
    model.fit(ratings)
    generator = np.random.default_rng(4)
    w = 0.01 * generator.normal(size=(4, 3))
    order = generator.permutation(5)
    drawn = generator.random((5, 3), np.float32)
    v = ratings.matrix.toarray() / 5
    m = Explainability(2).fit(ratings).scores.toarray() / 5
    everybody = np.full(4, 5)
    counts = (v > 0).sum(axis=0) if task == "rate" else everybody
    b = log_odds_of_means(ratings.matrix / 5, counts).astype(float)
    c = log_odds_of_means(Explainability(2).fit(ratings).scores / 5, everybody).astype(float)
    by_w, by_d, by_b, by_c, by_a = (np.zeros(s) for s in ((4, 3), (4, 3), 4, 4, 3))
    for place, user in enumerate(order):
        h = sigma(v[user] @ w)  # D and the hidden bias are 0 as yet
        state = (drawn[place] < h).astype(float)
        v_model, m_model = sigma(w @ state + b), sigma(c)
        if task == "rate":
            v_model = v_model * (v[user] > 0)
        h_model = sigma(v_model @ w)
        by_w += np.outer(v[user], h) - np.outer(v_model, h_model)
        by_d += np.outer(m[user], h) - np.outer(m_model, h_model)
        by_b += v[user] - v_model
        by_c += m[user] - m_model
        by_a += h - h_model
    close = {"rtol": 1e-4, "atol": 1e-6}
    np.testing.assert_allclose(model.weights_[0], w + 0.5 * (by_w / 5 - 0.1 * w), **close)
    np.testing.assert_allclose(model.weights_[1], 2.0 * by_d / 5, **close)
    np.testing.assert_allclose(model.visible_biases_[0], b + 0.5 * by_b / 5, **close)
    np.testing.assert_allclose(model.visible_biases_[1], c + 2.0 * by_c / 5, **close)
    np.testing.assert_allclose(model.hidden_bias_, 0.5 * by_a / 5, **close)


@pytest.mark.parametrize("task", ["rate", "rank"])
def test_without_d_it_is_the_rbm_to_the_bit(small, task):
    options = {"n_hidden": 6, "n_epochs": 3, "n_neighbors": 5, "seed": 2}
    plain = RBM(task, **options).fit(small)
    without = ERBM(task, learning_rate_e=0, **options).fit(small)
    assert not without.weights_[1].any()
    assert (without.weights_[0] == plain.weights_[0]).all()
    assert (without.scores() == plain.scores()).all()
    # And with D it is not.
    assert np.abs(ERBM(task, **options).fit(small).scores() - plain.scores()).max() > 1e-3


def test_an_item_that_nobody_of_the_batch_rated_keeps_its_row():
    ratings = ratings_of(["5401", "4502", "5104", "0040"])
    train = ratings.take(np.flatnonzero(ratings.user_index < 3))
    model = RBM(n_hidden=3, n_epochs=1, regularization=0).fit(train)
    start = 0.01 * np.random.default_rng(0).normal(size=(4, 3))
    kept = (model.weights_[0] == start.astype(np.float32)).all(axis=1)
    assert kept.tolist() == [False, False, True, False]
    to_rank = RBM("rank", n_hidden=3, n_epochs=1, regularization=0).fit(train)
    assert (to_rank.weights_[0] != start.astype(np.float32)).any(axis=1).all()


@pytest.mark.parametrize("model", [RBM, ERBM])
def test_training_lowers_the_free_energy_of_the_data(small, model):
    machine_ = model("rank", n_hidden=8, learning_rate=0.05, n_neighbors=5, n_epochs=5)
    energies = []
    for _ in machine_.epochs(small):
        layers = [layer.toarray() for layer in machine_.layers_]
        a = machine_.hidden_bias_ + sum(
            v @ w for v, w in zip(layers, machine_.weights_, strict=True)
        )
        by_bias = sum(v @ b for v, b in zip(layers, machine_.visible_biases_, strict=True))
        energies.append(float((-by_bias - np.logaddexp(0, a).sum(axis=1)).mean()))
    assert (np.diff(energies) < 0).all()


def test_without_weights_an_item_gets_its_mean():
    """Held by five ratings of the mean of all: (5 + 4 + 3 + 5 * 3) / 8 of item 1."""
    ratings = ratings_of(["51", "42", "33"])
    model = RBM(n_hidden=2, learning_rate=1e-9, n_epochs=1).fit(ratings)
    model.weights_[0][:] = 0
    expected = [(12 + 5 * 3) / 8, (6 + 5 * 3) / 8]
    np.testing.assert_allclose(model.scores(), np.tile(expected, (3, 1)), rtol=1e-5)


@pytest.mark.parametrize("model", [RBM, ERBM])
def test_learns_the_two_tastes(model):
    tastes = two_tastes()
    missing = tastes.matrix.toarray() == 0
    user, item = np.nonzero(missing)
    liked = (tastes.users[user] + tastes.items[item]) % 2 == 0
    options = {"n_hidden": 4, "batch_size": 20, "n_neighbors": 10, "n_epochs": 60}
    for task, least in (("rate", 1.0), ("rank", 0.2)):
        found = model(task, **options).fit(tastes).scores()[user, item]
        assert found[liked].mean() > found[~liked].mean() + least


def test_somebody_new_with_a_user_s_ratings_gets_their_scores(small):
    model = RBM(n_hidden=4, n_epochs=2).fit(small)
    person = model.person(small.users[3])
    rated = {small.items[i].item(): person.values[i] for i in np.flatnonzero(person.rated)}
    np.testing.assert_allclose(model.fold_in(rated).scores, person.scores, rtol=1e-6)


def test_the_effect_of_m(small):
    model = ERBM(n_hidden=4, n_epochs=4, n_neighbors=5).fit(small)
    user = small.users[3].item()
    person = model.person(user)
    column = int(np.flatnonzero((person.explainability > 0) & ~person.rated)[0])
    reason = person.explain(small.items[column].item())
    v, m = person.values / 5, person.explainability / 5
    assert reason.score == pytest.approx(person.scores[column], abs=1e-5)
    m[column] = 0
    h = sigma(v @ model.weights_[0] + m @ model.weights_[1] + model.hidden_bias_)
    without = 5 * sigma(model.weights_[0][column] @ h + model.visible_biases_[0][column])
    assert reason.score_without == pytest.approx(without, abs=1e-5)
    assert reason.effect != 0


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("task is 'guess'", {"task": "guess"}),
        ("n_steps is 0", {"n_steps": 0}),
        ("learning_rate is 0", {"learning_rate": 0}),
        ("learning_rate_e is -1", {"learning_rate_e": -1}),
    ],
)
def test_out_of_range(said, options):
    with pytest.raises(InputError, match=said):
        ERBM(**options).fit(five_users())
