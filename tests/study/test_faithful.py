"""The study of faithfulness: held scores against each model's own, orders by hand, the table."""

import numpy as np
import pandas as pd
import pytest
from small import ratings_of
from typer.testing import CliRunner

from eautorec import InputError
from eautorec.cli import app
from eautorec.evaluation import deletion, others_ratings, own_ratings, removal
from eautorec.models.by_e import ByE
from eautorec.models.concise import ConciseEASE
from eautorec.models.denoising import DenoisingAutoRec
from eautorec.models.ease import EASE
from eautorec.models.eautorec import EAutoRec
from eautorec.models.item_autorec import ItemAutoRec
from eautorec.models.user_knn import UserKNN
from eautorec.study import faithful
from eautorec.study.faithful import MODELS, Question
from eautorec.study.protocol import Run
from eautorec.study.runner import split_data
from eautorec.synthetic import movielens_like


@pytest.fixture(scope="module")
def ratings():
    return movielens_like(60, 80, 1500)


def fitted(question, ratings):
    quick = {
        "EASE": EASE(5.0),
        "concise EASE": ConciseEASE(5, regularization=5.0),
        "by E": ByE(10),
        "user kNN": UserKNN(5),
        "E-AutoRec": EAutoRec(4, n_neighbors=10, regularization=0.1, max_epochs=5),
        "E-AutoRec to rank": DenoisingAutoRec("rank", n_hidden=4, n_epochs=2, n_neighbors=10),
        "E-AutoRec to rate": DenoisingAutoRec("rate", n_hidden=4, n_epochs=2, n_neighbors=10),
        "item AutoRec": ItemAutoRec(4, 0.1),
    }
    return quick[question.model].fit(ratings)


def name_of(question):
    return f"{question.model}-{question.reason}-{question.weights}-{question.least}"


