"""From ratings to a trained network: choose the epoch on a part of them, then go on with all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd
import torch

from eautorec.arrays import Array
from eautorec.errors import InputError
from eautorec.kernels import SparseCells
from eautorec.parameters import number, one_of, whole_number
from eautorec.ratings import Ratings, split
from eautorec.training.batches import Batches, Problem
from eautorec.training.encoding import Encoding
from eautorec.training.loop import Measure, Training, train
from eautorec.training.network import Network
from eautorec.training.optimisers import LEARNING_RATES, Optimiser, optimiser_of
from eautorec.training.weights import Weights

Pose = Callable[[Ratings], Problem]
"""From training ratings to what the network is trained on. It is asked for the part that the epoch
is chosen on, and again for all ratings, so that nothing of the validation part leaks into E."""

REFITS = {"lbfgs": ("continue", "scratch", "none"), "adam": ("scratch", "none")}
"""What can follow the choice of the epoch, by optimiser; the first is the default. Adam's memory is
of gradients that have become small: a tenth of the ratings more, and its next steps are tens of
times too long (an RMSE of 1.13 on MovieLens-100K, from 0.95)."""

Progress = Callable[[str, int], Iterable[int]]
"""From a phase and its number of epochs to the epochs, 1, 2, ...; perhaps with a bar around."""


@dataclass(frozen=True)
class Settings:
    """How a network is trained; see `AutoRec` for each."""

    n_hidden: int
    regularization: float
    optimizer: str
    learning_rate: float
    max_epochs: int
    patience: int
    validation_fraction: float
    refit: str
    refit_epochs: int
    batch_size: int | None
    device: str
    seed: int

    @classmethod
    def checked(
        cls,
        *,
        n_hidden: int,
        regularization: float,
        optimizer: str,
        learning_rate: float | None,
        max_epochs: int,
        patience: int,
        validation_fraction: float,
        refit: str | None,
        refit_epochs: int,
        batch_size: int | None,
        device: str,
        seed: int,
    ) -> Settings:
        """Raises InputError for the first setting that is out of range."""
        one_of("optimizer", optimizer, LEARNING_RATES)
        if learning_rate is None:
            learning_rate = LEARNING_RATES[optimizer]
        if refit is None:
            refit = REFITS[optimizer][0]
        if one_of("refit", refit, REFITS["lbfgs"]) not in REFITS[optimizer]:
            raise InputError(
                f"refit is {refit!r}: Adam cannot go on with other ratings, whose first gradients "
                f"throw its weights about; choose one of {', '.join(REFITS[optimizer])}."
            )
        if batch_size is not None:
            batch_size = whole_number("batch_size", batch_size, at_least=1)
            if optimizer == "lbfgs":
                raise InputError(
                    f"batch_size is {batch_size}: L-BFGS takes all users at once; "
                    "choose optimizer='adam' for batches."
                )
        return cls(
            n_hidden=whole_number("n_hidden", n_hidden, at_least=1),
            regularization=number("regularization", regularization, at_least=0),
            optimizer=optimizer,
            learning_rate=number("learning_rate", learning_rate, above=0),
            max_epochs=whole_number("max_epochs", max_epochs, at_least=1),
            patience=whole_number("patience", patience, at_least=1),
            validation_fraction=number(
                "validation_fraction", validation_fraction, at_least=0, below=1
            ),
            refit=refit,
            refit_epochs=whole_number("refit_epochs", refit_epochs, at_least=1),
            batch_size=batch_size,
            device=usable_device(device),
            seed=whole_number("seed", seed, at_least=0),
        )


@dataclass(frozen=True)
class Fit:
    """A trained network, and how it was found.

    Attributes
    ----------
    activation : float32 (n_users, n_hidden), what enters the sigmoid of each user.
    problem : of the ratings trained on last.
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

    Without `validation`, a part of the ratings chooses the epoch. Then the network is trained on
    all of them as `refit` says: it goes on for `refit_epochs` ("continue"), a new one is trained
    for as many epochs as were chosen ("scratch"), or it is kept as it is ("none").

    Parameters
    ----------
    validation : other ratings to choose the epoch by; then nothing is kept aside and nothing
        follows.
    watch : ratings whose RMSE is recorded and never used, to draw a learning curve.
    """
    inner = ratings
    # A handful of ratings has none to spare for validation.
    if validation is None and round(settings.validation_fraction * len(ratings)) > 0:
        inner, validation = split(ratings, settings.validation_fraction, settings.seed)

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
        settings.regularization,
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


def usable_device(name: object) -> str:
    """The device's name. Raises InputError where there is no such device on this machine."""
    try:
        device = torch.device(str(name))
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise InputError(f"device is {name!r}: choose 'cpu' or 'cuda'.")
    n_gpus = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= n_gpus:
        raise InputError(f"device is {name!r}: torch finds {n_gpus or 'no'} GPU; choose 'cpu'.")
    return str(name)
