"""eautorec: explainable autoencoders for rating prediction, and a replication of E-AutoRec."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eautorec.datasets import load_dataset, load_movielens
    from eautorec.errors import InputError
    from eautorec.explainability import Explainability
    from eautorec.explanation import Explanation
    from eautorec.models.autorec import AutoRec
    from eautorec.models.ease import EASE
    from eautorec.models.eautorec import EAutoRec
    from eautorec.ratings import Ratings, align, split
    from eautorec.reading import read_ratings

__version__ = "0.1.0"

__all__ = [
    "EASE",
    "AutoRec",
    "EAutoRec",
    "Explainability",
    "Explanation",
    "InputError",
    "Ratings",
    "align",
    "load_dataset",
    "load_movielens",
    "read_ratings",
    "split",
]

_MODULES = {
    "EASE": "models.ease",
    "AutoRec": "models.autorec",
    "EAutoRec": "models.eautorec",
    "Explainability": "explainability",
    "Explanation": "explanation",
    "InputError": "errors",
    "Ratings": "ratings",
    "align": "ratings",
    "load_dataset": "datasets",
    "load_movielens": "datasets",
    "read_ratings": "reading",
    "split": "ratings",
}


def __getattr__(name: str) -> Any:
    # pandas, scipy and torch take from tenths of a second to seconds to import: each waits until
    # somebody asks for what needs it.
    if name in _MODULES:
        return getattr(import_module(f"eautorec.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'eautorec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
