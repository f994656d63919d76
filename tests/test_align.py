"""Two sets of ratings meet by their labels, or are refused in one sentence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eautorec import EASE, AutoRec, InputError, Ratings, align, split
from eautorec.models.refitted import refitted
from eautorec.synthetic import movielens_like, two_tastes


def ratings_of(rows, **options):
    return Ratings.from_frame(pd.DataFrame(rows, columns=["user", "item", "rating"]), **options)


def cells(ratings):
    """Label, label, rating of each stored cell of the matrix."""
    matrix = ratings.matrix.tocoo()
    return {
        (str(ratings.users[u]), str(ratings.items[i]), float(r))
        for u, i, r in zip(matrix.row, matrix.col, matrix.data, strict=True)
    }


def again(ratings):
    """The same ratings as a file of their own would give them: without labels that do not occur."""
    return Ratings.from_frame(ratings.to_frame())


def test_a_part_in_the_rows_and_columns_of_another():
    train = ratings_of([(1, 10, 4), (2, 20, 3), (12, 20, 1)], scale=(1, 5), titles={10: "Ten"})
    test = ratings_of([(12, 10, 2), (2, 10, 3)], titles={10: "another"})
    found = test.like(train)
    assert found.users is train.users and found.items is train.items
    assert found.scale == (1, 5) and found.title(10) == "Ten"
    assert found.matrix.toarray().tolist() == [[0, 0], [3, 0], [2, 0]]
    assert found.to_frame().equals(test.to_frame())  # in its own order
    assert train.like(train) is train


def test_numbers_meet_the_same_numbers_as_text():
    """A label that is no number makes all labels of its file text, and 12 stand before 2."""
    train = ratings_of([("1", "a", 4), ("2", "b", 3), ("12", "b", 1), ("x", "a", 5)])
    test = ratings_of([(12, "a", 2), (2, "a", 3)], scale=(1, 5))
    assert cells(test.like(train)) == {("12", "a", 2), ("2", "a", 3)}
    numbers = ratings_of([(2, "a", 4), (12, "b", 1)], scale=(1, 5))
    text = ratings_of([("2", "b", 5), ("x", "a", 5)]).take([0])
    with pytest.raises(InputError, match="1 of 2 users, such as x, are not among"):
        text.like(numbers)


@pytest.mark.parametrize(
    "rows, said",
    [
        ([(3, 10, 4)], "1 of 1 users, such as 3, are not among the users of the other"),
        ([(1, 10, 4), (1, 11, 4)], "1 of 2 items, such as 11, are not among the items"),
        ([(1, 10, 4.5)], "A rating of 4.5 lies outside the scale from 1 to 4"),
        ([("01", 10, 4)], "1 of 1 users, such as 01"),
        ([(10**6, 10, 4)], "1 of 1 users"),
    ],
)
def test_what_does_not_fit_is_one_sentence(rows, said):
    train = ratings_of([(1, 10, 4), (2, 20, 1)])
    with pytest.raises(InputError, match=said) as told:
        ratings_of(rows).like(train)
    assert len(str(told.value).splitlines()) == 1


def test_a_watched_part_is_paired_by_labels():
    """In a file of its own the test part has other rows and columns."""
    train, test = split(movielens_like(60, 80, 1500), 0.1, seed=0)
    watched = AutoRec(4, max_epochs=3).fit(train, watch=test).history_["watched_rmse"]
    alone = again(test)
    assert (alone.n_users, alone.n_items) != (test.n_users, test.n_items)
    found = AutoRec(4, max_epochs=3).fit(train, watch=alone).history_["watched_rmse"]
    assert found.tolist() == watched.tolist()
    unknown = ratings_of([(1, 10**6, 3)])
    with pytest.raises(InputError, match="bring both to the same users and items with align"):
        AutoRec(4, max_epochs=3).fit(train, watch=unknown)


def test_a_fixed_split_gets_all_users_and_items():
    whole = movielens_like(30, 60, 300)
    train, test = split(whole, 0.3, seed=1)
    first, second = align(again(train), again(test))
    assert np.array_equal(first.users, second.users)
    assert np.array_equal(first.items, second.items) and first.scale == second.scale
    assert cells(first) == cells(train) and cells(second) == cells(test)
    EASE().fit(first).scores()[second.user_index, second.item_index]
    assert len(first.join(second)) == len(whole)


def test_a_test_rating_is_no_training_rating():
    train, test = ratings_of([(1, 10, 4), (2, 20, 3)]), ratings_of([(2, 10, 1), (2, 20, 3)])
    with pytest.raises(InputError, match="User 2 rated item 20 in both parts, as in 1 cells"):
        align(train, test)
    with pytest.raises(InputError, match="in both parts"):
        train.join(train.take([0]))


labels = st.one_of(st.integers(0, 30), st.sampled_from(["x", "y", "07", "7", "12"]))


@given(
    st.lists(
        st.tuples(labels, labels), min_size=2, max_size=20, unique_by=lambda c: tuple(map(str, c))
    ),
    st.integers(1, 19),
)
def test_any_two_parts_stay_what_they_are(pairs, n):
    rows = [(u, i, 1 + k % 5) for k, (u, i) in enumerate(pairs)]
    n = min(n, len(rows) - 1)
    parts = [ratings_of(part, scale=(1, 5)) for part in (rows[:n], rows[n:])]
    found = align(*parts)
    assert [cells(part) for part in found] == [cells(part) for part in parts]
    for name in ("users", "items"):
        mine, others = (getattr(part, name) for part in found)
        assert np.array_equal(mine, others) and len(np.unique(mine)) == len(mine)
        expected = {str(label) for part in parts for label in getattr(part, name)}
        assert set(map(str, mine)) == expected


def test_an_update_is_paired_by_labels():
    ratings = two_tastes()
    model = EASE(3.0).fit(ratings)
    fewer = ratings.take(range(len(ratings) - 3))
    expected = refitted(model, fewer).scores()
    np.testing.assert_array_equal(refitted(model, again(fewer)).scores(), expected)
