"""The ladder: its search, its controls, what it keeps, and its differences by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eautorec.files import write_whole
from eautorec.models.denoising import CHOSEN
from eautorec.study import better
from eautorec.study.better import RUNGS, WITH, WITHOUT, Rung
from eautorec.study.kept import Kept
from eautorec.study.protocol import CONTROLS
from eautorec.synthetic import five_users, movielens_like
from eautorec_book.records import recorded


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A file of ratings."""
    small = movielens_like(50, 150, 1500)
    rows = zip(small.user_index, small.item_index, small.values, strict=True)
    text = "".join(f"{u}\t{i}\t{r:g}\n" for u, i, r in rows)
    return str(write_whole(tmp_path_factory.mktemp("ratings") / "u.data", text))


@pytest.mark.parametrize("task", ["rank", "rate"])
def test_search_takes_one_parameter_after_another(data, task, monkeypatch):
    monkeypatch.setattr(better, "MOST_EPOCHS", 10)
    space = {"regularization": (0.1, 1.0), "dropout": (0.5, 0.2), "n_hidden": (5,)}
    found = better.search(Rung(task, "e", WITH, {}, space), data, [0, 1])
    assert len(found) == 3  # two penalties, and the other dropout at the better one
    first = found[found["dropout"] == 0.5].set_index("regularization")["value"]
    right = first.idxmax() if task == "rank" else first.idxmin()
    assert found[found["dropout"] == 0.2]["regularization"].tolist() == [right]
    assert found["value"].is_monotonic_decreasing == (task == "rank")
    # The best row again: a training of so many epochs measures the same.
    table = found.reindex(columns=better.SEARCHED)
    best = better.chosen(table, task, "e")
    monkeypatch.setattr(better, "MOST_EPOCHS", best.pop("n_epochs"))
    rung = Rung(task, "e", WITH, {}, space)
    again = [better._curve(rung, best, data, fold)[-1] for fold in (0, 1)]
    assert np.mean(again) == pytest.approx(found["value"].iloc[0], abs=1e-6)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_stands_where_e_stood(control):
    ratings = five_users()
    options = {"n_hidden": 3, "n_epochs": 1, "n_neighbors": 2}
    rung = Rung("rank", "e", control, {}, {})
    model = better.network(rung, 5, **options).fit(ratings)
    e = better.network(Rung("rank", "e", WITH, {}, {}), 5, **options).fit(ratings).inputs_[1]
    x, found = model.inputs_
    np.testing.assert_allclose(x, ratings.matrix.toarray() / 5, atol=1e-7)
    assert found.shape == e.shape
    if control == "r twice":
        np.testing.assert_array_equal(found, x)
    elif control == "r and mask":
        np.testing.assert_array_equal(found, x > 0)
    elif control == "shuffled":
        assert sorted(found.tolist()) == sorted(e.tolist())
    elif control == "same for all":
        np.testing.assert_allclose(found, np.tile(e.mean(axis=0), (5, 1)), atol=1e-6)
    elif control == "noise":
        np.testing.assert_allclose(np.sort(found.ravel()), np.sort(e.ravel()), atol=1e-7)
    assert model.scores().shape == (5, 4)


def test_the_top_of_both_tasks_has_one_space():
    """With and without e the same candidates are tried."""
    for task in ("rank", "rate"):
        without, with_e = [r for r in RUNGS if r.task == task][-2:]
        assert (without.beside, with_e.beside) == (WITHOUT, WITH)
        assert without.space == with_e.space


def test_what_is_finished_is_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("EAUTOREC_CACHE", str(tmp_path))
    made = []

    def make():
        made.append(1)
        return pd.DataFrame({"a": [len(made)]})

    for _ in range(2):
        found = Kept("eautorec.study.better", "ratings").tables({"one": make, "two": make}, "test")
        assert found["a"].tolist() == [1, 2]
    assert Kept("eautorec.study.better", "others").tables({"one": make}, "test")["a"].tolist() == [
        3
    ]


