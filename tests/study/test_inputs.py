"""E under every reading, against plain loops; and what the controls put in its place."""

import numpy as np
import pytest

from eautorec import Explainability, split
from eautorec.neighbours import SIMILARITIES, nearest_neighbours
from eautorec.study.inputs import explain, instead_of_e
from eautorec.study.protocol import CONTROLS, Protocol, Run
from eautorec.synthetic import five_users, two_tastes


def slow_e(r, similarity, k, counted=0, raters=False, theta=0.0):
    e = np.zeros_like(r)
    for u in range(len(r)):
        others = sorted(
            (v for v in range(len(r)) if v != u and similarity[u, v] > 0),
            key=lambda v: (-similarity[u, v], v),
        )[:k]
        for i in range(r.shape[1]):
            given = [r[v, i] for v in others if r[v, i] > 0 and r[v, i] >= counted]
            divisor = len(given) if raters else len(others)
            score = sum(given) / divisor if divisor else 0
            e[u, i] = score if score > theta else 0
    return e


def cosine(x, y):
    norm = np.linalg.norm(x) * np.linalg.norm(y)
    return x @ y / norm if norm else 0.0


def slow_similarity(r, kind):
    n = len(r)
    found = np.zeros((n, n))
    for u in range(n):
        for v in range(n):
            x, y = r[u].copy(), r[v].copy()
            both = (x > 0) & (y > 0)
            if kind == "centred":
                x[x > 0] -= x[x > 0].mean()
                y[y > 0] -= y[y > 0].mean()
            if kind == "co-rated":
                x, y = x[both], y[both]
            found[u, v] = cosine(x, y)
    return found


@pytest.mark.parametrize("kind", SIMILARITIES)
def test_similarities(kind):
    """All positive cosines of the five users, and no other, from the library's own search."""
    matrix = five_users().matrix
    neighbours, cosines = nearest_neighbours(matrix, 4, similarity=kind)
    found = np.zeros((5, 5))
    row, place = np.nonzero(neighbours >= 0)
    found[row, neighbours[row, place]] = cosines[row, place]
    expected = slow_similarity(matrix.toarray().astype(float), kind)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(found, np.maximum(expected, 0), atol=1e-6)


@pytest.mark.parametrize(
    "turned, options",
    [
        ({"denominator": "raters"}, {"raters": True}),
        ({"counted": "3 or more"}, {"counted": 3}),
        ({"similarity": "centred"}, {"kind": "centred"}),
        ({"similarity": "co-rated"}, {"kind": "co-rated"}),
    ],
    ids=str,
)
@pytest.mark.parametrize("theta", [0.0, 1.0])
def test_readings_of_e(turned, options, theta):
    ratings = two_tastes(20, 15, seed=3)
    run = Run("E-AutoRec", 0, n_neighbors=4, theta=theta, protocol=Protocol(**turned))
    r = ratings.matrix.toarray().astype(float)
    options = dict(options)
    similarity = slow_similarity(r, options.pop("kind", "raw")).round(9)
    expected = slow_e(r, similarity, 4, theta=theta, **options)
    found = explain(ratings, ratings, run)
    np.testing.assert_allclose(found.scores.toarray(), expected, atol=1e-6)
    is_product = theta == 0 and "similarity" in turned
    assert (found.averaging is not None) == is_product
    if is_product:
        product = (found.averaging @ ratings.matrix).toarray()
        np.testing.assert_allclose(product, expected, atol=1e-6)


def test_default_is_the_library(tastes):
    found = explain(tastes, tastes, Run("E-AutoRec", 0, n_neighbors=7))
    expl = Explainability(7).fit(tastes)
    assert (found.scores != expl.scores).nnz == 0
    np.testing.assert_allclose(
        (found.averaging @ tastes.matrix).toarray(), expl.scores.toarray(), atol=1e-6
    )


def test_theta_on_the_unit_scale(tastes):
    stars = explain(tastes, tastes, Run("E-AutoRec", 0, theta=2.0)).scores
    unit = Run("E-AutoRec", 0, theta=0.4, protocol=Protocol(theta_scale="0-1"))
    assert (explain(tastes, tastes, unit).scores != stars).nnz == 0


def test_zero_on_rated(tastes):
    run = Run("E-AutoRec", 0, protocol=Protocol(e_on_rated="zero"))
    found = explain(tastes, tastes, run).scores
    assert found.multiply(tastes.matrix > 0).nnz == 0 and found.nnz > 0


def test_a_leak_is_more_explainable(tastes):
    """E from all ratings knows that test items were liked; E from training ratings cannot."""
    train, test = split(tastes)
    honest = explain(train, tastes, Run("E-AutoRec", 0, n_neighbors=5)).scores.toarray()
    leaky = Run("E-AutoRec", 0, n_neighbors=5, protocol=Protocol(e_from="all"))
    leak = explain(train, tastes, leaky).scores.toarray()
    liked = test.matrix.toarray() == 5
    assert leak[liked].mean() > honest[liked].mean()


def test_controls_keep_what_they_should(tastes):
    expl = Explainability(5).fit(tastes)
    e, r = expl.scores / np.float32(5), tastes.matrix / np.float32(5)
    made = {}
    for control in CONTROLS:
        product = None
        for matrix in instead_of_e(control, e, r, expl.averaging, seed=0):
            product = matrix if product is None else product @ matrix
        made[control] = product.toarray()
        assert made[control].shape == e.shape
    dense = e.toarray()
    shuffled = {tuple(row) for row in made["shuffled"].round(5)}
    assert shuffled == {tuple(row) for row in dense.round(5)}
    assert not np.allclose(made["shuffled"], dense)
    np.testing.assert_allclose(
        made["same for all"], dense.mean(axis=0)[None].repeat(60, 0), atol=1e-6
    )
    assert ((made["noise"] > 0).sum(axis=1) == (dense > 0).sum(axis=1)).all()
    np.testing.assert_allclose(np.sort(made["noise"], None), np.sort(dense, None), atol=1e-6)
    np.testing.assert_array_equal(made["r and mask"], tastes.matrix.toarray() > 0)
    with pytest.raises(ValueError, match="no control"):
        instead_of_e("nothing", e, r, None, 0)


@pytest.mark.parametrize("control", ["noise", "shuffled"])
def test_a_control_is_drawn_by_its_seed(tastes, control):
    expl = Explainability(5).fit(tastes)
    e, r = expl.scores / np.float32(5), tastes.matrix / np.float32(5)
    first, again, other = (instead_of_e(control, e, r, None, seed)[0] for seed in (0, 0, 1))
    assert (first != again).nnz == 0 and (first != other).nnz > 0


def test_a_control_of_a_product_is_a_product(tastes):
    """Shuffled factors give the shuffled E; "same for all" its mean."""
    expl = Explainability(5).fit(tastes)
    e, r = expl.scores / np.float32(5), tastes.matrix / np.float32(5)
    whole = instead_of_e("shuffled", e, r, None, seed=3)[0]
    averaging, ratings = instead_of_e("shuffled", e, r, expl.averaging, seed=3)
    np.testing.assert_allclose((averaging @ ratings).toarray(), whole.toarray(), atol=1e-6)
    assert ratings is r
    ones, mean = instead_of_e("same for all", e, r, None, seed=3)
    assert ones.shape == (60, 1) and mean.shape == (1, 40)
    [twice] = instead_of_e("r twice", e, r, None, seed=3)
    assert twice is r
