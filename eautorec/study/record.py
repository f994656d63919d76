"""The recorded study: tables that the pages quote, and that a later run is checked against.

`records.csv` holds what was measured, run by run. Everything that is said of the default study is
computed from that file, as it stands there: figures, verdicts, flip rates. The other tables hold
what took hours (the large parts), already summed up.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eautorec.errors import InputError
from eautorec.files import check_can_write, write_whole
from eautorec.ratings import Ratings
from eautorec.study import elsewhere, endings, levels, multiverse, plan, tuning
from eautorec.study.claims import (
    CLAIMS,
    SUPPORTED,
    TOO_SMALL,
    VERDICTS,
    against_controls,
    claims,
    gain_at_default,
    in_place_of_eautorec,
    tests_of,
)
from eautorec.study.digits import decimals
from eautorec.study.endings import MEASURES
from eautorec.study.figures import ESTIMATES, FIGURES, Figure, estimates_of
from eautorec.study.protocol import DEFAULT, LISTS, MODELS
from eautorec.study.store import Store

LABEL = "measured-on.csv"
"""The file in a folder of tables that says of which ratings they are."""

TABLES = ("records", "claims", "tuning", "faithful", "better", "concise", "relatives")
"""Tables that a folder without a label may not have."""

LEAK = "E from all ratings"
"""What E-AutoRec is called where its E knows the test ratings."""

OF_RUN = ["model", "fold", "start", "n_hidden", "n_neighbors", "theta", "e_from"]
"""What tells the runs of the default study apart."""


def label(folder: Path, ratings: Ratings, name: str) -> None:
    """Say in a folder of which ratings its tables are, before the first of them is written.

    Parameters
    ----------
    name : what the ratings are called: a data set, or a file.

    Raises InputError where the folder has tables of other ratings, or cannot be written to.
    """
    path = folder / LABEL
    check_can_write(path)
    known = fingerprint_of(folder)
    if known == ratings.fingerprint:
        return
    if known is not None or any((folder / f"{table}.csv").exists() for table in TABLES):
        raise InputError(
            f"The tables in {folder} are not of {name}, or do not say of which ratings they are: "
            "give another folder to --to."
        )
    low, high = ratings.scale
    row = {
        "name": Path(name).name,
        "ratings": len(ratings),
        "users": ratings.n_users,
        "items": ratings.n_items,
        "lowest": low,
        "highest": high,
        "relevant from": ratings.good_from,
        "fingerprint": ratings.fingerprint,
    }
    write_table(path, pd.DataFrame([row]))


def fingerprint_of(folder: Path) -> str | None:
    """Of the ratings that the tables of a folder are of; None where it does not say so."""
    path = folder / LABEL
    if not path.exists():
        return None
    return str(pd.read_csv(path, dtype=str)["fingerprint"].iloc[0])


def record(store: Store, folds: range, starts: range, folder: Path) -> list[Path]:
    """Write the tables of all parts that are complete in the store; returns the files.

    Raises InputError if the default study itself is not complete.
    """
    complete = {part for part in plan.LARGE if not count_missing(store, [part], folds, starts)}
    if left := count_missing(store, None, folds, starts):
        raise InputError(
            f"{left} runs are not in {store.path}: run 'eautorec study run' "
            f"with --folds {len(folds)} --starts {len(starts)} first."
        )
    records = as_text(store.frame(elsewhere.adapted(plan.runs(None, folds, starts), store)))
    written = [write_whole(folder / "records.csv", records)]
    frame = read_records(folder / "records.csv")

    few = starts[: plan.N_STARTS_LARGE]
    tables = {}
    if "multiverse" in complete and "judged" in complete:
        means = summary(frame).set_index(["model", "metric"])["mean"]
        worst = float(means["item means", "rmse"])
        tables["multiverse"] = multiverse.table(store.frame, folds, few, worst)
    if "swapped" in complete:
        tables["swapped"] = claims_of_controls(store, folds, few)
    if "endings" in complete:
        tables["endings"] = endings.table(store.frame(endings.runs(folds, starts)))
    if "levels" in complete:
        tables["levels"] = levels.table(store.frame(levels.runs(folds, starts)))
    if "tuning" in complete:
        tables |= tuning.tables(store.frame(tuning.runs()))
    tables["claims"] = lights(
        claims(of_figures(frame)),
        against_controls(frame),
        tables.get("multiverse"),
        tables.get("swapped"),
    )
    tables["study"] = facts_of_the_study(store, folds, starts, complete)
    search = elsewhere.search()
    if store.data != elsewhere.MAIN and {run.key() for run in search} <= store.finished():
        tables["regularization"] = elsewhere.searched(store.frame(search))
    return written + [write_table(folder / f"{name}.csv", t) for name, t in tables.items()]


def count_missing(
    store: Store, parts: Iterable[str] | None, folds: Iterable[int], starts: Iterable[int]
) -> int:
    """How many runs of these parts, or of the default study, are not stored."""
    runs = elsewhere.adapted(plan.runs(parts, folds, starts), store)
    return len({run.key() for run in runs} - store.finished())


def as_text(frame: pd.DataFrame) -> str:
    """Records as CSV: a row for each run, a column for each metric and x, six digits.

    Raises ValueError if a run is there twice, or under several protocols.
    """
    frame = _worth_keeping(frame)
    name = frame["metric"] + "@" + frame["x"].map("{:g}".format)
    wide = frame.assign(name=name).pivot(index=OF_RUN, columns="name", values="value")
    wide = wide[list(dict.fromkeys(name))].reset_index()
    return str(wide.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def _worth_keeping(frame: pd.DataFrame) -> pd.DataFrame:
    """Of runs that vary a parameter only what their figure shows."""
    plain = (frame["n_hidden"] == 300) & (frame["n_neighbors"] == 50) & (frame["theta"] == 0)
    at_10 = frame["metric"].isin(["map", "mep"]) & (frame["x"] == 10)
    return frame[plain | at_10 | (frame["metric"] == "rmse")]


def read_records(path: Path) -> pd.DataFrame:
    """What `as_text` wrote, as `Store.frame` gives it: OF_RUN, metric, x, value."""
    wide = pd.read_csv(path)
    long = wide.melt(OF_RUN, var_name="name").dropna(subset="value", ignore_index=True)
    metric, x = (long["name"].str.rpartition("@")[k] for k in (0, 2))
    return long.drop(columns="name").assign(metric=metric, x=x.astype(float))


def of_figures(frame: pd.DataFrame) -> pd.DataFrame:
    """The records that the claims are decided from."""
    return frame[frame["model"].isin([*MODELS, *LISTS]) & (frame["e_from"] == DEFAULT.e_from)]


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each model and measure at the default hyper-parameters: model, metric, x,
    ESTIMATES."""
    leaking = frame["e_from"] == "all"
    frame = frame.assign(model=frame["model"].mask(leaking, LEAK))
    rows = []
    for metric, x in MEASURES:
        table = Figure("", metric, "n", "").table(frame)
        rows.append(table[table["x"] == x])
    return pd.concat(rows, ignore_index=True)[["model", "metric", "x", *ESTIMATES]]


