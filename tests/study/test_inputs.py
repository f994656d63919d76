"""E under every reading, against plain loops; and what the controls put in its place."""

import numpy as np
import pytest
import scipy.sparse as sp

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


def made(control, e, r, averaging=None, seed=0):
    """The dense product of what stands in the place of e."""
    product = None
    for matrix in instead_of_e(control, e, r, averaging, seed):
        product = matrix if product is None else product @ matrix
    return product.toarray()


@pytest.fixture
def fed(tastes):
    """E, R, and A of E = A R, as they enter the network."""
    expl = Explainability(5).fit(tastes)
    return expl.scores / np.float32(5), tastes.matrix / np.float32(5), expl.averaging


def test_every_control_has_the_shape_of_e(fed):
    e, r, averaging = fed
    for control in CONTROLS:
        assert made(control, e, r, averaging).shape == made(control, e, r).shape == e.shape
    with pytest.raises(ValueError, match="no control"):
        instead_of_e("nothing", e, r, None, 0)


def test_shuffled_gives_everybody_the_e_of_another(fed):
    found, dense = made("shuffled", *fed), fed[0].toarray()
    assert not np.allclose(found, dense)
    assert {tuple(row) for row in found.round(5)} == {tuple(row) for row in dense.round(5)}


def test_the_same_for_all_is_the_mean(fed):
    expected = fed[0].toarray().mean(axis=0)[None].repeat(60, 0)
    np.testing.assert_allclose(made("same for all", *fed), expected, atol=1e-6)


def test_noise_has_as_many_cells_with_the_same_values_elsewhere(fed):
    found, dense = made("noise", *fed), fed[0].toarray()
    assert ((found > 0).sum(axis=1) == (dense > 0).sum(axis=1)).all()
    np.testing.assert_allclose(np.sort(found, None), np.sort(dense, None), atol=1e-6)
    assert ((found > 0) != (dense > 0)).any()


def test_noise_stays_where_e_changes_a_little(fed):
    """The refit sees an e of some ratings more: most cells of the noise must be as they were, or
    what was learnt of them would be of no use."""
    e, r, _ = fed
    before = made("noise", e, r)
    larger = e.copy()
    larger.data *= np.float32(1.1)
    np.testing.assert_allclose(made("noise", larger, r), 1.1 * before, rtol=1e-5)
    dense = e.toarray()
    rows, columns = np.nonzero(dense)
    dense[rows[::20], columns[::20]] = 0  # a twentieth of the cells is gone
    after = made("noise", sp.csr_matrix(dense), r)
    assert ((after > 0) <= (before > 0)).all(), "no cell moves"
    both = after > 0
    # Values are handed out by rank: a cell that held much still holds much.
    assert np.corrcoef(before[both], after[both])[0, 1] > 0.95


def test_user_id_has_one_input_for_each_person_as_large_as_e(fed):
    e, r, _ = fed
    wide = sp.csr_matrix(np.tile(e.toarray(), 2))  # more items than the 60 users
    found = made("user id", wide, sp.csr_matrix(np.tile(r.toarray(), 2)))
    np.testing.assert_array_equal(found > 0, np.eye(60, 80))
    length = np.sqrt((wide.toarray() ** 2).sum(axis=1).mean())
    assert found[found > 0] == pytest.approx(length)
    narrow = made("user id", e, r)
    assert ((narrow > 0).sum(axis=1) == 1).all(), "more users than items share inputs"


def test_e_without_levels_has_a_mean_of_zero_for_each_item(fed):
    """By plain loops: what is left is how much more an item is explained to this user."""
    e, r, _ = fed
    dense, found = e.toarray(), made("E without levels", e, r)
    for i in range(dense.shape[1]):
        explained = np.flatnonzero(dense[:, i])
        mean = sum(dense[explained, i]) / len(explained)
        np.testing.assert_allclose(found[explained, i], dense[explained, i] - mean, atol=1e-6)
        assert (np.delete(found[:, i], explained) == 0).all()
    assert np.abs(found).max() > 0.01


def test_r_stands_for_e_twice_or_as_a_mask(fed):
    e, r, _ = fed
    np.testing.assert_array_equal(made("r twice", e, r), r.toarray())
    np.testing.assert_array_equal(made("r and mask", e, r), r.toarray() > 0)


@pytest.mark.parametrize("control", ["noise", "shuffled"])
def test_a_control_is_drawn_by_its_seed(fed, control):
    e, r, _ = fed
    first, again, other = (instead_of_e(control, e, r, None, seed)[0] for seed in (0, 0, 1))
    assert (first != again).nnz == 0 and (first != other).nnz > 0


def test_a_control_of_a_product_is_a_product(fed):
    """Shuffled factors give the shuffled E; "same for all" its mean."""
    e, r, averaging = fed
    whole = instead_of_e("shuffled", e, r, None, seed=3)[0]
    averaging, ratings = instead_of_e("shuffled", e, r, averaging, seed=3)
    np.testing.assert_allclose((averaging @ ratings).toarray(), whole.toarray(), atol=1e-6)
    assert ratings is r
    ones, mean = instead_of_e("same for all", e, r, None, seed=3)
    assert ones.shape == (60, 1) and mean.shape == (1, 40)
    [twice] = instead_of_e("r twice", e, r, None, seed=3)
    assert twice is r
