"""The explorer's data say what the library says, are few, and are made once."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from eautorec import EASE, AutoRec, EAutoRec, Explainability, split
from eautorec.study.faithful import SEED
from eautorec.synthetic import five_users, movielens_like
from eautorec_book import explorer, two_lists

pytestmark = pytest.mark.slow

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


LEAST = 20
"""The fewest ratings of a known film in this small world."""


@pytest.fixture(scope="module")
def listed(parts, models):
    """Both models whose lists are shown, and the lists of three users."""
    train, _ = parts
    both = {"EASE": EASE(20.0, n_neighbors=5).fit(train), "E-AutoRec": models["E-AutoRec"]}
    return both, two_lists.two_lists(train, both, train.users[[0, 7, 40]].tolist(), LEAST)


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


def test_at_full_size_the_data_hold_a_few_dozen_examples_and_stay_small(
    five, parts, models, listed
):
    films = explorer.world_of_films(*parts, models)
    assert len(films["users"]) == explorer.N_USERS
    assert sum(len(user["films"]) for user in films["users"]) <= 48
    train, _ = parts
    few = two_lists.two_lists(train, listed[0], train.users[: explorer.N_LISTED + 1].tolist())
    found = {"thetas": explorer.THETAS, "five": five, "movielens": films, "lists": few}
    text = explorer.script(found)
    assets = sum((explorer.ASSETS / name).stat().st_size for name in explorer.SCRIPTS)
    assert len(text.encode()) + assets < 200_000
    name, _, rest = text.partition("=")
    assert name == "window.eautorecExplorer"
    assert json.loads(rest.rstrip(";\n"))["five"] == json.loads(json.dumps(five))


def every_film(listed):
    """(choice, model's name, user, place, film) of all that is shown."""
    for user in listed["users"]:
        for choice, of in user["lists"].items():
            for name, films in of.items():
                for place, film in enumerate(films, start=1):
                    yield choice, name, user["user"], place, film


def test_two_lists_and_their_reasons_are_the_librarys(parts, listed):
    train, _ = parts
    models, found = listed
    for user in found["users"]:
        for name, model in models.items():
            first = model.recommend(user["user"], 10)["title"].tolist()
            shown = [found["titles"][str(film["film"])] for film in user["lists"]["all"][name]]
            assert shown == first
    for choice, name, user, place, film in every_film(found):
        reason = models[name].explain(user, train.items[film["film"]].item())
        assert (film["raters"], film["neighbours"]) == (reason.n_raters, reason.n_neighbors)
        assert film["E"] == pytest.approx(reason.explainability, abs=1e-4)
        assert film["score"] == pytest.approx(reason.score, rel=1e-6)
        assert film["without"] == pytest.approx(reason.score_without, rel=1e-6, abs=1e-9)
        if choice == "all":
            assert (place, film["after"]) == (reason.rank, reason.rank_without)
            assert film["sentence"] == str(reason)


def test_known_films_have_enough_ratings_and_ranks_count_them_alone(parts, listed):
    train, _ = parts
    models, found = listed
    enough = train.matrix.getnnz(axis=0) >= LEAST
    assert 10 < enough.sum() < train.n_items
    for choice, name, user, place, film in every_film(found):
        if choice == "known":
            person = models[name].person(user)
            better = person.scores > person.scores[film["film"]]
            assert place == 1 + np.count_nonzero(better & enough & ~person.rated)
            assert enough[film["film"]] and enough[film["list"]].all()


def test_a_list_without_a_reason_is_that_of_a_slow_computation(parts, listed):
    """The nearest, X, G and the two sums written out, on dense matrices, for every film shown."""
    train, _ = parts
    models, found = listed
    r = train.matrix.toarray().astype(float)
    enough = (r > 0).sum(axis=0) >= LEAST
    cosine = r @ r.T / np.sqrt(np.outer((r**2).sum(axis=1), (r**2).sum(axis=1)))
    np.fill_diagonal(cosine, -1)
    x, eye = r / 5, np.eye(train.n_items)
    g = np.linalg.inv(x.T @ x + 20 * eye)
    w_r, w_e = models["E-AutoRec"].weights_.inputs
    network = models["E-AutoRec"].weights_
    fell = []

    for choice, name, user, place, film in every_film(found):
        u, i = train.user_row(user), film["film"]
        near = np.argsort(-cosine[u], kind="stable")[:5]
        left = r.copy()
        left[near, i] = 0
        assert film["raters"] == np.count_nonzero(r[near, i])
        pool = np.flatnonzero((train.item_index == i) & (train.user_index != u))
        mixed = np.random.default_rng([SEED, u, i]).permutation(pool)[: film["raters"]]
        without_any = r.copy()
        without_any[train.user_index[mixed], i] = 0

        def ease_held(left, u=u):
            return (x @ g @ x[u]) @ (left / 5) / (20 * np.diag(g))

        def ease_anew(left, u=u):
            again = np.linalg.inv(left.T @ left / 25 + 20 * eye)
            return x[u] - x[u] @ again / np.diag(again)

        def network_held(left, u=u, near=near):
            h = network.hidden_bias + r[u] / 5 @ w_r + left[near].mean(axis=0) / 5 @ w_e
            return network.output @ (1 / (1 + np.exp(-h))) + network.output_bias

        films = (r[u] == 0) & (enough | (choice == "all"))
        ease = name == "EASE"
        held = (ease_held if ease else network_held)(left)
        order = np.argsort(np.where(films, -held, np.inf), kind="stable")
        assert film["list"] == order[:10].tolist()
        assert order[film["after"] - 1] == i
        mixed_up = (ease_anew if ease else network_held)(without_any)
        assert film["random"] == 1 + np.count_nonzero(mixed_up[films] > mixed_up[i])
        assert ("retrained" in film) == ease
        if ease:
            anew = ease_anew(left)
            assert film["retrained"] == 1 + np.count_nonzero(anew[films] > anew[i])
        fell.append(film["after"] - place)
    assert max(fell) > 10


def test_nothing_is_asked_of_another_host():
    for name in explorer.SCRIPTS:
        text = (explorer.ASSETS / name).read_text(encoding="utf-8")
        assert not any(word in text for word in ("http", "fetch(", "import(", "@import"))


@pytest.fixture
def project(tmp_path):
    """A folder in which the builder finds what makes the explorer's data."""
    target = tmp_path / "book" / "eautorec_book"
    target.mkdir(parents=True)
    for module in (explorer, two_lists):
        shutil.copy(module.__file__, target)
    return tmp_path


def test_the_data_are_made_once_for_the_same_library(project, monkeypatch):
    asked = []

    def python(command, env, **_):
        """Another Python, which has made the data."""
        asked.append(env)
        return SimpleNamespace(stdout=explorer.script({"thetas": [0]}))

    monkeypatch.setattr(explorer.subprocess, "run", python)
    build = project / "_build"
    other = [Path("chapters/other.md")]
    explorer.prepare(build, other)
    assert not explorer.lacks_data(project, build, other) and not build.exists()
    assert explorer.lacks_data(project, build, [explorer.PAGE])
    explorer.make_data(project, build)
    assert not explorer.lacks_data(project, build, [explorer.PAGE])
    (project / "eautorec").mkdir()
    (project / "eautorec" / "model.py").write_text("answer = 43\n")
    assert explorer.lacks_data(project, build, [explorer.PAGE])
    explorer.prepare(build, [explorer.PAGE])
    names = {file.name for file in (build / "explorer").iterdir()}
    assert names == {explorer.DATA, *explorer.SCRIPTS}
    [env] = asked
    assert env["OMP_NUM_THREADS"] == env["OPENBLAS_NUM_THREADS"] == "1"
