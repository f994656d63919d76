import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from eautorec import AutoRec, EAutoRec, Explainability, InputError, Ratings, split
from eautorec.evaluation.metrics import rmse
from eautorec.models.files import save_model
from eautorec.synthetic import movielens_like, taste
from eautorec.training.fit import VALIDATION_SEED

MODELS = [AutoRec, EAutoRec]
QUICK = {"n_hidden": 8, "regularization": 0.1, "max_epochs": 60}
CHOOSING = QUICK | {"validation_fraction": 0.1, "refit": "continue"}


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.__name__)
def fitted(request, tastes):
    return request.param(**QUICK).fit(split(tastes)[0])


def dense_predictions(model):
    """The forward pass with the explicit E and dense matrices, from the paper's equations."""
    r = model.ratings_.matrix.toarray() / model.ratings_.scale[1]
    activation = r @ model.weights_.inputs[0]
    if isinstance(model, EAutoRec):
        expl = Explainability(model.n_neighbors, model.theta).fit(model.ratings_)
        activation += expl.scores.toarray() / model.ratings_.scale[1] @ model.weights_.inputs[1]
    return activation


def test_learns_the_two_tastes(fitted, tastes):
    _, test = split(tastes)
    predicted = fitted.predict_cells(test.user_index, test.item_index)
    wrong = np.abs(predicted - taste(test.user_index, test.item_index)) > 2
    assert wrong.mean() < 0.02


@pytest.mark.parametrize("theta", [0, 1])
def test_activation_equals_the_dense_one(tastes, theta):
    """At theta = 0 E is never formed, above it is: both must be Eq. 4."""
    model = EAutoRec(**QUICK | {"max_epochs": 3}, n_neighbors=5, theta=theta).fit(tastes)
    again = dense_predictions(model)
    difference = model.activation_ - again
    np.testing.assert_allclose(difference - difference[0], 0, atol=1e-5)  # up to the bias b


@pytest.mark.parametrize("model", MODELS)
def test_one_seed_one_result(tastes, model):
    first, second = (model(**QUICK, seed=3).fit(tastes) for _ in range(2))
    assert np.array_equal(first.weights_.output, second.weights_.output)
    assert np.array_equal(first.activation_, second.activation_)
    other = model(**QUICK, seed=4).fit(tastes)
    assert not np.array_equal(first.weights_.output, other.weights_.output)


@pytest.mark.parametrize("options", [QUICK, CHOOSING], ids=["minimum", "choosing"])
@pytest.mark.parametrize("model", MODELS)
def test_test_ratings_never_reach_a_model(tastes, model, options):
    """Other test ratings, the same model: bit for bit."""
    train, test = split(tastes)
    changed = tastes.to_frame()
    rows = {(u, i) for u, i in zip(test.user_index, test.item_index, strict=True)}
    is_test = [(u, i) in rows for u, i in zip(tastes.user_index, tastes.item_index, strict=True)]
    changed.loc[is_test, "rating"] = 6 - changed.loc[is_test, "rating"]
    other = Ratings.from_frame(changed, scale=(1, 5))
    again, _ = split(other)
    first, second = model(**options).fit(train), model(**options).fit(again)
    assert np.array_equal(first.activation_, second.activation_)
    assert np.array_equal(first.weights_.output, second.weights_.output)


def test_a_leak_would_be_seen(tastes):
    """The test above can fail: a model given all ratings differs."""
    train, _ = split(tastes)
    honest, leaky = EAutoRec(**QUICK).fit(train), EAutoRec(**QUICK).fit(tastes)
    assert not np.array_equal(honest.weights_.output, leaky.weights_.output)


def test_explainability_during_validation_is_without_validation_ratings(tastes, monkeypatch):
    seen = []
    fit = Explainability.fit
    monkeypatch.setattr(
        Explainability, "fit", lambda self, train: seen.append(len(train)) or fit(self, train)
    )
    EAutoRec(**CHOOSING).fit(tastes)
    assert seen == [len(tastes) - round(0.1 * len(tastes)), len(tastes)]