def paired_with_autorec(
    frame: pd.DataFrame, models: Iterable[str] = ("E-AutoRec",)
) -> pd.DataFrame:
    """Each of these models minus AutoRec on the same fold from the same start: model, metric, x,
    ESTIMATES; each measure at every x."""
    frame = frame[frame["e_from"] == DEFAULT.e_from]
    tables = [
        estimates_of(gain_at_default(in_place_of_eautorec(frame, model), metric)).assign(
            model=model, metric=metric
        )
        for model in models
        for metric, _ in MEASURES
    ]
    return pd.concat(tables, ignore_index=True)[["model", "metric", "x", *ESTIMATES]]


def tests_of_claims(frame: pd.DataFrame) -> pd.DataFrame:
    """Every test of every claim: id, and what `tests_of` gives."""
    frame = in_place_of_eautorec(frame, "E-AutoRec")
    tables = [tests_of(parts_of(frame)).assign(id=name) for name, (_, parts_of) in CLAIMS.items()]
    return pd.concat(tables, ignore_index=True)


def claims_of_controls(store: Store, folds: range, starts: range) -> pd.DataFrame:
    """The claims with a control in place of E-AutoRec, beside E-AutoRec on the same runs."""
    real = claims(store.frame(plan.figure_runs(folds, starts)))
    tables = [real.assign(model="E-AutoRec")]
    for control in plan.IN_PLACE_OF_E:
        found = store.frame(plan.swapped_runs(control, folds, starts))
        tables.append(claims(found, model=control).assign(model=control))
    return pd.concat(tables, ignore_index=True)