@pytest.mark.parametrize("question", faithful.QUESTIONS, ids=name_of)
def test_with_all_ratings_a_model_says_what_it_says(question, ratings):
    """Held or trained anew: the scores of the items that a user has not rated."""
    model = fitted(question, ratings)
    found = question.score(model)(ratings)
    for row in (0, 7, 59):
        person = model.person(ratings.users[row].item())
        np.testing.assert_allclose(
            found[row][~person.rated], person.scores[~person.rated], rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize(
    "question", [q for q in faithful.QUESTIONS if q.weights == "retrained"], ids=name_of
)
def test_retrained_is_a_new_fit(question, ratings):
    model = fitted(question, ratings)
    make = others_ratings if question.reason == "users" else own_ratings
    gone = make(ratings, 3, 10).pool[:6]
    left = ratings.take(np.delete(np.arange(len(ratings)), gone))
    expected = type(model)(**model.get_params()).fit(left).scores()[3]
    unrated = left.matrix[[3]].toarray()[0] == 0
    found = question.score(model)(left)[3]
    np.testing.assert_allclose(found[unrated], expected[unrated], atol=1e-5)


@pytest.mark.parametrize(
    "score, own, make",
    [
        (faithful.ease_by_users, faithful.by_users, others_ratings),
        (faithful.ease_by_items, faithful.by_items, own_ratings),
    ],
)
def test_held_deletion_is_the_sum_of_what_is_left(ratings, score, own, make):
    """A score that is a sum over its reason loses exactly the terms that are taken away."""
    model = EASE(5.0).fit(ratings)
    column = int(model.ratings_.item_column(model.recommend(ratings.users[4].item(), 1)["item"][0]))
    told = model.explain(ratings.users[4].item(), ratings.items[column].item())
    frame = told.by_user if make is others_ratings else told.by_item
    case = make(ratings, 4, column, own(model, 4, column))
    found = deletion(removal(score(model), ratings, [case], [3, 5]))
    for value, k in zip(found["del"], (3, 5), strict=True):
        assert value == pytest.approx(frame["contribution"][k:].sum() / told.score, abs=1e-9)


def test_held_e_moves_only_through_e(ratings):
    """Ratings of strangers move nothing; without those of the neighbours E-AutoRec says what its
    explanation says it would."""
    model = EAutoRec(4, n_neighbors=10, regularization=0.1, max_epochs=5).fit(ratings)
    person = model.person(ratings.users[4].item())
    column = faithful.first(ratings, model, 4, np.ones(ratings.n_items, dtype=bool))
    near = faithful.case(
        ratings, model, Question("", "users", "held", None, faithful.counted_by_e), "own", 4, column
    )
    assert set(ratings.user_index[near.reason]) <= set(person.neighbours)
    strangers = np.setdiff1d(near.pool, near.reason)
    score = faithful.eautorec_held(model)
    found = removal(score, ratings, [near, near._replace(reason=strangers)], [100])
    told = person.explain(ratings.items[column].item())
    clipped = np.clip(found["score_after"], *ratings.scale)
    assert clipped[0] == pytest.approx(told.score_without, abs=1e-5)
    assert found["score_after"][1] == pytest.approx(found["score"][1], abs=1e-12)


def test_orders_by_hand(ratings):
    question = Question("EASE", "users", "held", faithful.ease_by_users, faithful.by_users)
    model = EASE(5.0).fit(ratings)
    r = ratings.matrix.toarray().astype(float)
    raters = np.flatnonzero(r[:, 10] > 0)
    raters = raters[raters != 3]

    def order(name):
        return ratings.user_index[faithful.case(ratings, model, question, name, 3, 10).reason]

    count = (r > 0).sum(axis=1)
    cosine = r @ r[3] / np.linalg.norm(r, axis=1)
    assert order("popularity").tolist() == sorted(raters, key=lambda v: (-count[v], v))
    np.testing.assert_allclose(cosine[order("cosine")], np.sort(cosine[raters])[::-1])
    mixed = order("random")
    assert sorted(mixed) == raters.tolist() and mixed.tolist() == order("random").tolist()
    assert set(order("own")) == set(raters)


def test_knn_s_reason_is_its_sum(ratings):
    model = UserKNN(5).fit(ratings)
    scores = model.scores()
    for row, column in ((0, 3), (4, 20), (9, 50)):
        own = faithful.of_knn(model, row, column)
        weight = model.similarity(slice(row, row + 1))[0, own]
        adds = weight * model.deviations_[own][:, [column]].toarray().ravel()
        assert len(own) <= 5 and (np.diff(adds) <= 0).all()
        assert scores[row, column] - model.means_[row] == pytest.approx(adds.sum() / weight.sum())


@pytest.fixture
def asking(tmp_path, monkeypatch):
    """Put these in the place of all questions; what is kept lies in a folder of its own."""
    monkeypatch.setenv("EAUTOREC_CACHE", str(tmp_path / "cache"))
    return lambda questions: monkeypatch.setattr(faithful, "QUESTIONS", questions)


def test_the_table(ratings, tmp_path, asking):
    path = tmp_path / "ratings.csv"
    ratings.to_frame().to_csv(path, index=False)
    questions = [
        Question("EASE", "users", "held", faithful.ease_by_users, faithful.by_users, 12, (2, 4)),
        Question(
            "by E", "users", "retrained", faithful.trained_anew, faithful.by_users, 10, (2,),
            ("own", "random"), keep=False, least=10,
        ),
    ]  # fmt: skip
    asking(questions[:1])
    first = faithful.table(str(path))
    asking([questions[0]._replace(score=None), questions[1]])  # what is kept is not computed again
    found = faithful.table(str(path))
    pd.testing.assert_frame_equal(first, found[: len(first)])
    train = split_data(str(path), Run("EASE", 0))[0]
    computed = [faithful.answer(q, train, MODELS[q.model]().fit(train)) for q in questions]
    pd.testing.assert_frame_equal(found, pd.concat(computed, ignore_index=True), rtol=1e-12)
    assert set(found["model"]) == {"EASE", "by E, 10 ratings or more"}
    assert found["users"].max() == 12 and (found["low"] <= found["mean"]).all()
    ease = found[found["model"] == "EASE"].set_index(["measure", "order", "k"])["mean"]
    # The largest terms of a sum are those that it loses most with.
    for order in ("cosine", "popularity", "random"):
        assert ease["del", "own", 4] < ease["del", order, 4]
        assert ease["ins", "own", 4] > ease["ins", order, 4]
    assert ease["necessity", "own", 4] == pytest.approx(1 - ease["pos", "own", 4])
    assert ease["removed", "own", 4] <= 4
    assert 0 < ease["stability", "own", faithful.STABLE] <= 1
    other = found[found["model"] != "EASE"]
    assert set(other["order"]) == {"own", "random"} and set(other["measure"]) == {
        "removed", "del", "pos", "cdcg", "necessity",
    }  # fmt: skip


def test_the_command_writes_the_table(tmp_path, ratings, asking):
    """Asked for nothing but the first question."""
    path = tmp_path / "ratings.csv"
    ratings.to_frame().to_csv(path, index=False)
    asking([faithful.QUESTIONS[0]._replace(n_users=3, ks=(2,), orders=("own",), keep=False)])
    command = ["study", "faithful", str(path), "--to"]
    told = CliRunner().invoke(app, [*command, str(tmp_path / "absent")]).exception
    assert isinstance(told, InputError) and "There is no folder" in str(told)
    assert not (tmp_path / "cache").exists()
    assert CliRunner().invoke(app, [*command, str(tmp_path)]).exit_code == 0
    found = pd.read_csv(tmp_path / "faithful.csv")
    assert found["users"].max() == 3
    [kept] = (tmp_path / "cache" / "faithful").glob("*/*.csv")
    assert kept.name == "EASE_users_held.csv"


def test_who_has_nothing_left_to_be_recommended_is_not_asked(tmp_path, asking):
    """On few ratings no item has KNOWN of them: then there is no row, and not one of zeros."""
    tiny = ratings_of(["5430", "4503", "5534", "0345"])
    path = tmp_path / "tiny.csv"
    tiny.to_frame().to_csv(path, index=False)
    model = EASE().fit(tiny)
    known = Question("EASE", "users", "held", faithful.ease_by_users, faithful.by_users)
    known = known._replace(least=faithful.KNOWN)
    assert faithful.users_of(known, tiny) == []
    asking([known._replace(least=0), known])
    assert faithful.table(str(path))["model"].unique() == ["EASE"]
    rated = tiny.matrix.toarray() > 0
    asked = faithful.asked_by(known._replace(least=3), tiny, model)
    enough = rated.sum(axis=0) >= 3
    assert {row for row, _ in asked} == set(np.flatnonzero((enough & ~rated).any(axis=1)))
    assert all(enough[column] and not rated[row, column] for row, column in asked)
    assert faithful.users_of(known._replace(least=4), tiny) == []  # all rated that item