@pytest.mark.parametrize(
    "options", [{"optimizer": "adam"}, {"optimizer": "adam", "batch_size": 20}]
)
@pytest.mark.parametrize("model", MODELS)
def test_adam_and_batches_learn_too(tastes, model, options):
    options = CHOOSING | {"max_epochs": 150, "patience": 150, "refit": None} | options
    fitted = model(**options)
    history = fitted.fit(tastes).history_
    assert history["validation_rmse"].min() < 0.6


def test_fitting_again_forgets_the_old_explainability(tastes):
    model = EAutoRec(**QUICK | {"max_epochs": 2}, n_neighbors=5).fit(tastes)
    model.theta = 4.9
    again = model.fit(tastes).explainability_.scores
    assert again.nnz == Explainability(5, theta=4.9).fit(tastes).scores.nnz


@pytest.mark.parametrize("model", MODELS)
def test_history_tells_how_the_epoch_was_chosen(tastes, model):
    fitted = model(**CHOOSING).fit(split(tastes)[0])
    chosen = fitted.history_.query("phase == 'choose'")
    assert chosen["epoch"][chosen["validation_rmse"].idxmin()] == fitted.n_epochs_
    assert len(fitted.history_.query("phase == 'refit'")) == fitted.refit_epochs


def test_the_chosen_weights_are_kept_without_a_refit(tastes):
    """They predict the validation part as it was measured, from the other ratings; afterwards the
    encoder sees all of them."""
    model = AutoRec(**CHOOSING | {"refit": "none"}).fit(tastes)
    inner, validation = split(tastes, 0.1, VALIDATION_SEED)
    cells = validation.user_index, validation.item_index
    outputs = model.weights_.outputs_at(
        model.weights_.activation(model.problem(inner).chains), *cells
    )
    found = rmse(np.clip(5 * outputs, 1, 5), validation.values)
    assert found == pytest.approx(model.history_["validation_rmse"].min(), abs=1e-5)
    everything = model.weights_.activation(model.problem(tastes).chains)
    np.testing.assert_allclose(model.activation_, everything, atol=1e-5)
    assert len(model.ratings_) == len(tastes)


@pytest.mark.parametrize("options", [QUICK, CHOOSING], ids=["minimum", "choosing"])
@pytest.mark.parametrize("model", MODELS)
def test_watched_ratings_are_measured_and_not_used(tastes, model, options):
    train, test = split(tastes)
    alone, watched = model(**options).fit(train), model(**options).fit(train, watch=test)
    assert np.array_equal(alone.weights_.output, watched.weights_.output)
    found = rmse(watched.predict_cells(test.user_index, test.item_index), test.values)
    assert watched.history_["watched_rmse"].iloc[-1] == pytest.approx(found, abs=1e-5)


def test_batches_with_a_threshold(tastes):
    """Rows of E made for each batch: the activation is that of the stored E."""
    options = {"optimizer": "adam", "batch_size": 7, "max_epochs": 3}
    model = EAutoRec(8, n_neighbors=5, theta=1, **options).fit(tastes)
    difference = model.activation_ - dense_predictions(model)
    np.testing.assert_allclose(difference - difference[0], 0, atol=1e-5)


def test_predictions_stay_on_the_scale(fitted):
    everything = fitted.predict(0, fitted.ratings_.items)
    assert everything.min() >= 1 and everything.max() <= 5


def test_recommendations_are_new_and_sorted(fitted):
    table = fitted.recommend(3, n=7)
    assert list(table.columns) == ["item", "title", "rating", "explainability"]
    rated = fitted.ratings_.matrix[3].indices
    assert not set(table["item"]) & set(rated)
    assert (table["rating"].diff().dropna() <= 1e-6).all()
    assert len(fitted.recommend(3, n=1000)) == fitted.ratings_.n_items - len(rated)
    assert len(fitted.recommend(3)) == 10


