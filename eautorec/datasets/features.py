"""What MovieLens-100K says of its films and users beside their ratings, as columns of 0 and 1."""

from __future__ import annotations

import io
import os

import pandas as pd

from eautorec.datasets.fetch import Mirror, PublishedFile, source_of
from eautorec.datasets.knowledge_graph import FOLDER
from eautorec.datasets.movielens import RECBOLE, TITLES_100K

FILMS = TITLES_100K[1]
"""The mirror's table of films: its columns have names, the publisher's do not."""

USERS = PublishedFile(
    name="ml-100k.user",
    sha256="4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
    mirror=Mirror(RECBOLE, f"{FOLDER}.user"),
)

AGES = (0, 18, 25, 35, 45, 50, 56, 200)
"""Where groups of age begin, as in MovieLens-1M."""


def load_film_features(
    path: str | os.PathLike[str] | None = None, cache: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Genres and decade of each film of MovieLens-100K: a row for each label, columns of 0 and 1.

    `path`, `cache` and what is raised: as in `load_movielens`.
    """
    table = pd.read_csv(io.BytesIO(source_of(path, cache).content(FILMS)), sep="\t")
    table.columns = ["item", "title", "year", "genres"]
    year = pd.to_numeric(table["year"], errors="coerce")  # one film has none
    decade = (year // 10 * 10).map("{:.0f}s".format).where(year.notna())
    parts = [table["genres"].fillna("").str.get_dummies(sep=" "), pd.get_dummies(decade, dtype=int)]
    return pd.concat(parts, axis=1).set_index(table["item"])


def load_user_features(
    path: str | os.PathLike[str] | None = None, cache: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Gender, group of age and occupation of each user of MovieLens-100K, in the same form.

    `path`, `cache` and what is raised: as in `load_movielens`.
    """
    table = pd.read_csv(io.BytesIO(source_of(path, cache).content(USERS)), sep="\t")
    table.columns = ["user", "age", "gender", "occupation", "zip"]
    age = pd.cut(table["age"], list(AGES), right=False).map(lambda group: f"{group.left:g}+")
    parts = [pd.get_dummies(part, dtype=int) for part in (table["gender"], age.astype(str))]
    parts.append(pd.get_dummies(table["occupation"], dtype=int))
    return pd.concat(parts, axis=1).set_index(table["user"])
