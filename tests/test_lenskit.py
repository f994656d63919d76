"""The models in LensKit's pipelines and evaluation, where that package is installed."""

import numpy as np
import pytest

from eautorec import EASE, InputError, split
from eautorec.synthetic import movielens_like

pytest.importorskip("lenskit")

from lenskit.batch import recommend
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.pipeline import topn_pipeline

from eautorec.lenskit import Scorer


@pytest.fixture(scope="module")
def ratings():
    return movielens_like(60, 80, 1500)


def data_of(ratings):
    frame = ratings.to_frame().rename(columns={"user": "user_id", "item": "item_id"})
    return from_interactions_df(frame)


@pytest.mark.parametrize("model", ["ease", "by-e", "popular", "biases"])
def test_a_pipeline_gives_the_model_s_lists(model, ratings):
    train, _ = split(ratings, 0.2, seed=0)
    pipeline = topn_pipeline(Scorer(model=model))
    pipeline.train(data_of(train))
    own = pipeline.node("scorer").component.model_
    users = [int(user) for user in train.users[np.bincount(train.user_index) > 0]]
    for key, found in recommend(pipeline, users, 10, n_jobs=1):
        expected = own.recommend(key.user_id, 10)
        scores = expected.iloc[:, 2]
        np.testing.assert_allclose(found.scores(), scores, rtol=1e-5)
        # Equal scores may stand in any order.
        inner = scores > scores.min()
        assert set(expected["item"][inner]) <= set(found.ids())


def test_another_person_and_new_ratings_are_folded_in(ratings):
    scorer = Scorer(parameters={"regularization": 5.0})
    scorer.train(data_of(ratings))
    model = EASE(5.0).fit(ratings)
    items = ItemList(ratings.items)
    rated = {3: 5.0, 7: 2.0}
    history = ItemList(list(rated), rating=list(rated.values()))
    found = scorer(RecQuery(user_id=10_000, history_items=history), items)
    np.testing.assert_allclose(found.scores(), model.fold_in(rated).scores, atol=1e-5)
    user = ratings.users[0].item()
    found = scorer(RecQuery(user_id=user, history_items=history), items)
    expected = model.fold_in(rated, user=user).scores
    np.testing.assert_allclose(found.scores(), expected, atol=1e-5)
    found = scorer(user, ItemList([3, 99_999]))
    assert found.scores()[0] == pytest.approx(model.person(user).scores[2], abs=1e-5)
    assert np.isnan(found.scores()[1])
    assert np.isnan(scorer(10_000, items).scores()).all()


def test_data_without_ratings_are_told(ratings):
    frame = ratings.to_frame().rename(columns={"user": "user_id", "item": "item_id"})
    with pytest.raises(InputError, match="has no ratings"):
        Scorer().train(from_interactions_df(frame[["user_id", "item_id"]]))