def test_a_list_holds_what_is_said_of_its_items():
    world = movielens_like(60, 40, 900)
    world = replace(world, titles={item: f"Film {item}" for item in world.items.tolist()})
    model = EAutoRec(8, regularization=0.3, n_neighbors=3, theta=0.5).fit(world)
    expl = Explainability(3, theta=0.5).fit(world)
    for user in (1, 30):
        table = model.recommend(user, n=40)
        assert table["title"].tolist() == [f"Film {item}" for item in table["item"]]
        scores = [expl.score(user, item) for item in table["item"]]
        np.testing.assert_allclose(table["explainability"], scores, atol=1e-6)
        np.testing.assert_allclose(table["rating"], model.predict(user, table["item"]), atol=1e-6)
        some = table[table["explainability"] > 0].reset_index(drop=True)
        assert 0 < len(some) < len(table) and (some["explainability"] <= 1).any()
        pd.testing.assert_frame_equal(model.recommend(user, n=40, explainable=True), some)


def moved_cell(model):
    """A cell where the reason moves a prediction that stays within the scale."""
    for user in model.ratings_.users.tolist():
        for item in model.ratings_.items.tolist():
            reason = model.explain(user, item)
            both = reason.score, reason.score_without
            if (
                reason.explainability > 0
                and 1 < min(both) < max(both) < 5
                and abs(reason.effect) > 0.001
            ):
                return user, item, reason
    raise AssertionError("no reason moves anything here")


def test_explanation_is_faithful():
    """The second prediction is the model's own with this e set to zero: Eq. 4 with dense matrices,
    at a cell where neither prediction is clipped."""
    world = movielens_like(60, 40, 900)
    model = EAutoRec(8, regularization=0.3, n_neighbors=5).fit(world)
    user, item, reason = moved_cell(model)
    row, column = world.user_row(user), world.item_column(item)
    e = Explainability(5).fit(world).scores.toarray()[row] / 5
    r = world.matrix.toarray()[row] / 5

    def predicted(e):
        w = model.weights_
        hidden = expit(r @ w.inputs[0] + e @ w.inputs[1] + w.hidden_bias)
        return 5 * (hidden @ w.output[column] + w.output_bias[column])

    assert reason.score == pytest.approx(predicted(e), abs=1e-4)
    assert reason.score == pytest.approx(model.predict(user, item)[0], abs=1e-5)
    without = np.where(np.arange(len(e)) == column, 0, e)
    assert reason.score_without == pytest.approx(predicted(without), abs=1e-4)
    assert reason.effect == pytest.approx(predicted(e) - predicted(without), abs=2e-4)


def test_autorec_does_not_follow_its_explanation(tastes):
    assert AutoRec(**QUICK).fit(tastes).explain(3, 4).effect == 0


def test_saved_models_come_back(fitted, tmp_path):
    path = tmp_path / "model.npz"
    fitted.save(path)
    again = type(fitted).load(path)
    pd.testing.assert_frame_equal(fitted.recommend(3), again.recommend(3))
    assert again.explain(3, 4) == fitted.explain(3, 4)
    assert repr(again) == repr(fitted)
    pd.testing.assert_frame_equal(again.history_, fitted.history_)
    assert (again.n_epochs_, again.stopped_) == (fitted.n_epochs_, fitted.stopped_)
    for name in ("hidden_bias", "output", "output_bias"):
        assert np.array_equal(getattr(again.weights_, name), getattr(fitted.weights_, name))
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]
    with pytest.raises(InputError, match="There is no folder"):
        fitted.save(tmp_path / "absent" / "model.npz")


def test_loading_something_else(fitted, tmp_path):
    (tmp_path / "text.npz").write_text("no model")
    with pytest.raises(InputError, match="not a saved model"):
        AutoRec.load(tmp_path / "text.npz")
    np.savez(tmp_path / "code.npz", description=np.array([object()], dtype=object))
    with pytest.raises(InputError, match="not a saved model"):
        AutoRec.load(tmp_path / "code.npz")
    with pytest.raises(InputError, match="There is no file"):
        AutoRec.load(tmp_path / "absent.npz")
    fitted.save(tmp_path / "model.npz")
    wrong = AutoRec if isinstance(fitted, EAutoRec) else EAutoRec
    with pytest.raises(InputError, match=type(fitted).__name__):
        wrong.load(tmp_path / "model.npz")


