"""EFM: X and Y by hand, steps that never rise, a taste for features, and a world of texts."""

import numpy as np
import pandas as pd
import pytest

from eautorec import InputError, Ratings
from eautorec.models.efm import EFM
from eautorec.reviews import mentions
from eautorec.synthetic import five_users

QUICK = {"n_explicit": 3, "n_hidden": 2, "least": 1, "n_epochs": 30}


def world(n_users=30, n_items=24, seed=0):
    """Even users love a good story and odd ones good music; half of the items have either."""
    generator = np.random.default_rng(seed)
    rows, texts = [], []
    for user in range(n_users):
        for item in generator.choice(n_items, 10, replace=False).tolist():
            fits = (user % 2) == (item % 2)
            rating = 5 if fits else 2
            word = "story" if user % 2 == 0 else "music"
            rows.append((user, item, rating))
            said = "wonderful" if fits else "not wonderful"
            texts.append((user, item, f"I care about the {word}, and here the {word} is {said}."))
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    return Ratings.from_frame(frame), pd.DataFrame(texts, columns=["user", "item", "text"])


def test_x_and_y_by_hand():
    """User 1 rated films 1 and 2 with 5 and 3; the mean of all is known."""
    ratings = five_users()
    features = pd.DataFrame({"item": [1, 2, 3], "feature": ["a", "a", "b"]})
    model = EFM(**QUICK).fit(ratings, features)
    r, mean = ratings.matrix.toarray(), ratings.values.mean()
    n_a = (r[0, :2] > 0).sum()
    assert model._x[0, 0] == pytest.approx(1 + 4 * (2 / (1 + np.exp(-n_a)) - 1))
    kind = (r[:, 2] - mean)[r[:, 2] > 0].sum()
    assert model._y[2, 1] == pytest.approx(1 + 4 / (1 + np.exp(-kind)))
    assert model._y[2, 0] == 0  # film 3 does not have a


def test_no_step_makes_it_worse():
    ratings, _ = world()
    facts = pd.DataFrame({"item": range(24), "feature": ["story", "music"] * 12})
    history = np.array(EFM(**QUICK).fit(ratings, facts).history_)
    assert (history[1:] <= history[:-1] * (1 + 1e-9)).all()


def test_words_of_reviews_become_mentions():
    said = mentions(
        pd.DataFrame(
            {
                "user": [1, 1],
                "item": [7, 8],
                "text": ["A great plot. The music was not good!", "Music."],
            }
        ),
        {"story": ["story", "plot"], "music": ["music"]},
        praise=["great", "good"],
        blame=["bad"],
    )
    assert said["feature"].tolist() == ["story", "music", "music"]
    assert said["opinion"].tolist() == [1, -1, 0]


def test_a_world_of_texts():
    """The features that users write of are those that they are found to care about, and the items
    that are praised for them lead the lists."""
    ratings, reviews = world()
    said = mentions(reviews, {n: [n] for n in ("story", "music")}, ["wonderful"], [])
    model = EFM(**QUICK | {"n_cared": 1}).fit(ratings, mentions=said)
    for user in (0, 1, 2, 3):
        wanted = "story" if user % 2 == 0 else "music"
        listed = model.recommend(user, 4)["item"].tolist()
        assert [item % 2 for item in listed] == [user % 2] * 4
        assert model.liked(user, listed[0], 1)["feature"].tolist() == [wanted]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "features of the items or mentions"),
        ({"features": pd.DataFrame({"item": [1]})}, "no column feature"),
        ({"mentions": pd.DataFrame({"item": [1], "feature": ["a"]})}, "no column opinion"),
        ({"features": pd.DataFrame({"item": [99], "feature": ["a"]})}, "No 1 items of the ratings"),
    ],
)
def test_bad_input(given, said):
    with pytest.raises(InputError, match=said):
        EFM(**QUICK).fit(five_users(), **given)


def test_reviews_that_are_none():
    with pytest.raises(InputError, match="no column text"):
        mentions(pd.DataFrame({"user": [1], "item": [1]}), {}, [], [])
    with pytest.raises(InputError, match="Review 1 is nan"):
        mentions(pd.DataFrame({"user": [1], "item": [1], "text": [np.nan]}), {}, [], [])
