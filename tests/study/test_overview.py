"""Every model in one table: each figure is that of its own record."""

import pytest

from eautorec.study import overview
from eautorec_book.records import recorded, study


@pytest.fixture(scope="module")
def tables():
    return study(), *(recorded(name) for name in ("better", "concise", "faithful", "peers"))


@pytest.fixture(scope="module")
def means(tables):
    found = overview.overview(*tables)
    assert not found.duplicated(["model", "measure"]).any()
    assert ((found["low"] <= found["mean"]) & (found["mean"] <= found["high"]))[
        found["low"].notna()
    ].all()
    return found.set_index(["model", "measure"])["mean"]


def test_a_model_of_the_study_is_without_its_leak(means, tables):
    """E-AutoRec's E knows training ratings only; the leaking control lies beside it."""
    records = tables[0].query("n_hidden == 300 and n_neighbors == 50 and theta == 0")
    mine = records.query("model == 'E-AutoRec' and metric == 'rmse' and e_from == 'training'")
    leaking = records.query("model == 'E-AutoRec' and metric == 'rmse'")
    assert means["E-AutoRec", "rmse"] == pytest.approx(mine["value"].mean())
    assert mine["value"].mean() != pytest.approx(leaking["value"].mean(), abs=1e-4)


def test_others_are_those_of_their_studies(means, tables):
    _, better, concise, faithful, peers = tables
    ranked = better.query("task == 'rank' and model == 'e' and beside == 'e'")
    assert means["E-AutoRec to rank", "map@10"] == pytest.approx(ranked["map@10"].mean())
    few = concise.query("method == 'concise EASE' and k == 20")
    assert means["concise EASE, 20 people", "map@10"] == pytest.approx(few["map@10"].mean())
    told = faithful.query(
        "model == 'EASE' and reason == 'users' and weights == 'retrained' and k == 20 "
        "and measure == 'necessity' and order == 'own'"
    )
    assert means["EASE", overview.REASON] == told["mean"].item()
    cost = peers.set_index("peer")["memory"]
    assert means["EASE", "memory"] == cost["eautorec: EASE"]


def test_what_a_model_does_not_do_has_no_row(means):
    assert ("EASE", "rmse") not in means.index and ("random", "seconds") not in means.index
    assert ("item AutoRec", overview.REASON) not in means.index
