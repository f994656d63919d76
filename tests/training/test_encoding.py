"""What enters the network comes out again as ratings, whatever was taken off before."""

import numpy as np
import pytest
from scipy.special import expit

from eautorec import Explainability
from eautorec.models.biases import Biases
from eautorec.synthetic import five_users, movielens_like
from eautorec.training.encoding import Encoding
from eautorec.training.weights import Weights

RATINGS = movielens_like(30, 20, 300)
ENCODINGS = {
    "r/5": Encoding.by_highest((1, 5)),
    "(r-1)/4": Encoding((1, 5), unit=4, offset=1),
    "less biases": Encoding((1, 5), unit=5, base=Biases().fit(RATINGS)),
    "less biases, (r-1)/4": Encoding((1, 5), unit=4, offset=1, base=Biases().fit(RATINGS)),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_there_and_back(name):
    encoding = ENCODINGS[name]
    x = encoding.encode(RATINGS)
    rows = np.repeat(np.arange(RATINGS.n_users), np.diff(x.indptr))
    back = encoding.decode(x.data, rows, x.indices)
    np.testing.assert_allclose(back, RATINGS.matrix.data, atol=1e-5)
    assert x.dtype == np.float32 and (x.indices == RATINGS.matrix.indices).all()


def test_encodings_by_hand():
    """Ratings 5, 3, 4 ... of the five users: divided by 5; less 1 and divided by 4."""
    world = five_users()
    first = ENCODINGS["r/5"].encode(world)[0].toarray()[0]
    np.testing.assert_allclose(first, [1, 0.6, 0, 0])
    second = ENCODINGS["(r-1)/4"].encode(world)[0].toarray()[0]
    np.testing.assert_allclose(second, [1, 0.5, 0, 0])
    assert ENCODINGS["(r-1)/4"].encode(world).nnz == 12  # a 1 is stored as a zero


def test_what_biases_leave_is_what_they_miss():
    base = Biases().fit(RATINGS)
    left = ENCODINGS["less biases"].encode(RATINGS).data * 5
    rows = np.repeat(np.arange(RATINGS.n_users), np.diff(RATINGS.matrix.indptr))
    expected = RATINGS.matrix.data - base.scores()[rows, RATINGS.matrix.indices]
    np.testing.assert_allclose(left, expected, atol=1e-5)
    assert left.std() < RATINGS.values.std()


def test_bounds_are_the_scale_in_input_units():
    assert ENCODINGS["r/5"].bounds == (0.2, 1.0)
    assert ENCODINGS["(r-1)/4"].bounds == (0.0, 1.0)
    assert ENCODINGS["less biases"].bounds == (-np.inf, np.inf)
    clipped = ENCODINGS["r/5"].clip(np.array([0.3, 3.3, 7.0]))
    np.testing.assert_allclose(clipped, [1, 3.3, 5], rtol=1e-6)
    assert clipped.dtype == np.float32


def test_the_forward_pass_is_that_of_the_paper():
    """Eq. 1, 2 and 4 with dense matrices and the explicit E."""
    world = five_users()
    expl = Explainability(2).fit(world)
    r = ENCODINGS["r/5"].encode(world)
    generator = np.random.default_rng(0)
    w_r, w_e, w_2 = generator.normal(size=(3, 4, 6))
    b, b_2 = generator.normal(size=6), generator.normal(size=4)
    weights = Weights([w_r, w_e], b, w_2, b_2)
    activation = weights.activation([(r,), (expl.averaging, r)])
    x = np.hstack([r.toarray(), expl.scores.toarray() / 5])
    expected = x @ np.vstack([w_r, w_e]) + b
    np.testing.assert_allclose(activation, expected, atol=1e-6)
    outputs = expit(expected) @ w_2.T + b_2
    np.testing.assert_allclose(weights.outputs(activation), outputs, atol=1e-6)
    rows, columns = np.array([4, 0, 4]), np.array([1, 3, 1])
    found = weights.outputs_at(activation, rows, columns)
    np.testing.assert_allclose(found, outputs[rows, columns], atol=1e-6)


def test_as_many_inputs_as_weights():
    weights = Weights([np.ones((4, 2)), np.ones((4, 2))], np.zeros(2), np.ones((4, 2)), np.zeros(4))
    r = ENCODINGS["r/5"].encode(five_users())
    with pytest.raises(ValueError, match="zip"):
        weights.activation([(r,)])
