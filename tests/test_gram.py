"""X^T X as a sum over users, and its inverse, beside numpy's."""

import numpy as np
import pytest
import scipy.sparse as sp
from threadpoolctl import threadpool_info, threadpool_limits

from eautorec import InputError, gram
from eautorec.synthetic import movielens_like


@pytest.fixture(scope="module")
def x():
    """Whole stars: their products are exact in both precisions."""
    return movielens_like(80, 50, 1200).matrix.astype(np.float64)


def blocks_of(x, size):
    return (x[start : start + size] for start in range(0, x.shape[0], size))


@pytest.mark.parametrize("strip", [1, 7, 50, 500])
@pytest.mark.parametrize("size", [1, 13, 80])
def test_any_blocks_and_strips_give_the_product(x, size, strip, monkeypatch):
    monkeypatch.setattr(gram, "STRIP", strip)
    found = gram.gram(blocks_of(x, size), x.shape[1])
    dense = x.toarray()
    np.testing.assert_array_equal(found, dense.T @ dense)


def test_by_hand():
    """Two users of three items: 1, 2 and nothing; nothing, 3, and 1."""
    x = sp.csr_matrix([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0]])
    np.testing.assert_array_equal(
        gram.gram([x[:1], x[1:]], 3), [[1, 2, 0], [2, 4 + 9, 3], [0, 3, 1]]
    )
    np.testing.assert_array_equal(gram.gram([], 2), np.zeros((2, 2)))


def test_many_items_are_held_in_single_precision(x, monkeypatch):
    double = gram.gram([x], x.shape[1])
    monkeypatch.setattr(gram, "DOUBLE", x.shape[1] - 1)
    single = gram.gram(blocks_of(x, 9), x.shape[1])
    assert (double.dtype, single.dtype) == (np.float64, np.float32)
    np.testing.assert_array_equal(single, double)


@pytest.mark.parametrize("dtype, atol", [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("strip", [7, 500])
def test_the_inverse_is_numpy_s_and_takes_the_place_of_the_matrix(dtype, atol, strip, monkeypatch):
    monkeypatch.setattr(gram, "STRIP", strip)
    root = np.random.default_rng(0).normal(size=(90, 40))
    matrix = root.T @ root + np.eye(40)
    place = matrix.astype(dtype)
    found = gram.inverse(place)
    assert np.shares_memory(found, place) and found.flags.c_contiguous and found.dtype == dtype
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found, np.linalg.inv(matrix), atol=atol)


def test_too_many_items_are_told_with_the_memory_they_need(x, monkeypatch):
    with pytest.raises(InputError, match=r"40,000 items.* 6\.0 GiB.* until 30,000 are left"):
        gram.check_size(40_000)
    monkeypatch.setattr(gram, "MOST_ITEMS", 49)
    with pytest.raises(InputError, match="There are 50 items"):
        gram.gram([x], 50)


def test_one_thread_inverts_what_is_large(monkeypatch):
    """OpenBLAS with several writes beside a matrix of more than 2 GiB."""
    seen = []
    plain = gram.lapack.get_lapack_funcs

    def watched(names, arrays):
        factorise, invert = plain(names, arrays)

        def counted(*arguments, **options):
            pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
            seen.append({pool["num_threads"] for pool in pools})
            return factorise(*arguments, **options)

        return counted, invert

    monkeypatch.setattr(gram.lapack, "get_lapack_funcs", watched)
    monkeypatch.setattr(gram, "SHARED", 0)
    with threadpool_limits(2):
        found = gram.inverse(np.array([[2.0, 1.0], [1.0, 2.0]]))
    assert seen == [{1}]
    np.testing.assert_allclose(found, np.array([[2, -1], [-1, 2]]) / 3)
