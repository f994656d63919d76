"""That the benchmark measures and tells; never how fast something is."""

import json
import re
import runpy
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from eautorec import AutoRec, EAutoRec, InputError
from eautorec.explainability import Explainability
from eautorec.synthetic import movielens_like
from eautorec_benchmarks import core, growth, peers, read, report, scale
from eautorec_benchmarks.clock import apart, medians, result_of


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    ratings = movielens_like(60, 80, 1500)
    path = tmp_path_factory.mktemp("bench") / "small.csv"
    ratings.to_frame()[["user", "item", "rating"]].to_csv(path, index=False)
    return str(path)


def test_the_obvious_explainability_is_ours(tastes):
    grouped = core.explainability_by_groups(tastes, 7).reindex(columns=tastes.items).fillna(0)
    expl = Explainability(7).fit(tastes)
    np.testing.assert_allclose(grouped, expl.scores.toarray(), atol=1e-6)


@pytest.mark.parametrize("model", [AutoRec(4), EAutoRec(4, n_neighbors=5)])
def test_an_epoch_stands_beside_its_products_in_both_kinds(tastes, model):
    sparse, bags = core._epoch(model, tastes, repeats=1)
    assert "sparse products" in sparse.than and sparse.at_most == 1.5
    assert "embedding bags" in bags.than and bags.reached is None


def test_an_epoch_has_its_parts(tastes):
    parts = core.parts_of_an_epoch(EAutoRec(4, n_neighbors=5, pseudo_ratings=2), tastes, repeats=2)
    assert len(parts) == 6 and {"encoder", "optimiser"} < set(parts)
    assert all(seconds >= 0 for seconds in parts.values())


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "rprop"])
def test_every_optimiser_can_be_measured(tastes, optimizer):
    step = core.stepper(optimizer, AutoRec(4, pseudo_ratings=2), tastes)
    assert step().objective > step().objective > 0


def test_a_fit_is_measured_up_to_a_good_epoch():
    row = core._fit(AutoRec, movielens_like(60, 80, 1500), target=60.0)
    assert row.what.startswith("fit of AutoRec (") and row.value > 0 and row.reached


def test_the_dense_model_beside_ours_learns(tastes):
    step = core.stepper("dense", EAutoRec(8, n_neighbors=5, regularization=0.1), tastes)
    objectives = [step() for _ in range(100)]
    assert objectives[-1] < objectives[0] / 2


def test_medians_leave_out_the_first_turn():
    calls = []
    assert len(medians(lambda: calls.append(1), lambda: None, repeats=3)) == 2
    assert len(calls) == 4


def test_rows_are_judged():
    row = core.Row("E", 2.0, "s", "bare", 1.0, at_most=1.5)
    assert row.ratio == 2.0 and not row.reached
    row = core.Row("E", 2.0, "s", "slow", 100.0, at_least=30)
    assert row.ratio == 50.0 and row.reached
    row = core.Row("epochs", 30.0, "a second", "dense", 10.0, at_least=2.5)
    assert row.ratio == 3.0 and row.reached
    assert core.Row("import", 0.1, "s", at_most=0.3).reached
    assert core.Row("epochs", 30.0, "a second", "dense", 10.0).reached is None


def test_slope_of_linear_growth_is_one():
    assert growth.slope([1, 5, 20], [2, 10, 40]) == pytest.approx(1)


@pytest.mark.slow
def test_growth_is_measured_apart():
    [row] = growth.rows([0.02], threads=1)
    assert 5_000 < row["ratings"] <= 20_000
    assert 0 < row["memory_data"] <= row["memory_neighbours"] <= row["memory"] < 4
    assert row["epoch_s"] > 0


def test_scale_is_measured_step_by_step(monkeypatch):
    monkeypatch.setattr(scale, "N_ASKED", 3)
    table = pd.DataFrame(scale.measure(0.02))
    assert table["step"].iloc[0] == "make the ratings" and "fit" in set(table["step"])
    assert (table["seconds"] > 0).all() and table["peak_mib"].is_monotonic_increasing
    assert list(scale.rows(0)) == []
    measured = {"core": [], "growth": [], "peers": [], "read": []}
    measured["scale"] = table.to_dict("records")
    *_, (header, align, lines) = report.as_text(measured)
    assert len(lines) == len(table) and len(header) == len(align) == len(lines[0])
    newcomers = table["step"].str.startswith(("a newcomer with 50 ratings", "one rating more"))
    assert newcomers.sum() == 4


def test_readers_find_the_same(tmp_path):
    path = tmp_path / "ratings.csv"
    read.write(path, 0.02)
    line = path.read_text().splitlines()[1]
    assert re.fullmatch(r"\d+,\d+,[0-5]\.[05],\d{9,10}", line)
    ours, bare = (read.measure(name, str(path)) for name in ("read_ratings", "pandas"))
    for name in ("ratings", "users", "items"):
        assert ours[name] == bare[name] > 0
    assert ours["seconds"] > 0 and ours["peak_mib"] > 0
    header, align, [line, _] = read.as_text([ours, bare])
    assert line[0] == "read_ratings" and len(line) == len(header) == len(align)


def test_a_measurement_that_fails_is_told():
    with pytest.raises(RuntimeError, match="failed"):
        result_of(apart("growth", "many"))


def test_parts_are_saved_as_tables(tmp_path):
    row = core.Row("E", 0.123456, "s", "bare", 0.1, at_most=2.0)
    table = {"core": [row._asdict() | {"ratio": row.ratio, "reached": row.reached}]}
    report.save(table | {"growth": [], "peers": [], "scale": [], "read": []}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bench.csv"]
    saved = pd.read_csv(tmp_path / "bench.csv").iloc[0]
    assert saved["value"] == 0.1235 and bool(saved["reached"])
    with pytest.raises(InputError, match="no folder"):
        report.measure("100k", [], False, 1, 0.1, tmp_path / "absent")


def test_our_models_are_measured_like_peers(small):
    facts = peers.measure("eautorec: by E", small)
    assert facts["mep10"] == pytest.approx(1.0) and facts["rmse"] is None
    facts = peers.measure("eautorec: E-AutoRec", small)
    assert 0 <= facts["map10"] <= 1 and 0 < facts["rmse"] < 2


@pytest.mark.weekly
def test_the_whole_table(small):
    command = [sys.executable, "-m", "eautorec_benchmarks", small, "--repeats", "1"]
    command += ["--seconds", "0.1", "--growth", "0.02,0.03", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    table = json.loads(done.stdout)
    assert len(table["core"]) == 16 and len(table["growth"]) == 2 and table["peers"] == []
    parts = list(report.as_text(table))
    assert [len(lines) for _, _, lines in parts] == [16, 3]
    for header, align, lines in parts:
        assert all(len(line) == len(header) == len(align) for line in lines)


def test_bench_tells_what_it_cannot_do(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["eautorec_benchmarks", "--growth", "1,many"])
    with pytest.raises(SystemExit) as done:
        runpy.run_module("eautorec_benchmarks", run_name="__main__")
    assert done.value.code == 2 and "--growth is '1,many'" in capsys.readouterr().err
