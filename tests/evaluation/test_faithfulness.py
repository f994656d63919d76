"""Faithfulness by hand, in worlds whose causes are known, and beside a slow version."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import ratings_of

from eautorec import EASE, InputError, Ratings
from eautorec.evaluation import (
    Case,
    PerUser,
    deletion,
    insertion,
    interval,
    others_ratings,
    overlap,
    own_ratings,
    removal,
)
from eautorec.models.concise import ConciseEASE
from eautorec.models.refitted import refitted


def sums(ratings):
    """A model whose score is an item's sum of ratings, the same for everybody."""
    total = np.asarray(ratings.matrix.sum(axis=0), dtype=float).ravel()
    return np.broadcast_to(total, ratings.matrix.shape)


SMALL = ["5000", "0530", "0230", "0045", "0001"]
"""Sums 5, 7, 10, 6; user 0 has not rated items 1 to 3, and the first for them is item 2."""


def by_hand(order, ks, keep=False):
    ratings = ratings_of(SMALL, first=0)
    case = others_ratings(ratings, 0, 2, order)
    return removal(sums, ratings, [case], ks, keep=keep)


def test_deletion_by_hand():
    """Item 2 has 3, 3 and 4 stars of users 1, 2 and 3; without the last it has 6 as item 3 has,
    behind the 7 of item 1; without the last two it has 3."""
    found = by_hand([3, 1, 2], [1, 2])
    assert found["removed"].tolist() == [1, 2]
    assert found["score"].tolist() == [10, 10] and found["rank"].tolist() == [1, 1]
    assert found["score_after"].tolist() == [6, 3] and found["rank_after"].tolist() == [2, 3]
    told = deletion(found, n=2)
    assert told["del"].tolist() == [0.6, 0.3]
    assert told["pos"].tolist() == [1, 0] and told["necessity"].tolist() == [0, 1]
    assert told["cdcg"].tolist() == pytest.approx([1 / np.log2(3), 1 / np.log2(4)])


def test_insertion_by_hand():
    """Kept are user 3's 4 stars, or also user 1's 3: sums 4 and 7, the latter as item 1 has, which
    stands before it."""
    found = by_hand([3, 1, 2], [1, 2, 3], keep=True)
    assert found["removed"].tolist() == [2, 1, 0]
    assert found["score_after"].tolist() == [4, 7, 10]
    assert found["rank_after"].tolist() == [3, 2, 1]
    told = insertion(found, n=2)
    assert told["ins"].tolist() == [0.4, 0.7, 1.0]
    assert told["sufficiency"].tolist() == [0, 1, 1]


def test_what_a_short_reason_leaves_unnamed_goes_as_well():
    """A reason of one user: without it the two others stay, with it alone they go."""
    assert by_hand([3], [5])["removed"].tolist() == [1]
    assert by_hand([3], [5], keep=True)["removed"].tolist() == [2]


def test_items_that_are_removed_are_no_candidates():
    """User 1 rated items 1 and 2; without these ratings they must not enter the list."""
    ratings = ratings_of(SMALL, first=0)
    found = removal(sums, ratings, [own_ratings(ratings, 1, 3)], [2])
    assert found["rank"].tolist() == found["rank_after"].tolist() == [1]
    assert found["removed"].tolist() == [2]


def test_a_score_that_is_none_has_no_share():
    ratings = ratings_of(SMALL, first=0)
    case = others_ratings(ratings, 0, 2)
    negative = removal(lambda r: sums(r) - 20.0, ratings, [case], [1])
    assert deletion(negative)["del"].isna().all() and deletion(negative)["pos"].tolist() == [1]
    nothing = removal(lambda r: np.where(sums(r) > 0, sums(r), np.nan), ratings, [case], [3])
    assert nothing["rank_after"].tolist() == [3] and deletion(nothing)["del"].isna().all()


TWO_CAUSES = ["555000", "555000", "000555", "000555", "000555", "000555", "550100"]
"""Users 0 and 1 alone carry item 2 to user 6; users 2 to 5 are of another taste."""


