"""One loop for every autoencoder: an epoch, its measures, the best moment so far.

It knows no files, prints or plots: it returns what it found, and why it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from eautorec.errors import InputError
from eautorec.training.network import Network
from eautorec.training.optimisers import Optimiser

Measure = Callable[[Network, torch.Tensor], float]
"""From the network and the hidden units of all users to a number, such as an RMSE."""

ALL_EPOCHS = "all epochs were trained"
PATIENCE = "no better epoch came"


@dataclass(frozen=True)
class Training:
    """How a training went.

    Attributes
    ----------
    history : one record an epoch: epoch (from 1), seconds since the start, objective (Eq. 3) and
        train_rmse, both in input units, and each measure.
    epoch : the one whose weights the network has now, the best one.
    stopped : ALL_EPOCHS or PATIENCE.
    """

    history: list[dict[str, float]]
    epoch: int
    stopped: str


def train(
    optimiser: Optimiser,
    epochs: Iterable[int],
    measures: Mapping[str, Measure],
    *,
    choose_by: str = "objective",
    patience: int | None = None,
) -> Training:
    """Train until the epochs end, or nothing gets better; leave the network at the best epoch.

    Parameters
    ----------
    epochs : their numbers, from 1; whoever wants a progress bar wraps them in one.
    choose_by : the entry of the records whose lowest value marks the best epoch. By the objective
        that is the last one, unless an optimiser has just stumbled.
    patience : epochs without a better one before the training stops; None for no limit.

    Raises
    ------
    InputError
        The weights did not stay finite.
    """
    network, start = optimiser.network, time.perf_counter()
    history: list[dict[str, float]] = []
    lowest, best, best_moment = np.inf, 0, None
    stopped = ALL_EPOCHS
    for epoch in epochs:
        objective, rmse = optimiser.epoch()
        record: dict[str, float] = {"epoch": epoch, "objective": objective, "train_rmse": rmse}
        if measures:
            hidden = network.hidden
            if hidden is None:
                hidden = torch.sigmoid(network.activation_of_all(optimiser.batches))
            record |= {name: measure(network, hidden) for name, measure in measures.items()}
        record["seconds"] = time.perf_counter() - start
        history.append(record)
        if record[choose_by] < lowest:
            lowest, best = record[choose_by], epoch
            best_moment = _copy(optimiser.moment(), best_moment)
        elif patience is not None and epoch - best >= patience:
            stopped = PATIENCE
            break
    if best_moment is not None and best != epoch:
        optimiser.put_back(best_moment)
    if not torch.isfinite(network.vector).all():
        raise InputError(
            f"Training diverged with learning_rate = {optimiser.learning_rate}: take a smaller one."
        )
    return Training(history, best, stopped)


def _copy(moment: list[torch.Tensor], room: list[torch.Tensor] | None) -> list[torch.Tensor]:
    """A copy of a moment, in the room of an older copy where there is one."""
    if room is None:
        return [part.clone() for part in moment]
    for old, new in zip(room, moment, strict=True):
        old.copy_(new)
    return room
