"""Cost by ratings and products; what would be dense and large is refused before it is made."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from eautorec import InputError
from eautorec.arrays import check_room
from eautorec.models import MODELS, make_model
from eautorec.models.recommender import Recommender
from eautorec.neighbours import BLOCK_CELLS, nearest_neighbours, nearest_to, squared_norms
from eautorec.synthetic import movielens_like

QUICK = {
    "autorec": {"n_hidden": 4, "max_epochs": 3},
    "e-autorec": {"n_hidden": 4, "max_epochs": 3, "n_neighbors": 5},
    "item-autorec": {"n_hidden": 4},
    "ranking": {"n_hidden": 4, "n_epochs": 2},
    "rating": {"n_hidden": 4, "n_epochs": 2},
    "concise-ease": {"n_users": 3},
    "user-knn": {"n_neighbors": 4},
    "rbm": {"n_epochs": 2},
    "ebpr": {"n_epochs": 2},
    "erbm": {"n_epochs": 2},
}


@pytest.fixture(scope="module")
def ratings():
    return movielens_like(30, 40, 400)


@pytest.mark.parametrize("name", MODELS)
def test_one_user_s_scores_need_no_others(ratings, name, tmp_path, monkeypatch):
    """The list of one and of all is that of the whole matrix, which is refused where it is too
    large."""
    model = make_model(name, **QUICK.get(name, {})).fit(ratings)
    scores = model.scores()
    assert scores.shape == ratings.matrix.shape
    for rows in (slice(0, 1), slice(7, 12), slice(25, 99)):
        np.testing.assert_allclose(model._scores_of(rows), scores[rows], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.person(ratings.users[3]).scores, scores[3], rtol=1e-5)

    monkeypatch.setattr("eautorec.arrays.MOST_BYTES", 100)
    with pytest.raises(InputError, match=r"The scores of all users are .* recommend_all\(\)"):
        model.scores()
    monkeypatch.setattr("eautorec.models.recommender.BLOCK_CELLS", 4 * 40)
    lists = pd.read_csv(model.recommend_all(tmp_path / "lists.csv", n=5))
    for user, found in lists.groupby("user"):
        assert found["item"].tolist() == model.recommend(user, 5)["item"].tolist()


def test_no_model_keeps_everybody_s_scores():
    assert not hasattr(Recommender, "_every_score")


def test_room_is_told_in_gibibytes(monkeypatch):
    check_room("Scores", (32_768, 32_768), "ask for less")
    with pytest.raises(InputError, match=r"^Scores are 76,005 x 161,931 numbers, 91\.7 GiB, and"):
        check_room("Scores", (76_005, 161_931), "ask for less")


def test_dense_inputs_and_the_study_are_refused_before(ratings, tmp_path, monkeypatch):
    from eautorec.study.protocol import Run
    from eautorec.study.runner import execute

    path = tmp_path / "ratings.csv"
    ratings.to_frame().to_csv(path, index=False)
    monkeypatch.setattr("eautorec.arrays.MOST_BYTES", 100)
    with pytest.raises(InputError, match="take a model that leaves them sparse"):
        make_model("ranking").fit(ratings)
    with pytest.raises(InputError, match="leave out the users and the items"):
        execute([Run("popular", 0)], str(path))


def test_few_ratings_of_many_items_are_compared_sparse(monkeypatch):
    """6,000 ratings of 50,000 items: neither the whole matrix is made dense nor too much of it at a
    time, also where torch was not loaded."""
    rows, columns = np.arange(6000) % 2000, np.arange(6000) * 50 % 50_000
    matrix = sp.csr_matrix((np.ones(6000, np.float32), (rows, columns)), (2000, 50_000))
    largest = 0
    toarray = sp.csr_matrix.toarray

    def watched(self):
        nonlocal largest
        largest = max(largest, int(np.prod(self.shape)))
        return toarray(self)

    for kind in (sp.csr_matrix, sp.csc_matrix):
        monkeypatch.setattr(kind, "toarray", watched)
    monkeypatch.setattr("eautorec.neighbours.sys", SimpleNamespace(modules={}))
    found, _ = nearest_neighbours(matrix, 3)
    assert 0 < largest <= 4 * BLOCK_CELLS < np.prod(matrix.shape)
    near, _ = nearest_to(toarray(matrix[[0]]).ravel(), matrix, squared_norms(matrix), 3, but=0)
    assert found[0][found[0] >= 0].tolist() == near.tolist() == [1000]