def test_two_users_cause_it():
    """EASE names exactly these two for item 2. Trained without their ratings of it the item falls,
    without all ratings of any others it stands, and with the two alone it keeps its score."""
    ratings = ratings_of(TWO_CAUSES, first=0)
    model = EASE(0.5).fit(ratings)
    assert model.recommend(6, 1)["item"].tolist() == [2]
    named = model.explain(6, 2).by_user.query("contribution > 1e-9")["user"]
    assert set(named) == {0, 1}

    case = others_ratings(ratings, 6, 2, named)
    found = removal(trained_anew, ratings, [case], [2])
    assert found["rank"].tolist() == [1] and found["rank_after"].tolist() == [3]
    assert deletion(found, n=1)["necessity"].tolist() == [1]
    assert deletion(found)["del"].tolist() == pytest.approx([0], abs=1e-12)
    kept = removal(trained_anew, ratings, [case], [2], keep=True)
    assert insertion(kept, n=1)[["ins", "sufficiency"]].to_numpy().tolist() == [[1, 1]]
    for others in ([2], [3], [4], [5], [2, 3, 4, 5]):
        theirs = np.flatnonzero(np.isin(ratings.user_index, others))
        found = removal(trained_anew, ratings, [Case(6, 2, theirs, theirs)], [len(theirs)])
        assert found["removed"].tolist() == [3 * len(others)]
        assert deletion(found, n=1)["necessity"].tolist() == [0]


def trained_anew(ratings):
    return EASE(0.5).fit(ratings).scores()


def test_a_short_reason_may_be_no_cause():
    """Of two users alike, concise EASE names one; when that one is silent the other speaks."""
    ratings = ratings_of(TWO_CAUSES, first=0)
    model = ConciseEASE(3, regularization=0.5).fit(ratings)
    named = model.explain(6, 2).by_user["user"].tolist()
    assert named == [0]
    case = others_ratings(ratings, 6, 2, named)

    def score(kept):
        return ConciseEASE(3, regularization=0.5).fit(kept).scores()

    found = deletion(removal(score, ratings, [case], [5]), n=1)
    assert found["necessity"].tolist() == [0]


def test_a_model_that_ignores_its_reason(tastes):
    """Scores that never change: DEL, INS and POS are 1, and nothing is necessary."""
    fixed = np.random.default_rng(0).random(tastes.matrix.shape)
    rated = tastes.matrix.toarray() > 0
    cases = [
        others_ratings(tastes, user, int(np.argmax(np.where(rated[user], 0, fixed[user]))))
        for user in range(20)
    ]
    gone = deletion(removal(lambda r: fixed, tastes, cases, [1, 5]))
    assert (gone["del"] == 1).all() and (gone["pos"] == 1).all() and (gone["cdcg"] == 1).all()
    kept = insertion(removal(lambda r: fixed, tastes, cases, [1, 5], keep=True))
    assert (kept["ins"] == 1).all() and (kept["sufficiency"] == 1).all()


@given(st.lists(st.text("012345", min_size=6, max_size=6), min_size=3, max_size=7), st.data())
@settings(max_examples=40, deadline=None)
def test_beside_a_slow_version(rows, data):
    """Removal from a dense table, by loops over its cells."""
    rows = ["543210", *rows]
    ratings = ratings_of(rows, first=0)
    user = data.draw(st.integers(0, ratings.n_users - 1))
    item = data.draw(st.integers(0, ratings.n_items - 1))
    make = data.draw(st.sampled_from([own_ratings, others_ratings]))
    case = make(ratings, user, item)
    reason = data.draw(st.permutations(case.pool.tolist()))
    reason = reason[: data.draw(st.integers(0, len(reason)))]
    k, keep = data.draw(st.integers(1, 4)), data.draw(st.booleans())
    case = case._replace(reason=np.array(reason, dtype=int))
    weights = np.random.default_rng(0).normal(size=(ratings.n_items, ratings.n_items))

    table = ratings.matrix.toarray().astype(float)
    after = table.copy()
    for position in case.pool.tolist():
        if (position in reason[:k]) != keep:
            after[ratings.user_index[position], ratings.item_index[position]] = 0
    expected = {}
    for ending, cells in (("", table), ("_after", after)):
        # A user's row and an item's column both matter, as in a model that is trained anew.
        scores = cells[user] @ weights + cells.sum(axis=0)
        ahead = [
            (-scores[j], j) < (-scores[item], item)
            for j in range(ratings.n_items)
            if j != item and table[user, j] == 0
        ]
        expected |= {f"score{ending}": scores[item], f"rank{ending}": 1 + sum(ahead)}

    def all_at_once(kept):
        dense = kept.matrix.toarray().astype(float)
        return np.array([row @ weights + dense.sum(axis=0) for row in dense])

    def one_by_one(kept):
        return PerUser(lambda row: all_at_once(kept)[row])

    for score in (all_at_once, one_by_one):
        found = removal(score, ratings, [case], [k], keep=keep).iloc[0]
        assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("values", ["ratings", "ones"])
