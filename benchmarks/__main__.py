"""`python -m eautorec_benchmarks`: how fast each part is, beside its bare products."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from eautorec.cli.options import JsonOption
from eautorec.cli.printing import print_json, print_table
from eautorec.errors import InputError
from eautorec_benchmarks import report

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    ratings: Annotated[
        str, typer.Argument(metavar="RATINGS", help="A file of ratings, or the name of a set.")
    ] = "100k",
    growth: Annotated[
        str,
        typer.Option(help="Also measure synthetic sets of so many million ratings, as in 1,5,20."),
    ] = "",
    peers: Annotated[
        bool, typer.Option("--peers", help="Also fit other packages (extra 'peers', minutes).")
    ] = False,
    scale: Annotated[
        float, typer.Option(min=0, help="Also EASE on so many million synthetic ratings, as in 20.")
    ] = 0.0,
    read: Annotated[
        float,
        typer.Option(min=0, help="Also read a file of so many million ratings, beside others."),
    ] = 0.0,
    repeats: Annotated[int, typer.Option(min=1, help="Of each; the median counts.")] = 9,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long workers count epochs.")] = 4.0,
    save: Annotated[
        Path | None, typer.Option(help="Also write the tables to CSV files in this folder.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How fast each part is, beside its bare products or the obvious way to do the same.

    Close other programs first: the ratios hold on a busy machine, the seconds do not.
    """
    try:
        sizes = [float(size) for size in growth.split(",") if size]
    except ValueError:
        raise InputError(
            f"--growth is {growth!r}: give millions of ratings, separated by commas, as in 1,5,20."
        ) from None
    table = report.measure(ratings, sizes, peers, repeats, seconds, save, scale, read)
    if as_json:
        return print_json(table)
    for name, align, lines in report.as_text(table):
        print()
        print_table(name, align, lines)


if __name__ == "__main__":
    try:
        app()
    except InputError as error:
        print(f"eautorec: {error}", file=sys.stderr)
        sys.exit(2)
