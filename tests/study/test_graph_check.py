"""The check of the links, on a graph of six films whose genres are known."""

import numpy as np
import pandas as pd
import pytest

from eautorec import Ratings
from eautorec.study.graph_check import coverage, genres_of_graph, precision

GENRES = pd.DataFrame(
    {"Comedy": [1, 1, 1, 0, 0, 0], "Horror": [0, 0, 0, 1, 1, 0], "War": 0}, index=range(1, 7)
)
RIGHT = [(1, "genre m.c"), (2, "genre m.c"), (3, "genre m.c"), (4, "genre m.h"), (5, "genre m.h")]
RIGHT += [(6, "directed_by m.x"), (1, "directed_by m.x"), (1, "genre m.all"), (4, "genre m.all")]


def facts(rows):
    return pd.DataFrame(rows, columns=["item", "feature"])


def test_a_genre_is_found_by_its_films():
    found = genres_of_graph(facts(RIGHT), GENRES)
    assert found == {"Comedy": "genre m.c", "Horror": "genre m.h"}  # War has no film


def test_right_links_are_precise_and_swapped_ones_are_not():
    entities = {"Comedy": "genre m.c", "Horror": "genre m.h"}
    right = precision(facts(RIGHT), GENRES, entities).set_index("genre")
    assert right["precision"].tolist() == [1.0, 1.0] and right["films"].tolist() == [3, 2]
    assert right["chance"].tolist() == [3 / 6, 2 / 6]
    swap = {1: 4, 2: 5, 3: 6, 4: 1, 5: 2, 6: 3}
    wrong = precision(facts([(swap[i], f) for i, f in RIGHT]), GENRES, entities)
    assert wrong["precision"].tolist() == [0.0, 0.0]


def test_a_genre_that_the_links_never_reach_is_no_number():
    found = precision(facts([(1, "directed_by m.x")]), GENRES, {"Comedy": "genre m.c"})
    assert found["films"][0] == 0 and np.isnan(found["precision"][0])


def test_random_links_are_as_precise_as_chance():
    generator = np.random.default_rng(0)
    genres = pd.DataFrame({"Comedy": generator.random(5000) < 0.3}, index=range(5000)).astype(int)
    films = generator.permutation(5000)[:1000]
    rows = facts([(i, "genre m.c" if i in set(films[:500]) else "rating m.r") for i in films])
    found = precision(rows, genres, {"Comedy": "genre m.c"})
    assert found["precision"][0] == pytest.approx(found["chance"][0], abs=0.06)


def test_coverage_counts_what_is_linked():
    ratings = Ratings.from_frame(
        pd.DataFrame({"user": [1, 1, 2], "item": [10, 20, 10], "rating": [5.0, 3, 4]})
    )
    links = {10: "m.a", 30: "m.a"}
    assert coverage(links, ratings) == {"films": 1, "entities": 1, "ratings": 2}
