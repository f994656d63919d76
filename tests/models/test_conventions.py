"""What all models have in common: parameters as scikit-learn asks for them, files of any kind."""

import pytest

from eautorec import EASE, InputError
from eautorec.models import MODELS, load, make_model
from eautorec.synthetic import five_users

QUICK = {
    "ranking": {"n_epochs": 1},
    "rating": {"n_epochs": 1},
    "e-autorec": {"max_epochs": 2, "n_hidden": 2},
    "autorec": {"max_epochs": 2, "n_hidden": 2},
    "item-autorec": {"n_hidden": 2},
    "rbm": {"n_epochs": 1},
    "ebpr": {"n_epochs": 1},
    "erbm": {"n_epochs": 1},
}


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_told_and_changed(name):
    model = make_model(name)
    parameters = model.get_params()
    assert type(model)(**parameters).get_params() == parameters
    assert model.set_params(**parameters) is model
    if "n_neighbors" in parameters:
        assert model.set_params(n_neighbors=7).get_params() == parameters | {"n_neighbors": 7}
    with pytest.raises(InputError, match="has no parameter n_neighbours"):
        model.set_params(n_neighbours=7)


def test_parameters_count_at_the_next_fit():
    model = EASE(2.0).fit(five_users())
    before = model.scores()
    assert (model.set_params(regularization=9.0).scores() == before).all()
    assert (model.fit(five_users()).scores() == EASE(9.0).fit(five_users()).scores()).all()


def test_scikit_learn_clones_them():
    clone = pytest.importorskip("sklearn.base").clone
    copy = clone(EASE(3.0, dropout=0.2).fit(five_users()))
    assert repr(copy) == repr(EASE(3.0, dropout=0.2)) and not hasattr(copy, "ratings_")


@pytest.mark.parametrize("name", MODELS)
def test_a_file_says_which_model_it_holds(name, tmp_path):
    model = make_model(name, **QUICK.get(name, {})).fit(five_users())
    try:
        model.save(tmp_path / "model.npz")
    except InputError as told:
        assert "is not kept in files" in str(told)
        return
    again = load(tmp_path / "model.npz")
    assert repr(again) == repr(model)
    assert again.recommend(1, 2).equals(model.recommend(1, 2))


def test_a_file_that_holds_no_model(tmp_path):
    path = tmp_path / "model.npz"
    with pytest.raises(InputError, match="There is no file"):
        load(path)
    path.write_bytes(b"PK nonsense")
    with pytest.raises(InputError, match="is not a saved model"):
        load(path)
