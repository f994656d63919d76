"""The command line: look at ratings, recommend with reasons, explain."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eautorec import __version__
from eautorec.datasets import load_ratings
from eautorec.errors import InputError
from eautorec.models import MODELS, make_model

if TYPE_CHECKING:
    import pandas as pd

    from eautorec.models.recommender import Person, Recommender
    from eautorec.ratings import Ratings
    from eautorec.study.store import Store

app = typer.Typer(
    name="eautorec",
    help=(
        "Recommendations with reasons a person can check.\n\n"
        "RATINGS is a text file with one rating a line (user, item, rating; separated by a comma, "
        "a tab, a semicolon or '::'), or the name of a MovieLens set: 100k, 1m, latest-small."
    ),
    epilog="Example: eautorec recommend 100k --user 42 -n 5 --explain",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

study_app = typer.Typer(help="Recompute the paper's figures and claims.", no_args_is_help=True)
app.add_typer(study_app, name="study")

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
StudyRatingsOption = Annotated[
    str, typer.Option("--ratings", help="The ratings that the runs were of.")
]

RatingsArgument = Annotated[
    str, typer.Argument(metavar="RATINGS", help="A file of ratings, or 100k, 1m, latest-small.")
]
UserOption = Annotated[
    str | None, typer.Option("--user", "-u", help="The user's label in the file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
WithOption = Annotated[
    str, typer.Option("--with", help=f"The model: {', '.join(MODELS)}.", metavar="MODEL")
]
RatedOption = Annotated[
    str | None,
    typer.Option(
        "--rated",
        help="Instead of --user: what somebody rated who is not in the file, such as '50=5,181=4', "
        "or a file with one item and rating a line.",
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
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        help="Keep the trained model in this file, and use it next time (for the same ratings "
        "and settings).",
    ),
]


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def data(ratings: RatingsArgument = "100k", as_json: JsonOption = False) -> None:
    """Fetch MovieLens or read a file, and say what is in it."""
    found = load_ratings(ratings)
    per_user = found.matrix.getnnz(axis=1)
    facts = {
        "ratings": len(found),
        "users": found.n_users,
        "items": found.n_items,
        "lowest": found.scale[0],
        "highest": found.scale[1],
        "mean": round(float(found.values.mean(dtype=float)), 4),
        "density": round(len(found) / (found.n_users * found.n_items), 6),
        "ratings_per_user_min": int(per_user.min()),
        "ratings_per_user_median": float(sorted(per_user)[len(per_user) // 2]),
        "ratings_per_user_max": int(per_user.max()),
    }
    if as_json:
        return print_json(facts)
    print_table(["", ratings], "rl", [[k.replace("_", " "), f"{v:,}"] for k, v in facts.items()])


@app.command()
def recommend(
    ratings: RatingsArgument,
    user: UserOption = None,
    rated: RatedOption = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Length of the list.")] = 10,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add a sentence for each item: why.")
    ] = False,
    explainable: Annotated[
        bool, typer.Option("--explainable-only", help="Only items that the neighbours explain.")
    ] = False,
    with_model: WithOption = "ease",
    neighbors: NeighborsOption = None,
    theta: ThetaOption = None,
    regularization: RegularizationOption = None,
    hidden: HiddenOption = None,
    seed: SeedOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the user should like best among what they have not rated, with reasons."""
    options = _options(neighbors, theta, regularization, hidden, seed)
    person = _person(ratings, user, rated, None, with_model, options, model)
    table = person.recommend(n, explainable=explainable)
    reasons = [person.explain(item) for item in table["item"].tolist()] if explain else []
    if as_json:
        records = table.to_dict("records")
        for record, reason in zip(records, reasons, strict=False):
            record["explanation"] = reason.to_dict()
        return print_json({"user": person.label, "recommendations": records})
    score = "rating" if "rating" in table else "score"
    print_table(
        ["", "item", "title", score, "expl."],
        "rrlrr",
        [
            [
                str(rank),
                str(row["item"]),
                row["title"],
                f"{row[score]:.2f}",
                f"{row['explainability']:.2f}",
            ]
            for rank, row in enumerate(table.to_dict("records"), start=1)
        ],
    )
    for rank, reason in enumerate(reasons, start=1):
        print_text(f"{rank}. {reason}")


