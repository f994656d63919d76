"""A source is a name and how its file is read, wherever ratings are loaded again."""

from pathlib import Path

import pytest

from eautorec import InputError
from eautorec.datasets import load_ratings
from eautorec.errors import InputWarning
from eautorec.reading import How, Source
from eautorec.study.protocol import Run
from eautorec.study.runner import in_stars, split_data

LINES = [f"{user};{item};{(user * item) % 5},5\n" for user in range(9) for item in range(7)]


def test_a_source_gives_the_same_ratings_to_others(file):
    path = str(file("when;" + "who;what;stars\n" + "".join(f"1;{line}" for line in LINES)))
    source = Source(path, How(columns=("who", "what", "stars"), missing=(0.5,)))
    assert str(source) == path and Path(source).stat().st_size > 0
    with pytest.raises(InputError, match="no column for the user"):
        load_ratings(path)
    ratings = load_ratings(source)
    assert len(ratings) < len(LINES) and ratings.scale == (1.5, 4.5)
    train, test, everything = split_data(source, Run("EASE", 0))
    assert len(train) + len(test) == len(everything) == len(ratings)
    assert everything.fingerprint != ratings.fingerprint  # another order
    assert (everything.matrix != in_stars(ratings).matrix).nnz == 0


def test_a_word_on_what_may_mean_not_rated(file):
    path = file("user,item,rating\n" + "".join(f"{k},1,{k % 5 * (k % 2)}\n" for k in range(20)))
    with pytest.warns(InputWarning, match="12 of 20 ratings are 0"):
        load_ratings(str(path))
