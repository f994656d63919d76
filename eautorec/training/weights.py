"""The weights of a trained network as plain arrays, and the forward pass of Eq. 1, 2 and 4.

Training has a forward pass of its own, in torch, at the observed ratings only; this one serves
everything after it: predictions, lists, explanations, saved models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from eautorec.arrays import Array, Chain


@dataclass(frozen=True)
class Weights:
    """W1, b, W2 and b' of a trained network.

    Attributes
    ----------
    inputs : W1, an array (n_items, n_hidden) for each block of the input: r, and e.
    hidden_bias : b, (n_hidden,)
    output : W2, (n_items, n_hidden)
    output_bias : b', (n_items,); all of them float32.
    """

    inputs: list[Array]
    hidden_bias: Array
    output: Array
    output_bias: Array

    def activation(self, chains: Sequence[Chain]) -> Array:
        """What enters the sigmoid, W1 x + b: (n_users, n_hidden)."""
        total: Any = self.hidden_bias
        for chain, weight in zip(chains, self.inputs, strict=True):
            product = weight
            for matrix in reversed(chain):
                product = matrix @ product
            total = total + product
        return np.asarray(total)

    def outputs(self, activation: Array) -> Array:
        """r^ = W2 sigmoid(activation) + b' of all items, in input units: (n_users, n_items)."""
        return np.asarray(expit(activation) @ self.output.T + self.output_bias)

    def outputs_at(self, activation: Array, rows: Array, columns: Array) -> Array:
        """The same at some cells only, given by their rows of `activation` and their items."""
        used, place = np.unique(rows, return_inverse=True)
        hidden = expit(activation[used])
        scores = np.einsum("ck,ck->c", hidden[place], self.output[columns])
        return np.asarray(scores + self.output_bias[columns])