@app.command()
def explain(
    ratings: RatingsArgument,
    item: Annotated[str, typer.Option("--item", "-i", help="The item's label in the file.")],
    user: UserOption = None,
    rated: RatedOption = None,
    with_model: WithOption = "ease",
    neighbors: NeighborsOption = None,
    theta: ThetaOption = None,
    regularization: RegularizationOption = None,
    hidden: HiddenOption = None,
    seed: SeedOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why this item for this user: who speaks for it, and whether that moved the score."""
    options = _options(neighbors, theta, regularization, hidden, seed)
    reason = _person(ratings, user, rated, item, with_model, options, model).explain(item)
    if as_json:
        return print_json(reason.to_dict())
    widest = max([*reason.counts.values(), reason.n_silent, 1])
    rows = [(f"{x:g}", count) for x, count in sorted(reason.counts.items(), reverse=True)]
    print_table(
        ["rating", "neighbours", ""],
        "rrl",
        [
            [name, str(count), "#" * round(40 * count / widest)]
            for name, count in [*rows, ("none", reason.n_silent)]
        ],
    )
    for frame, name in ((reason.by_item, "title"), (reason.by_user, "user")):
        if frame is not None and len(frame):
            print_contributions(frame, name)
    print_text(str(reason))


@study_app.command("run")
def study_run(
    ratings: RatingsArgument = "100k",
    figure: Annotated[
        list[str] | None,
        typer.Option(
            "--figure",
            "--part",
            help="Only this figure (3, 4, 4a, 5, 6c ...) or part (controls, baselines, swapped, "
            "judged, endings, levels, multiverse, tuning); may be given again.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="The large parts too: some hours.")
    ] = False,
    folds: FoldsOption = 10,
    starts: StartsOption = 3,
    workers: Annotated[int | None, typer.Option(min=1, help="None for one on each core.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler to use instead, or 'local'.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Execute the runs that are not stored yet. Stop it when you like: it goes on where it was."""
    from eautorec.study import plan
    from eautorec.study.sweep import sweep

    parts = [*plan.PARTS, *plan.LARGE] if everything else figure
    runs = plan.runs(parts, range(folds), range(starts))
    kept = _store_of(ratings, store)
    done = sweep(runs, kept, data=ratings, workers=workers, scheduler=scheduler)
    print(f"{len(runs)} runs: {done} executed, {len(runs) - done} were stored in {kept.path}.")


@study_app.command("status")
def study_status(
    ratings: StudyRatingsOption = "100k",
    folds: FoldsOption = 10,
    starts: StartsOption = 3,
    store: StoreOption = None,
) -> None:
    """How much of the study is stored, and how long it took."""
    from eautorec.study import plan

    kept = _store_of(ratings, store)
    finished = kept.finished()
    rows = []
    for name in (*plan.PARTS, *plan.LARGE):
        keys = {run.key() for run in plan.runs([name], range(folds), range(starts))}
        rows.append([name, str(len(keys & finished)), str(len(keys))])
    print_table(["part", "stored", "of"], "lrr", rows)
    print_text(f"{kept.seconds() / 60:.1f} minutes of computing are stored in {kept.path}.")


@study_app.command("claims")
def study_claims(
    ratings: StudyRatingsOption = "100k",
    folds: FoldsOption = 10,
    starts: StartsOption = 3,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """The verdict on each claim of the paper, from the stored runs."""
    from eautorec.study import plan
    from eautorec.study.claims import claims

    kept = _store_of(ratings, store)
    runs = plan.figure_runs(range(folds), range(starts))
    missing = len({run.key() for run in runs} - kept.finished())
    if missing:
        raise InputError(
            f"{missing} of {len(runs)} runs are not in {kept.path}: "
            f"run 'eautorec study run {ratings} --folds {folds} --starts {starts}' first."
        )
    table = claims(kept.frame(runs))
    if as_json:
        return print_json(json.loads(table.to_json(orient="records")))
    print_table(
        ["", "claim", "verdict", "flips", "difference", "95 % interval"],
        "lllrrr",
        [
            [
                r.id,
                r.claim,
                r.verdict,
                "" if r.flips != r.flips else f"{100 * r.flips:.0f} %",
                f"{r.difference:+.4f}",
                f"{r.low:+.4f} to {r.high:+.4f}",
            ]
            for r in table.itertuples()
        ],
    )


@study_app.command("record")
def study_record(
    ratings: StudyRatingsOption = "100k",
    folds: FoldsOption = 10,
    starts: StartsOption = 3,
    store: StoreOption = None,
    to: Annotated[Path, typer.Option(help="The folder of the tables.")] = Path("results"),
) -> None:
    """Write the stored study as small tables, which later runs are checked against."""
    from eautorec.files import check_can_write
    from eautorec.study.record import record, write_claims

    check_can_write(to / "claims.csv")
    for path in record(_store_of(ratings, store), range(folds), range(starts), to):
        print(path)
    write_claims(to / "claims.csv", to.parent / "README.md")


@study_app.command("tune")
def study_tune(
    ratings: RatingsArgument = "100k",
    workers: Annotated[int | None, typer.Option(min=1, help="None for one on each core.")] = None,
    store: StoreOption = None,
    to: Annotated[Path, typer.Option(help="The folder of the tables.")] = Path("results"),
) -> None:
    """Search the hyper-parameters of the models and of the baselines on validation ratings.

    Then turn the constants of the training, which decide only how fast it is.
    """
    from eautorec.files import check_can_write
    from eautorec.study import pace, tuning
    from eautorec.study.record import write_table
    from eautorec.study.sweep import sweep

    check_can_write(to / "tuning.csv")
    kept, runs = _store_of(ratings, store), tuning.runs()
    sweep(runs, kept, data=ratings, workers=workers)
    for name, table in tuning.tables(kept.frame(runs)).items():
        print(write_table(to / f"{name}.csv", table))
    print(write_table(to / "tuning-baselines.csv", tuning.search_baselines(ratings)))
    print(write_table(to / "tuning-pace.csv", pace.search(ratings)))
    print(write_table(to / "tuning-patience.csv", pace.search_patience(ratings)))


@study_app.command("faithful")
def study_faithful(
    ratings: RatingsArgument = "100k",
    to: Annotated[Path, typer.Option(help="The folder of the table.")] = Path("results"),
) -> None:
    """Take the reasons of recommendations away, and see which recommendations fall.

    Some minutes. Stop it when you like: it goes on where it was.
    """
    from eautorec.files import check_can_write
    from eautorec.study import faithful
    from eautorec.study.record import write_table

    check_can_write(to / "faithful.csv")
    found = faithful.table(ratings, kept=faithful.kept_answers(ratings))
    print(write_table(to / "faithful.csv", found))


@study_app.command("better")
def study_better(
    ratings: RatingsArgument = "100k",
    folds: FoldsOption = 10,
    to: Annotated[Path, typer.Option(help="The folder of the tables.")] = Path("results"),
) -> None:
    """Models that rank and models that predict, one change a step; and how few people can carry a
    list. Stop it when you like: it goes on where it was."""
    from eautorec.files import check_can_write
    from eautorec.study import better, concise
    from eautorec.study.record import write_table

    check_can_write(to / "better.csv")
    for study in (better.study, concise.study):
        for name, table in study(ratings, range(folds)).items():
            print(write_table(to / f"{name}.csv", table))


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    try:
        app()
    except InputError as error:
        print(f"eautorec: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)


def _store_of(ratings: str, path: Path | None) -> Store:
    """The store of the runs on these ratings."""
    from eautorec.study.store import Store

    return Store(load_ratings(ratings).fingerprint, path)


def _options(
    neighbors: int | None,
    theta: float | None,
    regularization: float | None,
    hidden: int | None,
    seed: int | None,
) -> dict[str, float]:
    """The parameters that were given, by the names that models know."""
    names = ("n_neighbors", "theta", "regularization", "n_hidden", "seed")
    values = (neighbors, theta, regularization, hidden, seed)
    return {n: value for n, value in zip(names, values, strict=True) if value is not None}


def _person(
    name: str,
    user: str | None,
    rated: str | None,
    item: str | None,
    kind: str,
    options: dict[str, float],
    path: Path | None,
) -> Person:
    """The user, or the newcomer, before a model of these ratings."""
    if (user is None) == (rated is None):
        raise InputError("Say who the list is for: either --user or --rated.")
    ratings = load_ratings(name)
    # Unknown labels are told before the training, not after it.
    if user is not None:
        ratings.user_row(user)
    if item is not None:
        ratings.item_column(item)
    given = _rated(rated) if rated is not None else {}
    for label in given:
        ratings.item_column(label)
    model = _load_or_fit(ratings, kind, options, path)
    return model.fold_in(given) if user is None else model.person(user)


def _rated(text: str) -> dict[str, float]:
    """Ratings by item, from '50=5,181=4' or from a file with such pairs, one a line."""
    where = "--rated"
    pairs = text.split(",")
    if "=" not in text:
        where = text
        try:
            lines = Path(text).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise InputError(
                f"Cannot read {text!r} for --rated: give pairs such as '50=5,181=4', or a file "
                "with one item and rating a line."
            ) from None
        pairs = [re.sub(r"[,;\t]", "=", line) for line in lines if line.strip()]
    found = {}
    for number, pair in enumerate(pairs, start=1):
        item, _, rating = pair.rpartition("=")
        try:
            found[item.strip()] = float(rating)
        except ValueError:
            raise InputError(
                f"{where}, number {number}: {pair!r} is no item and rating; write '50=5'."
            ) from None
    return found


def _load_or_fit(
    ratings: Ratings, kind: str, options: dict[str, float], path: Path | None
) -> Recommender:
    """The model on the ratings: from the file `path` if it fits, else trained."""
    model = make_model(kind, **options)
    if path is None:
        return model.fit(ratings)
    from eautorec.files import check_can_write

    check_can_write(path)
    if path.exists():
        stored = type(model).load(path)
        if repr(stored) == repr(model) and stored.ratings_.equals(ratings):
            return stored
        raise InputError(
            f"{path} holds a model of other ratings or settings: give another file to --model, "
            "or remove this one."
        )
    model.fit(ratings).save(path)
    return model


def print_contributions(frame: pd.DataFrame, name: str, n: int = 5) -> None:
    """The largest contributions, and the sum of the others."""
    first = frame.head(n)
    rows = [
        [str(row[name]), f"{row['rating']:g}", f"{row['contribution']:+.4f}"]
        for row in first.to_dict("records")
    ]
    rest = frame["contribution"].sum() - first["contribution"].sum()
    if len(frame) > n:
        rows.append([f"{len(frame) - n:,} others", "", f"{rest:+.4f}"])
    head = "because you rated" if name == "title" else "because of user"
    print_table([head, "rating", "adds"], "lrr", rows)


def print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False))


def print_text(text: str) -> None:
    from rich.console import Console

    Console(width=_width(), highlight=False).print(text, markup=False)


def print_table(header: list[str], align: str, rows: list[list[str]]) -> None:
    """Print a table; `align` has a letter for each column: l(eft) or r(ight)."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, side in zip(header, align, strict=True):
        # A long title goes on in a second line; numbers keep their width.
        numeric = side == "r"
        table.add_column(name, justify="right" if numeric else "left", no_wrap=numeric)
    for row in rows:
        table.add_row(*map(Text, row))  # as Text, since a title may hold [brackets]
    Console(width=_width(), highlight=False).print(table)


def _width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 100)


if __name__ == "__main__":
    main()
