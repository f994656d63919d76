"""SEM-AUTO: gradients by differences, the masks, labels that play no part, and a taste."""

import numpy as np
import pandas as pd
import pytest

from eautorec import InputError
from eautorec.evaluation.ranking import top_lists
from eautorec.models.features import incidence
from eautorec.models.sem_auto import START, SemAuto, edges_of, gradients, profiles
from eautorec.synthetic import five_users, taste, two_tastes

FACTS = pd.DataFrame({"item": [1, 1, 2, 3, 4], "feature": ["a", "b", "a", "b", "c"]})
QUICK = {"n_neighbors": 2, "n_epochs": 5, "learning_rate": 0.5, "least": 1}


def small():
    ratings = five_users()
    _, has = incidence(FACTS, ratings.items, least=1)
    return ratings, has, edges_of(ratings, has)


def dense_error(ratings, has, edges, w1, w2):
    """Slowly, a network for each user with its masks written out: half of the squared error."""
    total, outputs = 0.0, []
    r, m = ratings.matrix.toarray(), has.toarray().astype(float)
    place = 0
    for row in r:
        rated = np.flatnonzero(row)
        x = (row[rated] - 1) / 4
        mask = m[rated]
        one, two = np.zeros_like(mask), np.zeros_like(mask)
        n = int(mask.sum())
        one[mask > 0], two[mask > 0] = w1[place : place + n], w2[place : place + n]
        place += n
        h = 1 / (1 + np.exp(-(one.T @ x)))
        y = 1 / (1 + np.exp(-(two @ h)))
        outputs.append(y)
        total += ((y - x) ** 2).sum() / 2
    return total, outputs


def test_gradients_by_differences_on_the_networks_written_out():
    ratings, has, edges = small()
    generator = np.random.default_rng(0)
    w1, w2 = generator.normal(size=(2, len(edges.rating)))
    error, g1, g2 = gradients(edges, w1, w2)
    total, _ = dense_error(ratings, has, edges, w1, w2)
    assert error == pytest.approx(2 * total / len(edges.x))
    for w, g, which in ((w1, g1, 0), (w2, g2, 1)):
        for k in range(len(w)):
            both = [w1, w2]
            ends = []
            for step in (1e-6, -1e-6):
                moved = w.copy()
                moved[k] += step
                both[which] = moved
                ends.append(dense_error(ratings, has, edges, *both)[0])
            assert g[k] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)


def test_an_item_without_a_feature_is_answered_by_one_half():
    ratings, _, _ = small()
    _, has = incidence(FACTS[FACTS["item"] != 1], ratings.items, least=1)
    edges = edges_of(ratings, has)
    _, outputs = dense_error(ratings, has, edges, *np.full((2, len(edges.rating)), START))
    assert outputs[0][0] == 0.5


def test_a_rating_moves_the_weights_of_its_own_features_alone():
    ratings, _, edges = small()
    start = np.full(len(edges.rating), START)
    before = gradients(edges, start, start)[1]
    edges.x[0] = 1 - edges.x[0]  # user 1's rating of film 1, which has a and b
    moved = np.flatnonzero(gradients(edges, start, start)[1] != before)
    own_units = set(edges.unit[edges.rating == 0].tolist())
    assert set(edges.unit[moved].tolist()) <= own_units and len(moved)


def test_names_of_users_items_and_features_play_no_part():
    ratings = five_users()
    model = SemAuto(**QUICK).fit(ratings, FACTS)
    again = ratings.to_frame().assign(item=lambda f: 9 - f["item"])
    other = type(ratings).from_frame(again, scale=ratings.scale)
    others = FACTS["feature"].map({"a": "z", "b": "y", "c": "x"})
    renamed = FACTS.assign(item=9 - FACTS["item"], feature=others)
    turned = SemAuto(**QUICK).fit(other, renamed)
    for user in ratings.users.tolist():
        for item in ratings.items.tolist():
            one = model.person(user).scores[ratings.item_column(item)]
            two = turned.person(user).scores[other.item_column(9 - item)]
            assert one == pytest.approx(two)


def test_profiles_lie_between_0_and_1():
    _, _, edges = small()
    found = profiles(edges, np.full(len(edges.rating), START), (5, 3))
    for row in range(5):
        values = found[row].data
        assert values.min() >= 0 and values.max() == 1


def test_a_list_is_eq_5_with_weights():
    ratings, _, _ = small()
    model = SemAuto(**QUICK).fit(ratings, FACTS)
    weights, near = model.similarities_[0], model.neighbours_[0]
    expected = weights @ ratings.matrix.toarray()[near] / weights.sum()
    np.testing.assert_allclose(model.scores()[0], expected, rtol=1e-5)


def test_it_finds_a_taste_for_features():
    ratings = two_tastes()
    items = np.arange(40)
    facts = pd.DataFrame({"item": items, "feature": np.where(items % 2, "odd", "even")})
    model = SemAuto(10, n_epochs=60, learning_rate=0.5).fit(ratings, facts)
    lists = top_lists(model.scores(), ratings.matrix, 5)
    assert (taste(np.arange(60)[:, None], lists) == 5).mean() > 0.9
    assert model.history_[-1] < model.history_[0] / 2
    best = int(lists[0, 0])
    liked = model.liked(0, best)
    assert liked["feature"].tolist() == ["odd" if best % 2 else "even"]
    assert liked["omega"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (None, "needs facts about the items"),
        (pd.DataFrame({"item": [1]}), "no column feature"),
        (pd.DataFrame({"item": [77], "feature": ["a"]}), "No 1 items of the ratings share"),
    ],
)
def test_bad_input(facts, said):
    with pytest.raises(InputError, match=said):
        SemAuto(**QUICK).fit(five_users(), facts)
