"""From ratings to a trained network: to the minimum of Eq. 3, or to an epoch chosen on a part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd
import torch

from eautorec.arrays import Array
from eautorec.kernels import SparseCells
from eautorec.ratings import Ratings, split
from eautorec.training.batches import Batches, Problem
from eautorec.training.encoding import Encoding
from eautorec.training.loop import Measure, Training, train
from eautorec.training.network import Network
from eautorec.training.optimisers import Optimiser, optimiser_of
from eautorec.training.settings import Settings
from eautorec.training.weights import Weights

Pose = Callable[[Ratings], Problem]
"""From training ratings to what the network is trained on. It is asked for the part that the epoch
is chosen on, and again for all ratings, so that nothing of the validation part leaks into E."""

Progress = Callable[[str, int], Iterable[int]]
"""From a phase and its number of epochs to the epochs, 1, 2, ...; perhaps with a bar around."""


@dataclass(frozen=True)
class Fit:
    """A trained network, and how it was found.

    Attributes
    ----------
    activation : float32 (n_users, n_hidden), what enters the sigmoid of each user.
    problem : of all ratings given: what the encoder sees from now on.
    history : DataFrame with the columns phase ("choose" and "refit", or "train"), epoch, seconds
        since the fit began, objective (Eq. 3 in input units), train_rmse, and as asked for
        validation_rmse and watched_rmse; RMSE on the rating scale.
    n_epochs : the epoch that was chosen, or that with the lowest objective, mostly the last.
    stopped : why the first phase ended.
    """

    weights: Weights
    activation: Array
    problem: Problem
    history: pd.DataFrame
    n_epochs: int
    stopped: str


VALIDATION_SEED = 0
"""Of the part that is kept aside: the same for every start, so that starts differ in one thing."""


def quietly(phase: str, n_epochs: int) -> Iterable[int]:
    """The epochs without a progress bar."""
    return range(1, n_epochs + 1)


def fit(
    ratings: Ratings,
    pose: Pose,
    settings: Settings,
    *,
    validation: Ratings | None = None,
    watch: Ratings | None = None,
    progress: Progress = quietly,
) -> Fit:
    """Train on these ratings.

    With `validation_fraction` 0 the network is trained on all of them for `max_epochs`. Else a part
    of the ratings chooses the epoch, and then `refit` says what follows: a new network is trained
    on all of them for as many epochs as were chosen ("scratch"), the chosen one goes on for
    `refit_epochs` ("continue"), or it is kept as it is ("none").

    Parameters
    ----------
    validation : other ratings to choose the epoch by; then nothing is kept aside and nothing
        follows.
    watch : ratings whose RMSE is recorded and never used, to draw a learning curve.

    Both are paired with the training ratings by their labels (`Ratings.like`); InputError where
    that cannot be.
    """
    validation, watch = (
        None if part is None else part.like(ratings) for part in (validation, watch)
    )
    inner = ratings
    # A handful of ratings has none to spare for validation.
    if validation is None and round(settings.validation_fraction * len(ratings)) > 0:
        inner, validation = split(ratings, settings.validation_fraction, VALIDATION_SEED)

    start = time.perf_counter()
    problem = pose(inner)
    batches = batches_of(problem, settings)
    optimiser = _optimiser(batches, settings)
    waited = time.perf_counter() - start
    if validation is None:
        phase = "train"
        first = train(
            optimiser, progress(phase, settings.max_epochs), _measures(problem, settings, watch)
        )
    else:
        phase = "choose"
        first = train(
            optimiser,
            progress(phase, settings.max_epochs),
            _measures(problem, settings, watch, validation),
            choose_by="validation_rmse",
            patience=settings.patience,
        )
    history = [_table(phase, first, problem, waited)]
    if inner is not ratings:
        # Whatever was kept aside belongs to what the encoder sees from now on.
        problem = pose(ratings)
        batches = batches_of(problem, settings)
        if settings.refit == "continue":
            optimiser.turn_to(batches)
            n_epochs = settings.refit_epochs
        elif settings.refit == "scratch":
            optimiser = _optimiser(batches, settings)
            n_epochs = first.epoch
        else:
            n_epochs = 0
        if n_epochs:
            waited = time.perf_counter() - start
            measures = _measures(problem, settings, watch)
            second = train(optimiser, progress("refit", n_epochs), measures)
            history.append(_table("refit", second, problem, waited))
    network = optimiser.network
    return Fit(
        weights=weights_of(network),
        activation=network.activation_of_all(batches).cpu().numpy(),
        problem=problem,
        history=pd.concat(history, ignore_index=True),
        n_epochs=first.epoch,
        stopped=first.stopped,
    )


def _optimiser(batches: Batches, settings: Settings) -> Optimiser:
    """An optimiser with a network at its start."""
    return optimiser_of(
        settings.optimizer,
        network_of(batches, settings),
        batches,
        settings.learning_rate,
        settings.penalty,
        settings.seed,
    )


def _measures(
    problem: Problem,
    settings: Settings,
    watch: Ratings | None,
    validation: Ratings | None = None,
) -> dict[str, Measure]:
    """The RMSE on the validation part and on the watched ratings, where there are such."""
    measured = {"validation_rmse": validation, "watched_rmse": watch}
    return {
        name: rmse_of(ratings, problem.encoding, settings.device)
        for name, ratings in measured.items()
        if ratings is not None
    }


def _table(phase: str, training: Training, problem: Problem, waited: float) -> pd.DataFrame:
    """The history of a phase that began `waited` seconds after the fit, on the rating scale."""
    table = pd.DataFrame(training.history)
    table["seconds"] += waited
    table["train_rmse"] *= problem.encoding.unit
    table.insert(0, "phase", phase)
    return table


def batches_of(problem: Problem, settings: Settings) -> Batches:
    """The users as the optimiser visits them: sparse kernels on a CPU, dense ones on a GPU."""
    kernels = "dense" if settings.device.startswith("cuda") else "sparse"
    return Batches(problem, settings.batch_size, kernels, settings.device, settings.seed)


def network_of(batches: Batches, settings: Settings) -> Network:
    """A network at its start."""
    return Network(
        batches.target.shape[1],
        settings.n_hidden,
        len(batches.chains),
        batches.mean,
        settings.seed,
        device=settings.device,
    )


def weights_of(network: Network) -> Weights:
    """A network's weights as arrays."""
    return Weights(
        inputs=[weight.cpu().numpy() for weight in network.input_weights],
        hidden_bias=network.hidden_bias.cpu().numpy(),
        output=network.output_weight.cpu().numpy(),
        output_bias=network.output_bias.cpu().numpy(),
    )


def rmse_of(ratings: Ratings, encoding: Encoding, device: str = "cpu") -> Measure:
    """A measure: the RMSE on these ratings, clipped and on the rating scale."""
    cells = SparseCells(encoding.encode(ratings), device=device)
    lowest, highest = encoding.bounds

    def measure(network: Network, hidden: torch.Tensor) -> float:
        residuals = cells.residuals(hidden, network.output_weight, network.output_bias)
        predicted = residuals.add_(cells.ratings).clamp_(lowest, highest)
        error = (predicted - cells.ratings).square().mean().sqrt()
        return float(error) * encoding.unit

    return measure