def test_a_user_without_training_ratings():
    frame = pd.DataFrame(
        {"user": [1, 1, 2, 2, 3], "item": [1, 2, 1, 2, 1], "rating": [5, 3, 4, 2, 1]}
    )
    ratings = Ratings.from_frame(frame, scale=(1, 5))
    train = ratings.take([0, 1, 2, 3])
    model = EAutoRec(4, max_epochs=5).fit(train)
    assert np.isfinite(model.predict(3, [1, 2])).all()
    assert (model.recommend(3)["explainability"] == 0).all()


def test_a_model_is_shown_with_its_settings():
    shown = repr(AutoRec(3, seed=5))
    assert shown.startswith(
        "AutoRec(n_hidden=3, regularization=14.0, pseudo_ratings=0.0, optimizer='lbfgs', "
    )
    assert shown.endswith(", device='cpu', seed=5)")
    assert repr(EAutoRec()).startswith("EAutoRec(n_hidden=300, n_neighbors=50, theta=0.0, ")


def test_half_star_scales(tastes):
    frame = tastes.to_frame()
    frame["rating"] /= 2
    model = EAutoRec(**QUICK).fit(Ratings.from_frame(frame, scale=(0.5, 5)))
    assert model.predict(0, 0)[0] >= 0.5
    assert set(model.explain(0, 1).counts) == {0.5, 2.5}


@pytest.mark.weekly
@pytest.mark.parametrize("options, highest", [({}, 0.955), ({"validation_fraction": 0.1}, 0.95)])
@pytest.mark.parametrize("model", MODELS)
def test_accuracy_on_movielens(tenth_rows, model, options, highest):
    """At the minimum, and at a chosen epoch, which overfits less."""
    train, test = tenth_rows
    fitted = model(**options).fit(train)
    assert rmse(fitted.predict_cells(test.user_index, test.item_index), test.values) < highest


def test_attributes_changed_after_the_fit_change_nothing(tastes, tmp_path):
    model = EAutoRec(**QUICK | {"max_epochs": 3}, n_neighbors=5, theta=0.5).fit(tastes)
    before = model.recommend(0), model.explain(0, 2)
    model.theta, model.n_neighbors, model.n_hidden = 4.9, 2, 99
    pd.testing.assert_frame_equal(model.recommend(0), before[0])
    assert model.explain(0, 2) == before[1]
    model.save(tmp_path / "model.npz")
    again = EAutoRec.load(tmp_path / "model.npz")
    assert (again.theta, again.n_neighbors, again.n_hidden) == (0.5, 5, 8)
    assert again.explain(0, 2) == before[1]


def test_numbers_of_numpy_are_saved(tastes, tmp_path):
    model = EAutoRec(np.int64(4), theta=np.float32(0.5), max_epochs=np.int32(2), seed=np.int64(1))
    model.fit(tastes).save(tmp_path / "model.npz")
    assert EAutoRec.load(tmp_path / "model.npz").get_params()["n_hidden"] == 4


def rewritten(path, **changes):
    """A saved model with another description."""
    with np.load(path) as archive:
        arrays = dict(archive)
    description = json.loads(str(arrays.pop("description"))) | changes
    np.savez(path, description=np.array(json.dumps(description)), **arrays)


def test_files_of_other_versions(tastes, tmp_path):
    path = tmp_path / "model.npz"
    AutoRec(4, max_epochs=2).fit(tastes).save(path)
    rewritten(path, format=2)
    with pytest.raises(InputError, match="newer version of eautorec .format 2, here 1.: update"):
        AutoRec.load(path)
    rewritten(path, format=0)
    with pytest.raises(InputError, match="older version of eautorec .format 0, here 1.: train"):
        AutoRec.load(path)
    rewritten(path, format=1, titles=3)
    with pytest.raises(InputError, match="is not a saved model"):
        AutoRec.load(path)


def test_a_damaged_file_is_told(tastes, tmp_path):
    path = tmp_path / "model.npz"
    AutoRec(4, max_epochs=2).fit(tastes).save(path)
    whole = path.read_bytes()
    for end in (0, 10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:end])
        with pytest.raises(InputError, match="is not a saved model"):
            AutoRec.load(path)


