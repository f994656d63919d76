"""EASE in blocks, in single precision, on a cluster; and the lists of all users as one table."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eautorec import EASE, InputError, gram
from eautorec.files import write_table
from eautorec.models import recommender
from eautorec.models.concise import ConciseEASE
from eautorec.models.popularity import Popularity
from eautorec.synthetic import movielens_like


@pytest.fixture(scope="module")
def ratings():
    """88 users, 60 items."""
    return movielens_like(90, 60, 1800)


@pytest.fixture(scope="module")
def whole(ratings):
    return EASE(20.0, dropout=0.2, n_neighbors=9).fit(ratings)


def test_blocks_are_the_ratings(ratings):
    blocks = list(ratings.blocks(40))
    assert [block.n_users for block in blocks] == [40, 40, 8]
    assert all(np.array_equal(block.items, ratings.items) for block in blocks)
    frame = pd.concat([block.to_frame() for block in blocks], ignore_index=True)
    expected = ratings.to_frame().sort_values(["user", "item"], ignore_index=True)
    pd.testing.assert_frame_equal(frame, expected)


@pytest.mark.parametrize("values", ["ratings", "ones"])
@pytest.mark.parametrize("size", [1, 40, 88])
def test_a_fit_over_blocks_is_the_fit_on_everything(ratings, size, values):
    expected = EASE(20.0, dropout=0.2, values=values).fit(ratings)
    found = EASE(20.0, dropout=0.2, values=values).fit_blocks(ratings.blocks(size))
    np.testing.assert_allclose(found.inverse_, expected.inverse_, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.penalty_, expected.penalty_, rtol=1e-14)


def test_everybody_gets_their_list_from_their_block(ratings, whole):
    model = EASE(20.0, dropout=0.2, n_neighbors=9).fit_blocks(ratings.blocks(40))
    assert model.ratings_.n_users == 40
    for block in ratings.blocks(40):
        here = model.among(block)
        for user in block.users[::7].tolist():
            found, expected = here.recommend(user), whole.recommend(user)
            assert found["item"].tolist() == expected["item"].tolist()
            np.testing.assert_allclose(found["score"], expected["score"], atol=1e-12)
    assert model.ratings_.n_users == 40


def test_a_part_of_the_people_is_not_taken_for_all(ratings, whole, tmp_path):
    """Own ratings tell the whole score; what everybody who rated the item adds is not told."""
    model = EASE(20.0, dropout=0.2, n_neighbors=9).fit_blocks(ratings.blocks(40))
    model.save(tmp_path / "part.npz")
    for part in (model, EASE.load(tmp_path / "part.npz")):
        user = part.ratings_.users[3].item()
        item = part.recommend(user, 1)["item"][0]
        told, expected = part.explain(user, item), whole.explain(user, item)
        assert told.by_user is None and told.effect is None and told.n_neighbors == 9
        assert told.by_item["contribution"].sum() == pytest.approx(expected.score, abs=1e-12)
        assert told.rank == expected.rank == 1
        assert "carry" not in str(told) and "own ratings" in str(told)


def test_blocks_that_do_not_belong_together_are_told(ratings):
    first, second, _ = ratings.blocks(40)
    with pytest.raises(InputError, match=r"User 1 is in two blocks"):
        EASE().fit_blocks([first, first])
    with pytest.raises(InputError, match="other items or another scale"):
        EASE().fit_blocks([first, replace(second, items=second.items + 1)])
    with pytest.raises(InputError, match="other items or another scale"):
        EASE().fit_blocks([first, replace(second, scale=(0.5, 5.0))])
    with pytest.raises(InputError, match="There are no blocks"):
        EASE().fit_blocks(iter(()))
    with pytest.raises(InputError, match="other items or another scale"):
        EASE().fit_blocks([first]).among(replace(second, items=second.items + 1))


def test_too_many_items_are_told_before_the_work(ratings, monkeypatch):
    monkeypatch.setattr(gram, "MOST_ITEMS", 59)
    with pytest.raises(InputError, match="There are 60 items"):
        EASE().fit(ratings)


def test_single_precision_differs_by_what_the_inverse_is_off(ratings, whole, monkeypatch):
    """The bound of the docstring, for every user and every item that they have not rated."""
    monkeypatch.setattr(gram, "DOUBLE", 59)
    single = EASE(20.0, dropout=0.2, n_neighbors=9).fit(ratings)
    assert single.inverse_.dtype == np.float32 and whole.inverse_.dtype == np.float64
    g = single.inverse_.astype(np.float64)
    x = single.x_.toarray()
    off = np.linalg.norm((x.T @ x + np.diag(single.penalty_)) @ g - np.eye(60), axis=1)
    bound = np.outer(np.linalg.norm(x, axis=1), off / (single.penalty_ * g.diagonal()))
    rounding = np.finfo(np.float32).eps * (abs(x) @ abs(g) / g.diagonal() + 1) * 60
    assert bound.max() < 1e-5
    np.testing.assert_allclose(single.scores(), whole.scores(), atol=1e-5)
    for u, user in enumerate(ratings.users.tolist()):
        person = single.person(user)
        for i in np.flatnonzero(~person.rated)[::9]:
            told = person.explain(ratings.items[i].item())
            by_user, by_item = (
                frame["contribution"].sum() for frame in (told.by_user, told.by_item)
            )
            assert abs(by_user - by_item) <= bound[u, i] + rounding[u, i]
            assert told.score == pytest.approx(by_item, abs=rounding[u, i])


@pytest.mark.parametrize(
    "make", [lambda: EASE(20.0), lambda: ConciseEASE(3, regularization=20.0), Popularity]
)
@pytest.mark.parametrize("cells", [60 * 7, 10**6])
def test_the_table_holds_every_user_s_list(ratings, make, cells, tmp_path, monkeypatch):
    monkeypatch.setattr(recommender, "BLOCK_CELLS", cells)
    model = make().fit(ratings)
    done = []
    path = model.recommend_all(tmp_path / "lists.csv", 5, progress=lambda *now: done.append(now))
    table = pd.read_csv(path)
    assert list(table.columns) == ["user", "rank", "item", "score"]
    assert done[-1] == (88, 88) and len(done) == (13 if cells == 60 * 7 else 1)
    for user, found in table.groupby("user"):
        expected = model.recommend(user, 5)
        assert found["rank"].tolist() == [1, 2, 3, 4, 5]
        assert found["item"].tolist() == expected["item"].tolist()
        np.testing.assert_allclose(found["score"], expected["score"], atol=1e-9)
    assert table["user"].nunique() == 88


def test_parquet_holds_the_same_table(ratings, whole, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(recommender, "BLOCK_CELLS", 60 * 7)
    found = pd.read_parquet(whole.recommend_all(tmp_path / "lists.parquet"))
    expected = pd.read_csv(whole.recommend_all(tmp_path / "lists.csv"))
    pd.testing.assert_frame_equal(found, expected)


def test_tables_that_cannot_be_written_are_told(whole, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="let it end with .parquet or .csv"):
        whole.recommend_all(tmp_path / "lists.txt")
    with pytest.raises(InputError, match="There is no folder"):
        whole.recommend_all(tmp_path / "absent" / "lists.csv")
    monkeypatch.setattr("eautorec.files.find_spec", lambda name: None)
    with pytest.raises(InputError, match="Parquet needs the package pyarrow"):
        whole.recommend_all(tmp_path / "lists.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_breaks_off_leaves_nothing(tmp_path):
    def frames():
        yield pd.DataFrame({"user": [1]})
        raise KeyboardInterrupt

    (tmp_path / "lists.csv").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_table(tmp_path / "lists.csv", frames())
    assert [path.name for path in tmp_path.iterdir()] == ["lists.csv"]
    assert (tmp_path / "lists.csv").read_text() == "old"


def test_a_program_that_is_killed_half_way_leaves_no_table(tmp_path):
    code = """
import os, signal, sys, pandas as pd
from eautorec.files import write_table
def frames():
    yield pd.DataFrame({"user": range(100_000)})
    os.kill(os.getpid(), signal.SIGKILL)
write_table(sys.argv[1], frames())
"""
    path = tmp_path / "lists.csv"
    killed = subprocess.run([sys.executable, "-c", code, str(path)])
    assert killed.returncode == -9 and not path.exists()


def test_two_workers_give_the_same_fit(ratings, whole):
    distributed = pytest.importorskip("distributed")
    from eautorec.cluster import gram_on

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        model = EASE(20.0, dropout=0.2).fit_blocks(ratings.blocks(20), sum_up=gram_on(client))
    np.testing.assert_allclose(model.inverse_, whole.inverse_, rtol=0, atol=1e-14)
