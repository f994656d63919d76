"""Saved models: one .npz file of numbers and text, never code, for every kind of model."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from eautorec.arrays import Array
from eautorec.errors import InputError
from eautorec.files import appearing_whole
from eautorec.ratings import Ratings

FORMAT = 1
"""Of the files written here. A newer one is refused, since nobody knows what it holds."""

RATINGS = ("users", "items", "user_index", "item_index", "values")
"""The arrays that ratings are made of."""


def save_model(
    path: str | os.PathLike[str],
    kind: str,
    parameters: dict[str, Any],
    ratings: Ratings,
    arrays: dict[str, Array],
    facts: dict[str, Any],
) -> None:
    """Write a fitted model, whole or not at all.

    Parameters
    ----------
    kind : the name of its class; parameters : its constructor's.
    ratings : what it was trained on.
    arrays, facts : what else it needs: arrays of numbers, and plain values for JSON.
    """
    description = {
        "format": FORMAT,
        "model": kind,
        "parameters": parameters,
        "scale": ratings.scale,
        "titles": [[item, title] for item, title in ratings.titles.items()],
        "facts": facts,
    }
    everything = {
        "description": np.array(json.dumps(description, default=_plain)),
        **{name: getattr(ratings, name) for name in RATINGS},
        **arrays,
    }
    with appearing_whole(path) as part, part.open("wb") as file:
        np.savez(file, allow_pickle=False, **everything)


def load_model(
    path: str | os.PathLike[str], kind: str
) -> tuple[dict[str, Any], Ratings, dict[str, Array], dict[str, Any]]:
    """Read what `save_model` wrote: parameters, ratings, arrays, facts.

    Raises
    ------
    InputError
        The file is missing, damaged, of a newer version, or holds another kind of model.
    """
    arrays, description = _read(path, everything=True)
    stored_kind = description["model"]
    if stored_kind != kind:
        raise InputError(
            f"{path} holds a model of the kind {stored_kind}: read it with {stored_kind}.load()."
        )
    try:
        ratings = Ratings(
            **{name: arrays.pop(name) for name in RATINGS},
            scale=tuple(description["scale"]),
            titles=dict(description["titles"]),
        )
        return description["parameters"], ratings, arrays, description["facts"]
    except Exception:
        raise _not_a_model(path) from None


def kind_of(path: str | os.PathLike[str]) -> str:
    """The name of the class of the model in a file. Raises InputError as `load_model` does."""
    return str(_read(path, everything=False)[1]["model"])


def _read(
    path: str | os.PathLike[str], everything: bool
) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays of a file, none unless `everything` is wanted, and its description."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            description = json.loads(str(archive["description"]))
            names = set(archive.files) - {"description"} if everything else ()
            arrays = {name: archive[name] for name in names}
        version, _ = int(description.get("format", 0)), str(description["model"])
    except FileNotFoundError:
        raise InputError(f"There is no file {path}: give a file that save() wrote.") from None
    except Exception:  # whatever a damaged or foreign file makes numpy, zip or JSON say
        raise _not_a_model(path) from None
    if version > FORMAT:
        raise InputError(
            f"{path} was written by a newer version of eautorec (format {version}, here "
            f"{FORMAT}): update eautorec, or train the model again."
        )
    if version < FORMAT:
        raise InputError(
            f"{path} was written by an older version of eautorec (format {version}, here "
            f"{FORMAT}): train the model again."
        )
    return arrays, description


def _not_a_model(path: str | os.PathLike[str]) -> InputError:
    return InputError(f"{path} is not a saved model: give a file that save() wrote.")


def _plain(value: Any) -> Any:
    """numpy's numbers as Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} cannot be saved")
