"""Do the links of a knowledge graph lead to the right films? Checked against what is known of them.

MovieLens has genres of its own, which the graph's links were not made from. The entities of the
graph have no names, so a genre is found by its films.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from eautorec.ratings import Ratings

GENRE = "genre "
"""What the features of a genre begin with."""


def coverage(links: Mapping[int, str], ratings: Ratings) -> dict[str, int]:
    """How much is linked: films of these ratings, entities, and the films' ratings."""
    counts = pd.Series(ratings.matrix.getnnz(axis=0), index=ratings.items)
    linked = [film for film in links if film in counts.index]
    entities = {links[film] for film in linked}
    return {"films": len(linked), "entities": len(entities), "ratings": int(counts[linked].sum())}


def genres_of_graph(facts: pd.DataFrame, genres: pd.DataFrame) -> dict[str, str]:
    """The entity that stands for each genre: the one whose films agree best with it, by the size of
    what both have over that of what either has (Jaccard).

    Parameters
    ----------
    facts : the columns item and feature, as `load_film_facts` gives them; of repaired links.
    genres : 0 or 1, a row for each film, by its label, a column for each genre.

    Returns
    -------
    A feature such as "genre m.0hcr" by the name of a genre.
    """
    known = facts[facts["feature"].str.startswith(GENRE) & facts["item"].isin(genres.index)]
    films_of = {name: set(films) for name, films in known.groupby("feature")["item"]}
    linked = set(facts["item"])
    found = {}
    for genre in genres.columns:
        own = set(genres.index[genres[genre] == 1]) & linked
        if own:
            found[genre] = max(
                sorted(films_of),
                key=lambda name: len(films_of[name] & own) / len(films_of[name] | own),
            )
    return found


def precision(
    facts: pd.DataFrame, genres: pd.DataFrame, entities: Mapping[str, str]
) -> pd.DataFrame:
    """Of the films that the graph puts into a genre, the share that MovieLens puts there too.

    Parameters
    ----------
    facts, genres : as in `genres_of_graph`, of any links.
    entities : as it gives them.

    Returns
    -------
    genre, films (how many the graph puts there), precision, and chance: the share that the genre
    has of all films that have facts, which links drawn at random would give.
    """
    facts = facts[facts["item"].isin(genres.index)]
    linked = facts["item"].unique()
    rows = []
    for genre, entity in entities.items():
        films = facts.loc[facts["feature"] == entity, "item"].unique()
        chance = float(genres.loc[linked, genre].mean())
        agree = float(genres.loc[films, genre].mean()) if len(films) else float("nan")
        rows.append((genre, len(films), agree, chance))
    return pd.DataFrame(rows, columns=["genre", "films", "precision", "chance"])
