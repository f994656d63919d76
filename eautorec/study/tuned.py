"""What was chosen on validation ratings, for each model: lambda and the learning rate.

`results/tuning.csv` holds the search, and a test holds this table to it. The values are part of
every run's key.
"""

from __future__ import annotations

from typing import NamedTuple


class Tuned(NamedTuple):
    """lambda of Eq. 3, and the optimiser's learning rate."""

    regularization: float
    learning_rate: float


CHOSEN = {
    ("lbfgs", "minimum"): {"AutoRec": Tuned(14.0, 1.0), "E-AutoRec": Tuned(14.0, 1.0)},
    ("lbfgs", "chosen"): {"AutoRec": Tuned(10.0, 1.0), "E-AutoRec": Tuned(7.0, 1.0)},
    ("adam", "minimum"): {"AutoRec": Tuned(14.0, 0.001), "E-AutoRec": Tuned(14.0, 0.001)},
    ("adam", "chosen"): {"AutoRec": Tuned(7.0, 0.01), "E-AutoRec": Tuned(5.0, 0.01)},
    ("adam in batches", "minimum"): {
        "AutoRec": Tuned(10.0, 0.0003),
        "E-AutoRec": Tuned(10.0, 0.0003),
    },
    ("adam in batches", "chosen"): {
        "AutoRec": Tuned(0.0, 0.0001),
        "E-AutoRec": Tuned(1.0, 0.0001),
    },
    ("rprop", "minimum"): {"AutoRec": Tuned(14.0, 0.001), "E-AutoRec": Tuned(14.0, 0.001)},
    ("rprop", "chosen"): {"AutoRec": Tuned(10.0, 0.001), "E-AutoRec": Tuned(7.0, 0.001)},
}
"""By optimiser, and by whether the training goes to the minimum or to a chosen epoch."""


def tuned(model: str, optimizer: str, ending: str) -> Tuned:
    """What a model is trained with. A control has what E-AutoRec has."""
    ending = "minimum" if ending == "minimum" else "chosen"
    return CHOSEN[optimizer, ending]["AutoRec" if model == "AutoRec" else "E-AutoRec"]
