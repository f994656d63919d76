"""The explorer's data say what the library says, are few, and are made once."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from eautorec import AutoRec, EAutoRec, Explainability, split
from eautorec.synthetic import five_users, movielens_like
from eautorec_book import explorer

QUICK = {"max_epochs": 5, "refit_epochs": 2, "seed": 0}
KS = (2, 5, 20)


@pytest.fixture(scope="module")
def five():
    return explorer.world_of_five()


@pytest.fixture(scope="module")
def parts():
    return split(movielens_like(80, 120, 2500), 0.1, seed=0)


@pytest.fixture(scope="module")
def models(parts):
    train, _ = parts
    return {
        "AutoRec": AutoRec(8, **QUICK).fit(train),
        "E-AutoRec": EAutoRec(8, n_neighbors=5, **QUICK).fit(train),
    }


@pytest.fixture(scope="module")
def films(parts, models):
    return explorer.world_of_films(*parts, models, ks=KS, n_users=3)


@pytest.mark.parametrize("k, theta", [(1, 0), (2, 0), (2, 2.5), (4, 1)])
def test_the_five_users_have_the_predictions_of_models_trained_at_that_place(five, k, theta):
    ratings = five_users()
    model = EAutoRec(n_neighbors=k, theta=theta, **explorer.SMALL).fit(ratings)
    at = five["ks"].index(k), explorer.THETAS.index(theta)
    for row, user in enumerate(ratings.users):
        for column, item in enumerate(ratings.items):
            reason = model.explain(user, item)
            assert five["eautorec"][at[0]][at[1]][row][column] == pytest.approx(reason.score)
            found = five["without"][at[0]][at[1]][row][column]
            assert found == pytest.approx(reason.score_without)
        recommended = model.recommend(user, 4)["item"].tolist()
        listed = [c for c in five["lists"]["E-AutoRec"][at[0]][at[1]][row] if c >= 0]
        assert ratings.items[listed].tolist() == recommended


def test_worked_films_say_what_the_models_and_their_explanation_say(parts, models, films):
    train, test = parts
    items = {train.title(item): item for item in train.items.tolist()}
    for user in films["users"]:
        assert user["n_ratings"] == train.matrix[train.user_row(user["user"])].nnz
        for film in user["films"]:
            item = items[film["title"]]
            reason = models["E-AutoRec"].explain(user["user"], item)
            assert film["eautorec"] == pytest.approx(reason.score)
            assert film["without"] == pytest.approx(reason.score_without)
            assert film["autorec"] == pytest.approx(
                models["AutoRec"].predict(user["user"], item)[0]
            )
            assert film["sentence"] == str(reason)
            for k, n, counts in zip(KS, user["n_neighbors"], film["counts"], strict=True):
                said = Explainability(k).fit(train).explain(user["user"], item)
                assert (n, counts) == (said.n_neighbors, list(said.counts.values()))


def test_the_rules_choose_what_they_say(parts, models, films):
    train, test = parts
    for user in films["users"]:
        found = {rule: film for film in user["films"] for rule in film["rules"]}
        label = user["user"]
        whole = models["E-AutoRec"].recommend(label, train.n_items)
        able = models["E-AutoRec"].recommend(label, train.n_items, explainable=True)
        assert found["first"]["title"] == whole["title"][0]
        assert found["explainable"]["title"] == able["title"][0]
        strongest = sum(x * n for x, n in enumerate(found["strongest"]["counts"][1], start=1)) / 5
        assert strongest == pytest.approx(whole["explainability"].max())
        moved = [models["E-AutoRec"].explain(label, item).effect for item in whole["item"]]
        film = found["moved"]
        assert abs(film["eautorec"] - film["without"]) == pytest.approx(
            np.abs(moved).max(), abs=1e-7
        )
        withheld = test.to_frame().query("user == @label")["rating"]
        assert found["disliked"]["withheld"] == withheld.min()


def test_the_lists_and_their_mep_are_counted_one_by_one(parts, models, films):
    train, test = parts
    users = sorted({user.item() for user in test.users[test.user_index]})
    for k, theta in ((2, 0), (5, 1.5), (20, 0.5)):
        judge = Explainability(k, theta).fit(train)
        at = KS.index(k), explorer.THETAS.index(theta)
        e = judge.scores.toarray() > 0
        rated = train.matrix.toarray() > 0
        rows = [train.user_row(user) for user in users]
        base = np.mean([e[row][~rated[row]].mean() for row in rows])
        assert films["mep"]["random"][at[0]][at[1]] == pytest.approx(base, abs=1e-6)
        for name, model in models.items():
            lists = [model.recommend(user, 10)["item"] for user in users]
            shares = [
                np.mean([judge.score(user, item) > 0 for item in items])
                for user, items in zip(users, lists, strict=True)
            ]
            assert films["mep"][name][at[0]][at[1]] == pytest.approx(np.mean(shares), abs=1e-6)
    for user in films["users"]:
        for name, model in models.items():
            listed = model.recommend(user["user"], 10)
            shown = user["lists"][name]
            assert [film["title"] for film in shown] == listed["title"].tolist()
            judge = Explainability(5).fit(train)
            for film, item in zip(shown, listed["item"], strict=True):
                assert film["E"][1] == pytest.approx(judge.score(user["user"], item), abs=1e-4)


def test_more_is_explainable_by_chance_with_more_neighbours_and_less_with_a_higher_theta(films):
    base = np.array(films["mep"]["random"])
    assert (np.diff(base[:, 0]) > 0).all()
    assert (np.diff(base, axis=1) <= 0).all()


def test_at_full_size_the_data_hold_a_few_dozen_examples_and_stay_small(five, parts, models):
    films = explorer.world_of_films(*parts, models)
    assert len(films["users"]) == explorer.N_USERS
    assert sum(len(user["films"]) for user in films["users"]) <= 48
    text = explorer.script({"thetas": explorer.THETAS, "five": five, "movielens": films})
    assets = sum((explorer.ASSETS / name).stat().st_size for name in explorer.SCRIPTS)
    assert len(text.encode()) + assets < 200_000
    name, _, rest = text.partition("=")
    assert name == "window.eautorecExplorer"
    assert json.loads(rest.rstrip(";\n"))["five"] == json.loads(json.dumps(five))


def test_nothing_is_asked_of_another_host():
    for name in explorer.SCRIPTS:
        text = (explorer.ASSETS / name).read_text(encoding="utf-8")
        assert not any(word in text for word in ("http", "fetch(", "import(", "@import"))


@pytest.fixture
def project(tmp_path):
    """A folder in which the builder finds this package's explorer."""
    target = tmp_path / "book" / "eautorec_book" / "explorer.py"
    target.parent.mkdir(parents=True)
    shutil.copyfile(explorer.__file__, target)
    return tmp_path


def test_the_data_are_made_once_for_the_same_library(project, monkeypatch):
    class Here:
        """A pool that computes in this process."""

        made = 0

        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def submit(self, _):
            Here.made += 1
            return self

        def result(self):
            return {"thetas": [0]}

    monkeypatch.setattr(explorer, "ProcessPoolExecutor", Here)
    build = project / "_build"
    explorer.prepare(project, build, [Path("chapters/other.md")])
    assert not build.exists()
    for _ in range(2):
        explorer.prepare(project, build, [explorer.PAGE])
    assert Here.made == 1
    (project / "eautorec").mkdir()
    (project / "eautorec" / "model.py").write_text("answer = 43\n")
    explorer.prepare(project, build, [explorer.PAGE])
    assert Here.made == 2
    names = {file.name for file in (build / "explorer").iterdir()}
    assert names == {"explorer-data.js", *explorer.SCRIPTS}
