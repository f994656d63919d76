"""The commands for ratings of one's own: look at them, train, recommend with reasons, explain."""

from __future__ import annotations

import re
import statistics
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eautorec.cli.options import (
    MOVIELENS,
    JsonOption,
    ModelChoice,
    OutputOption,
    RatedOption,
    RatingsArgument,
    RatingsOrModelArgument,
    UserOption,
    reads_ratings,
    takes_model,
)
from eautorec.cli.printing import print_contributions, print_json, print_table, print_text
from eautorec.datasets import DATASETS, load_ratings, look_at
from eautorec.errors import InputError
from eautorec.models import load
from eautorec.reading import How

if TYPE_CHECKING:
    from collections.abc import Hashable

    from eautorec.models.recommender import Person, Recommender
    from eautorec.ratings import Ratings
    from eautorec.reading import Source

app = typer.Typer()

SAVED = ".npz"
"""What the name of a saved model ends with."""


@app.command()
@reads_ratings
def data(ratings: RatingsArgument = MOVIELENS, as_json: JsonOption = False) -> None:
    """Fetch a data set or read a file, and say what is in it, and what a file was taken for."""
    found, reading = look_at(ratings)
    per_user = found.matrix.getnnz(axis=1)
    facts: dict[str, float | str] = {
        "ratings": len(found),
        "users": found.n_users,
        "items": found.n_items,
        "lowest": found.scale[0],
        "highest": found.scale[1],
        "mean": round(float(found.values.mean(dtype=float)), 4),
        "density": round(len(found) / (found.n_users * found.n_items), 6),
        "relevant_from": found.good_from,
        "ratings_per_user_min": int(per_user.min()),
        "ratings_per_user_median": float(statistics.median(per_user.tolist())),
        "ratings_per_user_max": int(per_user.max()),
    }
    if reading is None:
        known = DATASETS[ratings.name]
        facts |= {"about": known.about, "terms": known.terms, "peculiar": known.peculiar}
    if as_json:
        about = {} if reading is None else {"file": reading.facts(), "note": reading.note}
        return print_json(facts | about)
    rows = [
        [name.replace("_", " "), fact if isinstance(fact, str) else f"{fact:,}"]
        for name, fact in facts.items()
    ]
    print_table(["", ratings.name], "rl", rows)
    if reading is not None:
        print()
        print_table(
            ["", "taken for"],
            "rl",
            [[name.replace("_", " "), str(fact)] for name, fact in reading.facts().items()],
        )
        if reading.note:
            print_text(f"Note: {reading.note}")


@app.command()
@reads_ratings
@takes_model
def fit(
    ratings: RatingsArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file, by rights .npz.")],
    wanted: ModelChoice,
) -> None:
    """Train a model and keep it in a file. Others take it where they take RATINGS."""
    from eautorec.files import check_can_write

    if output.suffix != SAVED:
        raise InputError(f"{output} is no name for a model: let it end with {SAVED}.")
    check_can_write(output)
    model = wanted.make()
    found = load_ratings(ratings)
    model.fit(found).save(output)
    print_text(
        f"{output}: {model.name} on {len(found):,} ratings, {output.stat().st_size:,} bytes."
    )


