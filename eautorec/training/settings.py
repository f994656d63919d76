"""How a network is trained, checked before anything begins."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from eautorec.errors import InputError
from eautorec.parameters import number, one_of, whole_number
from eautorec.training.network import Penalty
from eautorec.training.optimisers import EPOCHS, LEARNING_RATES

REFITS = {
    "lbfgs": ("scratch", "continue", "none"),
    "adam": ("scratch", "none"),
    "rprop": ("scratch", "none"),
}
"""What can follow the choice of an epoch, by optimiser; the first is the default. Adam's memory is
of gradients that have become small: a tenth of the ratings more, and its next steps are tens of
times too long (an RMSE of 1.13 on MovieLens-100K, from 0.95)."""


@dataclass(frozen=True)
class Settings:
    """How a network is trained; see `AutoRec` for each.

    Beyond those: bias_regularization, a lambda for b and b', which Eq. 3 does not penalise.
    """

    n_hidden: int
    regularization: float
    bias_regularization: float
    pseudo_ratings: float
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

    @property
    def penalty(self) -> Penalty:
        """What the objective adds to the squared errors."""
        return Penalty(self.regularization, self.bias_regularization, self.pseudo_ratings)

    @classmethod
    def checked(
        cls,
        *,
        n_hidden: int,
        regularization: float,
        bias_regularization: float = 0.0,
        pseudo_ratings: float,
        optimizer: str,
        learning_rate: float | None,
        max_epochs: int | None,
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
        if max_epochs is None:
            max_epochs = EPOCHS[optimizer]
        if refit is None:
            refit = REFITS[optimizer][0]
        if one_of("refit", refit, REFITS["lbfgs"]) not in REFITS[optimizer]:
            raise InputError(
                f"refit is {refit!r}: {optimizer!r} cannot go on with other ratings, whose first "
                f"gradients throw its weights about; choose {' or '.join(REFITS[optimizer])}."
            )
        if batch_size is not None:
            batch_size = whole_number("batch_size", batch_size, at_least=1)
            if optimizer != "adam":
                raise InputError(
                    f"batch_size is {batch_size}: {optimizer!r} takes all users at once; "
                    "choose optimizer='adam' for batches."
                )
        return cls(
            n_hidden=whole_number("n_hidden", n_hidden, at_least=1),
            regularization=number("regularization", regularization, at_least=0),
            bias_regularization=number("bias_regularization", bias_regularization, at_least=0),
            pseudo_ratings=number("pseudo_ratings", pseudo_ratings, at_least=0),
            optimizer=optimizer,
            learning_rate=number("learning_rate", learning_rate, above=0, below=1e6),
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
