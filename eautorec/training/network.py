"""One training loop for every autoencoder: objective, gradient, optimiser, one record an epoch.

No files, no prints, no plots: `epochs` yields, and whoever called it decides what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.sparse as sp
import torch

from eautorec.kernels import (
    KERNELS,
    DenseCells,
    DenseMatrix,
    SparseCells,
    SparseMatrix,
    column_groups,
)
from eautorec.training.lbfgs import LBFGS

START = 0.5
"""The initial weights, as a part of those of Glorot and Bengio (2010). Chosen on validation
ratings."""

VARIANCE = 0.02
"""Of a hidden unit over the users, as the optimiser takes it; the first epochs lead near it."""

ENCODER = 0.25, 0.1
"""The curvature of the encoder, as the optimiser takes it: these parts of the penalty, and of an
item's ratings. Chosen on validation ratings."""


@dataclass(frozen=True)
class Batch:
    """Some users: what the encoder sees of them, and the ratings to reconstruct.

    Attributes
    ----------
    inputs : one chain of matrices for each block of input units. The product of a chain is the
        input of shape (n_users, n_items); it need not be formed, since (A R) W = A (R W).
    cells : the users' observed ratings, in input units.
    """

    inputs: Sequence[tuple[SparseMatrix | DenseMatrix, ...]]
    cells: SparseCells | DenseCells


KEPT = 30_000_000
"""Cells of a rating matrix up to which batches are kept: half a gigabyte where half of E is
filled."""


