"""On every scale: what is relevant, and numbers as they were written."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from eautorec import EASE, Explanation, Ratings, split
from eautorec.arrays import as_written
from eautorec.cli import app
from eautorec.explainability import levels_of
from eautorec.ratings import upper_quarter
from eautorec.study.protocol import DEFAULT, Protocol, Run
from eautorec.study.runner import execute
from eautorec.study.tuning import validation_value
from eautorec.synthetic import movielens_like


def rescaled(ratings, lowest, highest):
    """The same ratings of one to five stars on another scale."""
    frame = ratings.to_frame()
    frame["rating"] = lowest + (frame["rating"].astype(float) - 1) / 4 * (highest - lowest)
    return Ratings.from_frame(frame, scale=(lowest, highest))


@pytest.mark.parametrize(
    "scale, least",
    [((1, 5), 4), ((0.5, 5), 3.875), ((0, 1), 0.75), ((1, 10), 7.75), ((0, 10), 7.5)],
)
def test_relevant_is_the_upper_quarter(scale, least):
    assert upper_quarter(scale) == least
    values = [scale[0], least - 0.01, least, scale[1]]
    rows = [(1, item, value) for item, value in enumerate(values)]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    ratings = Ratings.from_frame(frame, scale=scale)
    assert ratings.good_from == least
    before = ratings.matrix.copy()
    assert ratings.relevant().toarray().tolist() == [[False, False, True, True]]
    assert ratings.relevant().nnz == 2 and ratings.relevant(-np.inf).nnz == 4
    assert ratings.relevant(scale[1]).toarray().tolist() == [[False, False, False, True]]
    assert (ratings.matrix != before).nnz == 0  # nothing of it was changed


@pytest.fixture(scope="module")
def stars():
    return movielens_like(40, 150, 1500)


def measured(ratings, folder, **options):
    path = folder / "ratings.csv"
    ratings.to_frame().to_csv(path, index=False)
    [(_, records, _)] = execute([Run("popular", 0, protocol=Protocol(**options))], str(path))
    return {(metric, x): value for metric, x, value in records if not np.isnan(value)}


@pytest.mark.filterwarnings("ignore:.* are 0, and the others:eautorec.errors.InputWarning")
def test_the_study_finds_the_same_on_any_scale(stars, tmp_path):
    """MAP does not depend on how a rating is written; from 0 to 1 it was no number, and from 1 to
    10 four was liked."""
    expected = measured(stars, tmp_path)
    assert expected["map", 10] > 0
    for scale in ((0, 1), (1, 10), (0, 100)):
        assert measured(rescaled(stars, *scale), tmp_path) == expected
    as_ten = rescaled(stars, 1, 10)
    assert measured(as_ten, tmp_path, relevant="4 or more") != expected
    assert measured(as_ten, tmp_path, relevant="3.875 or more") == expected  # in stars: half


@pytest.mark.filterwarnings("ignore:.* are 0, and the others:eautorec.errors.InputWarning")
def test_every_test_rating_counts_where_all_are_relevant(stars, tmp_path):
    """The lowest rating too where it is 0."""
    for options in ({"relevant": "all"}, {"candidates": "test"}):
        expected = measured(stars, tmp_path, **options)
        assert measured(rescaled(stars, 0, 4), tmp_path, **options) == expected


def test_parameters_are_chosen_by_the_same_rule(stars):
    values = []
    for scale in ((1, 5), (0, 1)):
        inner, validation = split(rescaled(stars, *scale), 0.2)
        values.append(validation_value(EASE(values="ones").fit(inner), inner, validation))
    assert values[0] == values[1] > 0


def test_the_protocol_says_from_where():
    assert DEFAULT.relevant_from((1, 5)) == 4 and DEFAULT.relevant_from((0, 1)) == 0.75
    assert Protocol(relevant="8 or more").relevant_from((1, 10)) == 8
    assert Protocol(relevant="all").relevant_from((1, 10)) == -np.inf
    keys = {Run("EASE", 0, protocol=Protocol(relevant=r)).key() for r in ("all", "8 or more")}
    assert len(keys | {Run("EASE", 0).key()}) == 3


def test_liked_is_the_same_upper_quarter():
    def liked(counts):
        told = Explanation(1, 1, "x", counts, 10, 10, 0.0, predicts=False)
        return told.n_liked, told.liked_from

    assert liked({float(x): 1 for x in range(1, 11)}) == (3, 8)
    assert liked({0.0: 3, 0.5: 2, 1.0: 1}) == (1, 1)
    assert liked({0.5 * x: 1 for x in range(1, 9)}) == (2, 3.5)


def test_numbers_are_as_they_were_written():
    frame = pd.DataFrame(
        [(1, 1, 0.1), (1, 2, 0.3), (2, 1, 0.6), (2, 2, 0.1), (2, 3, 0.3), (3, 3, 0.6)],
        columns=["user", "item", "rating"],
    )
    ratings = Ratings.from_frame(frame)
    assert ratings.scale == (0.1, 0.6) and levels_of(ratings) == [0.1, 0.3, 0.6]
    assert as_written(ratings.values).tolist() == frame["rating"].tolist()
    reason = EASE(1.0).fit(ratings).explain(1, 3)
    assert set(reason.by_user["rating"]) <= {0.1, 0.3, 0.6} and list(reason.counts) == [
        0.1,
        0.3,
        0.6,
    ]
    assert "0.10000000149" not in json.dumps(reason.to_dict())
    person = EASE(1.0).fit(ratings).fold_in({1: 0.1, 2: 0.6})
    assert sorted(person.explain(3).by_item["rating"]) == [0.1, 0.6]


def test_the_command_line_says_what_is_relevant(stars, tmp_path):
    path = tmp_path / "ratings.csv"
    rescaled(stars, 1, 10).to_frame().to_csv(path, index=False)
    call = CliRunner().invoke
    assert json.loads(call(app, ["data", str(path), "--json"]).stdout)["relevant_from"] == 7.75
    asked = ["--folds", "1", "--starts", "1", "--store", str(tmp_path / "s.sqlite")]
    done = call(app, ["study", "claims", "--ratings", str(path), *asked, "--relevant-from", "8"])
    assert "--starts 1 --relevant-from 8' first" in str(done.exception)


def test_a_file_that_has_changed_is_read_again(stars, tmp_path):
    """Nothing remembers the ratings that a file held before."""
    first = measured(stars, tmp_path)
    other = measured(movielens_like(40, 150, 1500, seed=1), tmp_path)
    assert first != other
