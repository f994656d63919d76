"""Concise EASE: the pursuit against plain loops, known speakers, sums, newcomers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import ratings_of

from eautorec import EASE, InputError, Ratings
from eautorec.models.concise import ConciseEASE
from eautorec.synthetic import five_users, movielens_like, two_tastes


def pursued(model, row, n):
    """Orthogonal matching pursuit as a textbook has it: every atom, every residual, least squares.

    EASE's scores come from its public weights, and c from the inverse.
    """
    x = model.ratings_.matrix.toarray().astype(float) / 5
    silent = (x[row] > 0) | (x == 0).all(axis=0)
    scores = np.where(silent, 0, x[row] @ model.weights())
    atoms = np.where(silent, 0, x / (model.penalty_ * np.diag(model.inverse_)))
    atoms[row] = 0
    chosen, w, left = [], np.zeros(0), scores
    for _ in range(n):
        sizes = np.linalg.norm(atoms, axis=1)
        fits = [
            0 if size == 0 or v in chosen else abs(atom @ left) / size
            for v, (atom, size) in enumerate(zip(atoms, sizes, strict=True))
        ]
        if max(fits) <= 1e-9 * np.linalg.norm(scores):
            break
        chosen.append(int(np.argmax(fits)))
        w = np.linalg.lstsq(atoms[chosen].T, scores, rcond=None)[0]
        left = scores - w @ atoms[chosen]
    return chosen, w, left


@pytest.mark.parametrize("n", [1, 3, 8])
def test_against_the_textbook(n):
    ratings = two_tastes(20, 30, density=0.4)
    model = ConciseEASE(n, regularization=5.0).fit(ratings)
    scores, rated = model.scores(), ratings.matrix.toarray() > 0
    exact = EASE(5.0).fit(ratings).scores()
    for row, user in enumerate(ratings.users.tolist()):
        speakers, w = model.speakers(model.person(user))
        expected, weights, left = pursued(model, row, n)
        assert speakers.tolist() == expected
        np.testing.assert_allclose(w, weights, rtol=1e-6)
        told = (exact[row] - scores[row])[~rated[row]]
        np.testing.assert_allclose(told, left[~rated[row]], atol=1e-9)


def test_one_speaker_says_it_all():
    """User 1's only overlap is with user 2; the other two share nothing with either."""
    ratings = ratings_of(["550000", "554000", "000055", "000045"])
    model = ConciseEASE(5, regularization=1.0).fit(ratings)
    speakers, _ = model.speakers(model.person(1))
    assert speakers.tolist() == [1]
    exact = EASE(1.0).fit(ratings).scores()
    np.testing.assert_allclose(model.person(1).scores[2], exact[0, 2], atol=1e-12)
    assert model.explain(1, 3).by_user["user"].tolist() == [2]


def test_nobody_has_anything_to_say():
    """All that others rated is rated by the user too: no speakers, scores of 0."""
    ratings = ratings_of(["5432", "1234"])
    model = ConciseEASE(3).fit(ratings)
    assert len(model.speakers(model.person(1))[0]) == 0
    assert model.person(1).scores.tolist() == [0, 0, 0, 0]


def test_the_rest_falls_with_every_speaker_to_nothing():
    ratings = two_tastes(20, 30, density=0.4)
    model = ConciseEASE(20, regularization=5.0).fit(ratings)
    for user in ratings.users.tolist():
        person = model.person(user)
        exact = EASE._scores_for(model, person)
        rests = [
            np.linalg.norm((exact - w @ model.x_[chosen] / model._c(person))[~person.rated])
            for chosen, w in model.path(person)
        ]
        assert np.all(np.diff(rests) < 1e-12)
        assert rests[-1] < 1e-9


@given(
    st.lists(st.text("012345", min_size=6, max_size=6), min_size=3, max_size=8),
    st.integers(1, 4),
)
@settings(max_examples=15, deadline=None)
def test_reasons_sum_to_the_score_of_at_most_so_many(rows, n):
    ratings = ratings_of(["543210", *rows])
    model = ConciseEASE(n, regularization=2.0, n_neighbors=2).fit(ratings)
    scores = model.scores()
    for user in ratings.users.tolist():
        person = model.person(user)
        speakers, w = model.speakers(person)
        assert len(speakers) == len(w) == len(set(speakers.tolist())) <= n
        assert ratings.user_row(user) not in speakers
        for column in np.flatnonzero(~person.rated):
            told = person.explain(ratings.items[column].item())
            assert told.by_user["contribution"].sum() == pytest.approx(told.score, abs=1e-9)
            assert told.score == pytest.approx(person.scores[column], abs=1e-9)
            assert told.score == pytest.approx(scores[person.row, column], abs=1e-9)
            assert set(told.by_user["user"]) <= set(ratings.users[speakers])


def test_a_newcomer_gets_what_a_new_fit_would_give():
    ratings = movielens_like(30, 25, 250)
    given_ = {item: 1 + item % 5 for item in ratings.items[::6].tolist()}
    frame = pd.DataFrame(
        {
            "user": [*ratings.users[ratings.user_index], *[99] * len(given_)],
            "item": [*ratings.items[ratings.item_index], *given_],
            "rating": [*ratings.values, *given_.values()],
        }
    )
    again = Ratings.from_frame(frame, scale=(1, 5))
    old, new = (ConciseEASE(3, regularization=2.0).fit(r) for r in (ratings, again))
    person, user = old.fold_in(given_), new.person(99)
    np.testing.assert_allclose(person.scores, user.scores, atol=1e-9)
    assert old.speakers(person)[0].tolist() == new.speakers(user)[0].tolist()
    assert len(old.speakers(person)[0]) == 3


def test_files(tmp_path):
    model = ConciseEASE(2, regularization=2.0).fit(five_users())
    model.save(tmp_path / "model.npz")
    again = ConciseEASE.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.scores(), model.scores())


@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_so_many_people_is_a_whole_number(n):
    with pytest.raises(InputError, match="n_users"):
        ConciseEASE(n).fit(five_users())
