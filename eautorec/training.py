"""One training loop for every autoencoder: objective, optimiser, one record an epoch.

No files, no prints, no plots: `epochs` yields, and whoever called it decides what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch

from eautorec.kernels import ObservedCells, SparseOperator


@dataclass(frozen=True)
class Batch:
    """Some users: what the encoder sees of them, and the ratings to reconstruct.

    Attributes
    ----------
    inputs : one chain of sparse matrices for each block of input units. The product of a chain is
        the input of shape (n_users, n_items); it is never formed, since (A R) W = A (R W).
    cells : the users' observed ratings, in input units.
    """

    inputs: list[tuple[SparseOperator, ...]]
    cells: ObservedCells


class Network(torch.nn.Module):
    """Encoder and decoder with one hidden layer (Eq. 1, 2 and 4).

    h = sigmoid(sum over the inputs x of x W1_x + b),   r^ = h W2^T + b'

    Parameters
    ----------
    n_inputs : 1 for AutoRec (r), 2 for E-AutoRec (r and e): W1 has n_inputs * n_items rows.
    mean : where the output bias b' starts; the first epochs would be spent on finding it.
    """

    def __init__(self, n_items: int, n_hidden: int, n_inputs: int, mean: float, seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        bound = (6 / (n_items + n_hidden)) ** 0.5  # Glorot and Bengio (2010)

        def uniform():
            values = torch.rand((n_items, n_hidden), generator=generator)
            return torch.nn.Parameter((2 * values - 1) * bound)

        self.input_weights = torch.nn.ParameterList([uniform() for _ in range(n_inputs)])
        self.output_weight = uniform()
        self.hidden_bias = torch.nn.Parameter(torch.zeros(n_hidden))
        self.output_bias = torch.nn.Parameter(torch.full((n_items,), mean))

    def activation(self, inputs: list[tuple[SparseOperator, ...]]) -> torch.Tensor:
        """The sum that enters the sigmoid, of shape (n_users, n_hidden)."""
        total = self.hidden_bias
        for chain, weight in zip(inputs, self.input_weights, strict=True):
            total = total + reduce(lambda x, operator: operator @ x, reversed(chain), weight)
        return total

    def predict(self, batch: Batch) -> torch.Tensor:
        """Predictions at the observed cells of a batch."""
        hidden = torch.sigmoid(self.activation(batch.inputs))
        return batch.cells.predict(hidden, self.output_weight, self.output_bias)

    def squared_weights(self) -> torch.Tensor:
        """|W1|^2 + |W2|^2 of Eq. 3."""
        weights = [*self.input_weights, self.output_weight]
        return sum(weight.square().sum() for weight in weights)


def epochs(
    network: Network,
    batches: list[Batch],
    *,
    optimizer: str,
    learning_rate: float,
    regularization: float,
    seed: int,
) -> Iterator[float]:
    """Minimise Eq. 3 over the observed ratings, for as long as somebody asks.

        sum over users of |r_u - r^_u|^2  +  regularization / 2 (|W1|^2 + |W2|^2)

    The batches are visited in a random order; each carries its share of the penalty.

    Parameters
    ----------
    optimizer : "lbfgs" or "adam".

    Yields
    ------
    The RMSE on the training ratings as each batch was met during the epoch, in input units.
    """
    if optimizer == "lbfgs":
        # One evaluation a step; the curvature is remembered from step to step.
        step = torch.optim.LBFGS(
            network.parameters(),
            lr=learning_rate,
            max_iter=1,
            history_size=10,
            tolerance_grad=0,
            tolerance_change=0,
        ).step
    else:
        # One fused update of all weights: a third of the time of Adam's default loop.
        step = torch.optim.Adam(network.parameters(), lr=learning_rate, fused=True).step
    generator = np.random.default_rng(seed)
    n_ratings = sum(len(batch.cells.values) for batch in batches)

    def objective(batch: Batch) -> torch.Tensor:
        nonlocal squared_error
        network.zero_grad()
        data_term = (network.predict(batch) - batch.cells.values).square().sum()
        share = len(batch.cells.values) / n_ratings
        loss = data_term + share * regularization / 2 * network.squared_weights()
        loss.backward()
        squared_error += data_term.item()
        return loss

    while True:
        squared_error = 0.0
        for number in generator.permutation(len(batches)):
            step(lambda batch=batches[number]: objective(batch))
        yield (squared_error / n_ratings) ** 0.5
