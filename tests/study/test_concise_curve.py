"""The curve over k: weights between users against plain solves, and who is counted."""

import numpy as np
import pytest

from eautorec import EASE
from eautorec.models.concise import ConciseEASE
from eautorec.study import concise
from eautorec.study.concise import EVERYBODY
from eautorec.synthetic import movielens_like
from eautorec_book.records import recorded


@pytest.fixture(scope="module")
def small():
    return movielens_like(40, 30, 400)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(concise, "KS", (1, 3, 8))


def x_of(ratings):
    return ratings.matrix.toarray().astype(float) / 5


@pytest.mark.parametrize("method", ["pursued", "largest", "nearest"])
def test_at_most_k_and_never_oneself(small, method):
    lambdas = dict.fromkeys((1, 3, 8, EVERYBODY), 2.0)
    found = (
        concise.nearest(small, lambdas) if method == "nearest" else getattr(concise, method)(small)
    )
    seen = []
    for k, w in found:
        assert np.abs(w.diagonal()).max() < 1e-12
        assert k == EVERYBODY or np.diff(w.indptr).max() <= k
        seen.append(k)
    assert seen == [1, 3, 8, EVERYBODY]


@pytest.mark.parametrize("method", ["pursued", "largest"])
def test_everybody_s_weights_are_ease(small, method):
    model = EASE().fit(small)
    w = dict(getattr(concise, method)(small))[EVERYBODY]
    scores = w @ x_of(small) / (model.penalty_ * model.inverse_.diagonal())
    unrated = small.matrix.toarray() == 0
    np.testing.assert_allclose(scores[unrated], model.scores()[unrated], atol=1e-9)


def test_the_path_is_the_model_at_every_k(small):
    found = dict(concise.pursued(small))
    model = EASE().fit(small)
    for k in (1, 3, 8):
        scores = found[k] @ x_of(small) / (model.penalty_ * model.inverse_.diagonal())
        np.testing.assert_allclose(scores, ConciseEASE(k).fit(small).scores(), atol=1e-9)


def test_largest_by_sorting(small):
    full = concise.own_weights(EASE().fit(small))
    w = dict(concise.largest(small))[3].toarray()
    for row in range(len(full)):
        left = np.sort(np.abs(full[row]))[-3:]
        np.testing.assert_allclose(np.sort(np.abs(w[row]))[-3:], left)
        assert set(w[row]) - {0.0} <= set(full[row])


def test_ridge_by_a_solve_for_each_user(small):
    x = x_of(small)
    found = dict(concise.nearest(small, {3: 0.7, EVERYBODY: 0.7}))
    for row in range(len(x)):
        others = [v for v in range(len(x)) if v != row]
        cosine = [x[row] @ x[v] / np.linalg.norm(x[row]) / np.linalg.norm(x[v]) for v in others]
        near = [others[k] for k in np.argsort(-np.array(cosine), kind="stable")[:3]]
        for k, who in ((3, near), (EVERYBODY, others)):
            own = np.linalg.solve(x[who] @ x[who].T + 0.7 * np.eye(len(who)), x[who] @ x[row])
            expected = np.zeros(len(x))
            expected[who] = own
            np.testing.assert_allclose(found[k].toarray()[row], expected, atol=1e-9)


def test_people_are_speakers_who_rated(small):
    x = x_of(small)
    w = dict(concise.largest(small))[3]
    n = len(x)
    lists = np.array([[row % 20, 20 + row % 10] for row in range(n)])
    expected = np.mean(
        [
            sum(w[row, v] != 0 and x[v, item] > 0 for v in range(n))
            for row in range(n)
            for item in lists[row]
        ]
    )
    assert concise.people_behind(w, small.matrix, lists) == pytest.approx(expected)


def test_on_record_fifty_people_carry_nearly_all_of_the_list():
    """And chosen by the pursuit they carry more than the nearest or the loudest, at every k."""
    means = recorded("concise").groupby(["k", "method"])["map@10"].mean().unstack()
    pursuit = means.pop("concise EASE")
    assert pursuit[50] > 0.95 * pursuit[EVERYBODY]
    few = means.index != EVERYBODY
    assert (means[few].max(axis=1) < pursuit[few]).all()
