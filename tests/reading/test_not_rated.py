"""Values that mean "nobody rated": left out where said, a word where likely."""

import warnings

import pytest

from eautorec import read_ratings
from eautorec.errors import InputWarning
from eautorec.reading import How, read


def lines(*values):
    """A file in which the values stand in turn, each for another user and item."""
    return "user,item,rating\n" + "".join(f"{k},{k % 7},{v}\n" for k, v in enumerate(values))


@pytest.mark.parametrize("missing", [0, (0,), "0", ("0",), ["0.0", -1], (0, "NA")])
def test_what_means_not_rated_is_left_out_and_counted(file, missing):
    path = file(lines(5, 0, 3, "0.0", 4))
    found = read(path, How(missing=missing))
    assert found.n_missing == 2 and found.ratings.scale == (3, 5)
    assert found.ratings.users.tolist() == [0, 2, 4]  # who rated nothing is no user
    assert read_ratings(path, missing=missing).equals(found.ratings)


def test_text_may_mean_not_rated(file):
    found = read(file(lines(5, "NA", 3, "", 4)), How(missing=("NA", "")))
    assert found.n_missing == 2 and len(found.ratings) == 3


def test_negative_and_high_ones(file):
    found = read(file(lines(5, -1, 3, 99, 4)), How(missing=(-1, 99)))
    assert found.n_missing == 2 and found.ratings.scale == (3, 5)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0] * 6 + [5, 8, 10, 7], "6 of 10 ratings are 0, and the others lie from 5 to 10"),
        ([99] + [1, 2, 3, 4, 5], r"1 of 6 ratings are 99.*missing=\(99,\) \(--missing 99\)"),
        ([0] + [1, 2, 3, 4, 5] * 9, r"1 of 46 .* are 0.*scale=\(0, 5\) \(--scale 0,5\)"),
        ([0] + [0.5, 1, 1.5], "1 of 4 ratings are 0"),
        ([0, 0, 1, 1, 1], None),  # liked or not
        ([0, 0, 0, 1], None),
        ([99] + [95, 96, 97, 98, 100], None),  # of a hundred
        ([99] + [1, 2, 3, 4, 5] * 10, None),  # seldom
        ([5, 4, 3, 2, 1], None),
    ],
)
def test_a_word_where_it_is_likely(file, values, said):
    path = file(lines(*values))
    if said is None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read_ratings(path)
        assert read(path).note == ""
    else:
        with pytest.warns(InputWarning, match=said) as caught:
            read_ratings(path)
        assert len(caught) == 1 and caught[0].filename == __file__
        assert read(path, How(missing=(0, 99))).note == ""
        assert read(path, How(scale=(0, 99))).note == ""
