"""How a network is trained, checked before anything begins."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from eautorec.errors import InputError
from eautorec.parameters import number, one_of, whole_number
from eautorec.training.optimisers import LEARNING_RATES

REFITS = {"lbfgs": ("continue", "scratch", "none"), "adam": ("scratch", "none")}
"""What can follow the choice of the epoch, by optimiser; the first is the default. Adam's memory is
of gradients that have become small: a tenth of the ratings more, and its next steps are tens of
times too long (an RMSE of 1.13 on MovieLens-100K, from 0.95)."""


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
