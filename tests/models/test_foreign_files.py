"""A model's file that somebody else made: refused in one sentence, in little time and memory."""

import json
import tracemalloc
import zipfile

import numpy as np
import pytest

from eautorec import EASE, InputError
from eautorec.models import load
from eautorec.models.biases import Biases
from eautorec.synthetic import five_users

N = len(five_users())


@pytest.fixture
def path(tmp_path):
    EASE(2.0).fit(five_users()).save(tmp_path / "model.npz")
    return tmp_path / "model.npz"


def changed(path, description=None, **arrays):
    """The same file with other arrays, and other words in its description."""
    with np.load(path) as archive:
        found = dict(archive)
    words = json.loads(str(found["description"])) | (description or {})
    np.savez(path, **found | arrays | {"description": np.array(json.dumps(words))})


def refused(path):
    with pytest.raises(InputError, match="is not a saved model: give a file that save.. wrote"):
        load(path)


@pytest.mark.parametrize(
    "arrays",
    [
        {"item_index": np.full(N, 262_147)},
        {"user_index": np.full(N, -1)},
        {"user_index": np.zeros(3, dtype=int)},
        {"values": np.array(["4"] * N)},
        {"values": np.full(N, np.nan, dtype=np.float32)},
        {"users": np.array([3, 2, 1, 0, 5])},
        {"users": np.zeros((5, 5))},
        {"items": np.arange(4).astype("m8")},
        {"inverse": np.eye(2)},
        {"penalty": np.zeros(3)},
        {"inverse": np.array(["a"])},
    ],
    ids=lambda arrays: " ".join(arrays),
)
def test_arrays_that_do_not_fit(path, arrays):
    changed(path, **arrays)
    refused(path)


@pytest.mark.parametrize(
    "words",
    [
        {"parameters": {"of": "another"}},
        {"parameters": 7},
        {"scale": ["a", "b"]},
        {"scale": [5, 1]},
        {"titles": [[[], "no label"]]},
        {"facts": None},
    ],
    ids=str,
)
def test_words_that_do_not_fit(path, words):
    changed(path, words)
    refused(path)


@pytest.mark.parametrize("n_neighbors", ["many", None, -1, [5]])
def test_a_parameter_that_is_none(tmp_path, n_neighbors):
    path = tmp_path / "model.npz"
    EASE(2.0).fit(five_users()).save(path)
    changed(path, {"model": "Popularity", "parameters": {}}, counts=np.zeros(4))
    found = load(path)
    found._parameters["n_neighbors"] = n_neighbors
    with pytest.raises(InputError, match="n_neighbors"):
        found.recommend(found.ratings_.users[0], 1)


def test_a_part_is_missing(path):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for missing in parts:
        with zipfile.ZipFile(path, "w") as archive:
            for name in parts.keys() - {missing}:
                archive.writestr(name, parts[name])
        refused(path)


def test_what_unpacks_to_more_than_the_file_is_not_unpacked(path):
    """100 MB of zeros in 100 kB."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        archive.writestr("more.npy", bytes(100_000_000))
    tracemalloc.start()
    refused(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_arrays_without_bytes_have_no_entries(path):
    """A million million labels of no letters at all take no byte of the file."""
    header = {"descr": "|V0", "fortran_order": False, "shape": (10**12,)}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name in parts.keys() - {"users.npy"}:
            archive.writestr(name, parts[name])
        with archive.open("users.npy", "w") as file:
            np.lib.format.write_array_header_1_0(file, header)
    refused(path)


def test_models_that_are_not_kept_in_files(path):
    changed(path, {"model": Biases.__name__, "parameters": {}})
    with pytest.raises(InputError):
        load(path)