def test_the_defaults_go_to_the_minimum():
    """On all ratings, with the lambda that was chosen on validation ratings."""
    found = AutoRec().get_params()
    expected = {"n_hidden": 300, "regularization": 14, "pseudo_ratings": 0, "max_epochs": None}
    assert found.items() >= (expected | {"validation_fraction": 0, "optimizer": "lbfgs"}).items()


def test_both_models_have_the_same_defaults():
    e = EAutoRec().get_params()
    own = {name: e.pop(name) for name in ("n_neighbors", "theta", "approximate")}
    assert e == AutoRec().get_params()
    plain = Explainability()
    assert own == {name: getattr(plain, name) for name in own}
    options = {"approximate": True, "theta": 1.0, "n_neighbors": 3}
    assert EAutoRec(**options).get_params().items() >= options.items()


def test_the_explainability_is_found_once(tastes, monkeypatch):
    """Once by the fit, and once more for a validation's sake; then it is kept, and only a loaded
    model looks again."""
    counted = []
    fit = Explainability.fit
    monkeypatch.setattr(Explainability, "fit", lambda s, t: counted.append(s) or fit(s, t))
    model = EAutoRec(4, max_epochs=2, n_neighbors=5).fit(tastes)
    model.recommend(0), model.explain(0, 2), model.recommend(1)
    assert len(counted) == 1 and model.explainability_ is counted[-1]
    model.validation_fraction = 0.1
    model.fit(tastes).recommend(0)
    assert len(counted) == 3 and model.explainability_ is counted[-1]


def test_approximate_neighbours_reach_the_model(tastes):
    pytest.importorskip("faiss")
    model = EAutoRec(4, max_epochs=2, n_neighbors=5, approximate=True).fit(tastes)
    assert model.explainability_.approximate


class Touch:
    """Whoever unpickles this makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_no_file_can_make_the_reader_run_code(tastes, tmp_path):
    path, made = tmp_path / "model.npz", tmp_path / "made"
    AutoRec(4, max_epochs=2).fit(tastes).save(path)
    with np.load(path) as archive:
        arrays = dict(archive)
    for name in ("description", "users", "activation"):
        np.savez(path, **arrays | {name: np.array([Touch(made)], dtype=object)})
        with pytest.raises(InputError, match="is not a saved model"):
            AutoRec.load(path)
        assert not made.exists()


def test_a_refused_file_is_named_with_what_would_do(tastes, tmp_path):
    path = tmp_path / "model.npz"
    for content in (b"no model", b""):
        path.write_bytes(content)
        with pytest.raises(InputError) as told:
            EAutoRec.load(path)
        assert str(told.value) == (f"{path} is not a saved model: give a file that save() wrote.")
    AutoRec(4, max_epochs=2).fit(tastes).save(path)
    rewritten(path, scale=7)
    with pytest.raises(InputError) as told:
        AutoRec.load(path)
    assert str(told.value) == f"{path} is not a saved model: give a file that save() wrote."
    with np.load(path) as archive:
        arrays = dict(archive)
    description = json.loads(str(arrays["description"]))
    del description["format"]
    np.savez(path, **arrays | {"description": np.array(json.dumps(description))})
    with pytest.raises(InputError, match="older version of eautorec .format 0, here 1."):
        AutoRec.load(path)


def test_other_ratings_have_another_explainability(tastes):
    inner, rest = split(tastes)
    model = AutoRec(4, max_epochs=2).fit(inner)
    assert model.explainability_.ratings_ is inner
    assert model.fit(rest).explainability_.ratings_ is rest


def test_what_is_no_number_and_no_text_is_not_saved(tastes, tmp_path):
    """An array of objects could be written as code only; a setting of an unknown kind is named."""
    path = tmp_path / "model.npz"
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        save_model(path, "AutoRec", {}, tastes, {"weights": np.array([{}], dtype=object)}, {})
    with pytest.raises(TypeError, match="cannot be saved"):
        save_model(path, "AutoRec", {"odd": object()}, tastes, {}, {})
    assert not path.exists()
