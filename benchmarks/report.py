"""The whole benchmark as one dictionary, and as tables to read."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from eautorec.errors import InputError
from eautorec.files import check_can_write, write_whole
from eautorec_benchmarks import core, growth, peers, read, scale


def measure(
    name: str,
    sizes: list[float],
    with_peers: bool,
    repeats: int,
    seconds: float,
    folder: Path | None = None,
    millions: float = 0.0,
    lines: float = 0.0,
) -> dict:
    """Run the benchmark; each part's name goes to the terminal (stderr) as it starts.

    With a folder, each part is saved there as soon as it is measured (see `save`).

    Raises InputError if there is no such folder, or if the peers are asked for and not installed.
    """
    missing = [p for p in ("lenskit", "surprise", "cornac") if find_spec(p) is None]
    if with_peers and missing:
        raise InputError(
            f"The peers need {', '.join(missing)}: install them with pip install 'eautorec[peers]'."
        )
    if folder is not None:
        check_can_write(folder / "bench.csv")
    table = {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "torch": version("torch"),
        },
        "core": [],
        "growth": [],
        "peers": [],
        "scale": [],
        "read": [],
    }
    parts = {
        "core": lambda: core.rows(name, repeats, seconds),
        "peers": lambda: peers.rows(name) if with_peers else (),
        "growth": lambda: growth.rows(sizes),
        "scale": lambda: scale.rows(millions),
        "read": lambda: read.rows(lines) if lines else (),
    }
    for part, rows in parts.items():
        for row in rows():
            if part == "core":
                row = row._asdict() | {"ratio": row.ratio, "reached": row.reached}
            table[part].append(row)
            _say(str(next(iter(row.values()))))
        if folder is not None:
            save(table, folder)
    return table


def save(table: dict, folder: Path) -> None:
    """Write each part that was measured to a CSV file in the folder: bench.csv for the core, and
    one by the name of every other."""
    for part in ("core", "growth", "peers", "scale", "read"):
        name = "bench" if part == "core" else part
        if table[part]:
            frame = pd.DataFrame(table[part]).round(4)
            write_whole(folder / f"{name}.csv", frame.to_csv(index=False))


def as_text(table: dict):
    """(header, alignment, lines) of each part that was measured."""
    lines = []
    for row in table["core"]:
        judged, unit = (row["value"], " s") if row["ratio"] is None else (row["ratio"], " x")
        bounds = [f"{n.replace('_', ' ')} {row[n]:g}" for n in ("at_most", "at_least") if row[n]]
        lines.append(
            [
                row["what"],
                f"{row['value']:.3g} {row['unit']}",
                row["than"] and f"{row['beside']:.3g}: {row['than']}",
                f"{judged:.2f}{unit}",
                " ".join(bounds),
                {True: "yes", False: "no", None: ""}[row["reached"]],
            ]
        )
    yield ["what", "measured", "beside", "result", "target", "reached"], "lrlrll", lines
    if table["growth"]:
        names = ("ratings", "users", "items", "neighbours_s", "epoch_s", "memory")
        lines = [
            [*(f"{row[n]:,}" for n in names[:3]), *(f"{row[n]:.3g}" for n in names[3:])]
            for row in table["growth"]
        ]
        if len(lines) > 1:
            slopes = [
                growth.slope([row["ratings"] for row in table["growth"]], values)
                for values in zip(
                    *([row[n] for n in names[3:]] for row in table["growth"]), strict=True
                )
            ]
            lines.append(["slope (log-log)", "", "", *(f"{slope:.2f}" for slope in slopes)])
        yield ["ratings", "users", "items", "neighbours s", "epoch s", "peak GiB"], "rrrrrr", lines
    if table["peers"]:
        lines = [
            [
                row["peer"],
                f"{row['fit_s']:.1f}",
                "" if row["rmse"] is None else f"{row['rmse']:.4f}",
                *(f"{row[n]:.3f}" for n in ("map10", "mep10")),
                f"{row['memory']:.2f}",
            ]
            for row in table["peers"]
        ]
        yield ["model", "fit s", "RMSE", "MAP@10", "MEP@10", "peak GiB"], "lrrrrr", lines
    if table["scale"]:
        lines = [
            [row["step"], *(f"{row[n]:.3g}" for n in ("seconds", "core_seconds", "peak_mib"))]
            for row in table["scale"]
        ]
        what = f"EASE, {table['scale'][0]['ratings']:,} ratings"
        yield [what, "s", "s of a core", "peak MiB"], "lrrr", lines
    if table["read"]:
        yield read.as_text(table["read"])


def _say(what: str) -> None:
    print(f"measured: {what}", file=sys.stderr, flush=True)
