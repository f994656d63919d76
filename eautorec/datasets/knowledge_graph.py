"""A knowledge graph of MovieLens-100K's films, and the table that links the two, repaired.

RecBole ships both: facts about films from Freebase, and a table from item to entity. The numbers in
that table are not those of MovieLens-100K but of the later editions, cut at 1682, so that nearly
every film is linked with another one's facts. It is repaired here by title and year.
"""

from __future__ import annotations

import io
import os
import re
import unicodedata
from collections.abc import Iterator

import numpy as np
import pandas as pd

from eautorec.datasets.fetch import Mirror, PublishedFile, source_of
from eautorec.datasets.movielens import RECBOLE, load_movielens
from eautorec.parameters import one_of, whole_number

FOLDER = "recbole/dataset_example/ml-100k/ml-100k"

GRAPH = PublishedFile(
    name="ml-100k.kg",
    sha256="200a0636fa07c218119a42e5bac7aa3e26e3665a6f919c1b22909bd412b14779",
    mirror=Mirror(RECBOLE, f"{FOLDER}.kg"),
)

LINKS = PublishedFile(
    name="ml-100k.link",
    sha256="524dca2c3d62619688ab99b3ec53ea2acb9b64d38eafec3e02bdd0dc6bb7d948",
    mirror=Mirror(RECBOLE, f"{FOLDER}.link"),
)

HOW = ("repaired", "shipped", "shuffled")
"""The links as they should be, as they are published, and drawn at random."""

BY_HAND = {50: 260, 172: 1196, 181: 1210, 228: 1374, 559: 253, 169: 1148, 408: 745}
"""Numbers of MovieLens-100K and of the later editions, of films whose titles differ too much: the
first three of Star Wars, The Wrath of Khan, Interview with the Vampire, two with Wallace and
Gromit."""

ARTICLES = ("the", "a", "an", "il", "la", "le", "les", "l'", "el", "der", "die", "das")


def load_facts(
    path: str | os.PathLike[str] | None = None, cache: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """The 91,631 triples of the graph: the columns head, relation, tail.

    `path`, `cache` and what is raised: as in `load_movielens`.
    """
    return _table(source_of(path, cache).content(GRAPH), ["head", "relation", "tail"])


def load_links(
    how: str = "repaired",
    seed: int = 0,
    path: str | os.PathLike[str] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> dict[int, str]:
    """The entity of each film, by the film's label in MovieLens-100K.

    Parameters
    ----------
    how : one of HOW. "shuffled" gives the films of the repaired table one another's entities.
    seed : of the shuffling.
    path, cache : as in `load_movielens`.
    """
    one_of("how", how, HOW)
    table = _table(source_of(path, cache).content(LINKS), ["item", "entity"])
    shipped = dict(zip(table["item"].tolist(), table["entity"], strict=True))
    if how == "shipped":
        return shipped
    films = load_movielens("100k", path, cache).titles
    later = load_movielens("latest-small", path, cache).titles
    found = {i: shipped[j] for i, j in same_films(films, later).items() if j in shipped}
    if how == "repaired":
        return found
    generator = np.random.default_rng(whole_number("seed", seed, at_least=0))
    return dict(zip(found, generator.permutation(list(found.values())).tolist(), strict=True))


def load_film_facts(
    how: str = "repaired",
    seed: int = 0,
    path: str | os.PathLike[str] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """What the graph says of each film: the columns item and feature, such as "directed_by
    m.06pj8". Freebase's entities have no names here.

    Parameters and what is raised: as in `load_links`.
    """
    facts = load_facts(path, cache)
    facts = facts[facts["relation"].str.startswith("film.film.")]
    entities = load_links(how, seed, path, cache)
    linked = pd.DataFrame({"item": list(entities), "head": list(entities.values())})
    found = linked.merge(facts, on="head")
    kind = found["relation"].str.removeprefix("film.film.")
    return found.assign(feature=kind + " " + found["tail"])[["item", "feature"]].drop_duplicates()


def same_films(films: dict[int, str], others: dict[int, str]) -> dict[int, int]:
    """The label of each film among others: by title, with or without what stands in brackets, and
    by the year, which may differ by one; only where there is a single one; and BY_HAND.

    Parameters
    ----------
    films, others : titles by label, with the year in brackets at the end.
    """
    places: dict[tuple[str, int], set[int]] = {}
    for label, title in others.items():
        for name, year in names_of(title):
            places.setdefault((name, year), set()).add(label)
    found = {}
    for label, title in films.items():
        for off in (0, 1):  # the same year counts first
            near = {
                other
                for name, year in names_of(title)
                for y in {year - off, year + off}
                for other in places.get((name, y), ())
            }
            if len(near) == 1:
                found[label] = near.pop()
                break
    return found | {label: other for label, other in BY_HAND.items() if label in films}


def names_of(title: str) -> Iterator[tuple[str, int]]:
    """The names of a film in plain letters, each with its year; nothing without a year.

    >>> list(names_of("Postman, The (Postino, Il) (1994)"))
    [('the postman', 1994), ('il postino', 1994)]
    """
    parts = re.match(r"(.*?)\s*\((\d{4})\)\s*$", title) if isinstance(title, str) else None
    if parts is None:
        return
    whole, year = parts[1], int(parts[2])
    for name in [re.sub(r"\(.*?\)", "", whole), *re.findall(r"\((.*?)\)", whole)]:
        letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        letters = re.sub(r"^a\.?k\.?a\.?\s+", "", letters.strip())
        front, comma, article = letters.rpartition(", ")
        if comma and article in ARTICLES:
            letters = f"{article} {front}"
        if plain := re.sub(r"[^a-z0-9]+", " ", letters.replace("&", " and ")).strip():
            yield plain, year


def _table(raw: bytes, columns: list[str]) -> pd.DataFrame:
    """Tabs, below a header."""
    return pd.read_csv(io.BytesIO(raw), sep="\t", header=0, names=columns)