def test_an_updated_inverse_is_a_new_fit(tastes, values):
    """Without some ratings of one item, of one user, of both, and with other values."""
    model = EASE(3.0, values=values).fit(tastes)
    before = model.inverse_.copy()
    of_item, of_user = tastes.item_index == 7, tastes.user_index == 5
    changed = tastes.values.copy()
    changed[of_user] = 6 - changed[of_user]
    for other in (
        tastes.take(np.flatnonzero(~of_item | (tastes.user_index % 3 == 0))),
        tastes.take(np.flatnonzero(~of_item)),
        tastes.take(np.flatnonzero(~of_user | (tastes.item_index % 3 == 0))),
        tastes.take(np.flatnonzero(~of_user & ~of_item)),
        Ratings(
            tastes.users, tastes.items, tastes.user_index, tastes.item_index, changed, tastes.scale
        ),
        tastes,
    ):
        found, expected = refitted(model, other), EASE(3.0, values=values).fit(other)
        np.testing.assert_allclose(found.inverse_, expected.inverse_, atol=1e-9)
        np.testing.assert_allclose(found.scores(), expected.scores(), atol=1e-9)
        item = expected.recommend(tastes.users[5], 1)["item"][0]
        told, new = found.explain(tastes.users[5], item), expected.explain(tastes.users[5], item)
        assert told.score == pytest.approx(new.score, abs=1e-9)
        assert told.by_user["contribution"].sum() == pytest.approx(new.score, abs=1e-9)
    assert (model.inverse_ == before).all()


def test_what_cannot_be_updated_is_told(tastes):
    with pytest.raises(InputError, match="dropout"):
        refitted(EASE(3.0, dropout=0.2).fit(tastes), tastes)
    with pytest.raises(InputError, match="5 of 5 users, such as 100, are not among the users"):
        refitted(EASE(3.0).fit(tastes), ratings_of(SMALL, first=100))
    with pytest.raises(InputError, match="not trained"):
        refitted(EASE(3.0), tastes)


def test_a_reason_names_ratings_that_exist_once():
    ratings = ratings_of(SMALL, first=0)
    case = others_ratings(ratings, 0, 2, [3, 1])
    assert ratings.user_index[case.reason].tolist() == [3, 1]
    assert ratings.user_index[case.pool].tolist() == [1, 2, 3]
    for order in ([4], [1, 1]):
        with pytest.raises(InputError, match="names the user at"):
            others_ratings(ratings, 0, 2, order)
    with pytest.raises(InputError, match="names the item at 0"):
        own_ratings(ratings, 1, 3, [0])


def test_overlap_by_hand():
    assert overlap([1, 2, 3, 9], [3, 2, 7, 1], 3) == 0.5
    assert overlap(["a"], ["a"], 5) == overlap([], [], 5) == 1
    assert overlap([], [1], 5) == 0


def test_intervals_by_hand():
    """Student's: 1, 2, 3 have mean 2 and error 1 / sqrt(3), and t is 4.303. Wilson's for none of
    ten reaches 0.2775 (Agresti and Coull, 1998, have it as z^2 / (n + z^2))."""
    mean, low, high = interval(np.array([1.0, 2.0, 3.0, np.nan]))
    assert mean == 2 and (high - mean) == pytest.approx(4.3026527 / np.sqrt(3))
    assert (mean - low) == pytest.approx(high - mean)
    assert interval(np.zeros(10)) == pytest.approx((0, 0, 1.959964**2 / (10 + 1.959964**2)))
    assert interval(np.ones(10))[2] == 1
    assert np.isnan(interval(np.array([np.nan]))).all()
    assert interval(np.array([0.3]))[0] == 0.3 and np.isnan(interval(np.array([0.3]))[1])


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_intervals_hold_what_they_promise(share):
    """Of 2,000 samples some 95 % of intervals hold the true share, and of means too."""
    generator = np.random.default_rng(0)
    held = [
        low <= share <= high
        for _, low, high in (interval(generator.random(100) < share) for _ in range(2000))
    ]
    assert 0.92 < np.mean(held) < 0.98
    held = [
        low <= 1 <= high
        for _, low, high in (interval(generator.normal(1, 2, 30)) for _ in range(2000))
    ]
    assert 0.93 < np.mean(held) < 0.97
