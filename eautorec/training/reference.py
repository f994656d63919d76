"""Eq. 1-4 of the paper in plain PyTorch: what the rest of this package does faster.

Nothing here is clever: it is the specification, for those who read and for tests, which hold the
fast path to it: the same objective, the same gradient, the same losses from the same start. All
matrices are dense, users in rows: r, e and mask have the shape (n_users, n_items), ratings are
divided by the highest, and mask is 1 where a rating was observed, 0 elsewhere.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def inputs(r: Tensor, e: Tensor | None = None) -> Tensor:
    """What the encoder sees: r for AutoRec (Eq. 1), [r, e] for E-AutoRec (Eq. 4)."""
    return r if e is None else torch.cat([r, e], dim=1)


class Autoencoder(nn.Module):
    """h = sigmoid(W1 x + b),  r^ = W2 h + b'   (Eq. 1, 2 and 4)."""

    def __init__(self, n_inputs: int, n_hidden: int, n_items: int, generator: torch.Generator):
        super().__init__()
        self.encoder = nn.Linear(n_inputs, n_hidden)
        self.decoder = nn.Linear(n_hidden, n_items)
        for layer in (self.encoder, self.decoder):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(torch.sigmoid(self.encoder(x)))


def objective(model: Autoencoder, x: Tensor, r: Tensor, mask: Tensor, penalty: float) -> Tensor:
    """Eq. 3: sum of (r - r^)^2 over the observed ratings + penalty / 2 (|W1|^2 + |W2|^2)."""
    error = mask * (r - model(x))
    weights = model.encoder.weight.square().sum() + model.decoder.weight.square().sum()
    return error.square().sum() + penalty / 2 * weights


def train(
    model: Autoencoder,
    x: Tensor,
    r: Tensor,
    mask: Tensor,
    penalty: float,
    learning_rate: float,
    n_epochs: int,
) -> list[float]:
    """Minimise Eq. 3 with Adam, all users at once; the objective before each step."""
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(n_epochs):
        optimizer.zero_grad()
        loss = objective(model, x, r, mask, penalty)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
