"""Limited-memory BFGS (Nocedal and Wright, 2006, algorithms 7.4 and 7.5), in place and
preconditioned.

torch.optim.LBFGS takes the same steps. Here the first guess of the inverse Hessian comes from the
caller, who knows the problem: that saves up to three epochs of four. Nothing is allocated while it
runs, which saves a quarter of each; a step that would raise the objective is halved, and where that
does not help, what was learnt of the curvature is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

HALVINGS = 5
"""How often a step that would climb is halved, before it is given up."""

CLIMB = 1e-6
"""The part of the objective by which a step may raise it: less is rounding."""


class InverseHessian(Protocol):
    """A guess of the inverse Hessian, H, right up to a factor."""

    def multiply(self, vector: torch.Tensor) -> None:
        """vector = H vector"""

    def quadratic(self, vector: torch.Tensor) -> float:
        """vector^T H vector"""


class LBFGS:
    """Minimise a function of one vector, one step at a time.

    Parameters
    ----------
    x, gradient : tensors of shape (n,), changed in place: `evaluate()` fills `gradient` at `x`.
    guess : of the inverse Hessian, symmetric and positive definite.
    evaluate : gives the objective at `x`.
    length : the length of a step; 1 is that of Newton's method.
    memory : how many past steps tell the curvature.
    """

    def __init__(
        self,
        x: torch.Tensor,
        gradient: torch.Tensor,
        guess: InverseHessian,
        evaluate: Callable[[], float],
        length: float = 1.0,
        memory: int = 3,
    ):
        self.x, self.gradient, self.guess = x, gradient, guess
        self.evaluate, self.length, self.memory = evaluate, length, memory
        self.steps = x.new_empty((memory, len(x)))  # s = change of x
        self.changes = x.new_empty((memory, len(x)))  # y = change of the gradient
        self.products = [0.0] * memory  # s y
        self.direction = torch.empty_like(x)
        self.n_kept = 0
        self.gamma = 1.0
        self.reach = 1.0  # of a step that knows no curvature
        self.value: float | None = None

    def step(self) -> float:
        """One step; afterwards `x` and `gradient` are those of the last `evaluate()`, which is
        returned."""
        before = self.evaluate() if self.value is None else self.value
        self._find_direction()
        d, length = self.direction, self.length * self.gamma
        if not self.n_kept:  # nothing is known of the curvature yet
            length *= self.reach / max(self.reach, float(d.norm()))
        place = self.n_kept % self.memory
        step, change = self.steps[place], self.changes[place]
        torch.neg(self.gradient, out=change)  # less the old gradient; the new one comes below

        self.x.add_(d, alpha=length)
        highest, value = before * (1 + CLIMB), self.evaluate()
        for _ in range(HALVINGS):
            if value <= highest:
                break
            length /= 2
            self.x.sub_(d, alpha=length)  # half of the way back
            value = self.evaluate()
        if not value <= highest:
            self.x.sub_(d, alpha=length)
            self.value, self.n_kept, self.gamma = self.evaluate(), 0, 1.0
            self.reach /= 2**HALVINGS
            return self.value
        self.value = value
        self.reach = max(self.reach, 2 * length * float(d.norm()))

        torch.mul(d, length, out=step)
        change.add_(self.gradient)
        product = float(step @ change)
        if product > 1e-10:
            self.products[place] = product
            self.gamma = product / self.guess.quadratic(change)
            self.n_kept += 1
        return value

    def _find_direction(self) -> None:
        """- H g / gamma by the two loops over the past steps, H the approximate inverse Hessian."""
        d = torch.neg(self.gradient, out=self.direction)
        newest_first = [
            (self.n_kept - 1 - k) % self.memory for k in range(min(self.n_kept, self.memory))
        ]
        weights = {}
        for k in newest_first:
            weights[k] = float(self.steps[k] @ d) / self.products[k]
            d.sub_(self.changes[k], alpha=weights[k])
        self.guess.multiply(d)
        for k in reversed(newest_first):
            weight = weights[k] / self.gamma - float(self.changes[k] @ d) / self.products[k]
            d.add_(self.steps[k], alpha=weight)
