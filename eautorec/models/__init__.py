"""The models, one file each; here by the names that the command line knows.

Each is imported when it is asked for, since some take a second and others no time at all.
"""

from __future__ import annotations

import inspect
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from eautorec.errors import InputError
from eautorec.parameters import one_of

if TYPE_CHECKING:
    from eautorec.models.recommender import Recommender

MODELS = {
    "ease": "ease.EASE",
    "ranking": "denoising.DenoisingAutoRec",
    "rating": "denoising.DenoisingAutoRec",
    "concise-ease": "concise.ConciseEASE",
    "e-autorec": "eautorec.EAutoRec",
    "autorec": "autorec.AutoRec",
    "item-autorec": "item_autorec.ItemAutoRec",
    "mf": "matrix_factorisation.MatrixFactorisation",
    "user-knn": "user_knn.UserKNN",
    "emf": "emf.EMF",
    "ebpr": "ebpr.EBPR",
    "rbm": "rbm.RBM",
    "erbm": "erbm.ERBM",
    "cdae": "cdae.CDAE",
    "cfn": "cfn.CFN",
    "semi-autoencoder": "semi_autoencoder.SemiAutoencoder",
    "biases": "biases.Biases",
    "by-e": "by_e.ByE",
    "popular": "popularity.Popularity",
}
"""Module and class."""

PRESET: dict[str, dict[str, Any]] = {"ranking": {"task": "rank"}, "rating": {"task": "rate"}}
"""Parameters that come with a name."""


def make_model(name: str, **parameters: Any) -> Recommender:
    """A model by its name, not trained yet.

    Raises InputError for a name that does not exist, or a parameter that the model does not have.
    """
    module, _, kind = MODELS[one_of("The model", name, MODELS)].rpartition(".")
    model_class = getattr(import_module(f"eautorec.models.{module}"), kind)
    known = inspect.signature(model_class).parameters
    for parameter in parameters:
        if parameter not in known:
            having = ", ".join(known) or "none"
            raise InputError(f"{name} has no parameter {parameter}: its parameters are {having}.")
    model: Recommender = model_class(**PRESET.get(name, {}) | parameters)
    return model


def load(path: str | os.PathLike[str]) -> Recommender:
    """Read a model of any kind that `save` wrote. Raises InputError as its class's `load` does."""
    from eautorec.models.files import kind_of

    kind = kind_of(path)
    for name in MODELS.values():
        module, _, of_class = name.rpartition(".")
        if of_class == kind:
            found: Recommender = getattr(import_module(f"eautorec.models.{module}"), kind)
            return found.load(path)
    raise InputError(f"{path} holds a model of the kind {kind}, which is not known here.")
