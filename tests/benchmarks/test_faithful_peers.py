"""Models of other packages as functions from ratings to scores."""

import importlib

import numpy as np
import pytest

from eautorec.evaluation import deletion, others_ratings, own_ratings, removal
from eautorec.models.by_e import ByE
from eautorec.synthetic import movielens_like
from eautorec_benchmarks import faithful, peers


@pytest.fixture(scope="module")
def ratings():
    return movielens_like(60, 80, 1500)


def test_any_peer_trained_anew(ratings):
    """Rank by E, which needs no other package."""
    score = faithful.trained_anew(peers.PEERS["eautorec: by E"][0])
    np.testing.assert_allclose(score(ratings), ByE().fit(ratings).scores())
    case = others_ratings(ratings, 0, 5)
    found = removal(score, ratings, [case], [len(case.pool)])
    assert found["score"][0] > 0 and deletion(found)["del"].tolist() == [0]


@pytest.mark.parametrize("peer", faithful.PEERS)
def test_a_peer_s_user_is_what_they_rated(peer, ratings):
    """With weights held: a user's scores change with their own ratings, and with no others."""
    pytest.importorskip(peer.partition(":")[0].lower())
    score = faithful.PEERS[peer](ratings)
    before = np.array(score(ratings)[3])
    assert np.isfinite(before).any()
    for gone, changes in (
        (own_ratings(ratings, 3, 10).pool[:5], True),
        (others_of(3, ratings), False),
    ):
        left = ratings.take(np.delete(np.arange(len(ratings)), gone))
        after = score(left)[3]
        assert changes != np.allclose(after, before, equal_nan=True)
    np.testing.assert_allclose(score(ratings)[3], before)


def others_of(row, ratings):
    return np.flatnonzero(ratings.user_index != row)[::7]


def test_held_lenskit_is_lenskit(ratings):
    pytest.importorskip("lenskit")
    knn = importlib.import_module("lenskit.knn")
    table = peers._lenskit(knn.ItemKNNScorer(max_nbrs=50, feedback="implicit"), ratings)()
    found = faithful.lenskit_item_knn(ratings)(ratings)
    for row in range(10):
        np.testing.assert_allclose(found[row], table[row], rtol=1e-5)


def test_held_cornac_is_the_formula(ratings):
    """EASE on the ratings as they are: x B, for other ratings too; Cornac leaves out negative
    weights."""
    pytest.importorskip("cornac")
    score = faithful.cornac_ease(ratings)
    x = ratings.matrix.toarray().astype(float)
    inverse = np.linalg.inv(x.T @ x + 500 * np.eye(x.shape[1]))
    b = np.maximum(-inverse / np.diag(inverse), 0)
    np.fill_diagonal(b, 0)
    left = ratings.take(np.delete(np.arange(len(ratings)), own_ratings(ratings, 3, 10).pool[:5]))
    rated = np.flatnonzero(x.any(axis=0))
    for given in (ratings, left):
        expected = given.matrix[[3]].toarray()[0] @ b
        np.testing.assert_allclose(score(given)[3][rated], expected[rated], rtol=1e-4, atol=1e-6)
