"""eautorec: explainable autoencoders for rating prediction, and a replication of E-AutoRec."""

from eautorec.errors import InputError
from eautorec.explainability import Explainability
from eautorec.explanation import Explanation
from eautorec.movielens import load_movielens
from eautorec.ratings import Ratings, read_ratings, split

__version__ = "0.1.0"

__all__ = [
    "AutoRec",
    "EAutoRec",
    "Explainability",
    "Explanation",
    "InputError",
    "Ratings",
    "load_movielens",
    "read_ratings",
    "split",
]


def __getattr__(name: str):
    # The models need torch, which takes seconds to import: only who asks for a model waits.
    if name in ("AutoRec", "EAutoRec"):
        from eautorec import autoencoder

        return getattr(autoencoder, name)
    raise AttributeError(f"module 'eautorec' has no attribute {name!r}")
