"""Time and memory: medians over repeats that alternate, and programs of their own for peak
memory."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType


def medians(*functions: Callable[[], object], repeats: int = 9) -> list[float]:
    """Median seconds of each function. They take turns, so that a slow moment of the machine hits
    all of them; the first turn is not counted."""
    seconds: list[list[float]] = [[] for _ in functions]
    for turn in range(repeats + 1):
        for function, found in zip(functions, seconds, strict=True):
            start = time.perf_counter()
            function()
            if turn:
                found.append(time.perf_counter() - start)
    return [statistics.median(found) for found in seconds]


def apart(
    module: str,
    *arguments: object,
    threads: int = 1,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.Popen:
    """Start a module of this package as a program that prints one line of JSON for `result_of`;
    with these variables in its environment."""
    limits = {
        name: str(threads)
        for name in (
            "OMP_NUM_THREADS",
            "MKL_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "NUMBA_NUM_THREADS",
        )
    }
    program = [sys.executable, "-W", "ignore", "-m", f"eautorec_benchmarks.{module}"]
    return subprocess.Popen(
        [*program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | limits | variables,
    )


def result_of(process: subprocess.Popen) -> dict:
    """What the program printed last. Raises RuntimeError if it failed."""
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"A measurement failed (exit code {process.returncode}).")
    return json.loads(output.strip().splitlines()[-1])


def peak_memory() -> float:
    """The largest resident size of this process so far, in GiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
