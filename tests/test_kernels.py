import numpy as np
import pytest
import scipy.sparse as sp
import torch

from eautorec import kernels
from eautorec.kernels import KERNELS, SparseCells, SparseMatrix
from eautorec.training.batches import product, transposed_product

CUDA = pytest.param(
    "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
)


@pytest.fixture
def matrix():
    return sp.random(7, 5, 0.4, format="csr", random_state=np.random.default_rng(0))


def random(*shape):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("device", ["cpu", CUDA])
@pytest.mark.parametrize("kind", KERNELS)
def test_input_products(matrix, kind, device):
    s = KERNELS[kind][0](matrix, torch.float64, device)
    x, g = random(5, 3).to(device), random(7, 3).to(device)
    np.testing.assert_allclose(s.times(x).cpu(), matrix @ x.cpu().numpy())
    np.testing.assert_allclose(s.transposed_times(g).cpu(), matrix.T @ g.cpu().numpy())


@pytest.mark.parametrize("kind", KERNELS)
def test_products_of_chains(matrix, kind):
    a = sp.random(7, 7, 0.4, format="csr", random_state=np.random.default_rng(3))
    chain = [KERNELS[kind][0](m, torch.float64) for m in (a, matrix)]
    x, g = random(5, 3), random(7, 3)
    np.testing.assert_allclose(product(chain, x), a @ (matrix @ x.numpy()))
    np.testing.assert_allclose(transposed_product(chain, g), matrix.T @ (a.T @ g.numpy()))


@pytest.mark.parametrize("device", ["cpu", CUDA])
@pytest.mark.parametrize("kind", KERNELS)
def test_cells_and_their_gradients(matrix, kind, device):
    """Against autograd through the whole matrix."""
    cells = KERNELS[kind][1](matrix, torch.float64, device)
    hidden, weight, bias = (random(*n).to(device).requires_grad_() for n in ((7, 3), (5, 3), (5,)))
    target = torch.as_tensor(matrix.toarray(), device=device)
    residuals = (hidden @ weight.T + bias - target) * (target != 0)
    (residuals**2).sum().backward()

    with torch.no_grad():
        found = cells.residuals(hidden, weight, bias)
        assert float((found**2).sum()) == pytest.approx(float((residuals**2).sum()))
        p = cells.matrix(2 * found)
    for found, expected in (
        (p.times(weight.detach()), hidden.grad),
        (p.transposed_times(hidden.detach()), weight.grad),
        (p.column_sums(), bias.grad),
    ):
        np.testing.assert_allclose(found.cpu(), expected.cpu())


@pytest.mark.parametrize("kind", KERNELS)
def test_an_explicit_zero_is_an_observed_cell(kind):
    matrix = sp.csr_matrix(([0.0, 1.0], ([0, 1], [1, 0])), shape=(2, 2))
    cells = KERNELS[kind][1](matrix)
    assert cells.n_cells == 2
    residuals = cells.residuals(torch.ones(2, 1), torch.ones(2, 1), torch.zeros(2))
    assert float(residuals.sum()) == 1.0  # 1 - 0 and 1 - 1


def test_residuals_come_row_by_row(matrix):
    cells = SparseCells(matrix, torch.float64)
    residuals = cells.residuals(random(7, 3), random(5, 3), random(5))
    rows, columns = matrix.nonzero()
    dense = (random(7, 3) @ random(5, 3).T + random(5)).numpy() - matrix.toarray()
    np.testing.assert_allclose(residuals, dense[rows, columns])


SMALL = {"BLOCK_USERS": 7, "ENTRIES_PER_COLUMN": 1, "CACHE_BYTES": 16, "LEAST_COLUMNS": 16}
"""Sizes at which the small worlds here fall into several blocks and groups."""


def test_blocks_and_groups_of_columns_change_nothing(monkeypatch):
    """Large matrices are cut into blocks of users and groups of columns; here small ones are
    too."""
    matrix = sp.random(50, 20, 0.3, format="csr", random_state=np.random.default_rng(2))
    averaging = sp.random(50, 50, 0.2, format="csr", random_state=np.random.default_rng(4))
    x, g = random(20, 40), random(50, 40)

    def everything():
        chain = [SparseMatrix.of(m, torch.float64) for m in (averaging, matrix)]
        cells = SparseCells(matrix, torch.float64)
        residuals = cells.residuals(g, x, x[:, 0])
        p, groups = cells.matrix(residuals), kernels.column_groups(x)
        found = [
            torch.cat([function(of[:, columns].contiguous()) for columns in groups], 1)
            for function, of in (
                (lambda x: product(chain, x), x),
                (lambda g: transposed_product(chain, g), g),
                (p.times, x),
                (p.transposed_times, g),
            )
        ]
        return [residuals, p.column_sums(), *found], len(cells.blocks), len(groups)

    whole, *counts = everything()
    assert counts == [1, 1]
    for name, value in SMALL.items():
        monkeypatch.setattr(kernels, name, value)
    cut, *counts = everything()
    assert counts == [8, 3]
    for first, second in zip(whole, cut, strict=True):
        np.testing.assert_allclose(first, second)


def test_a_block_is_worth_its_pass_over_all_columns(monkeypatch):
    monkeypatch.setattr(kernels, "BLOCK_USERS", 10)
    monkeypatch.setattr(kernels, "ENTRIES_PER_COLUMN", 5)
    full = sp.csr_matrix(np.ones((40, 8)))
    thin = sp.csr_matrix(np.eye(40))
    assert len(SparseMatrix.of(full).backward) == 4
    assert len(SparseMatrix.of(thin).backward) == 1
