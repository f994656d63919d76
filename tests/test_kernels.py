import numpy as np
import pytest
import scipy.sparse as sp
import torch

from eautorec.kernels import ObservedCells, SparseOperator


@pytest.fixture
def matrix():
    return sp.random(7, 5, 0.4, format="csr", random_state=np.random.default_rng(0))


def leaf(*shape):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(shape, dtype=torch.float64, generator=generator, requires_grad=True)


def test_operator_and_its_gradient(matrix):
    operator = SparseOperator(matrix, torch.float64)
    x = leaf(5, 3)
    np.testing.assert_allclose((operator @ x).detach(), matrix @ x.detach().numpy())
    assert torch.autograd.gradcheck(lambda x: operator @ x, x)


def test_observed_predictions_and_their_gradients(matrix):
    cells = ObservedCells(matrix, torch.float64)
    hidden, weight, bias = leaf(7, 3), leaf(5, 3), leaf(5)
    dense = (hidden @ weight.T + bias).detach().numpy()
    rows, columns = matrix.nonzero()
    np.testing.assert_allclose(cells.predict(hidden, weight, bias).detach(), dense[rows, columns])
    assert torch.autograd.gradcheck(cells.predict, (hidden, weight, bias))


def test_an_explicit_zero_is_an_observed_cell():
    matrix = sp.csr_matrix(([0.0, 1.0], ([0, 1], [1, 0])), shape=(2, 2))
    assert len(ObservedCells(matrix).values) == 2
