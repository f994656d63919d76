"""What is said of a published set of ratings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eautorec.datasets.fetch import Source
from eautorec.ratings import Ratings


@dataclass(frozen=True)
class Dataset:
    """A published set of ratings.

    Attributes
    ----------
    load : reads it from where it is found.
    about : who rated what; terms : of its use; peculiar : what to know before using it.
    """

    load: Callable[[Source], Ratings]
    about: str
    terms: str
    peculiar: str
