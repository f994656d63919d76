"""CFN: what its noise, its two weights and its side information do, and what they do not."""

import numpy as np
import pandas as pd
import pytest
import torch

from eautorec import InputError
from eautorec.models.cfn import CFN
from eautorec.synthetic import five_users, taste, two_tastes
from eautorec.training import dense

QUICK = {"n_hidden": 4, "n_epochs": 5, "learning_rate": 0.01, "batch_size": 2}


def loss_gradient(model, rows=5):
    """The gradient of one batch's loss by what enters g, and what was seen."""
    x = torch.from_numpy(model.inputs_[0])
    network = dense.Network([x.shape[1]], 4, x.shape[1], model.head, torch.Generator())
    seen, counts = model._corruption(model.get_params())(
        [x], torch.arange(rows), torch.Generator().manual_seed(2)
    )
    output = torch.tanh(network.products(seen, torch.arange(rows))).detach().requires_grad_()
    (counts * (x - output).square()).sum().backward()
    return output.grad.numpy(), seen[0].numpy()


def test_without_noise_alpha_plays_no_part_and_the_loss_is_the_masked_one():
    ratings = five_users()
    one, other = (CFN(masking=0, beta=1, alpha=a, **QUICK).fit(ratings) for a in (0.0, 9.0))
    np.testing.assert_array_equal(one.scores(), other.scores())

    class Plain(CFN):
        def _corruption(self, p):
            observed = self._observed()
            return lambda inputs, rows, generator: (inputs, observed[rows])

    np.testing.assert_array_equal(Plain(masking=0.5, **QUICK).fit(ratings).scores(), one.scores())


def test_what_is_not_rated_never_has_a_gradient():
    model = CFN(masking=0.5, **QUICK).fit(five_users())
    gradient, _ = loss_gradient(model)
    unrated = five_users().matrix.toarray() == 0
    assert (gradient[unrated] == 0).all() and (gradient[~unrated] != 0).any()


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (0.0, 1.0)])
def test_a_weight_of_zero_takes_its_part_away(alpha, beta):
    model = CFN(masking=0.5, alpha=alpha, beta=beta, **QUICK).fit(five_users())
    gradient, seen = loss_gradient(model)
    rated = (five_users().matrix.toarray() > 0) & (model.inputs_[0] != 0)
    hidden, left = rated & (seen == 0), rated & (seen != 0)
    assert hidden.any() and left.any()
    assert (gradient[hidden] != 0).all() == (alpha > 0) and (gradient[left] != 0).all() == (
        beta > 0
    )
    assert (gradient[left if beta == 0 else hidden] == 0).all()


def test_side_information_that_is_all_zero_changes_nothing():
    ratings = five_users()
    zeros = pd.DataFrame(np.zeros((5, 2)), index=ratings.users)
    plain, wide = (CFN(**QUICK).fit(ratings, z) for z in (None, zeros))
    np.testing.assert_array_equal(plain.scores(), wide.scores())
    assert wide.direct_[1].shape == (2, 4) and not plain.direct_  # it enters both layers


def test_side_information_reaches_the_output():
    ratings = five_users()
    z = pd.DataFrame(np.eye(5), index=ratings.users)
    model = CFN(**QUICK).fit(ratings, z)
    x, side = model.inputs_
    by_hand = np.tanh(x @ model.encoder_[0] + side @ model.encoder_[1] + model.hidden_bias_)
    by_hand = np.tanh(by_hand @ model.decoder_ + side @ model.direct_[1] + model.output_bias_)
    mean = np.array([row[row > 0].mean() for row in ratings.matrix.toarray()])
    np.testing.assert_allclose(model.scores(), 4 * by_hand + mean[:, None], rtol=1e-5)


@pytest.mark.parametrize("over", ["users", "items"])
def test_it_learns_a_taste(over):
    ratings = two_tastes()
    options = {"n_hidden": 10, "learning_rate": 0.02, "n_epochs": 80, "regularization": 0.0}
    model = CFN(over, **options).fit(ratings)
    right = taste(np.arange(60)[:, None], np.arange(40))
    assert np.abs(model.scores() - right)[ratings.matrix.toarray() == 0].mean() < 0.6


def test_bad_input():
    with pytest.raises(InputError, match="masking is 1"):
        CFN(masking=1).fit(five_users())
    with pytest.raises(InputError, match="alpha is -1"):
        CFN(alpha=-1).fit(five_users())
