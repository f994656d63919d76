"""The command line: look at ratings, train, recommend with reasons, explain; and the study."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Annotated, TextIO

import typer

from eautorec import __version__
from eautorec.cli import serving, study
from eautorec.cli.printing import harmless
from eautorec.datasets import DATASETS
from eautorec.errors import InputError, InputWarning

app = typer.Typer(
    name="eautorec",
    help=(
        "Recommendations with reasons a person can check.\n\n"
        "RATINGS is a file with one rating a line (user, item, rating), or the name of a data set: "
        f"{', '.join(DATASETS)}. 'eautorec data FILE' shows what a file is taken for."
    ),
    epilog="Example: eautorec recommend 100k --user 42 -n 5 --explain",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(serving.app)
app.add_typer(study.app, name="study")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2, an output that takes
    no more with 1."""
    warnings.showwarning = _show_warning
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter of a title shows the rest.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except InputError as error:
        print(f"eautorec: {harmless(str(error))}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        # What is left in the buffer goes nowhere, instead of failing again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"eautorec: {(error.strerror or str(error)).lower()}.", file=sys.stderr)
        sys.exit(1)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A sentence for those who gave the input; the place in the program for those who wrote it."""
    text = f"eautorec: {harmless(str(message))}\n"
    if category is not InputWarning:
        text = warnings.formatwarning(message, category, filename, lineno)
    sys.stderr.write(text)
