"""The semi-autoencoder: what it is with no features, with e, and over items."""

import numpy as np
import pandas as pd
import pytest
import torch

from eautorec import EAutoRec, Explainability, InputError
from eautorec.models.semi_autoencoder import SemiAutoencoder
from eautorec.synthetic import five_users, taste, two_tastes
from eautorec.training import dense, reference

QUICK = {"n_hidden": 4, "n_epochs": 5, "learning_rate": 0.01, "batch_size": 2}


def e_of(ratings):
    e = Explainability(2).fit(ratings).scores.toarray() / ratings.scale[1]
    return pd.DataFrame(e, index=ratings.users)


@pytest.mark.parametrize("over", ["users", "items"])
def test_features_that_are_all_zero_change_nothing(over):
    ratings = five_users()
    labels = ratings.users if over == "users" else ratings.items
    zeros = pd.DataFrame(np.zeros((len(labels), 3)), index=labels)
    plain, wide = (SemiAutoencoder(over, **QUICK).fit(ratings, f) for f in (None, zeros))
    np.testing.assert_array_equal(plain.scores(), wide.scores())
    assert wide.decoder_.shape == plain.decoder_.shape  # features are read and not given back
    assert wide.encoder_[1].shape == (3, 4)


def test_with_e_it_is_e_autorec():
    """E-AutoRec's weights in this network predict what E-AutoRec does."""
    ratings = five_users()
    other = EAutoRec(4, n_neighbors=2, max_epochs=20).fit(ratings)
    model = SemiAutoencoder(**QUICK).fit(ratings, e_of(ratings))
    model.encoder_ = other.weights_.inputs
    model.hidden_bias_, model.output_bias_ = other.weights_.hidden_bias, other.weights_.output_bias
    model.decoder_ = other.weights_.output.T
    np.testing.assert_allclose(model.scores(), other.scores(), rtol=1e-5)


def test_its_objective_is_that_of_eq_3_and_so_is_its_gradient():
    ratings = five_users()
    model = SemiAutoencoder(**QUICK).fit(ratings, e_of(ratings))
    r, e = (torch.from_numpy(block) for block in model.inputs_)
    network = dense.Network([4, 4], 4, 4, model.head, torch.Generator().manual_seed(1))
    plain = reference.Autoencoder(8, 4, 4, torch.Generator())
    with torch.no_grad():
        plain.encoder.weight.copy_(torch.cat(network.encoder).T)
        plain.decoder.weight.copy_(network.decoder.T)
    ours = 5 * network.loss([r, e], torch.arange(5), r, model._observed())
    theirs = reference.objective(plain, reference.inputs(r, e), r, (r > 0).float(), penalty=0.0)
    ours.backward()
    theirs.backward()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    gradient = torch.cat([w.grad for w in network.encoder]).T
    torch.testing.assert_close(gradient, plain.encoder.weight.grad)
    torch.testing.assert_close(network.decoder.grad.T, plain.decoder.weight.grad)


@pytest.mark.parametrize("over", ["users", "items"])
def test_it_learns_a_taste(over):
    ratings = two_tastes()
    options = {"n_hidden": 10, "learning_rate": 0.05, "n_epochs": 150, "regularization": 0.0}
    model = SemiAutoencoder(over, **options).fit(ratings)
    right = taste(np.arange(60)[:, None], np.arange(40))
    assert np.abs(model.scores() - right)[ratings.matrix.toarray() == 0].mean() < 0.5


def test_features_go_by_their_labels():
    ratings = five_users()
    features = pd.DataFrame({"a": range(5), "b": 1}, index=ratings.users)
    one, other = (SemiAutoencoder(**QUICK).fit(ratings, f) for f in (features, features[::-1]))
    np.testing.assert_array_equal(one.features_, other.features_)
    np.testing.assert_array_equal(one.scores(), other.scores())


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (pd.DataFrame({"a": [1, 2]}, index=[1, 1]), "two rows for 1"),
        (pd.DataFrame({"a": ["x"]}, index=[1]), "must be numbers"),
        (pd.DataFrame({"a": [np.nan]}, index=[1]), "without a finite number"),
        (pd.DataFrame({"a": [1.0]}, index=["u1"]), "No label of the features, such as 'u1'"),
        (pd.DataFrame({"a": []}), "is empty"),
    ],
)
def test_features_that_do_not_fit_are_refused(features, said):
    with pytest.raises(InputError, match=said):
        SemiAutoencoder(**QUICK).fit(five_users(), features)


def test_a_saved_model_has_its_features(tmp_path):
    ratings = five_users()
    model = SemiAutoencoder(**QUICK).fit(ratings, e_of(ratings))
    model.save(tmp_path / "model.npz")
    again = SemiAutoencoder.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.scores(), model.scores())