def test_differences_by_hand():
    """e gains 0.02 on every fold and start; a control 0.01 on average of its own folds."""
    rows = []
    for fold in range(3):
        for start in range(2):
            value = 0.1 * fold + 0.001 * start
            rows.append(("rank", "dropout", WITHOUT, fold, start, value))
            rows.append(("rank", "e", WITH, fold, start, value + 0.02))
        rows.append(("rank", "e", "noise", fold, 0, 0.1 * fold + 0.01 * fold))
    frame = pd.DataFrame(rows, columns=better.COLUMNS[:6])
    frame = frame.assign(**{"mep@10": 1.0, "rmse": np.nan, "seconds": 0.0})
    found = better.ladder(frame).query("measure == 'map@10'").set_index(["model", "beside"])
    e, noise = found.loc[("e", WITH)], found.loc[("e", "noise")]
    assert e["against"] == noise["against"] == "dropout"
    for name in ("difference", "difference_low", "difference_high"):
        assert e[name] == pytest.approx(0.02)
    assert noise["difference"] == pytest.approx(0.01)
    # Folds differ by 0, .01, .02: sd .01, and its factor is 1/3 + 1/2; t of 2 is 4.303.
    half = 4.3027 * 0.01 * np.sqrt(1 / 3 + 1 / 2)
    assert noise["difference_low"] == pytest.approx(0.01 - half, abs=1e-5)
    assert np.isnan(found.loc[("dropout", WITHOUT), "difference"])
    assert (e["folds"], e["starts"]) == (3, 2)


def test_defaults_are_what_was_chosen():
    searched = recorded("better-search")
    for task, options in CHOSEN.items():
        best = better.chosen(searched, task, "e")
        assert best == options, Path("results/better-search.csv")


@pytest.mark.slow
def test_the_whole_study_on_a_few_ratings(data, tmp_path, monkeypatch):
    """Every model once on every fold; only what predicts has an RMSE; the second time nothing is
    trained."""
    monkeypatch.setenv("EAUTOREC_CACHE", str(tmp_path))
    monkeypatch.setattr(better, "MOST_EPOCHS", 5)
    small = {
        "regularization": (0.1,),
        "dropout": (0.5,),
        "n_hidden": (3,),
        "learning_rate": (0.01,),
    }
    rungs = [
        Rung(task, name, beside, {"n_neighbors": 5}, small)
        for task in ("rank", "rate")
        for name, beside in (("dropout", WITHOUT), ("e", WITH))
    ]
    monkeypatch.setattr(better, "RUNGS", tuple(rungs))
    monkeypatch.setattr(better, "SEARCH_FOLDS", (0,))
    linear = {"regularization": (5.0, 50.0), "values": ("ratings",)}
    monkeypatch.setattr(better, "EASES", {"EASE": linear})
    found = better.study(data, [0, 1])
    assert list(found["better"]) == better.COLUMNS
    counts = found["better"].groupby(["task", "model", "beside"]).size()
    assert counts.loc[("rank", "EASE", WITHOUT)] == 2  # folds
    assert counts.loc[("rate", "e")].eq(2 * better.STARTS).all()
    assert counts.loc[("rate", "e" + better.AVERAGED)].eq(2).all()
    assert len(counts.loc[("rate", "e")]) == 1 + len(CONTROLS)
    by_task = found["better"].groupby("task")["rmse"].count()
    assert by_task["rank"] == 0
    assert by_task["rate"] == (found["better"]["task"] == "rate").sum()
    monkeypatch.setattr(better.DenoisingAutoRec, "fit", None)
    again = better.study(data, [0, 1])
    pd.testing.assert_frame_equal(again["better"], found["better"])


def test_the_command_writes_the_tables(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from eautorec import cli
    from eautorec.study import concise

    table = pd.DataFrame({"a": [1.0]})
    monkeypatch.setattr(better, "study", lambda data, folds: {"better": table})
    monkeypatch.setattr(concise, "study", lambda data, folds: {"concise": table})
    done = CliRunner().invoke(cli.app, ["study", "better", "--to", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "better.csv").read_text() == (tmp_path / "concise.csv").read_text()
