"""What is out of range, of unequal length or not there is one sentence, before any work."""

import json
import sqlite3

import numpy as np
import pandas as pd
import pytest

from eautorec import EASE, AutoRec, Explainability, InputError, Ratings, split
from eautorec.evaluation import overlap, own_ratings, removal
from eautorec.evaluation.metrics import average_precision, explainable_precision
from eautorec.evaluation.ranking import top_k, top_lists
from eautorec.models import MODELS, make_model
from eautorec.study import concise
from eautorec.study.protocol import Protocol, Run
from eautorec.study.runner import NS, execute
from eautorec.study.store import Store
from eautorec.study.sweep import sweep
from eautorec.synthetic import movielens_like

PAIR = pd.DataFrame([(1, 1, 5), (1, 2, 4)], columns=["user", "item", "rating"])


@pytest.fixture(scope="module")
def ratings():
    return movielens_like(40, 60, 700)


@pytest.fixture(scope="module")
def file(ratings, tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "ratings.csv"
    ratings.to_frame().to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def ease(ratings):
    return EASE().fit(ratings)


def is_told(said, act):
    with pytest.raises(InputError, match=said) as told:
        act()
    assert len(str(told.value).splitlines()) == 1


# Lists longer than there are items, and shorter than one


def test_the_study_takes_fewer_items_than_its_longest_list(file):
    """60 items, and lists of up to 100."""
    runs = [Run("popular", 0), Run("popular", 0, protocol=Protocol(relevant="3 or more"))]
    found = [{(m, x): v for m, x, v in records} for _, records, _ in execute(runs, file)]
    assert found[0]["map", 60] == found[0]["map", max(NS)] > 0
    assert found[0]["map", 10] != found[1]["map", 10]


def test_lists_are_filled():
    scores = np.array([[1.0, 3.0, 2.0], [1.0, 2.0, 3.0]])
    train = Ratings.from_frame(PAIR.assign(user=[1, 2], item=[1, 2])).matrix
    train.resize(2, 3)
    assert top_lists(scores, train, 5).tolist() == [[1, 2, -1, -1, -1], [2, 0, -1, -1, -1]]


@pytest.mark.parametrize("n", [0, -1, 2.5, "3"])
def test_no_list_has_no_place(ease, ratings, n):
    is_told("must be a whole number, 1 or more", lambda: ease.recommend(1, n))
    is_told("must be a whole number, 1 or more", lambda: ease.recommend_all("x.csv", n))
    is_told("must be a whole number, 1 or more", lambda: top_k(np.zeros((2, 3)), n))
    is_told("n_users is", lambda: list(ratings.blocks(n)))


@pytest.mark.parametrize("ns", [[0], [-1], [4], [2, 0]])
def test_measures_have_the_lengths_of_the_lists(ns):
    lists, good = np.array([[0, 1, 2]]), np.array([[True, False, True]])
    for measure in (average_precision, explainable_precision):
        is_told("must lie between 1 and 3", lambda m=measure: m(lists, good, ns))


def test_measures_have_the_users_and_items_of_the_lists():
    lists = np.array([[0, 2], [1, -1]])
    for shape in ((1, 3), (3, 3), (2, 2)):
        for measure in (average_precision, explainable_precision):
            is_told("do not belong to sets", lambda m=measure, s=shape: m(lists, np.ones(s), [1]))
    assert explainable_precision(lists, np.ones((2, 3)), [1]).ravel().tolist() == [1, 1]


def test_reasons_have_a_length(ratings):
    case = own_ratings(ratings, 0, 0)
    is_told("k is -1", lambda: removal(lambda r: np.zeros(r.matrix.shape), ratings, [case], [-1]))
    is_told("k is -1", lambda: overlap([1], [2], -1))


def test_few_people_are_asked_for_fewer(ratings):
    """Of 40 users at most 38 others can be left with one left out."""
    few = (1, 2, 5, 10, 20)
    assert concise.ks_of(40) == few and concise.ks_of(2) == ()
    by_k = dict.fromkeys((*few, 0), 100.0)
    for weights in (concise.nearest(ratings, by_k), concise.largest(ratings)):
        assert [k for k, _ in weights] == [*few, 0]
    assert [k for k, _ in concise.pursued(ratings)] == [*few, 0]
    tiny = movielens_like(2, 20, 30)
    assert [k for k, _ in concise.nearest(tiny, {0: 100.0})] == [0]


# numpy's numbers


def test_numpy_numbers_are_saved(ratings, tmp_path):
    titled = Ratings.from_frame(ratings.to_frame(), titles={np.int64(1): np.str_("One")})
    model = AutoRec(np.int64(4), max_epochs=np.int32(2), regularization=np.float32(3)).fit(titled)
    model.save(tmp_path / "model.npz")
    assert AutoRec.load(tmp_path / "model.npz").ratings_.title(1) == "One"
    assert Run("EASE", np.int64(3)).key() == Run("EASE", 3).key()


def test_a_run_of_numpy_numbers_is_stored(ratings, file, tmp_path):
    with_store = Store(ratings.fingerprint, tmp_path / "s.sqlite")
    run = Run("popular", np.int64(1), n_neighbors=np.int16(20))
    for done, records, seconds in execute([run], file):
        with_store.add(done, records, seconds)
    assert with_store.finished() == {Run("popular", 1, n_neighbors=20).key()}
    with_store.close()


def test_what_is_told_is_plain(ease):
    person = ease.fold_in({np.int64(1): np.float32(4)}, label=np.int64(7))
    assert json.loads(json.dumps(person.explain(np.int64(3)).to_dict()))["user"] == 7
    assert json.loads(json.dumps(ease.explain(np.int64(1), np.int64(3)).to_dict()))["user"] == 1


# Arguments


def test_no_model_is_used_before_it_is_trained(tmp_path):
    for name in MODELS:
        for use in (
            lambda m: m.recommend(1),
            lambda m: m.scores(),
            lambda m: m.explain(1, 1),
            lambda m: m.person(1),
            lambda m: m.fold_in({1: 5}),
            lambda m: m.save(tmp_path / "m.npz"),
            lambda m: m.recommend_all(tmp_path / "l.csv"),
        ):
            model = make_model(name)
            is_told(r"is not trained yet: call fit\(train\) first", lambda u=use, m=model: u(m))


@pytest.mark.parametrize(
    "name, bad",
    [
        ("biases", {"regularization": 0}),
        ("biases", {"regularization": -5.0}),
        ("biases", {"regularization": "x"}),
        ("mf", {"seed": -1}),
        ("mf", {"n_factors": 0}),
        ("mf", {"regularization": float("nan")}),
        ("mf", {"n_iterations": 0}),
        ("user-knn", {"n_neighbors": 0}),
        ("user-knn", {"n_neighbors": -1}),
        ("item-autorec", {"seed": -1}),
        ("concise-ease", {"n_users": 0}),
        ("ranking", {"seed": -1}),
        ("ranking", {"explained": "no"}),
        ("e-autorec", {"device": "cuda:99"}),
    ],
    ids=str,
)
def test_every_model_guards_its_parameters(ratings, name, bad):
    [(parameter, value)] = bad.items()
    is_told(f"{parameter} is {value!r}", lambda: make_model(name, **bad).fit(ratings))


@pytest.mark.parametrize(
    "label", ["²", "--5", "-", "٣", "007", "9" * 400, 2**70, None, True, "1.0"]
)
def test_only_a_label_is_a_label(ease, label):
    is_told("There is no user", lambda: ease.person(label))
    is_told("There is no item", lambda: ease.explain(1, label))


def test_blanks_around_a_label_do_not_matter(ease):
    assert ease.person(" 3 ").label == ease.person(3.0).label == ease.person(np.int8(3)).label == 3


def test_a_newcomer_rates_an_item_once(ease):
    is_told("rated '1' twice", lambda: ease.fold_in({1: 5, "1": 4}))


@pytest.mark.parametrize(
    "options, said",
    [
        ({"times": [1]}, "There are 1 times and 2 ratings"),
        ({"times": [1, 2, 3]}, "There are 3 times and 2 ratings"),
        ({"times": [1, np.nan]}, "A time is not a number"),
        ({"times": ["a", "b"]}, "A time is not a number"),
        ({"scale": (5, 1)}, "give the lowest rating first"),
        ({"scale": (1,)}, "give the lowest and the highest rating"),
        ({"scale": (1, 5, 6)}, "give the lowest and the highest rating"),
        ({"scale": 5}, "give the lowest and the highest rating"),
        ({"scale": ("a", "b")}, "The lowest rating is 'a'"),
        ({"scale": (np.nan, 5)}, "The lowest rating is nan"),
        ({"scale": (-1, 5)}, "The lowest rating is -1"),
    ],
    ids=str,
)
def test_ratings_are_made_of_lists_that_fit(options, said):
    is_told(said, lambda: Ratings.from_frame(PAIR, **options))


@pytest.mark.parametrize(
    "options, said",
    [
        ({"seed": -1}, "seed is -1"),
        ({"seed": [0, -1]}, "seed is -1"),
        ({"seed": "x"}, "seed is 'x'"),
        ({"test_fraction": "x"}, "test_fraction is 'x'"),
        ({"test_fraction": float("nan")}, "test_fraction is nan"),
        ({"test_fraction": 1}, "test_fraction is 1"),
    ],
    ids=str,
)
def test_a_split_has_a_fraction_and_a_seed(ratings, options, said):
    is_told(said, lambda: split(ratings, **options))


@pytest.mark.parametrize(
    "options, said",
    [
        ({"fold": 10}, "fold is 10: there are 10, counted from 0"),
        ({"fold": -1}, "fold is -1"),
        ({"start": -1}, "start is -1"),
        ({"n_hidden": 0}, "n_hidden is 0"),
        ({"theta": float("nan")}, "theta is nan"),
    ],
    ids=str,
)
def test_a_run_exists(options, said):
    is_told(said, lambda: Run(**{"model": "EASE", "fold": 0} | options))


def test_an_unknown_model_or_choice_is_told(file):
    is_told("model is 'magic': choose one of", lambda: execute([Run("magic", 0)], file))
    is_told("loss is 'x': choose one of", lambda: Protocol(loss="x"))
    is_told("relevant is '4 and more'", lambda: Protocol(relevant="4 and more"))


def test_a_store_is_no_folder_and_no_other_file(tmp_path):
    (tmp_path / "text").write_text("hello " * 300)
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("create table mine (a)")
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    is_told("cannot hold finished runs", lambda: Store("x", tmp_path))
    is_told("cannot hold finished runs", lambda: Store("x", tmp_path / "text"))
    is_told("the database of something else", lambda: Store("x", tmp_path / "other.db"))
    assert (tmp_path / "other.db").read_bytes() == before
    is_told("cannot hold finished runs", lambda: Store("x", tmp_path / "text" / "s.sqlite"))


def test_a_store_that_is_full_keeps_what_it_has(ratings, file, tmp_path):
    store = Store(ratings.fingerprint, tmp_path / "s.sqlite")
    runs = [Run("popular", fold) for fold in range(3)]
    for number, run in enumerate(runs):
        [(_, records, seconds)] = execute([run], file)
        if number == 1:
            [(pages,)] = store.connection.execute("pragma page_count")
            store.connection.execute(f"pragma max_page_count = {pages}")
        if number == 0:
            store.add(run, records, seconds)
        else:
            is_told("cannot take another run", lambda r=run, m=50 * records: store.add(r, m, 1))
    assert store.finished() == {runs[0].key()}
    store.close()


def test_a_scheduler_that_is_not_there_is_told(ratings, tmp_path):
    pytest.importorskip("distributed")
    store = Store(ratings.fingerprint, tmp_path / "s.sqlite")
    run = [Run("popular", 0)]
    is_told(
        "There is no Dask scheduler at 'nowhere'", lambda: sweep(run, store, scheduler="nowhere")
    )


def test_nobody_similar_is_what_is_said():
    """Also of somebody whose ratings are all 0: others rated the same."""
    rows = [(1, 1, 0), (1, 2, 0), (2, 1, 5), (2, 3, 4), (3, 3, 5)]
    zeros = Ratings.from_frame(pd.DataFrame(rows, columns=["user", "item", "rating"]))
    told = str(Explainability(2).fit(zeros).explain(1, 3))
    assert told == "Nobody is similar to user 1: there is no explanation."
