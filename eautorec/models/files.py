"""Saved models: one .npz file of numbers and text, never code, for every kind of model."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from eautorec.arrays import Array, plain
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
        "description": np.array(json.dumps(description, default=plain)),
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
    with as_saved(path):
        low, high = map(float, description["scale"])
        ratings = Ratings(
            **{name: arrays.pop(name) for name in RATINGS},
            scale=(low, high),
            titles={item: str(title) for item, title in description["titles"]},
        )
        _check_whole(ratings)
        return description["parameters"], ratings, arrays, description["facts"]


@contextlib.contextmanager
def as_saved(path: str | os.PathLike[str]) -> Iterator[None]:
    """What comes out of a file is made a model here; an error of any kind means that `save_model`
    did not write it. Raises InputError that says so."""
    try:
        yield
    except InputError:
        raise
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
            size = os.path.getsize(path)
            # Nothing in it is compressed, so whatever unpacks to more than the file is a trap.
            check(sum(member.file_size for member in archive.zip.infolist()) <= size)
            description = json.loads(str(archive["description"]))
            names = set(archive.files) - {"description"} if everything else ()
            arrays = {name: archive[name] for name in names}
            # Nor can there be more entries than bytes: those without any size would be free.
            check(all(array.size <= size for array in arrays.values()))
            check(all(array.dtype.kind in "biufU" for array in arrays.values()))
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


def _check_whole(ratings: Ratings) -> None:
    """Raise ValueError unless these arrays are ratings."""
    values, (low, high) = ratings.values, ratings.scale
    check(values.dtype == np.float32 and values.ndim == 1)
    check(bool(np.isfinite(values).all()) and low <= high)
    for index, labels in (
        (ratings.user_index, ratings.users),
        (ratings.item_index, ratings.items),
    ):
        check(index.shape == values.shape and index.dtype.kind in "iu")
        check(0 <= index.min() and index.max() < len(labels))
        check(labels.ndim == 1 and bool((labels[:-1] < labels[1:]).all()))


def check(holds: bool) -> None:
    """Raise ValueError unless a file is as it should be; its reader makes a sentence of that."""
    if not holds:
        raise ValueError


def _not_a_model(path: str | os.PathLike[str]) -> InputError:
    return InputError(f"{path} is not a saved model: give a file that save() wrote.")
