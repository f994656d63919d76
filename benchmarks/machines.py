"""The same numbers on another machine? On this one, made to compute as others would.

The libraries that compute for us look which processor they are on, and take other instructions, and
another order of adding up, on another one. Variables of the environment make them choose as if they
were elsewhere, or with more threads. Each setting is measured in a process of its own, and compared
with the default of this machine: one thread, whatever instructions there are. Another seed stands
beside them, as a measure of what is much.

`python -m eautorec_benchmarks.machines results/machines.csv` (some minutes) adds this processor's
rows to those of others.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from eautorec.evaluation.ranking import top_lists
from eautorec.ratings import Ratings
from eautorec_benchmarks.clock import apart, result_of

DEFAULT = "default"
ANOTHER_SEED = "another seed"
N = 10
"""The length of the lists."""

N_REASONS = 50
"""Users whose reasons are compared: the first ones, for the film with most ratings that they have
not rated."""

Found = Iterator[tuple[str, np.ndarray]]


def settings() -> dict[str, dict[str, Any]]:
    """What each is called, and what it changes: the number of threads, the start of the study's
    networks, variables."""
    numpy_has = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    oldest: dict[str, Any] = {
        "OPENBLAS_CORETYPE": "Prescott",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "NPY_DISABLE_CPU_FEATURES": " ".join(numpy_has),
    }
    # Threads that wait do so without work, which on a busy machine would keep others from theirs.
    two: dict[str, Any] = {"threads": 2, "OMP_WAIT_POLICY": "PASSIVE"}
    known: dict[str, dict[str, Any]] = {
        DEFAULT: {},
        "once more": {},
        ANOTHER_SEED: {"start": 1},
        "all as on the oldest": oldest,
        "OpenBLAS as on Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
        "PyTorch with AVX2": {"ATEN_CPU_CAPABILITY": "avx2"},
        "two threads": two,
        "MKL as on any processor": {"MKL_CBWR": "COMPATIBLE"},
        "NumPy with the least": {"NPY_DISABLE_CPU_FEATURES": oldest["NPY_DISABLE_CPU_FEATURES"]},
        "PyTorch with neither": {"ATEN_CPU_CAPABILITY": "default"},
        "OpenBLAS as on Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
        "OpenBLAS as on Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
        "MKL with SSE4.2": {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
        "all as on the oldest, two threads": oldest | two,
    }
    if torch.backends.cpu.get_cpu_capability() == "AVX512":  # elsewhere they would not run
        known["OpenBLAS as on SkylakeX"] = {"OPENBLAS_CORETYPE": "SkylakeX"}
        known["PyTorch with AVX-512"] = {"ATEN_CPU_CAPABILITY": "avx512"}
    return known


def of_split(train: Ratings, test: Ratings, start: int) -> Found:
    yield "split: test ratings", np.stack([test.user_index, test.item_index])


def of_e(train: Ratings, test: Ratings, start: int) -> Found:
    from eautorec import Explainability

    yield "E: cells", Explainability().fit(train).scores.toarray()


def of_ease(train: Ratings, test: Ratings, start: int) -> Found:
    """Scores, lists, and what each rater and each own rating adds to a score."""
    from eautorec import EASE

    model = EASE().fit(train)
    yield from _scored("EASE", model.scores(), train)
    by_raters = np.argsort(-train.matrix.getnnz(axis=0), kind="stable")
    contributions = []
    for user in train.users[:N_REASONS].tolist():
        person = model.person(user)
        [first, *_] = by_raters[~person.rated[by_raters]]
        reason = person.explain(train.items[first].item())
        for frame, label in ((reason.by_user, "user"), (reason.by_item, "item")):
            contributions += frame.sort_values(label)["contribution"].tolist()
    yield "EASE: reasons", np.array(contributions)


def of_others(train: Ratings, test: Ratings, start: int) -> Found:
    from eautorec.models import make_model

    for name, kind in (("user kNN", "user-knn"), ("matrix factorisation", "mf")):
        yield from _scored(name, make_model(kind).fit(train).scores(), train)


def of_networks(train: Ratings, test: Ratings, start: int) -> Found:
    """As the study trains them: predictions, lists, and its measures."""
    from eautorec.study.models import train_model
    from eautorec.study.runner import measure as measured

    for run in network_runs(start):
        everything = train.join(test)
        scores = train_model(run, train, test, everything).scores
        yield from _scored(run.model, scores, train)
        for metric, x, value in measured(run, train, test, everything, scores):
            if (metric, x) in MEASURES:
                yield f"{run.model}: {MEASURES[metric, x]}", np.array(value)


MEASURES = {("rmse", 0): "RMSE", ("map", N): f"MAP@{N}", ("mep", N): f"MEP@{N}"}

PARTS = {
    "split": of_split,
    "e": of_e,
    "ease": of_ease,
    "others": of_others,
    "networks": of_networks,
}


def network_runs(start: int) -> list:
    from eautorec.study.protocol import MODELS, Run

    return [Run(model, fold=0, start=start) for model in MODELS]


def _scored(name: str, scores: np.ndarray, train: Ratings) -> Found:
    yield f"{name}: scores", scores
    yield f"{name}: lists", top_lists(scores, train.matrix, N)


def measure(path: str, data: str, start: int, parts: Iterable[str]) -> dict:
    """Write the arrays of these parts on the first fold to a file."""
    from eautorec.study.runner import split_data

    train, test, _ = split_data(data, network_runs(start)[0])
    arrays = {name: a for part in parts for name, a in PARTS[part](train, test, start)}
    with Path(path).open("wb") as file:
        np.savez(file, **arrays)
    return {}


def rows(
    data: str = "100k", parts: Iterable[str] = tuple(PARTS), chosen: Iterable[str] | None = None
) -> Iterator[dict[str, Any]]:
    """A row for each result under each setting, beside the default.

    result, setting; processor: the widest instructions that PyTorch finds; `same`: equal to the
    last bit; `largest`: the largest difference of two numbers; of lists, whatever their order,
    `lists`: the share of users with the same ten items, and `common`: how many of ten are the same
    on average; `value`: of what is one number.
    """
    known, processor = settings(), torch.backends.cpu.get_cpu_capability()
    with tempfile.TemporaryDirectory() as folder:
        default: dict[str, np.ndarray] = {}
        for setting in dict.fromkeys((DEFAULT, *(known if chosen is None else chosen))):
            path = Path(folder) / "found.npz"
            variables = dict(known[setting])
            threads, start = variables.pop("threads", 1), variables.pop("start", 0)
            what = ("machines", path, data, start, *parts)
            result_of(apart(*what, threads=threads, variables=variables))
            with np.load(path) as file:
                found = dict(file)
            default = default or found
            for name, array in found.items():
                labels = {"result": name, "setting": setting, "processor": processor}
                yield labels | beside(array, default[name])


def beside(found: np.ndarray, expected: np.ndarray) -> dict[str, Any]:
    """How one array differs from the other: `same` to `value` of `rows`."""
    row = dict.fromkeys(("same", "largest", "lists", "common", "value"))
    row["same"] = found.shape == expected.shape and found.tobytes() == expected.tobytes()
    if found.shape != expected.shape:
        row["largest"] = np.inf
    elif found.ndim == 2 and found.shape[1] == N and found.dtype.kind == "i":
        common = (found[:, :, None] == expected[:, None, :]).any(axis=2).sum(axis=1)
        row["lists"], row["common"] = float((common == N).mean()), float(common.mean())
    else:
        row["largest"] = float(np.abs(found - expected).max())
        row["value"] = float(found) if found.ndim == 0 else None
    return row


def main(arguments: list[str]) -> None:
    if len(arguments) > 1:
        path, data, start, *parts = arguments
        print(json.dumps(measure(path, data, int(start), parts)))
        return
    from eautorec.files import check_can_write, write_whole

    check_can_write(arguments[0])
    others = pd.DataFrame()
    if Path(arguments[0]).exists():
        others = pd.read_csv(arguments[0])
        others = others[others["processor"] != torch.backends.cpu.get_cpu_capability()]
    table: list[dict[str, Any]] = []
    for row in rows():
        if not table or table[-1]["setting"] != row["setting"]:
            print(f"measured: {row['setting']}", file=sys.stderr, flush=True)
        table.append(row)
        found = pd.concat([others, pd.DataFrame(table)])
        write_whole(arguments[0], found.to_csv(index=False, float_format="%.6g"))


if __name__ == "__main__":
    main(sys.argv[1:])
