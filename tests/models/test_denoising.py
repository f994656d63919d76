"""The denoising autoencoder: one step by hand, both tasks, newcomers, files, bad input."""

import numpy as np
import pytest
import torch

from eautorec import InputError
from eautorec.evaluation.ranking import top_lists
from eautorec.models import make_model
from eautorec.models.biases import Biases
from eautorec.models.denoising import DenoisingAutoRec
from eautorec.synthetic import five_users, taste, two_tastes
from eautorec.training.dense import corrupted

QUICK = {"n_hidden": 4, "n_neighbors": 2, "n_epochs": 3, "dropout": 0.3, "regularization": 0.01}


@pytest.mark.parametrize("task", ["rank", "rate"])
@pytest.mark.parametrize("explained", [True, False])
def test_one_step_by_hand(task, explained):
    """Without dropout and with everybody in one batch: the gradient of the objective as printed,
    by differences, and Adam's first step, which is the learning rate against its sign."""
    ratings = five_users()
    options = {"explained": explained, "dropout": 0.0, "regularization": 0.7}
    options |= {"batch_size": 5, "learning_rate": 1e-3}
    model = DenoisingAutoRec(task, n_hidden=2, n_neighbors=2, n_epochs=1, seed=3, **options)
    model.fit(ratings)
    generator = torch.Generator().manual_seed(3)
    shapes = [(4, 2)] * (1 + explained) + [(2, 4)]
    start = [0.03 * torch.randn(s, generator=generator).numpy().astype(float) for s in shapes]

    r = ratings.matrix.toarray().astype(float)
    observed = r > 0 if task == "rate" else np.ones_like(r, dtype=bool)
    x = np.where(r > 0, r - Biases().fit(ratings).scores(), 0) if task == "rate" else r / 5
    inputs = np.hstack([x, model.beside(ratings)]) if explained else x

    def objective(*weights):
        *encoder, decoder = weights
        output = np.tanh(inputs @ np.vstack(encoder)) @ decoder
        errors = np.square(x - output)[observed].sum() / 5
        return errors + 0.7 / 2 * sum((w**2).sum() for w in weights)

    for k, found in enumerate([*model.encoder_, model.decoder_]):
        for cell in np.ndindex(found.shape):
            up, down = ([w.copy() for w in start] for _ in range(2))
            up[k][cell] += 1e-5
            down[k][cell] -= 1e-5
            slope = (objective(*up) - objective(*down)) / 2e-5
            if abs(slope) > 1e-3:
                step = found[cell] - start[k][cell]
                assert step == pytest.approx(-1e-3 * np.sign(slope), rel=1e-2)


def test_dropout_keeps_the_mean():
    x = torch.ones(300, 300)
    found = corrupted(x, 0.75, torch.Generator().manual_seed(0))
    assert set(found.unique().tolist()) == {0.0, 4.0}
    assert float(found.mean()) == pytest.approx(1.0, abs=0.03)
    assert corrupted(x, 0.0, torch.Generator()) is x


@pytest.mark.parametrize("explained", [True, False])
def test_ranking_finds_the_taste(explained):
    """Each user likes every other item: a list holds those."""
    ratings = two_tastes()
    options = {"n_hidden": 10, "n_neighbors": 10, "learning_rate": 0.02, "n_epochs": 100}
    model = DenoisingAutoRec(explained=explained, **options).fit(ratings)
    lists = top_lists(model.scores(), ratings.matrix, 5)
    assert (taste(np.arange(60)[:, None], lists) == 5).mean() > 0.97
    assert not model.predicts
    assert "score" in model.recommend(0)


@pytest.mark.parametrize("explained", [True, False])
def test_rating_predicts_the_taste(explained):
    ratings = two_tastes()
    options = {"n_hidden": 10, "n_neighbors": 10, "learning_rate": 0.02, "n_epochs": 100}
    model = DenoisingAutoRec("rate", explained=explained, **options).fit(ratings)
    right = taste(np.arange(60)[:, None], np.arange(40))
    unrated = ratings.matrix.toarray() == 0
    assert np.abs(model.scores() - right)[unrated].mean() < 0.5
    assert np.abs(Biases().fit(ratings).scores() - right)[unrated].mean() > 1.5
    assert model.predicts
    assert model.recommend(0)["rating"].max() <= 5


