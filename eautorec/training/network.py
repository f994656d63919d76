"""The autoencoder of Eq. 1, 2 and 4, and the gradient of Eq. 3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from eautorec.arrays import Array, check_room
from eautorec.kernels import column_groups
from eautorec.training.batches import Batch, Batches, product, transposed_product

Shapes = list[tuple[int, ...]]
"""The shapes of the parts of a vector of weights."""

START = 0.1
"""The bound of the initial weights, as a fraction of that of Glorot and Bengio (2010) for a matrix
of n_items times n_hidden; each block of W1 is drawn by itself. Of all that were tried, this one has
the lowest objective after 150 epochs; a start further off takes longer, to the same minimum."""


@dataclass(frozen=True)
class Penalty:
    """What Eq. 3 adds to the squared errors, and what it might.

    Attributes
    ----------
    weights : lambda of Eq. 3, on |W1|^2 + |W2|^2.
    biases : the same on |b|^2 + |b'|^2; Eq. 3 prints none.
    pseudo_ratings : how many ratings, equal to the mean of all, each item gets from somebody of
        whom nothing is known; Eq. 3 has none.
    """

    weights: float
    biases: float = 0.0
    pseudo_ratings: float = 0.0

    def share(self, part: float) -> Penalty:
        """What falls to a part of the ratings."""
        return Penalty(part * self.weights, part * self.biases, part * self.pseudo_ratings)


class Network:
    """Encoder and decoder with one hidden layer (Eq. 1, 2 and 4), and the gradient of Eq. 3.

        h = sigmoid(sum over the inputs x of x W1_x + b),   r^ = h W2^T + b'

    All weights are parts of one `vector`, and their gradients parts of `gradient`, so that an
    optimiser has one array to move.

    Parameters
    ----------
    n_inputs : 1 for AutoRec (r), 2 for E-AutoRec (r and e): W1 has n_inputs * n_items rows.
    mean : where the output bias b' starts; the first epochs would be spent on finding it.
    """

    def __init__(
        self,
        n_items: int,
        n_hidden: int,
        n_inputs: int,
        mean: float,
        seed: int,
        dtype: torch.dtype = torch.float32,
        device: str = "cpu",
    ):
        weights = (n_items, n_hidden)
        check_room("The weights", weights, "take fewer hidden units")
        self.shapes: Shapes = [*[weights] * n_inputs, weights, (n_hidden,), (n_items,)]
        length = int(_starts(self.shapes)[-1])
        self.vector = torch.zeros(length, dtype=dtype, device=device)
        self.gradient = torch.zeros_like(self.vector)
        parts = parts_of(self.vector, self.shapes)
        *self.input_weights, self.output_weight, self.hidden_bias, self.output_bias = parts
        self.gradient_parts = parts_of(self.gradient, self.shapes)

        bound = START * (6 / (n_items + n_hidden)) ** 0.5
        generator = torch.Generator().manual_seed(seed)  # on the CPU: one seed, one start
        for weight in [*self.input_weights, self.output_weight]:
            weight.copy_((2 * torch.rand(weights, generator=generator) - 1) * bound)
        self.output_bias.fill_(mean)
        self.mean = mean
        self.hidden: torch.Tensor | None = None

    def activation(self, batch: Batch) -> torch.Tensor:
        """The sum that enters the sigmoid, of shape (n_users, n_hidden)."""
        groups = column_groups(self.output_weight)
        return torch.cat([self._activation(batch, units) for units in groups], dim=1)

    def activation_of_all(self, batches: Batches) -> torch.Tensor:
        """What enters the sigmoid of every user: shape (n_users, n_hidden)."""
        if len(batches) == 1:
            return self.activation(batches[0])
        total = self.vector.new_empty((batches.n_users, len(self.hidden_bias)))
        for number, rows in enumerate(batches.rows):
            total[torch.as_tensor(rows)] = self.activation(batches[number])
        return total

    def objective(self, batch: Batch, penalty: Penalty) -> tuple[float, float]:
        """Eq. 3 on a batch, over the cells that its loss compares; fills `gradient` and `hidden`.

            sum over users of |r - r^|^2  +  penalty.weights / 2 (|W1|^2 + |W2|^2)
            +  penalty.biases / 2 (|b|^2 + |b'|^2)  +  penalty.pseudo_ratings |mean - r^(0)|^2

        r^(0) is what is predicted for somebody without ratings.

        Returns
        -------
        (the objective, its first term)
        """
        groups = column_groups(self.output_weight)
        h = self.hidden = self._room_for_hidden(batch.cells.n_users)
        for units in groups:
            h[:, units] = self._activation(batch, units).sigmoid_()
        residuals = batch.cells.residuals(h, self.output_weight, self.output_bias)
        data_term = _squared_length(residuals)

        weights = [*self.input_weights, self.output_weight]
        *to_inputs, to_output, to_hidden_bias, to_output_bias = self.gradient_parts
        for weight, gradient in zip(weights, [*to_inputs, to_output], strict=True):
            torch.mul(weight, penalty.weights, out=gradient)
        added = penalty.weights / 2 * sum(map(_squared_length, weights))

        p = batch.cells.matrix(residuals.mul_(2))
        to_output_bias.copy_(p.column_sums())
        for units in groups:
            h_units = h[:, units].contiguous()
            to_output[:, units] += p.transposed_times(h_units)
            g = p.times(self.output_weight[:, units].contiguous())
            g.mul_(h_units).addcmul_(g, h_units, value=-1)  # through the sigmoid: h' = h (1 - h)
            to_hidden_bias[units] = g.sum(0)
            for chain, to_weight in zip(batch.inputs, to_inputs, strict=True):
                to_weight[:, units] += transposed_product(chain, g)
        return data_term + added + self._penalise_levels(penalty), data_term

    def _penalise_levels(self, penalty: Penalty) -> float:
        """The last two terms of `objective`, whose gradients are added."""
        added = 0.0
        *_, to_output, to_hidden_bias, to_output_bias = self.gradient_parts
        if penalty.biases:
            for bias, to_bias in (
                (self.hidden_bias, to_hidden_bias),
                (self.output_bias, to_output_bias),
            ):
                added += penalty.biases / 2 * _squared_length(bias)
                to_bias.add_(bias, alpha=penalty.biases)
        if penalty.pseudo_ratings:
            h = torch.sigmoid(self.hidden_bias)
            errors = torch.mv(self.output_weight, h).add_(self.output_bias).sub_(self.mean)
            added += penalty.pseudo_ratings * _squared_length(errors)
            slope = errors.mul_(2 * penalty.pseudo_ratings)
            to_output_bias.add_(slope)
            to_output.addr_(slope, h)
            to_hidden_bias.add_(torch.mv(self.output_weight.T, slope) * h * (1 - h))
        return added

    def _activation(self, batch: Batch, units: slice) -> torch.Tensor:
        total = self.hidden_bias[units]
        for chain, weight in zip(batch.inputs, self.input_weights, strict=True):
            total = product(chain, weight[:, units].contiguous()).add_(total)
        return total

    def _room_for_hidden(self, n_users: int) -> torch.Tensor:
        """It is kept: to fetch 100 MB anew takes longer than to fill them."""
        if self.hidden is not None and len(self.hidden) == n_users:
            return self.hidden
        return self.vector.new_empty((n_users, len(self.hidden_bias)))


def _squared_length(x: torch.Tensor) -> float:
    return float(x.view(-1) @ x.view(-1))


def _starts(shapes: Shapes) -> Array:
    """Where arrays of these shapes start in one vector, and its length: multiples of 64 bytes.

    A product of vectors that start elsewhere took six times as long.
    """
    return np.cumsum([0] + [-(-int(np.prod(shape)) // 16) * 16 for shape in shapes])


def parts_of(vector: torch.Tensor, shapes: Shapes) -> list[torch.Tensor]:
    """The parts of a vector, in these shapes."""
    return [
        vector[start : start + int(np.prod(shape))].view(shape)
        for start, shape in zip(_starts(shapes), shapes, strict=False)
    ]
