"""Ways to minimise Eq. 3, an epoch at a time: L-BFGS and RProp over all users, Adam over batches.

Each can be stopped, put back to an earlier moment with all that they knew then, and turned to other
ratings. An optimiser that goes on without its memory takes steps that it has not earned: a new
Adam's first step moves every weight by the whole learning rate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from eautorec.training.batches import Batches
from eautorec.training.lbfgs import LBFGS
from eautorec.training.network import Network, Penalty
from eautorec.training.preconditioner import Preconditioner

LEARNING_RATES = {"lbfgs": 1.0, "adam": 0.005, "rprop": 0.001}
"""The optimisers, and the learning rate of each by default: a share of Newton's step, the length of
a step of every weight, and that of the first step."""

EPOCHS = {"lbfgs": 150, "adam": 600, "rprop": 400}
"""After how many the objective hardly falls any more, on MovieLens-100K."""

OF_TORCH: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": partial(torch.optim.Adam, fused=True),
    "rprop": torch.optim.Rprop,
}
"""Those that torch has; RProp is what AutoRec's authors name."""


class Epoch(NamedTuple):
    """What an epoch found: at the weights as they are now, or, with several batches, as each of
    them was met.

    Attributes
    ----------
    objective : Eq. 3; rmse : on the training ratings; both in input units.
    """

    objective: float
    rmse: float


class Optimiser(ABC):
    """Moves a network's weights.

    Parameters
    ----------
    batches : the ratings; each batch carries its share of the penalty.
    """

    def __init__(self, network: Network, batches: Batches, learning_rate: float, penalty: Penalty):
        self.network, self.batches = network, batches
        self.learning_rate, self.penalty = learning_rate, penalty

    @abstractmethod
    def epoch(self) -> Epoch:
        """Visit all users once."""

    def moment(self) -> list[torch.Tensor]:
        """The weights, and all that the optimiser remembers beside them; to be copied."""
        return [self.network.vector]

    def put_back(self, moment: list[torch.Tensor]) -> None:
        """Go back to a copied moment."""
        for now, then in zip(self.moment(), moment, strict=True):
            now.copy_(then)
        self.network.hidden = None

    def turn_to(self, batches: Batches) -> None:
        """Go on with other ratings."""
        self.batches = batches
        self.network.mean = batches.mean


class FullBatchLBFGS(Optimiser):
    """All users at once; a step that would raise the objective is not taken.

    Its memory is of the objective's curvature. With other ratings, or back at an earlier moment,
    the curvature is another, so it is learnt anew, from short steps.
    """

    def __init__(self, network: Network, batches: Batches, learning_rate: float, penalty: Penalty):
        super().__init__(network, batches, learning_rate, penalty)
        self._begin()

    def _begin(self) -> None:
        everybody = self.batches[0]

        def evaluate() -> float:
            objective, self.data_term = self.network.objective(everybody, self.penalty)
            return objective

        n_ratings = self.batches.ratings_per_item() + self.penalty.pseudo_ratings
        self.minimiser = LBFGS(
            self.network.vector,
            self.network.gradient,
            Preconditioner(self.network.shapes, n_ratings, self.penalty.weights),
            evaluate,
            self.learning_rate,
        )

    def epoch(self) -> Epoch:
        objective = self.minimiser.step()
        return Epoch(objective, float((self.data_term / self.batches.n_cells) ** 0.5))

    def put_back(self, moment: list[torch.Tensor]) -> None:
        super().put_back(moment)
        self._begin()

    def turn_to(self, batches: Batches) -> None:
        super().turn_to(batches)
        self._begin()


class OfTorch(Optimiser):
    """An optimiser of torch over the batches, which are visited in a random order.

    Adam's memory is of the gradient and of its square, as running means. It stays with other
    ratings, whose gradients it does not know, so that its next steps may be much too long.

    Parameters
    ----------
    seed : for the order of the batches.
    """

    def __init__(
        self,
        network: Network,
        batches: Batches,
        learning_rate: float,
        penalty: Penalty,
        make: Callable[..., torch.optim.Optimizer],
        seed: int = 0,
    ):
        super().__init__(network, batches, learning_rate, penalty)
        self.generator = np.random.default_rng(seed)
        self.parameter = torch.nn.Parameter(network.vector)
        self.parameter.grad = network.gradient
        self.stepper = make([self.parameter], lr=learning_rate)
        self.has_gradient = False

    def epoch(self) -> Epoch:
        if len(self.batches) == 1:
            # The gradient of the next step is that of this epoch's objective.
            if not self.has_gradient:
                self._evaluate(0)
            self.stepper.step()
            objective, data_term = self._evaluate(0)
            self.has_gradient = True
        else:
            objective = data_term = 0.0
            for number in self.generator.permutation(len(self.batches)):
                value, error = self._evaluate(number)
                objective, data_term = objective + value, data_term + error
                self.stepper.step()
            self.network.hidden = None  # the weights have moved on
        return Epoch(objective, float((data_term / self.batches.n_cells) ** 0.5))

    def _evaluate(self, number: int) -> tuple[float, float]:
        """A batch's share of the objective, and its first term."""
        users = self.batches[number]
        share = users.cells.n_cells / self.batches.n_cells
        return self.network.objective(users, self.penalty.share(share))

    def put_back(self, moment: list[torch.Tensor]) -> None:
        super().put_back(moment)
        self.has_gradient = False

    def turn_to(self, batches: Batches) -> None:
        super().turn_to(batches)
        self.has_gradient = False

    def moment(self) -> list[torch.Tensor]:
        return [*super().moment(), *self.stepper.state[self.parameter].values()]


def optimiser_of(
    name: str,
    network: Network,
    batches: Batches,
    learning_rate: float,
    penalty: Penalty,
    seed: int,
) -> Optimiser:
    """The optimiser of this name, one of LEARNING_RATES."""
    if name == "lbfgs":
        return FullBatchLBFGS(network, batches, learning_rate, penalty)
    make = OF_TORCH[name]
    return OfTorch(network, batches, learning_rate, penalty, make, seed)
