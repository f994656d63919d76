"""The commands that recompute the paper's figures and claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eautorec.cli.options import (
    MOVIELENS,
    FoldsOption,
    JsonOption,
    RatingsArgument,
    RatingsOption,
    RelevantOption,
    StartsOption,
    StoreOption,
    reads_ratings,
)
from eautorec.cli.printing import print_json, print_table, print_text
from eautorec.datasets import load_ratings
from eautorec.errors import InputError

if TYPE_CHECKING:
    from eautorec.reading import Source
    from eautorec.study.protocol import Run
    from eautorec.study.store import Store

app = typer.Typer(help="Recompute the paper's figures and claims.", no_args_is_help=True)


@app.command("run")
@reads_ratings
def study_run(
    ratings: RatingsArgument = MOVIELENS,
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
    relevant_from: RelevantOption = None,
    store: StoreOption = None,
) -> None:
    """Execute the runs that are not stored yet. Stop it when you like: it goes on where it was.

    On other ratings than MovieLens-100K, lambda is chosen first, on validation ratings.
    """
    from eautorec.study import elsewhere, plan
    from eautorec.study.sweep import sweep

    parts = [*plan.PARTS, *plan.LARGE] if everything else figure
    planned = plan.runs(parts, range(folds), range(starts))
    kept = _store_of(ratings, store)
    if kept.data != elsewhere.MAIN:
        sweep(elsewhere.search(), kept, data=ratings, workers=workers, scheduler=scheduler)
    runs = _adapted(planned, kept, ratings, relevant_from)
    done = sweep(runs, kept, data=ratings, workers=workers, scheduler=scheduler)
    print(f"{len(runs)} runs: {done} executed, {len(runs) - done} were stored in {kept.path}.")


@app.command("status")
@reads_ratings
def study_status(
    ratings: RatingsOption = MOVIELENS,
    folds: FoldsOption = 10,
    starts: StartsOption = 3,
    relevant_from: RelevantOption = None,
    store: StoreOption = None,
) -> None:
    """How much of the study is stored, and how long it took."""
    from eautorec.study import plan

    kept = _store_of(ratings, store)
    finished = kept.finished()
    rows = []
    for name in (*plan.PARTS, *plan.LARGE):
        planned = plan.runs([name], range(folds), range(starts))
        runs = _adapted(planned, kept, ratings, relevant_from)
        keys = {run.key() for run in runs}
        rows.append([name, str(len(keys & finished)), str(len(keys))])
    print_table(["part", "stored", "of"], "lrr", rows)
    print_text(f"{kept.seconds() / 60:.1f} minutes of computing are stored in {kept.path}.")


@app.command("claims")
@reads_ratings
def study_claims(
    ratings: RatingsOption = MOVIELENS,
    folds: FoldsOption = 10,
    starts: StartsOption = 3,
    relevant_from: RelevantOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """The verdict on each claim of the paper, from the stored runs."""
    from eautorec.study import plan
    from eautorec.study.claims import claims
    from eautorec.study.runner import HIGHEST

    kept = _store_of(ratings, store)
    planned = plan.figure_runs(range(folds), range(starts))
    runs = _adapted(planned, kept, ratings, relevant_from)
    missing = len({run.key() for run in runs} - kept.finished())
    if missing:
        raise InputError(
            f"{missing} of {len(runs)} runs are not in {kept.path}: "
            f"run 'eautorec study run {ratings} --folds {folds} --starts {starts}"
            f"{'' if relevant_from is None else f' --relevant-from {relevant_from:g}'}' first."
        )
    table = claims(kept.frame(runs))
    if as_json:
        return print_json(json.loads(table.to_json(orient="records")))
    print_table(
        ["", "claim", "verdict", "flips", "difference", "95% interval"],
        "lllrrr",
        [
            [
                r.id,
                r.claim,
                r.verdict,
                "" if r.flips != r.flips else f"{100 * r.flips:.0f}%",
                f"{r.difference:+.4f}",
                f"{r.low:+.4f} to {r.high:+.4f}",
            ]
            for r in table.itertuples()
        ],
    )
    found = load_ratings(ratings)
    high = found.scale[1]
    least = found.good_from if relevant_from is None else relevant_from
    print_text(f"Relevant in MAP are test ratings of {least:g} or more.")
    if high != HIGHEST:
        print_text(
            f"RMSE and theta are in stars: {HIGHEST:g} are the highest rating, {high:g}, so that a "
            f"star is {high / HIGHEST:g}."
        )


@app.command("record")
@reads_ratings
def study_record(
    ratings: RatingsOption = MOVIELENS,
    folds: FoldsOption = 10,
    starts: StartsOption = 3,
    store: StoreOption = None,
    to: Annotated[Path, typer.Option(help="The folder of the tables.")] = Path("results"),
) -> None:
    """Write the stored study as small tables, which later runs are checked against."""
    from eautorec.study.record import record, write_claims

    kept = _store_of(ratings, store)
    _label(to, ratings)
    for path in record(kept, range(folds), range(starts), to):
        print(path)
    write_claims(to / "claims.csv", to.parent / "README.md", kept.data)


@app.command("tune")
@reads_ratings
def study_tune(
    ratings: RatingsArgument = MOVIELENS,
    workers: Annotated[int | None, typer.Option(min=1, help="None for one on each core.")] = None,
    store: StoreOption = None,
    to: Annotated[Path, typer.Option(help="The folder of the tables.")] = Path("results"),
) -> None:
    """Search the hyper-parameters of the models and of the baselines on validation ratings.

    Then turn the constants of the training, which decide only how fast it is.
    """
    from eautorec.study import pace, tuning
    from eautorec.study.record import write_table
    from eautorec.study.sweep import sweep

    _label(to, ratings)
    kept, runs = _store_of(ratings, store), tuning.runs()
    sweep(runs, kept, data=ratings, workers=workers)
    for name, table in tuning.tables(kept.frame(runs)).items():
        print(write_table(to / f"{name}.csv", table))
    print(write_table(to / "tuning-baselines.csv", tuning.search_baselines(ratings)))
    print(write_table(to / "tuning-pace.csv", pace.search(ratings)))
    print(write_table(to / "tuning-patience.csv", pace.search_patience(ratings)))


@app.command("faithful")
@reads_ratings
def study_faithful(
    ratings: RatingsArgument = MOVIELENS,
    to: Annotated[Path, typer.Option(help="The folder of the table.")] = Path("results"),
) -> None:
    """Take the reasons of recommendations away, and see which recommendations fall.

    Some minutes. Stop it when you like: it goes on where it was.
    """
    from eautorec.study import faithful
    from eautorec.study.record import write_table

    _label(to, ratings)
    print(write_table(to / "faithful.csv", faithful.table(ratings)))


@app.command("better")
@reads_ratings
def study_better(
    ratings: RatingsArgument = MOVIELENS,
    folds: FoldsOption = 10,
    to: Annotated[Path, typer.Option(help="The folder of the tables.")] = Path("results"),
) -> None:
    """Models that rank and models that predict, one change a step; and how few people can carry a
    list. Stop it when you like: it goes on where it was."""
    from eautorec.study import better, concise
    from eautorec.study.record import write_table

    _label(to, ratings)
    for study in (better.study, concise.study):
        for name, table in study(ratings, range(folds)).items():
            print(write_table(to / f"{name}.csv", table))


@app.command("relatives")
@reads_ratings
def study_relatives(
    ratings: RatingsArgument = MOVIELENS,
    folds: FoldsOption = 10,
    to: Annotated[Path, typer.Option(help="The folder of the tables.")] = Path("results"),
) -> None:
    """The paper's relatives, tuned and measured, beside what they are without E; and whether their
    reasons are the cause. Some hours of a core. Stop it when you like: it goes on where it was."""
    from eautorec.study import relatives, relatives_faithful
    from eautorec.study.record import write_table

    _label(to, ratings)
    tables = relatives.study(ratings, range(folds))
    for name, table in tables.items():
        print(write_table(to / f"{name}.csv", table))
    asked = relatives_faithful.table(tables["relatives-search"], ratings)
    print(write_table(to / "relatives-faithful.csv", asked))


@app.command("published")
def study_published(
    to: Annotated[Path, typer.Option(help="The folder of the table.")] = Path("results"),
) -> None:
    """Numbers that the relatives' papers print, beside ours on MovieLens-100K. Some minutes."""
    from eautorec.study import published
    from eautorec.study.record import write_table

    print(write_table(to / "published.csv", published.table(load_ratings("100k"))))


