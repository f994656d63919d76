"""A first guess of the curvature of Eq. 3, for L-BFGS."""

from __future__ import annotations

import torch

from eautorec.training.network import Shapes, parts_of

VARIANCE = 0.02
"""The variance of a hidden unit over the users, dimensionless; the first epochs lead near it."""

ENCODER_PER_PENALTY = 1.0
ENCODER_PER_RATING = 0.4
"""The encoder's curvature, as parts of the penalty lambda and of an item's number of ratings. It
decides how fast the minimum is reached, not where it lies."""


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
    penalty : lambda of Eq. 3; at least 1 is taken, so that there is something to divide by.
    """

    def __init__(self, shapes: Shapes, n_ratings: torch.Tensor, penalty: float):
        self.shapes, n, k = shapes, n_ratings, shapes[-2][0]
        self.root = k**0.5
        penalty = max(penalty, 1.0)
        self.hidden_bias = 1 / (ENCODER_PER_PENALTY * penalty)
        self.encoder = 1 / (ENCODER_PER_PENALTY * penalty + ENCODER_PER_RATING * n)
        self.decoder = 1 / (2 * n * VARIANCE + penalty)
        together, both, bias = 2 * n * (k / 4 + VARIANCE) + penalty, n * self.root, 2 * n + 1
        self.together, self.both, self.bias = (
            part / (together * bias - both**2) for part in (bias, -both, together)
        )

    def multiply(self, vector: torch.Tensor) -> None:
        """vector = H vector"""
        *encoder, weight, hidden_bias, output_bias = parts_of(vector, self.shapes)
        for part in encoder:
            part.mul_(self.encoder[:, None])
        hidden_bias.mul_(self.hidden_bias)
        w, b = weight.sum(1) / self.root, output_bias.clone()
        output_bias.copy_(self.both * w + self.bias * b)
        shift = (self.together * w + self.both * b - self.decoder * w) / self.root
        torch.addcmul(shift[:, None], weight, self.decoder[:, None], out=weight)

    def quadratic(self, vector: torch.Tensor) -> float:
        """vector^T H vector, in one pass."""
        *encoder, weight, hidden_bias, b = parts_of(vector, self.shapes)
        w = weight.sum(1) / self.root
        total = self.decoder @ (_squares(weight) - w * w)
        total += self.together @ (w * w) + 2 * self.both @ (w * b) + self.bias @ (b * b)
        total += self.hidden_bias * (hidden_bias @ hidden_bias)
        return float(total + sum(self.encoder @ _squares(part) for part in encoder))


def _squares(x: torch.Tensor) -> torch.Tensor:
    """The squared length of each row."""
    return torch.linalg.vector_norm(x, dim=1).square()