class Batches:
    """The users in random groups, each made a `Batch` when its turn comes, and kept where all of
    them are small.

    With `size` None there is one group of all users, in their own order, and it is kept.

    Parameters
    ----------
    target : the ratings to reconstruct, in input units.
    chains : the blocks of the input, each a chain of sparse matrices.
    kernels : "sparse" or "dense".
    whole : compare every cell, a missing rating counting as 0, instead of the observed ones.
    """

    def __init__(
        self,
        target: sp.csr_matrix,
        chains: Sequence[tuple[sp.csr_matrix, ...]],
        size: int | None,
        kernels: str,
        device="cpu",
        seed: int = 0,
        whole: bool = False,
    ):
        self.target, self.chains, self.whole = target, chains, whole
        self.kernels, self.device = kernels, device
        self.n_users = target.shape[0]
        self.n_cells = int(np.prod(target.shape)) if whole else target.nnz
        self.mean = float(target.data.sum(dtype=np.float64)) / self.n_cells
        self.rows = [np.arange(self.n_users)]
        if size is not None:
            order = np.random.default_rng(seed).permutation(self.n_users)
            self.rows = np.split(order, range(size, self.n_users, size))
        self._keeps = len(self.rows) == 1 or np.prod(target.shape) <= KEPT
        self._kept: dict[int, Batch] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> Batch:
        if number in self._kept:
            return self._kept[number]
        make_input, make_cells = KERNELS[self.kernels]
        if self.whole:
            make_cells = partial(DenseCells, whole=True)
        rows, target, blocks = self.rows[number], self.target, self.chains
        if len(self) > 1 or self.kernels == "dense":
            # The users' own rows of each product: of A R, the rows of E.
            blocks = [(_rows_of_product(chain, rows),) for chain in self.chains]
            target = target[rows]
        # R stands in both inputs of E-AutoRec: one matrix serves both.
        made = {id(m): make_input(m, device=self.device) for chain in blocks for m in chain}
        batch = Batch(
            [tuple(made[id(m)] for m in chain) for chain in blocks],
            make_cells(target, device=self.device),
        )
        if self._keeps:
            self._kept[number] = batch
        return batch

    def ratings_per_item(self) -> torch.Tensor:
        n_items = self.target.shape[1]
        if self.whole:
            return torch.full((n_items,), float(self.n_users), device=self.device)
        counts = np.bincount(self.target.indices, minlength=n_items)
        return torch.as_tensor(counts, dtype=torch.float32, device=self.device)

    def activation(self, network: Network) -> torch.Tensor:
        """What enters the sigmoid of every user: shape (n_users, n_hidden)."""
        if len(self) == 1:
            return network.activation(self[0])
        total = network.vector.new_empty((self.n_users, len(network.hidden_bias)))
        for number, rows in enumerate(self.rows):
            total[torch.as_tensor(rows)] = network.activation(self[number])
        return total


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
        dtype=torch.float32,
        device="cpu",
    ):
        weights = (n_items, n_hidden)
        self._shapes = [*[weights] * n_inputs, weights, (n_hidden,), (n_items,)]
        self.vector = torch.zeros(_places(self._shapes)[-1], dtype=dtype, device=device)
        self.gradient = torch.zeros_like(self.vector)
        parts = _parts(self.vector, self._shapes)
        *self.input_weights, self.output_weight, self.hidden_bias, self.output_bias = parts
        self._to_parts = _parts(self.gradient, self._shapes)

        bound = START * (6 / (n_items + n_hidden)) ** 0.5
        generator = torch.Generator().manual_seed(seed)  # on the CPU: one seed, one start
        for weight in [*self.input_weights, self.output_weight]:
            weight.copy_((2 * torch.rand(weights, generator=generator) - 1) * bound)
        self.output_bias.fill_(mean)
        self.hidden = None

    def activation(self, batch: Batch) -> torch.Tensor:
        """The sum that enters the sigmoid, of shape (n_users, n_hidden)."""
        groups = column_groups(self.output_weight)
        return torch.cat([self._activation(batch, units) for units in groups], dim=1)

    def objective(self, batch: Batch, regularization: float) -> tuple[float, float]:
        """Eq. 3 on a batch, over its observed ratings; fills `gradient` and `hidden`.

            sum over users of |r - r^|^2  +  regularization / 2 (|W1|^2 + |W2|^2)

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
        *to_inputs, to_output, to_hidden_bias, to_output_bias = self._to_parts
        for weight, gradient in zip(weights, [*to_inputs, to_output], strict=True):
            torch.mul(weight, regularization, out=gradient)
        penalty = regularization / 2 * sum(map(_squared_length, weights))

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
        return data_term + penalty, data_term

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

    def preconditioner(self, n_ratings: torch.Tensor, regularization: float) -> Preconditioner:
        return Preconditioner(self._shapes, n_ratings, max(regularization, 1.0))


class Preconditioner:
    """A rough inverse Hessian of Eq. 3, H.

    Each item's decoder is a least-squares problem in (w, b') over its n ratings. Hidden units lie
    near 1/2 and vary little, so that its Hessian is 2 n s + lambda in every direction of w, s being
    their variance; but where all of w moves together, or b' does, it is

        ( 2 n (k/4 + s) + lambda    n sqrt(k) )
        ( n sqrt(k)                 2 n       )

    which is hundreds of times larger. The encoder is steeper for items with more ratings.

    Parameters
    ----------
    shapes : of the parts of a vector of weights, as `Network` has them.
    n_ratings : ratings of each item, of shape (n_items,).
    penalty : lambda, above 0.
    """

    def __init__(self, shapes, n_ratings: torch.Tensor, penalty: float):
        self.shapes, n, k = shapes, n_ratings, shapes[-2][0]
        self.root = k**0.5
        of_penalty, of_ratings = ENCODER
        self.hidden_bias = 1 / (of_penalty * penalty)
        self.encoder = 1 / (of_penalty * penalty + of_ratings * n)
        self.decoder = 1 / (2 * n * VARIANCE + penalty)
        together, both, bias = 2 * n * (k / 4 + VARIANCE) + penalty, n * self.root, 2 * n + 1
        self.together, self.both, self.bias = (
            part / (together * bias - both**2) for part in (bias, -both, together)
        )

    def multiply(self, vector: torch.Tensor) -> None:
        """vector = H vector"""
        *encoder, weight, hidden_bias, output_bias = _parts(vector, self.shapes)
        for part in encoder:
            part.mul_(self.encoder[:, None])
        hidden_bias.mul_(self.hidden_bias)
        w, b = weight.sum(1) / self.root, output_bias.clone()
        output_bias.copy_(self.both * w + self.bias * b)
        shift = (self.together * w + self.both * b - self.decoder * w) / self.root
        torch.addcmul(shift[:, None], weight, self.decoder[:, None], out=weight)

    def quadratic(self, vector: torch.Tensor) -> float:
        """vector^T H vector, in one pass."""
        *encoder, weight, hidden_bias, b = _parts(vector, self.shapes)
        w = weight.sum(1) / self.root
        total = self.decoder @ (_squares(weight) - w * w)
        total += self.together @ (w * w) + 2 * self.both @ (w * b) + self.bias @ (b * b)
        total += self.hidden_bias * (hidden_bias @ hidden_bias)
        return float(total + sum(self.encoder @ _squares(part) for part in encoder))


def product(chain: Sequence[SparseMatrix | DenseMatrix], x: torch.Tensor) -> torch.Tensor:
    """S1 S2 ... x"""
    for matrix in reversed(chain):
        x = matrix.times(x)
    return x


def transposed_product(chain, g: torch.Tensor) -> torch.Tensor:
    """... S2^T S1^T g"""
    for matrix in chain:
        g = matrix.transposed_times(g)
    return g


def _squared_length(x: torch.Tensor) -> float:
    return float(x.view(-1) @ x.view(-1))


def _squares(x: torch.Tensor) -> torch.Tensor:
    """The squared length of each row."""
    return torch.linalg.vector_norm(x, dim=1).square()


def epochs(
    network: Network,
    batches: Batches,
    *,
    optimizer: str,
    learning_rate: float,
    regularization: float,
    seed: int,
) -> Iterator[float]:
    """Minimise Eq. 3 for as long as somebody asks.

    Parameters
    ----------
    batches : visited in a random order; each carries its share of the penalty.
    optimizer : "lbfgs" (one batch only) or "adam".

    Yields
    ------
    The RMSE on the training ratings, in input units: with L-BFGS at the weights as they are now,
    with Adam as each batch was met.
    """
    if optimizer == "lbfgs":
        everybody = batches[0]
        data_term = 0.0

        def evaluate() -> float:
            nonlocal data_term
            value, data_term = network.objective(everybody, regularization)
            return value

        minimiser = LBFGS(
            network.vector,
            network.gradient,
            network.preconditioner(batches.ratings_per_item(), regularization),
            evaluate,
            learning_rate,
        )
        while True:
            minimiser.step()
            yield (data_term / batches.n_cells) ** 0.5

    parameter = torch.nn.Parameter(network.vector)
    parameter.grad = network.gradient
    adam = torch.optim.Adam([parameter], lr=learning_rate, fused=True)
    generator = np.random.default_rng(seed)
    while True:
        squared_error = 0.0
        for number in generator.permutation(len(batches)):
            users = batches[number]
            share = users.cells.n_cells / batches.n_cells
            squared_error += network.objective(users, share * regularization)[1]
            adam.step()
        network.hidden = None  # the weights have moved on
        yield (squared_error / batches.n_cells) ** 0.5


def _rows_of_product(chain: tuple[sp.csr_matrix, ...], rows: np.ndarray) -> sp.csr_matrix:
    """Some rows of the product of a chain."""
    product = chain[0][rows]
    for matrix in chain[1:]:
        product = product @ matrix
    return product.tocsr()


def _places(shapes) -> np.ndarray:
    """Where arrays of these shapes start in one vector, and its length: multiples of 64 bytes.

    A product of vectors that start elsewhere took six times as long.
    """
    return np.cumsum([0] + [-(-int(np.prod(shape)) // 16) * 16 for shape in shapes])


def _parts(vector: torch.Tensor, shapes) -> list[torch.Tensor]:
    """The parts of a vector, in these shapes."""
    return [
        vector[start : start + int(np.prod(shape))].view(shape)
        for start, shape in zip(_places(shapes), shapes, strict=False)
    ]