def lights(
    found: pd.DataFrame,
    controls: pd.DataFrame,
    readings: pd.DataFrame | None = None,
    swapped: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The claims in three lights: the main replication, the controls, the readings.

    Adds the columns asked (the number of controls), controls (how many of them support the claim),
    beaten (how many the real E does better than) and due_to_e: "yes" where the claim is supported
    and all controls are beaten, "no" where it is supported and some are not, else nothing; and
    where there are other readings of the paper: how many without a leak, how many come to each
    verdict, and how many are broken. A claim that sweeps a parameter is asked with the controls in
    `swapped` only: it is "no" where one of them supports it too.

    Parameters
    ----------
    found : of `claims`; controls : of `against_controls`; readings : of `multiverse.table`;
    swapped : of `claims_of_controls`.
    """
    found = found.copy()
    by_claim = controls.assign(held=controls["verdict"] == SUPPORTED).groupby("id")
    held, beaten, asked = (
        found["id"].map(counted).astype("Int64")
        for counted in (by_claim["held"].sum(), by_claim["beaten"].sum(), by_claim.size())
    )
    supported = found["verdict"] == SUPPORTED
    due = (beaten == asked).map({True: "yes", False: "no"}).where(supported & beaten.notna(), "")
    if swapped is not None:
        others = swapped[swapped["model"] != "E-AutoRec"]
        by_claim = others.assign(held=others["verdict"] == SUPPORTED).groupby("id")
        held = held.fillna(found["id"].map(by_claim["held"].sum()))
        asked = asked.fillna(found["id"].map(by_claim.size()))
        due = due.mask(supported & beaten.isna() & (held > 0), "no")
    found["asked"], found["controls"], found["beaten"], found["due_to_e"] = asked, held, beaten, due
    if readings is not None:
        counted = multiverse.counts_by_claim(multiverse.without_leaks(readings)).set_index("id")
        for name in ("readings", *VERDICTS, "broken"):
            found[name] = found["id"].map(counted[name]).astype("Int64")
    return found


def facts_of_the_study(
    store: Store, folds: range, starts: range, complete: set[str]
) -> pd.DataFrame:
    """Of each part: runs, models trained, folds, starts, computing minutes; and the versions of the
    code and of the ratings."""
    rows = []
    for part in ("figures", "controls", "baselines", *sorted(complete)):
        runs = plan.runs(FIGURES if part == "figures" else [part], folds, starts)
        runs = elsewhere.adapted(runs, store)
        trained = len({run.fit_key() for run in runs})
        n_folds, n_starts = len({run.fold for run in runs}), len({run.start for run in runs})
        rows.append((part, len(runs), trained, n_folds, n_starts, store.seconds(runs) / 60))
    columns = ["part", "runs", "trained", "folds", "starts", "computing minutes"]
    return pd.DataFrame(rows, columns=columns).assign(code=store.code, ratings=store.data)


def again_beside(again: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """How far what was measured again lies from the record, in the spread of starts.

    One row for each model, parameter, metric and x that both have: `now` and `then`, means over the
    same folds, of E-AutoRec minus AutoRec where the model is E-AutoRec, so that a shift common to
    both is no excuse; `error`, how much starts let such a mean vary; `away`, in those errors.

    Parameters
    ----------
    again, records : as `read_records` gives them; `again` may have fewer folds, starts and models.
    """
    names = ["model", "n_hidden", "n_neighbors", "theta", "e_from", "metric", "x"]
    if again["value"].isna().any():
        missing = again[again["value"].isna()].iloc[0]
        raise InputError(f"{missing['metric']} of {missing['model']} is not a number.")
    again = _worth_keeping(again)
    now = _paired(again).groupby([*names, "fold"])["value"].agg(mean_now="mean", size_now="size")
    then = _paired(records).groupby([*names, "fold"])["value"]
    then = then.agg(mean_then="mean", size_then="size", var="var")
    both = now.join(then, how="left")
    if both["mean_then"].isna().any():
        missing = both.index[both["mean_then"].isna()][0]
        raise InputError(f"The record has no {dict(zip([*names, 'fold'], missing, strict=True))}.")
    variance = then["var"].groupby(names).mean().reindex(both.index.droplevel("fold"))
    share = 1 / both["size_now"] + 1 / both["size_then"]
    both["squared"] = variance.fillna(0).to_numpy() * share.to_numpy()
    found = both.groupby(names).agg(
        now=("mean_now", "mean"), then=("mean_then", "mean"), squared=("squared", "sum"),
        folds=("squared", "size"),
    )  # fmt: skip
    found["error"] = np.sqrt(found["squared"]) / found["folds"]
    # Six digits are on record; whatever does not vary with the start must be the same in them.
    floor = 2e-6 * found["then"].abs() + 1e-6
    found["away"] = (found["now"] - found["then"]).abs() / np.maximum(found["error"], floor)
    return found.drop(columns="squared").reset_index()


def _paired(frame: pd.DataFrame) -> pd.DataFrame:
    """The records with E-AutoRec's as differences from AutoRec's of the same case.

    AutoRec does not know e: its runs with other neighbours and thetas stand for themselves.
    """
    names = ["fold", "start", "n_hidden", "n_neighbors", "theta", "metric", "x"]
    mine = frame["model"] == "E-AutoRec"
    plain = frame[frame["model"] == "AutoRec"].set_index(names)["value"]
    base = plain.reindex(pd.MultiIndex.from_frame(frame[mine][names])).to_numpy()
    if np.isnan(base).any():
        raise InputError("A run of E-AutoRec has none of AutoRec on the same fold beside it.")
    return pd.concat([frame[~mine], frame[mine].assign(value=frame[mine]["value"] - base)])


def put_into(records: pd.DataFrame, again: pd.DataFrame) -> pd.DataFrame:
    """The record with what was measured again in place of what it has of the same runs."""
    names = [*OF_RUN, "metric", "x"]
    both = pd.concat([records, again[[*names, "value"]]], ignore_index=True)
    kept = both.drop_duplicates(names, keep="last")
    known = pd.MultiIndex.from_frame(records[names])
    return kept[pd.MultiIndex.from_frame(kept[names]).isin(known)].reset_index(drop=True)


def claims_as_markdown(table: pd.DataFrame) -> str:
    """The claims as a Markdown table, for the README and the first page of the book."""
    lines = [
        "| claim of the paper | verdict | difference, 95% interval | flips | elsewhere |",
        "|---|---|---|---|---|",
    ]
    for row in table.to_dict("records"):
        numbers = in_digits(row["difference"], row["low"], row["high"])
        told = f"**{row['verdict']}**"
        if row["verdict"] == SUPPORTED and row["size"] == TOO_SMALL:
            told += ", too little to matter"
        flips = "" if pd.isna(row["flips"]) else f"{row['flips']:.0%}"
        cells = [f"{row['id']} {row['claim']}", told, f"{row['statistic']}: {numbers}", flips]
        lines.append(f"| {' | '.join([*cells, said_elsewhere(row)])} |")

    def listed(chosen: pd.Series) -> str:
        return ", ".join(table["id"][chosen]) or "none"

    lines.append("")
    lines.append(
        f"Supported, and better with E than every control: {listed(table['due_to_e'] == 'yes')}. "
        f"Supported, but some control does as well: {listed(table['due_to_e'] == 'no')}. "
        f"Asked with fewer controls, or none: {listed(table['beaten'].isna())}."
    )
    return "\n".join(lines)


def in_digits(difference: float, low: float, high: float) -> str:
    """A difference with its interval, to two significant digits of the interval's half width."""
    found = decimals(low, high)
    n = 4 if found is None else found
    return f"{difference:+.{n}f} ({low:+.{n}f} to {high:+.{n}f})"


def said_elsewhere(row: dict[str, Any]) -> str:
    """What other readings of the paper come to, and how many controls support the claim as well.

    Parameters
    ----------
    row : of the table of `lights`.
    """
    parts = []
    if pd.notna(row.get("readings", np.nan)):
        said = ", ".join(f"{row[word]:g} {word}" for word in VERDICTS if row[word])
        parts.append(f"{row['readings']:g} readings: {said}")
    if pd.notna(row["controls"]):
        parts.append(f"supported with {row['controls']:g} of {row['asked']:g} controls")
    return "; ".join(parts)


def write_claims(recorded: Path, page: Path, data: str) -> None:
    """Put the recorded claims between the marks of a page, if it has those of the same ratings.

    Parameters
    ----------
    data : their fingerprint.
    """
    if not page.exists():
        return
    before, begin, rest = page.read_text(encoding="utf-8").partition(f"<!-- claims of {data} -->\n")
    _, end, after = rest.partition("<!-- end of claims -->")
    if end:
        table = claims_as_markdown(pd.read_csv(recorded))
        write_whole(page, f"{before}{begin}\n{table}\n\n{end}{after}")


def write_table(path: Path, table: pd.DataFrame) -> Path:
    """A table as CSV, whole or not at all."""
    return write_whole(path, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