@app.command()
@reads_ratings
@takes_model
def recommend(
    ratings: RatingsOrModelArgument,
    user: UserOption = None,
    rated: RatedOption = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Length of the list.")] = 10,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add a sentence for each item: why.")
    ] = False,
    explainable: Annotated[
        bool, typer.Option("--explainable-only", help="Only items that the neighbours explain.")
    ] = False,
    all_users: Annotated[
        bool, typer.Option("--all-users", help="The list of every user, as a table: see --output.")
    ] = False,
    output: OutputOption = None,
    *,
    wanted: ModelChoice,
    as_json: JsonOption = False,
) -> None:
    """What the user should like best among what they have not rated, with reasons."""
    if all_users or output is not None:
        if not all_users or output is None or user or rated or explain or explainable or as_json:
            raise InputError(
                "Everybody's lists are asked for by --all-users and --output FILE alone, with -n "
                "if need be; the file is a table, by its name .csv or .parquet."
            )
        return _everybody(ratings, wanted, n, output)
    person = _person(ratings, user, rated, None, wanted)
    table = person.recommend(n, explainable=explainable)
    reasons = [person.explain(item) for item in table["item"].tolist()] if explain else []
    if as_json:
        records = table.to_dict("records")
        for record, reason in zip(records, reasons, strict=False):
            record["explanation"] = reason.to_dict()
        return print_json({"user": person.label, "recommendations": records})
    score = "rating" if "rating" in table else "score"
    # Without titles the item's label is its title, and stands once.
    numbered = (table["title"] != table["item"].astype(str)).any()
    print_table(
        ["", *(["item"] if numbered else []), "title" if numbered else "item", score, "expl."],
        "rrlrr" if numbered else "rlrr",
        [
            [
                str(rank),
                *([str(row["item"])] if numbered else []),
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
@reads_ratings
@takes_model
def explain(
    ratings: RatingsOrModelArgument,
    item: Annotated[
        str, typer.Option("--item", "-i", help="The item's label in the file, or its title.")
    ],
    user: UserOption = None,
    rated: RatedOption = None,
    *,
    wanted: ModelChoice,
    as_json: JsonOption = False,
) -> None:
    """Why this item for this user: who speaks for it, and whether that moved the score."""
    person = _person(ratings, user, rated, item, wanted)
    reason = person.explain(_label(person.model.ratings_, item))
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


def _saved(source: Source, wanted: ModelChoice) -> Recommender | None:
    """The trained model, if a file of one is given and not ratings."""
    if Path(source.name).suffix != SAVED:
        return None
    if any(wanted) or source.how != How():
        raise InputError(
            f"{source} is a trained model: leave out --with, its parameters, and how a file of "
            "ratings is read; 'eautorec fit' has settled them."
        )
    return load(source.name)


def _everybody(source: Source, wanted: ModelChoice, n: int, output: Path) -> None:
    from tqdm import tqdm

    from eautorec.files import check_can_write_table

    check_can_write_table(output)
    model = _saved(source, wanted)
    if model is None:
        model = wanted.make().fit(load_ratings(source))
    with tqdm(total=model.ratings_.n_users, unit="user", disable=None, leave=False) as bar:
        model.recommend_all(output, n, progress=lambda done, _: bar.update(done - bar.n))
    print_text(f"{output}: {n} items for each of {model.ratings_.n_users:,} users.")


def _person(
    source: Source,
    user: str | None,
    rated: str | None,
    item: str | None,
    wanted: ModelChoice,
) -> Person:
    """The user, perhaps with new ratings, or the newcomer, before a model of these ratings."""
    if user is None and rated is None:
        raise InputError("Say who the list is for: --user, --rated, or both for new ratings.")
    model = _saved(source, wanted)
    ratings = load_ratings(source) if model is None else model.ratings_
    # Unknown labels are told before the training, not after it.
    if user is not None:
        ratings.user_row(user)
    if item is not None:
        _label(ratings, item)
    given = {} if rated is None else {_label(ratings, k): r for k, r in _rated(rated).items()}
    if model is None:
        model = wanted.make().fit(ratings)
    return model.person(user) if rated is None else model.fold_in(given, user=user)


def _label(ratings: Ratings, name: str) -> Hashable:
    """The item with this label, or else with this title, if one alone has it."""
    try:
        ratings.item_column(name)
        return name
    except InputError:
        found = [label for label, title in ratings.titles.items() if title == name]
        if len(found) == 1:
            return found[0]
        known = [*map(str, ratings.items.tolist()), *ratings.titles.values()]
        if near := get_close_matches(name, known, 1, cutoff=0.75):
            raise InputError(f"There is no item {name!r}: did you mean {near[0]!r}?") from None
        raise


def _rated(text: str) -> dict[str, float]:
    """Ratings by item, from '50=5,181=4' or from a file with such pairs, one a line.

    A comma ends a pair only after "=" and a rating, and the last one of a line stands before the
    rating: titles have commas too.
    """
    where = "--rated"
    pairs = re.sub(r"(=[^,=]*),", r"\1\n", text).split("\n")
    if "=" not in text:
        where = text
        try:
            lines = Path(text).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise InputError(
                f"Cannot read {text!r} for --rated: give pairs such as '50=5,181=4', or a file "
                "with one item and rating a line."
            ) from None
        pairs = [re.sub(r"[,;\t](?=[^,;\t]*$)", "=", line) for line in lines if line.strip()]
    found = {}
    for number, pair in enumerate(pairs, start=1):
        item, _, rating = pair.rpartition("=")
        item = item.strip()
        if item[0:1] == item[-1:] == '"' and len(item) > 1:  # as a spreadsheet writes it
            item = item[1:-1].replace('""', '"')
        if item in found:
            raise InputError(f"{where}, number {number}: {item!r} was rated before.")
        try:
            found[item] = float(rating)
        except ValueError:
            raise InputError(
                f"{where}, number {number}: {pair!r} is no item and rating; write '50=5'"
                f"{', one a line and without a header' if where == text else ''}."
            ) from None
    return found
