import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eautorec import InputError, Ratings, split
from eautorec.synthetic import five_users


def test_bounds_of_a_scale_are_rounded_as_the_ratings_are():
    frame = pd.DataFrame({"user": [1, 2, 3], "item": 1, "rating": [0.1, 0.3, 0.6]})
    rating = frame["rating"]
    for ends in ((0.1, 0.6), (rating.min(), rating.max()), (np.float32(0.1), np.float32(0.6))):
        assert Ratings.from_frame(frame, scale=ends).scale == pytest.approx((0.1, 0.6))
    assert Ratings.from_frame(frame).scale == (0.1, 0.6)  # and not 0.10000000149011612
    with pytest.raises(InputError, match="row 2, column rating: 0.6 lies outside the scale"):
        Ratings.from_frame(frame, scale=(0.1, 0.599))
    with pytest.raises(InputError, match="highest rating is 0"):
        Ratings.from_frame(frame.assign(rating=0))


@pytest.mark.parametrize("labels", [["a", "b", "c"], [10, 20, 30], ["7", "007", "8"]])
def test_only_what_occurs_is_a_user_or_an_item(labels):
    frame = pd.DataFrame({"user": labels, "item": labels, "rating": [3, 4, 5]})
    cut = frame.astype({"user": "category", "item": "category"}).iloc[1:]
    ratings = Ratings.from_frame(cut)
    assert ratings.users.tolist() == ratings.items.tolist() == labels[1:]
    assert ratings.to_frame()["user"].tolist() == labels[1:]


def test_frame_without_a_column():
    with pytest.raises(InputError, match="no column 'rating'"):
        Ratings.from_frame(pd.DataFrame({"user": [1], "item": [2]}))


def test_unknown_labels_are_told(tastes):
    with pytest.raises(InputError, match="There is no user 'bob'"):
        tastes.user_row("bob")
    with pytest.raises(InputError, match="There is no item 999"):
        tastes.item_column(999)


cells = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([0.5, 1, 2.5, 5])),
    min_size=2,
    unique_by=lambda row: row[:2],
)


@given(cells)
def test_frames_come_back_as_they_went_in(rows):
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    back = Ratings.from_frame(frame).to_frame()
    assert back.values.tolist() == frame.values.tolist()


@given(cells, st.integers(0, 5))
def test_split_is_a_partition(rows, seed):
    ratings = Ratings.from_frame(pd.DataFrame(rows, columns=["user", "item", "rating"]))
    train, test = split(ratings, 0.5, seed)
    assert len(train) + len(test) == len(ratings)
    assert train.matrix.shape == test.matrix.shape == ratings.matrix.shape
    assert not train.matrix.multiply(test.matrix).nnz
    assert np.array_equal((train.matrix + test.matrix).toarray(), ratings.matrix.toarray())


def test_split_follows_its_seed(tastes):
    assert split(tastes, seed=1)[1].equals(split(tastes, seed=1)[1])
    assert not split(tastes, seed=1)[1].equals(split(tastes, seed=2)[1])


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1e-9])
def test_split_refuses_empty_parts(tastes, fraction):
    with pytest.raises(InputError):
        split(tastes, fraction)


TIMED = pd.DataFrame(
    {
        "user": ["b", "a", "b", "c"],
        "item": [20, 10, 10, 10],
        "rating": [4, 5, 1, 3],
        "time": [400, 100, 300, 200],
    }
)


def timed(frame=TIMED, **options):
    return Ratings.from_frame(frame, times=frame["time"], **options)


def test_times_stay_with_their_ratings():
    ratings = timed()
    assert ratings.times.tolist() == [400, 100, 300, 200] and ratings.times.dtype == np.int64
    assert ratings.take([2, 0]).times.tolist() == [300, 400]
    assert ratings.take(ratings.times < 250).values.tolist() == [5, 3]
    train, test = split(ratings, 0.5)
    assert sorted([*train.times, *test.times]) == [100, 200, 300, 400]
    for part in (train, test):
        label = TIMED.set_index("time").loc[part.times.tolist()]
        assert label["rating"].tolist() == part.values.tolist()
        assert label["user"].tolist() == part.to_frame()["user"].tolist()


