"""The relatives: what is searched, what is chosen, and that nothing is made a second time."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eautorec.files import write_whole
from eautorec.study import relatives, relatives_faithful
from eautorec.study.relatives import RELATIVES
from eautorec.synthetic import movielens_like
from eautorec_book.records import recorded


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A file of ratings."""
    small = movielens_like(50, 150, 1500)
    rows = zip(small.user_index, small.item_index, small.values, strict=True)
    text = "".join(f"{u}\t{i}\t{r:g}\n" for u, i, r in rows)
    return str(write_whole(tmp_path_factory.mktemp("ratings") / "u.data", text))


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setenv("EAUTOREC_CACHE", str(tmp_path))
    short = {name: replace(r, n_epochs=4, step=2) for name, r in RELATIVES.items()}
    monkeypatch.setattr(relatives, "RELATIVES", short)


def test_every_point_once_and_the_best_first(data):
    found = relatives.search("EMF", data, [0, 1])
    assert len(found) == len(relatives.PENALTIES) * len(relatives.WEIGHTS)
    assert found["rmse"].is_monotonic_increasing
    assert found["folds"].eq(2).all() and found["n_epochs"].isna().all()
    found = relatives.search("ERBM to rank", data, [0])
    assert len(found) == len(relatives.RATES) * 2  # after 2 epochs, and after 4
    assert found["map@10"].is_monotonic_decreasing
    assert found["rmse"].isna().all()


def test_what_is_chosen_measures_the_same_again(data):
    """A training of so many epochs is where the search stopped to measure."""
    name = "RBM to rate"
    found = relatives.search(name, data, [1])
    relative = RELATIVES[name]
    run = relative.run(1, "validation")
    parts = relatives.split_data(data, run)
    options = relative.fixed | relatives.chosen(found, name) | {"seed": run.seed}
    scores = relative.model(**options).fit(parts[0]).scores()
    again = relatives.measured(run, parts, scores)
    assert again["rmse"] == pytest.approx(found["rmse"].iloc[0], abs=1e-9)


def test_with_and_without_e_the_same_is_searched():
    assert RELATIVES["RBM to rate"].space == RELATIVES["ERBM to rate"].space
    assert RELATIVES["RBM to rank"].space == RELATIVES["ERBM to rank"].space
    assert RELATIVES["BPR"].space == RELATIVES["EBPR"].space
    assert RELATIVES["MF"].space["regularization"] == RELATIVES["EMF"].space["regularization"]
    for name in ("U-CFN", "V-CFN", "semi-autoencoder over users", "semi-autoencoder over films"):
        assert RELATIVES[name].space == RELATIVES[f"{name}, features"].space
    graphs = [r.space for name, r in RELATIVES.items() if name.startswith("SEM-AUTO")]
    assert len(graphs) == 3 and all(space == graphs[0] for space in graphs)


def test_a_model_is_given_its_features(data, monkeypatch):
    asked = []
    facts = pd.DataFrame({"item": range(150), "feature": ["even", "odd"] * 75})
    monkeypatch.setattr(relatives, "features", lambda name: asked.append(name) or facts)
    small = replace(RELATIVES["SEM-AUTO, graph"], space={"n_epochs": (2, 3)})
    monkeypatch.setitem(relatives.RELATIVES, "SEM-AUTO, graph", small)
    found = relatives.search("SEM-AUTO, graph", data, [0])
    assert found["n_epochs"].isin([2, 3]).all() and set(asked) == {"graph"}
    row = relatives.measure_relative("SEM-AUTO, graph", 0, {"n_epochs": 2}, data).iloc[0]
    assert np.isfinite(row["map@10"]) and np.isnan(row["rmse"])


@pytest.mark.slow
def test_the_whole_study_on_a_few_ratings(data, monkeypatch):
    monkeypatch.setattr(relatives, "SEARCH_FOLDS", (0,))
    few = {name: relatives.RELATIVES[name] for name in ("MF", "EMF", "ERBM to rank", "EBPR")}
    monkeypatch.setattr(relatives, "RELATIVES", few)
    found = relatives.study(data, [0, 1])
    assert list(found["relatives-search"]) == relatives.SEARCHED
    assert list(found["relatives"]) == relatives.COLUMNS
    assert found["relatives"].groupby("model").size().eq(2).all()
    assert found["relatives"].set_index("model")["rmse"].isna().groupby(
        "model"
    ).all().to_dict() == {
        "EBPR": True,
        "EMF": False,
        "ERBM to rank": True,
        "MF": False,
    }
    assert np.isfinite(found["relatives"][["map@10", "mep@10", "seconds"]]).all(axis=None)
    monkeypatch.setattr(relatives, "measured", None)
    again = relatives.study(data, [0, 1])
    pd.testing.assert_frame_equal(again["relatives"], found["relatives"])


@pytest.mark.slow
def test_the_command_writes_the_tables(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from eautorec import cli

    table = pd.DataFrame({"a": [2]})
    tables = {"relatives-search": table, "relatives": table}
    monkeypatch.setattr(relatives, "study", lambda data, folds: tables if len(folds) == 2 else {})
    monkeypatch.setattr(relatives_faithful, "table", lambda search, data: search)
    command = ["study", "relatives", "--folds", "2", "--to", str(tmp_path)]
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 0, done.output
    for name in (*tables, "relatives-faithful"):
        assert (tmp_path / f"{name}.csv").read_text() == "a\n2\n"


def test_on_record_the_pull_of_emf_lowers_mep_at_every_penalty():
    """Of all unrated films, and of both scores; a larger lambda lowers it more."""
    found = recorded("relatives-search").set_index("model")
    without = found.loc["MF"].set_index("regularization")["mep@10"]
    for name in ("EMF", "EMF, share"):
        mine = found.loc[name].pivot(
            index="regularization", columns="explainability_weight", values="mep@10"
        )
        mine.insert(0, 0.0, without)
        assert mine.shape == (3, 4)
        assert (np.diff(mine.to_numpy(), axis=1) < 0).all()


@pytest.mark.parametrize("name", ["BPR", "EBPR"])
def test_on_record_the_best_penalty_lies_inside_its_space(name):
    """The pairs of EBPR weigh less, so that it wants another one; at an edge it would be judged by
    our grid."""
    space = RELATIVES[name].space["regularization"]
    best = relatives.chosen(recorded("relatives-search"), name)["regularization"]
    assert min(space) < best < max(space)
