"""EASE: its two readings against plain loops, a known cause, newcomers, files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import ratings_of

from eautorec import EASE, InputError
from eautorec.gram import inverse
from eautorec.synthetic import five_users

EXPECTED = Path(__file__).parents[1] / "expected" / "ease-by-users.json"


def test_weights_are_steck_s_formula():
    """B from the inverse as printed, and no item speaks for itself."""
    ratings = five_users()
    model = EASE(2.0).fit(ratings)
    x = ratings.matrix.toarray().astype(float) / 5
    g = np.linalg.inv(x.T @ x + 2.0 * np.eye(4))
    b = -g / np.diag(g)
    np.fill_diagonal(b, 0)
    np.testing.assert_allclose(model.weights(), b, atol=1e-12)
    np.testing.assert_allclose(model.scores(), x @ b, atol=1e-12)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_both_readings_by_plain_loops(dropout):
    """Every cell of five users: the terms as written in the docstring, and their sums."""
    ratings = five_users()
    model = EASE(2.0, dropout=dropout).fit(ratings)
    x = ratings.matrix.toarray().astype(float) / 5
    penalty = 2.0 + dropout / (1 - dropout) * np.diag(x.T @ x)
    g = np.linalg.inv(x.T @ x + np.diag(penalty))
    for u, user in enumerate(ratings.users.tolist()):
        for i, item in enumerate(ratings.items.tolist()):
            seen = x[u].copy()
            seen[i] = 0
            by_item = {ratings.items[j]: -seen[j] * g[j, i] / g[i, i] for j in range(4) if seen[j]}
            by_user = {
                ratings.users[v]: seen @ g @ x[v] * x[v, i] / (penalty[i] * g[i, i])
                for v in range(5)
                if x[v, i]
            }
            told = model.explain(user, item)
            for found, name, expected in (
                (told.by_item, "item", by_item),
                (told.by_user, "user", by_user),
            ):
                assert dict(zip(found[name], found["contribution"], strict=True)) == pytest.approx(
                    expected, abs=1e-12
                )
                assert found["contribution"].is_monotonic_decreasing
                assert told.score == pytest.approx(found["contribution"].sum(), abs=1e-9)
            assert told.score == pytest.approx(model.scores()[u, i], abs=1e-9)


@given(st.lists(st.text("012345", min_size=6, max_size=6), min_size=3, max_size=8), st.data())
@settings(max_examples=40, deadline=None)
def test_sums_are_the_score_on_any_ratings(rows, data):
    rows = ["543210", *rows]  # at least one rating
    ratings = ratings_of(rows)
    values = data.draw(st.sampled_from(["ratings", "ones"]))
    dropout = data.draw(st.floats(0, 0.9))
    model = EASE(data.draw(st.floats(0.1, 100)), dropout=dropout, values=values, n_neighbors=2)
    model.fit(ratings)
    user = data.draw(st.sampled_from(ratings.users.tolist()))
    for item in ratings.items.tolist():
        told = model.explain(user, item)
        for frame in (told.by_user, told.by_item):
            assert frame["contribution"].sum() == pytest.approx(told.score, abs=1e-9)
        neighbours = ratings.users[model.person(user).neighbours]
        near = told.by_user["user"].isin(neighbours)
        carried = told.by_user["contribution"][near].sum()
        assert told.effect == pytest.approx(carried, abs=1e-12)
        assert told.n_raters == near.sum() and told.n_neighbors <= 2


def test_the_reference_values(tenth_rows):
    """Computed by another program on every tenth row of MovieLens-100K."""
    expected = json.loads(EXPECTED.read_text())
    model = EASE(expected["regularization"]).fit(tenth_rows[0])
    for user, items in expected["users"].items():
        assert list(model.recommend(int(user), 5)["item"]) == [told["item"] for told in items]
        for told in items:
            found = model.explain(int(user), told["item"])
            contribution = found.by_user["contribution"]
            assert found.score == pytest.approx(told["score"], abs=1e-6)
            assert len(found.by_user) == told["raters"]
            assert contribution[contribution > 0].sum() == pytest.approx(told["positive"], abs=1e-6)
            assert contribution[contribution < 0].sum() == pytest.approx(told["negative"], abs=1e-6)
            assert found.effect == pytest.approx(told["of_50_nearest_by_cosine"], abs=1e-6)
            for end, frame in (("most", found.by_user), ("least", found.by_user[::-1])):
                for (label, value), row in zip(told[end], frame.itertuples(), strict=False):
                    assert row.user == label
                    assert row.contribution == pytest.approx(value, abs=1e-6)


def test_two_users_cause_it():
    """Items 1 to 3 by two users of one taste, 4 to 6 by four of another: who rated 1 and 2 gets 3,
    because of these two alone, and without them it would be no better than the others."""
    ratings = ratings_of(["555000", "555000", "000555", "000555", "000555", "000555", "550100"])
    model = EASE(0.5, n_neighbors=2).fit(ratings)
    assert model.recommend(7, 1)["item"].tolist() == [3]
    told = model.explain(7, 3)
    assert set(told.by_user["user"]) == {1, 2}
    assert told.share == pytest.approx(1) and told.score_without == pytest.approx(0, abs=1e-12)
    assert (told.rank, told.rank_without) == (1, 3)
    assert set(told.by_item.query("contribution > 0")["item"]) == {1, 2}


def test_a_newcomer_is_told_so(tastes):
    """With the ratings of a user of the data, who is then the nearest."""
    model = EASE(5.0).fit(tastes)
    mine = tastes.to_frame().query("user == @tastes.users[3]")
    newcomer = model.fold_in(dict(zip(mine["item"], mine["rating"], strict=True)))
    assert newcomer.neighbours[0] == 3
    told = newcomer.explain(newcomer.recommend(1)["item"][0])
    assert "nearest to you" in str(told) and "among your own ratings" in str(told)


@pytest.mark.parametrize("values", ["ratings", "ones"])
def test_fold_in_is_a_new_fit(tastes, values):
    """Fitted without one user and then told their ratings, the model says what it says when fitted
    with them: scores, lists, reasons."""
    user = tastes.users[3].item()
    frame = tastes.to_frame()
    mine = frame[frame["user"] == user]
    rest = tastes.take(np.flatnonzero(tastes.user_index != 3))
    whole, without = EASE(5.0, values=values).fit(tastes), EASE(5.0, values=values).fit(rest)
    newcomer = without.fold_in(dict(zip(mine["item"], mine["rating"], strict=True)), user)
    known = whole.person(user)
    np.testing.assert_allclose(newcomer.scores, known.scores, atol=1e-9)
    pd.testing.assert_frame_equal(newcomer.recommend(8), known.recommend(8))
    for item in (known.recommend(1)["item"][0], mine["item"].iloc[0]):
        told, expected = newcomer.explain(item), known.explain(item)
        assert str(told) == str(expected)
        for one, other in ((told.by_user, expected.by_user), (told.by_item, expected.by_item)):
            label = one.columns[0]
            pd.testing.assert_frame_equal(
                one.sort_values(label, ignore_index=True),
                other.sort_values(label, ignore_index=True),
                check_dtype=False,
            )


@pytest.mark.parametrize("values", ["ratings", "ones"])
def test_more_ratings_of_a_user_are_a_new_fit(tastes, values):
    """Fitted before a user rated two items more and changed a third, then told so: the model says
    what it says when fitted afterwards."""
    user = tastes.users[3].item()
    rows = np.flatnonzero(tastes.user_index == 3)
    frame = tastes.to_frame()
    earlier = frame.drop(index=rows[:2])
    earlier.loc[rows[2], "rating"] = 3 if frame.loc[rows[2], "rating"] != 3 else 4
    options = {"values": values, "n_neighbors": 5}
    after = EASE(5.0, **options).fit(tastes)
    before = EASE(5.0, **options).fit(type(tastes).from_frame(earlier, scale=tastes.scale))
    new = frame.loc[rows[:3]]
    person = before.fold_in(dict(zip(new["item"], new["rating"], strict=True)), user=user)
    expected = after.person(user)
    assert person.label == user
    np.testing.assert_allclose(person.scores, expected.scores, atol=1e-9)
    pd.testing.assert_frame_equal(person.recommend(8), expected.recommend(8))
    for item in (*expected.recommend(2)["item"], new["item"].iloc[0], new["item"].iloc[2]):
        told, right = person.explain(item), expected.explain(item)
        assert str(told) == str(right)
        for one, other in ((told.by_user, right.by_user), (told.by_item, right.by_item)):
            label = one.columns[0]
            pd.testing.assert_frame_equal(
                one.sort_values(label, ignore_index=True),
                other.sort_values(label, ignore_index=True),
                check_dtype=False,
            )


@pytest.mark.parametrize(
    "rated, said",
    [
        ({}, "rated nothing"),
        ({99: 5}, "There is no item 99"),
        ({1: 9}, "must lie on the scale from 1 to 5"),
        ({1: float("nan")}, "The rating of 1 is nan"),
    ],
)
def test_a_newcomer_s_mistakes_are_told(rated, said):
    with pytest.raises(InputError, match=said):
        EASE(2.0).fit(five_users()).fold_in(rated)


@pytest.mark.parametrize(
    "bad",
    [
        {"regularization": 0},
        {"dropout": 1},
        {"regularization": float("nan")},
        {"values": "x"},
        {"n_neighbors": 0},
    ],
)
def test_parameters_out_of_range_are_told(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        EASE(**bad).fit(five_users())


def test_a_saved_model_is_the_same(tmp_path):
    model = EASE(2.0, dropout=0.3, values="ones", n_neighbors=3).fit(five_users())
    model.save(tmp_path / "ease.npz")
    again = EASE.load(tmp_path / "ease.npz")
    assert repr(again) == repr(model)
    pd.testing.assert_frame_equal(again.recommend(5), model.recommend(5))
    assert again.explain(5, 2).to_dict() == model.explain(5, 2).to_dict()


def test_an_attribute_that_is_changed_after_the_fit_changes_nothing():
    model = EASE(2.0).fit(five_users())
    before = model.explain(5, 2).to_dict()
    model.regularization, model.values, model.n_neighbors = 100.0, "ones", 1
    assert model.explain(5, 2).to_dict() == before


def test_the_inverse_is_symmetric_and_one():
    generator = np.random.default_rng(0)
    root = generator.normal(size=(30, 20))
    gram = root.T @ root + np.eye(20)
    found = inverse(gram.copy())
    np.testing.assert_allclose(found @ gram, np.eye(20), atol=1e-10)
    assert (found == found.T).all()
    with pytest.raises(InputError, match="too small"):
        inverse(-np.eye(3))
