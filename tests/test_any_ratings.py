"""Whatever small ratings there are, every public function gives a result that holds together, or an
InputError."""

import contextlib
import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from eautorec import EASE, AutoRec, EAutoRec, Explainability, InputError, Ratings, align, split
from eautorec.evaluation.metrics import average_precision, explainable_precision
from eautorec.evaluation.ranking import top_lists
from eautorec.models import MODELS, make_model
from eautorec.synthetic import five_users

LABELS = st.one_of(st.integers(-5, 5), st.text(max_size=3))
FEW = settings(max_examples=30, deadline=None, derandomize=True)


@st.composite
def any_ratings(draw):
    """One to twelve ratings by labels of any kind, on scales that may begin at 0."""
    users = draw(st.lists(LABELS, min_size=1, max_size=4, unique_by=str))
    items = draw(st.lists(LABELS, min_size=1, max_size=5, unique_by=str))
    cells = [(user, item) for user in users for item in items]
    chosen = draw(st.lists(st.sampled_from(cells), min_size=1, max_size=12, unique=True))
    values = draw(
        st.lists(
            st.sampled_from([0, 0.5, 1, 2, 3.5, 5]), min_size=len(chosen), max_size=len(chosen)
        )
    )
    frame = pd.DataFrame(
        [(user, item, value) for (user, item), value in zip(chosen, values, strict=True)],
        columns=["user", "item", "rating"],
    )
    try:
        return Ratings.from_frame(frame, scale=(0, 5))
    except InputError:  # labels of two kinds that are the same text, or empty
        return Ratings.from_frame(
            pd.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1], "rating": [5, 3, 4]})
        )


def person_of(ratings, data):
    return data.draw(st.sampled_from(ratings.users.tolist()))


@FEW
@given(any_ratings(), st.floats(0.01, 0.99), st.integers(0, 3))
def test_a_split_is_one(ratings, fraction, seed):
    try:
        train, test = split(ratings, fraction, seed)
    except InputError:
        return
    assert len(train) + len(test) == len(ratings)
    assert (train.matrix + test.matrix != ratings.matrix).nnz == 0
    again, other = align(train, test)
    assert again.equals(train) and other.equals(test)
    assert train.join(test).matrix.nnz == len(ratings)


@FEW
@given(any_ratings(), st.integers(1, 5), st.sampled_from([0.0, 1.0, 2.5]))
def test_explainability_is_a_mean_of_ratings(ratings, k, theta):
    try:
        found = Explainability(n_neighbors=k, theta=theta).fit(ratings)
    except InputError:
        assert ratings.n_users == 1
        return
    dense = ratings.matrix.toarray()
    for user in ratings.users.tolist():
        neighbours = found.neighbors(user)
        rows = [ratings.user_row(neighbour) for neighbour in neighbours]
        for column, item in enumerate(ratings.items.tolist()):
            reason = found.explain(user, item)
            total = sum(value * count for value, count in reason.counts.items())
            assert math.isclose(total, dense[rows, column].sum(), abs_tol=1e-5)
            e = found.score(user, item)
            assert e == 0 or e > theta
            assert str(reason) and "\n" not in str(reason)


@FEW
@given(any_ratings(), st.integers(1, 7), st.sampled_from([0.5, 10.0, 400.0]), st.data())
def test_every_reason_of_ease_adds_up_to_its_score(ratings, n, penalty, data):
    try:
        model = EASE(penalty).fit(ratings)
    except InputError:
        return
    user = person_of(ratings, data)
    scores = model.scores()[ratings.user_row(user)]
    found = model.recommend(user, n)
    rated = ratings.matrix[ratings.user_row(user)].indices
    assert len(found) == min(n, ratings.n_items - len(rated))
    for item, score in zip(found["item"].tolist(), found["score"], strict=True):
        column = ratings.item_column(item)
        assert column not in rated and math.isclose(score, scores[column], abs_tol=1e-6)
        reason = model.explain(user, item)
        for sums in (reason.by_user, reason.by_item):
            assert math.isclose(sums["contribution"].sum(), score, abs_tol=1e-5)


@FEW
@given(any_ratings(), st.sampled_from(sorted(set(MODELS) - {"item-autorec"})), st.data())
def test_every_model_gives_lists_that_hold_together(ratings, name, data):
    small = {"max_epochs": 1} if name in ("autorec", "e-autorec") else {}
    try:
        model = make_model(name, **small).fit(ratings)
        user = person_of(ratings, data)
        found = model.recommend(user, 3)
        reason = model.explain(user, found["item"].iloc[0]) if len(found) else None
    except InputError:
        return
    assert found["item"].is_unique and np.isfinite(found.iloc[:, 2]).all()
    assert not set(found["item"]) & set(
        ratings.items[ratings.matrix[ratings.user_row(user)].indices]
    )
    measure = found.iloc[:, 2].to_numpy()
    assert (np.diff(measure) <= 1e-6).all()
    assert reason is None or math.isclose(reason.score, measure[0], abs_tol=1e-4)


@FEW
@given(any_ratings(), st.integers(1, 6), st.integers(0, 9))
def test_precision_lies_between_none_and_all(ratings, n, seed):
    scores = np.random.default_rng(seed).normal(size=ratings.matrix.shape)
    lists = top_lists(scores, ratings.matrix, n)
    relevant = ratings.relevant().toarray()
    for found in (
        average_precision(lists, relevant, [n]),
        explainable_precision(lists, ratings.matrix.toarray() > 0, [n]),
    ):
        assert ((found >= 0) & (found <= 1) | np.isnan(found)).all()


@FEW
@given(
    st.sampled_from([EASE, AutoRec, EAutoRec, Explainability]),
    st.one_of(st.none(), st.text(max_size=2), st.floats(), st.integers(-2, 2), st.just([])),
    st.data(),
)
def test_no_parameter_is_more_than_refused(kind, value, data):
    """Each argument of what a user makes, with a value of any kind: a fit, or an InputError."""
    name = data.draw(st.sampled_from(sorted(kind().__dict__)))
    small = {"max_epochs": 1, "n_hidden": 2} if kind in (AutoRec, EAutoRec) else {}
    with contextlib.suppress(InputError):
        kind(**small | {name: value}).fit(five_users())