@app.command("autorec-1m")
def study_autorec_1m(
    path: Annotated[Path, typer.Option(help="The file ml-1m.zip, as GroupLens publishes it.")],
    to: Annotated[Path, typer.Option(help="The folder of the table.")] = Path("."),
) -> None:
    """AutoRec's own table on MovieLens-1M, 90% and 10%, five times. Some hours."""
    from eautorec.datasets import load_movielens
    from eautorec.study import autorec_1m
    from eautorec.study.record import write_table

    found = autorec_1m.table(load_movielens("1m", path))
    print(write_table(to / "autorec-1m.csv", found))
    for name, own in found.groupby("model", sort=False):
        spread = own["rmse"].std(ddof=1)
        print(
            f"{name}: RMSE {own['rmse'].mean():.4f} (standard deviation {spread:.4f}), "
            f"published {own['published'].iloc[0]:.3f}"
        )


def _store_of(ratings: Source, path: Path | None) -> Store:
    """The store of the runs on these ratings."""
    from eautorec.study.store import Store

    return Store(load_ratings(ratings).fingerprint, path)


def _adapted(
    runs: list[Run], store: Store, ratings: Source, relevant_from: float | None
) -> list[Run]:
    """The runs as they are on these ratings: lambda, and from which rating on an item is relevant,
    which the study has in stars."""
    from eautorec.study import elsewhere, plan
    from eautorec.study.runner import HIGHEST

    if relevant_from is not None:
        relevant_from *= HIGHEST / load_ratings(ratings).scale[1]
    return elsewhere.adapted(plan.judged_from(runs, relevant_from), store)


def _label(to: Path, ratings: Source) -> None:
    """Say in the folder of the tables of which ratings they are, or refuse to mix them."""
    from eautorec.study.record import label

    label(to, load_ratings(ratings), ratings.name)
