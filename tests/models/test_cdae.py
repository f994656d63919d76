"""CDAE: its four variants, its corruption on average and at its end, and the special cases."""

import numpy as np
import pytest
import torch

from eautorec import InputError
from eautorec.evaluation.ranking import top_lists
from eautorec.models.cdae import CDAE, VARIANTS
from eautorec.synthetic import five_users, taste, two_tastes
from eautorec.training import dense

QUICK = {"n_hidden": 4, "n_epochs": 5, "learning_rate": 0.1, "batch_size": 2}


def test_with_everything_hidden_the_scores_do_not_depend_on_the_input():
    model = CDAE(corruption=1, **QUICK).fit(five_users())
    before = model.scores()
    model.inputs_[0][:] = 1 - model.inputs_[0]
    np.testing.assert_array_equal(model.scores(), before)
    assert not np.allclose(before[0], before[1])  # users differ by their vectors alone


def test_identities_without_vectors_are_linear_in_the_input():
    model = CDAE("M1", user_vectors=False, positives="rated", **QUICK).fit(five_users())
    one, other = np.eye(4, dtype=np.float32)[:2]
    s0, s1, s2, both = (model.decoded([y]) for y in (0 * one, one, other, one + other))
    np.testing.assert_allclose(both - s0, (s1 - s0) + (s2 - s0), atol=1e-6)


def test_hidden_positives_leave_the_mean_as_it_is():
    model = CDAE(corruption=0.6, positives="rated", **QUICK).fit(five_users())
    y, rows = torch.from_numpy(model.inputs_[0]), torch.arange(5)
    corrupt, generator = model._corruption(model.get_params()), torch.Generator().manual_seed(0)
    seen = np.mean([corrupt([y], rows, generator)[0][0].numpy() for _ in range(4000)], axis=0)
    np.testing.assert_allclose(seen, y, atol=0.1)


def test_negatives_are_as_many_as_asked_and_no_positives():
    ratings = two_tastes()
    model = CDAE(n_negatives=1, positives="rated", **QUICK).fit(ratings)
    y, rows = torch.from_numpy(model.inputs_[0]), torch.arange(ratings.n_users)
    corrupt, generator = model._corruption(model.get_params()), torch.Generator().manual_seed(0)
    counts = np.mean([corrupt([y], rows, generator)[1].numpy() for _ in range(500)], axis=0)
    positive = model.inputs_[0] > 0
    assert (counts[positive] == 1).all()
    wanted = np.minimum(positive.sum(axis=1), (~positive).sum(axis=1))
    np.testing.assert_allclose((counts * ~positive).sum(axis=1), wanted, rtol=0.05)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_loss_of_each_variant_by_hand(variant):
    """With the sample held: in numpy, in double precision."""
    head = VARIANTS[variant]
    network = dense.Network([3], 2, 3, head, torch.Generator().manual_seed(4), n_vectors=2)
    y = np.array([[1.0, 0, 1], [0, 1, 0]], np.float32)
    counts = np.array([[1.0, 1, 0], [1, 1, 1]], np.float32)
    seen = torch.from_numpy(y * 2)
    found = network.loss([seen], torch.tensor([0, 1]), *map(torch.from_numpy, (y, counts)))
    w, v, u = (dense.shared(t).astype(float) for t in network.weights[:3])
    f = {"identity": lambda a: a, "sigmoid": lambda a: 1 / (1 + np.exp(-a))}
    output = f[head.output](f[head.hidden](2 * y @ w + u) @ v)
    if head.loss == "log":
        errors = -(y * np.log(output) + (1 - y) * np.log(1 - output))
    else:
        errors = (y - output) ** 2
    assert found.item() == pytest.approx((counts * errors).sum() / 2, rel=1e-5)


def test_the_penalty_holds_the_biases_too():
    """With nothing to learn, AdaGrad's first step is -rate g / sqrt(1 + g^2)."""
    network = dense.Network([1], 1, 1, VARIANTS["M1"], torch.Generator())
    with torch.no_grad():
        network.output_bias += 3.0
    nothing = np.zeros((1, 1), np.float32)
    steps = dense.Steps(0.1, 0.5, 1, 1, optimizer="adagrad", on_biases=True)
    corrupt = lambda inputs, rows, generator: (inputs, torch.zeros(1, 1))  # noqa: E731
    list(dense.train(network, [nothing], nothing, corrupt, steps, torch.Generator()))
    gradient = 0.5 * 3
    expected = 3 - 0.1 * gradient / np.sqrt(1 + gradient**2)
    assert network.output_bias.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_finds_the_taste(variant):
    ratings = two_tastes()
    options = {"n_hidden": 10, "n_epochs": 80, "learning_rate": 0.5, "regularization": 0.0}
    model = CDAE(variant, **options).fit(ratings)
    lists = top_lists(model.scores(), ratings.matrix, 5)
    assert (taste(np.arange(60)[:, None], lists) == 5).mean() > 0.95
    assert "score" in model.recommend(0)


def test_a_newcomer_is_told_that_training_is_needed():
    model = CDAE(**QUICK).fit(five_users())
    with pytest.raises(InputError, match="must be trained again"):
        _ = model.fold_in({1: 5.0}).scores


@pytest.mark.parametrize(
    ("options", "said"),
    [({"variant": "M5"}, "M1, M2, M3, M4"), ({"corruption": 1.5}, "corruption is 1.5")],
)
def test_bad_input(options, said):
    with pytest.raises(InputError, match=said):
        CDAE(**options).fit(five_users())