def test_the_later_of_two_ratings_keeps_its_own_time():
    frame = pd.concat([TIMED, TIMED.iloc[:1].assign(rating=2, time=500)])
    ratings = timed(frame, duplicates="last")
    assert ratings.values.tolist() == [5, 1, 3, 2]
    assert ratings.times.tolist() == [100, 300, 200, 500]


def test_without_times_there_are_none():
    ratings = Ratings.from_frame(TIMED)  # another column is of no concern
    assert ratings.times is None
    assert ratings.take([0, 2]).times is None and split(ratings, 0.5)[0].times is None
    assert five_users().times is None
    assert ratings.take([0]).join(ratings.take([2])).times is None


@given(cells, st.integers(0, 5))
def test_parts_that_are_joined_are_the_whole(rows, seed):
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    whole = timed(frame.assign(time=np.arange(len(rows))))
    joined = Ratings.join(*split(whole, 0.5, seed))
    assert len(joined) == len(whole) and joined.scale == whole.scale
    assert (joined.matrix != whole.matrix).nnz == 0
    assert joined.take(np.argsort(joined.times)).equals(whole)


def test_joined_ratings_stand_one_after_the_other():
    whole = timed(scale=(1, 5), titles={10: "Ten"})
    first, second = whole.take([0, 3]), whole.take([2, 1])
    joined = first.join(second)
    assert joined.equals(whole.take([0, 3, 2, 1])) and joined.title(10) == "Ten"
    assert joined.times.tolist() == [400, 200, 300, 100]
    assert joined.matrix.nnz == 4  # not that of a part, which was asked for before
    assert first.join(replace(second, times=None)).times is None
    assert replace(first, times=None).join(second).times is None


def test_a_fingerprint_is_the_same_for_the_same_ratings():
    one, other = timed(), timed()
    assert re.fullmatch("[0-9a-f]{16}", one.fingerprint)
    assert one.fingerprint == other.fingerprint == one.take(range(4)).fingerprint
    assert one.equals(other)
    narrow = replace(one, user_index=one.user_index.astype(np.int64), values=one.values.copy())
    assert narrow.fingerprint == one.fingerprint
    titled = timed(TIMED.assign(time=0), titles={10: "Ten"})
    assert titled.fingerprint == one.fingerprint
    assert replace(one, scale=(int(one.scale[0]), 5)).fingerprint == one.fingerprint


@pytest.mark.parametrize(
    "other",
    [
        TIMED.assign(rating=[4, 5, 1, 2]),
        TIMED.assign(rating=[5, 4, 1, 3]),
        TIMED.assign(user=["b", "a", "b", "d"]),
        TIMED.assign(user=["c", "a", "c", "b"]),
        TIMED.assign(item=[21, 10, 10, 10]),
        TIMED.assign(item=["20", "x10", "x10", "x10"]),
        TIMED.assign(item=[20, 10, 10, 20]),
        TIMED.iloc[[1, 0, 2, 3]],
        TIMED.iloc[:3],
        TIMED.rename(columns={"user": "item", "item": "user"}),
    ],
    ids="rating two-ratings label users-swapped item items-as-text cell order fewer turned".split(),
)
def test_another_fingerprint_for(other):
    found = Ratings.from_frame(other, scale=(1, 5)).fingerprint
    assert found != Ratings.from_frame(TIMED, scale=(1, 5)).fingerprint


def test_the_scale_and_labels_without_ratings_are_in_the_fingerprint():
    ratings = Ratings.from_frame(TIMED, scale=(1, 5))
    others = [
        Ratings.from_frame(TIMED, scale=(0.5, 5)),
        Ratings.from_frame(TIMED, scale=(1, 10)),
        replace(ratings, users=np.array(["a", "b", "c", "z"])),
        replace(ratings, items=np.array([10, 20, 30])),
    ]
    assert len({found.fingerprint for found in [ratings, *others]}) == 5


@given(cells, st.data())
def test_any_other_rating_changes_the_fingerprint(rows, data):
    ratings = Ratings.from_frame(pd.DataFrame(rows, columns=["user", "item", "rating"]))
    values = ratings.values.copy()
    place = data.draw(st.integers(0, len(values) - 1))
    values[place] += 0.25
    assert replace(ratings, values=values).fingerprint != ratings.fingerprint
