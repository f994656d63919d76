"""EBPR: its weights by hand, its gradient by differences, BPR where every pair counts alike."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from small import ratings_of

from eautorec import InputError
from eautorec.models import ebpr
from eautorec.models.ebpr import EBPR, item_explainability, loss, pair_weights, unrated_items
from eautorec.synthetic import five_users, movielens_like, two_tastes

QUICK = {"n_factors": 4, "n_epochs": 3, "batch_size": 50, "n_similar": 3, "learning_rate": 0.01}


@pytest.fixture(scope="module")
def small():
    return movielens_like(30, 40, 400)


def test_the_loss_and_its_gradient():
    generator = np.random.default_rng(0)
    p, i, j = generator.normal(size=(3, 5, 2))
    weights = generator.random(5)

    def in_loops(p, i, j):
        margins = [a @ (b - c) for a, b, c in zip(p, i, j, strict=True)]
        return sum(w * np.log(1 + np.exp(-m)) for w, m in zip(weights, margins, strict=True))

    tensors = [torch.tensor(a, requires_grad=True) for a in (p, i, j)]
    found = loss(*tensors, torch.tensor(weights))
    assert found.item() == pytest.approx(in_loops(p, i, j))
    found.backward()
    for number, tensor in enumerate(tensors):
        for place in np.ndindex(p.shape):
            ahead, behind = [a.copy() for a in (p, i, j)], [a.copy() for a in (p, i, j)]
            ahead[number][place] += 1e-5
            behind[number][place] -= 1e-5
            slope = (in_loops(*ahead) - in_loops(*behind)) / 2e-5
            assert tensor.grad[place].item() == pytest.approx(slope, abs=1e-6)


def test_e_by_hand():
    """Items 1 and 2 have the same raters, and so have 3 and 4."""
    ratings = ratings_of(["5500", "1400", "0033", "0352"])
    e = item_explainability(ratings, 1).toarray()
    assert e[0].tolist() == [1, 1, 0, 0]
    assert e[2].tolist() == [0, 0, 1, 1]
    # User 4 rated item 2 and not its nearest, 1; of 1 the nearest, 2, is known to them.
    assert e[3].tolist() == [1, 0, 1, 1]


def test_e_in_loops(small):
    rated = small.matrix.toarray() > 0
    e = item_explainability(small, 5).toarray()
    norms = np.sqrt(rated.sum(axis=0))
    cosine = (rated.T.astype(float) @ rated) / np.outer(norms, norms)
    np.fill_diagonal(cosine, 0)
    for item in range(small.n_items):
        fifth = np.sort(cosine[item])[-5]
        sure, tied = cosine[item] > fifth + 1e-9, np.abs(cosine[item] - fifth) < 1e-9
        least = rated[:, sure].sum(axis=1) / 5
        most = least + np.minimum(rated[:, tied].sum(axis=1), 5 - sure.sum()) / 5
        assert (e[:, item] >= least - 1e-6).all() and (e[:, item] <= most + 1e-6).all()


def test_a_pair_counts_the_more_the_better_explained():
    e = sp.csr_matrix(np.array([[0.8, 0.0, 0.5]]))
    zero = np.array([0, 0, 0])
    found = pair_weights(e, zero, np.array([0, 0, 1]), np.array([1, 2, 2]))
    np.testing.assert_allclose(found, [0.8, 0.4, 0.0])


def test_where_every_pair_counts_alike_it_is_bpr_to_the_bit(small, monkeypatch):
    plain = EBPR(explained=False, **QUICK).fit(small)
    other = EBPR(**QUICK).fit(small)
    assert np.abs(other.scores() - plain.scores()).max() > 1e-3
    # What is rated explained in full, and nothing else at all.
    monkeypatch.setattr(
        ebpr, "item_explainability", lambda train, n: sp.csr_matrix(train.matrix > 0, dtype=float)
    )
    assert (EBPR(**QUICK).fit(small).scores() == plain.scores()).all()


def test_what_is_not_explained_teaches_nothing(small, monkeypatch):
    monkeypatch.setattr(
        ebpr, "item_explainability", lambda train, n: sp.csr_matrix(train.matrix.shape)
    )
    model = EBPR(**QUICK).fit(small)
    generator = np.random.default_rng(0)
    start = [0.01 * generator.normal(size=(n, 4)) for n in small.matrix.shape]
    np.testing.assert_array_equal(model.users_, start[0].astype(np.float32))
    np.testing.assert_array_equal(model.items_, start[1].astype(np.float32))


def test_lists_rise_with_explained_items():
    """In a world where half of a user's items are explained, these come to stand above the rest:
    with the weights turned round, they would not."""
    ratings = movielens_like(30, 40, 400)
    e = item_explainability(ratings, 5).toarray()
    rated = ratings.matrix.toarray() > 0
    lifts = []
    for explained in (True, False):
        options = QUICK | {"n_similar": 5, "n_epochs": 30, "explained": explained}
        scores = EBPR(**options).fit(ratings).scores()
        lifts.append(np.corrcoef(scores[~rated], e[~rated])[0, 1])
    assert lifts[0] > lifts[1]


def test_drawn_items_are_unrated_and_all_of_them(small):
    generator = np.random.default_rng(0)
    users = np.repeat(np.arange(3), 2000)
    found = unrated_items(small, users, generator)
    rated = small.matrix.toarray() > 0
    assert not rated[users, found].any()
    for user in range(3):
        counts = np.bincount(found[users == user], minlength=small.n_items)[~rated[user]]
        expected = 2000 / len(counts)
        assert np.abs(counts - expected).max() < 6 * np.sqrt(expected)


def test_learns_the_two_tastes():
    """Who rated what: users like items of their own parity, and only these are rated."""
    tastes = two_tastes()
    liked = tastes.take(np.flatnonzero(tastes.values == 5))
    scores = EBPR(**QUICK | {"n_epochs": 30}).fit(liked).scores()
    user, item = np.nonzero(liked.matrix.toarray() == 0)
    own = (tastes.users[user] + tastes.items[item]) % 2 == 0
    assert scores[user, item][own].mean() > scores[user, item][~own].mean() + 1


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("n_similar is 0", {"n_similar": 0}),
        ("explained is 'yes'", {"explained": "yes"}),
        ("learning_rate is 0", {"learning_rate": 0}),
    ],
)
def test_out_of_range(said, options):
    with pytest.raises(InputError, match=said):
        EBPR(**options).fit(five_users())


def test_nothing_to_rank():
    with pytest.raises(InputError, match="nothing to rank"):
        EBPR().fit(ratings_of(["54", "32"]))
