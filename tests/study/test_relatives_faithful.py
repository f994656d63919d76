"""Reasons of the relatives: what is held gives the model's own scores, and a reason is a cause
where it is one by construction."""

import numpy as np
import pandas as pd
import pytest

from eautorec.models.cdae import CDAE
from eautorec.models.cfn import CFN
from eautorec.models.erbm import ERBM
from eautorec.models.rbm import RBM
from eautorec.models.sem_auto import SemAuto
from eautorec.models.semi_autoencoder import SemiAutoencoder
from eautorec.study import relatives_faithful as asked
from eautorec.study.faithful import Question, answer
from eautorec.study.relatives import RELATIVES
from eautorec.synthetic import movielens_like

QUICK = {"n_hidden": 5, "n_epochs": 4}


@pytest.fixture(scope="module")
def small():
    return movielens_like(40, 30, 500)


def facts(ratings):
    item = np.repeat(ratings.items, 2)
    return pd.DataFrame({"item": item, "feature": [f"f{i % 7}" for i in range(len(item))]})


NETWORKS = {
    "CDAE": (lambda: CDAE(corruption=0.2, **QUICK), asked.network_held),
    "DAE of all ratings": (
        lambda: CDAE("M1", positives="rated", user_vectors=False, **QUICK),
        asked.network_held,
    ),
    "U-CFN": (lambda: CFN("users", **QUICK), asked.network_held),
    "semi over users": (lambda: SemiAutoencoder("users", **QUICK), asked.network_held),
    "RBM": (lambda: RBM("rate", **QUICK), asked.machine_held),
    "ERBM": (lambda: ERBM("rank", n_neighbors=5, **QUICK), asked.machine_held),
    "V-CFN": (lambda: CFN("items", **QUICK), asked.item_network_held),
    "semi over items": (lambda: SemiAutoencoder("items", **QUICK), asked.item_network_held),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_with_nothing_taken_away_they_are_the_models_own_scores(name, small):
    make, held = NETWORKS[name]
    model = make().fit(small)
    scores, found = model.scores(), held(model)(small)
    for row in (0, 7, 30):
        np.testing.assert_allclose(found[row], scores[row], rtol=2e-4, atol=2e-5)


def test_sem_auto_held(small):
    model = SemAuto(5, n_epochs=3).fit(small, facts(small))
    found = asked.profiles_held(model)(small)
    np.testing.assert_allclose(found[3], model.scores()[3], rtol=1e-6, atol=1e-9)
    column = int(np.argmax(model.scores()[3]))
    fewer = small.take(np.flatnonzero(small.item_index != column))
    assert asked.profiles_held(model)(fewer)[3][column] == 0  # nobody is left who rated it
    named = asked.by_profiles(model, 3, column)
    assert named and set(named) <= set(model.neighbours_[3].tolist())


def test_own_orders_name_what_was_rated_and_begin_with_the_largest(small):
    model = CDAE("M1", positives="rated", user_vectors=False, **QUICK).fit(small)
    row, column = 2, int(np.flatnonzero(small.matrix[[2]].toarray()[0] == 0)[0])
    order = asked.by_deletion(model, row, column)
    assert set(order) == set(small.matrix[[2]].indices.tolist())
    x = model.inputs_[0][row]
    adds = []
    for item in order:
        less = x.copy()
        less[item] = 0
        adds.append(float((model.decoded([x]) - model.decoded([less]))[column]))
    assert adds == sorted(adds, reverse=True)
    over = SemiAutoencoder("items", **QUICK).fit(small)
    raters = asked.by_raters(over, row, column)
    assert set(raters) == set(np.flatnonzero(small.matrix[:, [column]].toarray().ravel()).tolist())


def test_a_reason_that_is_all_there_is_takes_every_film_away(small):
    """SEM-AUTO's score is a sum over its neighbours' ratings: without all of them it is 0."""
    model = SemAuto(5, n_epochs=3).fit(small, facts(small))
    question = Question("SEM-AUTO", "users", "held", asked.profiles_held, asked.by_profiles,
                        n_users=10, ks=(10,), orders=("own", "random"), keep=False,
                        stable=False)  # fmt: skip
    found = answer(question, small, model).set_index(["order", "measure"])["mean"]
    assert found["own", "del"] == pytest.approx(0, abs=1e-9)
    assert found["random", "del"] > 0


def test_every_relative_is_asked_or_has_factors_alone():
    named = {question.model for question in asked.questions()} | set(asked.FACTORS)
    assert named == set(RELATIVES)


def test_the_table_in_brief():
    rows = [
        ("A, 50 ratings or more", "users", "own", 0.5),
        ("A, 50 ratings or more", "users", "random", 0.1),
        ("B", "items", "random", 0.2),
    ]
    table = pd.DataFrame(rows, columns=["model", "reason", "order", "mean"]).assign(
        k=10, weights="held", measure="necessity", low=0.0, high=1.0, users=100
    )
    found = asked.left_the_list(table, table.head(0)).set_index("model")
    assert found.loc["A", ["least", "own", "any"]].tolist() == [50, 0.5, 0.1]
    assert "B" not in found.index  # it names no reason
    assert found.loc["EBPR", "own"] == 0 and found.loc["EBPR", "any"] == 0
