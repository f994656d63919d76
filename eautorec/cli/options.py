"""The options of several commands: where ratings are, how they are read, and which model."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias

import typer

from eautorec.datasets import DATASETS
from eautorec.errors import InputError
from eautorec.models import MODELS, make_model
from eautorec.reading import How, Source

if TYPE_CHECKING:
    from eautorec.models.recommender import Recommender

Command: TypeAlias = Callable[..., None]

HELP = "How a file of ratings is read"

DEFAULT = "ease"
"""The model, if nothing is said."""


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
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The table, .csv or .parquet, for --all-users."),
]
RatedOption = Annotated[
    str | None,
    typer.Option(
        "--rated",
        help="What somebody rated who is not in the data or, with --user, has rated since: such as "
        "'50=5,Heat (1995)=4', or a file with an item and a rating a line. Titles do too.",
    ),
]


class ModelChoice(NamedTuple):
    """Which model is wanted, and the parameters that were given."""

    kind: str | None
    parameters: dict[str, float]

    def make(self) -> Recommender:
        """The model, not trained. Raises InputError for what it does not know."""
        return make_model(self.kind or DEFAULT, **self.parameters)


def choice(
    kind: Annotated[
        str | None,
        typer.Option(
            "--with",
            help=f"The model, by default the first of {', '.join(MODELS)}.",
            metavar="MODEL",
        ),
    ] = None,
    n_neighbors: Annotated[
        int | None, typer.Option("--neighbors", min=1, help="How many similar users tell a reason.")
    ] = None,
    theta: Annotated[
        float | None, typer.Option(min=0, help="Explainability must be above this, in ratings.")
    ] = None,
    regularization: Annotated[float | None, typer.Option(help="lambda of the model.")] = None,
    n_hidden: Annotated[int | None, typer.Option("--hidden", min=1, help="Hidden units.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the random numbers.")] = None,
) -> ModelChoice:
    """The model and those of its parameters that are not None, by the names that models know."""
    parameters = {
        "n_neighbors": n_neighbors,
        "theta": theta,
        "regularization": regularization,
        "n_hidden": n_hidden,
        "seed": seed,
    }
    return ModelChoice(kind, {name: x for name, x in parameters.items() if x is not None})


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


def reads_ratings(command: Command) -> Command:
    """Give a command with a parameter `ratings` the options of `how`, which go into it."""

    def read(*, ratings: Source, how: How, **given: Any) -> None:
        command(ratings=Source(str(ratings), how), **given)

    return _with_options(command, "how", how, read)


def takes_model(command: Command) -> Command:
    """Put the options of `choice` in the place of a command's parameter `wanted`."""
    return _with_options(command, "wanted", choice, command)


def _with_options(
    command: Command, name: str, make: Callable[..., object], run: Command
) -> Command:
    """A command that has the options of `make` where `command` has the parameter `name`, or else
    after all others, and that calls `run` with what `make` makes of them as `name`."""
    own, added = (inspect.signature(f, eval_str=True).parameters for f in (command, make))
    parameters: list[inspect.Parameter] = []
    for parameter in own.values():
        parameters += added.values() if parameter.name == name else [parameter]
    if name not in own:
        parameters += added.values()

    @wraps(command)
    def widened(**given: Any) -> None:
        made = make(**{option: given.pop(option) for option in added})
        run(**given, **{name: made})

    # Typer calls by keyword, and tells all that it needs from these.
    widened.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    )
    widened.__annotations__ = {one.name: one.annotation for one in parameters}
    return widened


def _scale(text: str) -> tuple[float, float]:
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise InputError(
            f"--scale is {text!r}: give the lowest and the highest possible rating, as in 1,5."
        ) from None
    return low, high
