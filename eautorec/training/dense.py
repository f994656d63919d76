"""One hidden layer over dense inputs, in PyTorch: what the denoising autoencoders share.

Users stand in the rows of every array (or items, where a network reads columns of ratings).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from eautorec.arrays import Array
from eautorec.training.heads import Head

Corrupt = Callable[[Sequence[Tensor], Tensor, torch.Generator], tuple[Sequence[Tensor], Tensor]]
"""From the inputs of some rows, and those rows: what the encoder sees of them, and how much each
cell of the output counts, (n_rows, n_outputs)."""


class Network:
    """h = f(sum_k x_k W_k + V_u + b),   x^ = g(h W' + sum_k x_k U_k + b')

    V_u and U_k are there only where they are asked for. The weights of the first input and W' are
    drawn apart from all others: what is added to a network leaves its initial weights as they were.

    Parameters
    ----------
    n_inputs : columns of each input.
    head : f, g and the loss.
    start : the standard deviation of the initial weights; biases begin at 0.
    n_vectors : of how many rows each has a vector V_u; 0 for none.
    direct : which inputs also reach the output by U_k.
    as_one : draw all W_k from one generator.
    """

    def __init__(
        self,
        n_inputs: Sequence[int],
        n_hidden: int,
        n_outputs: int,
        head: Head,
        generator: torch.Generator,
        *,
        start: float = 0.03,
        n_vectors: int = 0,
        direct: Sequence[int] = (),
        as_one: bool = False,
    ):
        def weight(generator: torch.Generator, *shape: int) -> Tensor:
            return (start * torch.randn(shape, generator=generator)).requires_grad_()

        self.head = head
        first, *others = n_inputs
        apart = torch.Generator().manual_seed(generator.initial_seed() + 1)
        of_others = generator if as_one else apart
        self.encoder = [weight(generator, first, n_hidden)]
        self.encoder += [weight(of_others, n, n_hidden) for n in others]
        self.decoder = weight(generator, n_hidden, n_outputs)
        self.direct = {k: weight(apart, n_inputs[k], n_outputs) for k in direct}
        self.vectors = weight(apart, n_vectors, n_hidden) if n_vectors else None
        self.hidden_bias = torch.zeros(n_hidden, requires_grad=True)
        self.output_bias = torch.zeros(n_outputs, requires_grad=True)

    @property
    def weights(self) -> list[Tensor]:
        """All matrices; no biases."""
        vectors = [] if self.vectors is None else [self.vectors]
        return [*self.encoder, self.decoder, *self.direct.values(), *vectors]

    @property
    def biases(self) -> list[Tensor]:
        return [self.hidden_bias, self.output_bias]

    def products(self, seen: Sequence[Tensor], rows: Tensor) -> Tensor:
        """What enters g but for b', (n_rows, n_outputs)."""
        activation = self.hidden_bias + sum(x @ w for x, w in zip(seen, self.encoder, strict=True))
        if self.vectors is not None:
            activation = activation + self.vectors[rows]
        found = ACTIVATIONS[self.head.hidden](activation) @ self.decoder
        for k, weight in self.direct.items():
            found = found + seen[k] @ weight
        return found

    def loss(self, seen: Sequence[Tensor], rows: Tensor, x: Tensor, counts: Tensor) -> Tensor:
        """The mean over rows of the sum over cells, each as often as it counts."""
        found, bias = self.products(seen, rows), self.output_bias
        if self.head.loss == "log":
            errors = binary_cross_entropy_with_logits(found + bias, x, reduction="none")
        elif self.head.output == "identity":
            errors = (x - found - bias).square()
        else:
            errors = (x - ACTIVATIONS[self.head.output](found + bias)).square()
        return (counts * errors).sum() / len(rows)


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda a: a,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}


@dataclass(frozen=True)
class Steps:
    """How a network is trained.

    Parameters
    ----------
    penalty : lambda of lambda / 2 |W|^2, once beside the mean over rows.
    on_biases : whether they are penalised too.
    """

    learning_rate: float
    penalty: float
    n_epochs: int
    batch_size: int
    optimizer: str = "adam"
    on_biases: bool = False


def train(
    network: Network,
    inputs: Sequence[Array],
    target: Array,
    corrupt: Corrupt,
    steps: Steps,
    generator: torch.Generator,
) -> Iterator[int]:
    """Train, with a pause after each epoch, whose number is given."""
    x, blocks = torch.from_numpy(target), [torch.from_numpy(block) for block in inputs]
    # The weight decay of these optimisers adds penalty W to the gradient: that of the penalty.
    groups = [
        {"params": network.weights, "weight_decay": steps.penalty},
        {"params": network.biases, "weight_decay": steps.penalty * steps.on_biases},
    ]
    optimizer: torch.optim.Optimizer
    if steps.optimizer == "adagrad":
        # g / sqrt(1 + the sum of g^2), as CDAE has it
        optimizer = torch.optim.Adagrad(
            groups, steps.learning_rate, initial_accumulator_value=1.0, eps=0.0
        )
    else:
        optimizer = torch.optim.Adam(groups, steps.learning_rate, fused=True)
    for epoch in range(1, steps.n_epochs + 1):
        order = torch.randperm(len(x), generator=generator)
        for rows in torch.split(order, steps.batch_size):
            seen, counts = corrupt([block[rows] for block in blocks], rows, generator)
            optimizer.zero_grad()
            network.loss(seen, rows, x[rows], counts).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        yield epoch


def kept(shape: Sequence[int], q: float, generator: torch.Generator) -> Tensor:
    """A mask: False with the probability q."""
    return torch.rand(tuple(shape), generator=generator) >= q


def corrupted(x: Tensor, q: float, generator: torch.Generator) -> Tensor:
    """d(x): each entry 0 with the probability q, the others divided by 1 - q."""
    return x if q == 0 else x * kept(x.shape, q, generator) / (1 - q)


def shared(tensor: Tensor) -> Array:
    """A tensor's numbers in the same memory: what the last step left."""
    return np.asarray(tensor.detach().numpy())
