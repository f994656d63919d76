"""What follows the sums of a network: its two activations and its loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from eautorec.arrays import Array

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda a: a,
    "sigmoid": expit,
    "tanh": np.tanh,
}
"""f and g in numpy."""


@dataclass(frozen=True)
class Head:
    """f of the hidden units, g of the output, and the loss of a cell: "square", or "log" after a
    sigmoid."""

    hidden: str
    output: str = "identity"
    loss: str = "square"
