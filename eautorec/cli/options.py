"""The options that every command has which takes ratings: where they are, and how they are read."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from eautorec.datasets import DATASETS
from eautorec.errors import InputError
from eautorec.models import MODELS
from eautorec.reading import How, Source

HELP = "How a file of ratings is read"


def source(name: str | Source) -> Source:
    return name if isinstance(name, Source) else Source(name)


RatingsArgument = Annotated[
    Source,
    typer.Argument(
        metavar="RATINGS",
        parser=source,
        help=f"A file of ratings, or the name of a data set: {', '.join(DATASETS)}.",
    ),
]
RatingsOrModelArgument = Annotated[
    Source,
    typer.Argument(
        metavar="RATINGS",
        parser=source,
        help="A file of ratings, the name of a data set, or a model that 'eautorec fit' wrote.",
    ),
]
RatingsOption = Annotated[
    Source,
    typer.Option(
        "--ratings", metavar="RATINGS", parser=source, help="The ratings that the runs were of."
    ),
]
MOVIELENS = Source("100k")


StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", help="The file of finished runs; by default EAUTOREC_STORE, or in the cache."
    ),
]
FoldsOption = Annotated[
    int, typer.Option(min=1, max=10, help="How many of the ten folds; each is a test of a tenth.")
]
StartsOption = Annotated[int, typer.Option(min=1, help="How many starts on each fold.")]
RelevantOption = Annotated[
    float | None,
    typer.Option(
        "--relevant-from",
        help="The lowest test rating that is relevant; by default where the upper quarter of the "
        "scale begins: 4 of 5.",
    ),
]

UserOption = Annotated[
    str | None, typer.Option("--user", "-u", help="The user's label in the file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
WithOption = Annotated[
    str | None,
    typer.Option(
        "--with",
        help=f"The model, by default the first of {', '.join(MODELS)}.",
        metavar="MODEL",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The table, .csv or .parquet, for --all-users."),
]
RatedOption = Annotated[
    str | None,
    typer.Option(
        "--rated",
        help="What somebody rated who is not in the data or, with --user, has rated since: such as "
        "'50=5,181=4', or a file with one item and rating a line.",
    ),
]
NeighborsOption = Annotated[
    int | None, typer.Option("--neighbors", min=1, help="How many similar users tell a reason.")
]
ThetaOption = Annotated[
    float | None, typer.Option(min=0, help="Explainability must be above this, in ratings.")
]
RegularizationOption = Annotated[float | None, typer.Option(help="lambda of the model.")]
HiddenOption = Annotated[int | None, typer.Option("--hidden", min=1, help="Hidden units.")]
SeedOption = Annotated[int | None, typer.Option(help="Of the random numbers.")]


def how(
    columns: Annotated[
        str | None,
        typer.Option(
            help="Those of user, item and rating: names from the header, or numbers from 1.",
            metavar="USER,ITEM,RATING",
            rich_help_panel=HELP,
        ),
    ] = None,
    separator: Annotated[
        str | None,
        typer.Option(
            help="Between the cells: ',' tab ';' '|' '::' blanks, or another.", rich_help_panel=HELP
        ),
    ] = None,
    decimal: Annotated[str | None, typer.Option(help="'.' or ','.", rich_help_panel=HELP)] = None,
    encoding: Annotated[
        str | None, typer.Option(help="UTF-8, if nothing is said.", rich_help_panel=HELP)
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(
            help="Ratings that mean 'not rated', as in --missing=0,-1: their lines are left out.",
            rich_help_panel=HELP,
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            help="The lowest and highest possible rating, as in 1,5; else those that occur.",
            rich_help_panel=HELP,
        ),
    ] = None,
    duplicates: Annotated[
        str,
        typer.Option(
            help="Where a user rated an item twice: 'error', or 'last' to let the later one count.",
            rich_help_panel=HELP,
        ),
    ] = "error",
) -> How:
    """How a file is to be read, from text. Raises InputError for what is out of range."""
    return How(
        columns=None if columns is None else tuple(part.strip() for part in columns.split(",")),
        separator=separator,
        decimal=decimal,
        encoding=encoding,
        missing=() if missing is None else tuple(missing.split(",")),
        scale=None if scale is None else _scale(scale),
        duplicates=duplicates,
    )


def reads_ratings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command with a parameter `ratings` the options of `how`, which go into it."""
    own, added = (inspect.signature(f, eval_str=True).parameters for f in (command, how))
    signature = inspect.Signature([*own.values(), *added.values()])

    @wraps(command)
    def run(*arguments: Any, **named: Any) -> None:
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        given = bound.arguments
        told = how(**{name: given.pop(name) for name in added})
        command(**given | {"ratings": Source(str(given["ratings"]), told)})

    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    return run


def _scale(text: str) -> tuple[float, float]:
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise InputError(
            f"--scale is {text!r}: give the lowest and the highest possible rating, as in 1,5."
        ) from None
    return low, high