def test_without_e_nothing_of_it_is_read():
    ratings = five_users()
    few, many = (
        DenoisingAutoRec(explained=False, **QUICK | {"n_neighbors": n}).fit(ratings) for n in (1, 4)
    )
    np.testing.assert_array_equal(few.scores(), many.scores())
    assert few.explain(1, 3).score_without is None


@pytest.mark.parametrize("task", ["rank", "rate"])
@pytest.mark.parametrize("explained", [True, False])
def test_a_person_s_scores_are_a_row_of_all(task, explained):
    ratings = five_users()
    model = DenoisingAutoRec(task, explained=explained, **QUICK).fit(ratings)
    for row, user in enumerate(ratings.users.tolist()):
        person = model.person(user)
        np.testing.assert_allclose(person.scores, model.scores()[row], atol=1e-6)
        # The same inputs as somebody new would have who had the same neighbours.
        new = model.fold_in(
            dict(
                zip(ratings.items[person.rated].tolist(), person.values[person.rated], strict=True)
            )
        )
        new.neighbours = person.neighbours
        np.testing.assert_allclose(new.scores, person.scores, atol=1e-5)


def test_the_reason_is_e():
    """Without the item's e the score is what the network gives for that input."""
    model = DenoisingAutoRec(**QUICK).fit(five_users())
    told = model.explain(2, 4)
    x, e = (block[1].copy() for block in model.inputs_)
    e[3] = 0
    output = np.tanh(x @ model.encoder_[0] + e @ model.encoder_[1] + model.hidden_bias_)
    expected = output @ model.decoder_[:, 3] + model.output_bias_[3]
    assert told.score_without == pytest.approx(float(expected), abs=1e-6)
    assert told.score == pytest.approx(model.scores()[1, 3], abs=1e-6)


@pytest.mark.parametrize("task", ["rank", "rate"])
@pytest.mark.parametrize("explained", [True, False])
def test_files(tmp_path, task, explained):
    model = DenoisingAutoRec(task, explained=explained, **QUICK)
    model.fit(five_users()).save(tmp_path / "model.npz")
    again = DenoisingAutoRec.load(tmp_path / "model.npz")
    assert repr(again) == repr(model)
    assert again.predicts == model.predicts
    np.testing.assert_array_equal(again.scores(), model.scores())
    given = {1: 5, 3: 2}
    np.testing.assert_array_equal(again.fold_in(given).scores, model.fold_in(given).scores)


def test_seeds():
    """The same seed gives the same weights, whatever others drew before; another gives others."""
    first = DenoisingAutoRec(**QUICK).fit(five_users()).scores()
    torch.manual_seed(7)
    before = torch.get_rng_state()
    np.testing.assert_array_equal(DenoisingAutoRec(**QUICK).fit(five_users()).scores(), first)
    assert torch.equal(torch.get_rng_state(), before)
    other = DenoisingAutoRec(**QUICK, seed=1).fit(five_users()).scores()
    assert np.abs(other - first).max() > 1e-3


def test_a_pause_after_each_epoch_changes_nothing():
    whole = DenoisingAutoRec(**QUICK).fit(five_users())
    model = DenoisingAutoRec(**QUICK)
    seen = [model.scores() for _ in model.epochs(five_users())]
    assert len(seen) == 3
    assert np.abs(seen[0] - seen[1]).max() > 0
    np.testing.assert_array_equal(seen[-1], whole.scores())


@pytest.mark.parametrize(
    "wrong",
    [
        {"task": "both"},
        {"dropout": 1.0},
        {"regularization": -1.0},
        {"learning_rate": 0.0},
        {"n_hidden": 0},
        {"n_epochs": 0},
        {"batch_size": 0},
        {"seed": -1},
    ],
)
def test_parameters_out_of_range(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        DenoisingAutoRec(**wrong).fit(five_users())


def test_by_name():
    assert make_model("ranking").task == "rank"
    assert make_model("rating", dropout=0.4).task == "rate"
