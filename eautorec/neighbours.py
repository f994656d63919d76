"""The users most similar to each user, by the cosine of their rating rows (paper, section 3)."""

from __future__ import annotations

import warnings

import numpy as np
import scipy.sparse as sp

from eautorec.errors import InputError

BLOCK_CELLS = 32_000_000
"""Similarities held at once: 128 MB in single precision, and twice that while they are ranked."""

POPULAR = 0.07
"""Items that more than this share of the users have rated are multiplied as dense columns: a dense
multiplication does some 200 times as many products a second as a sparse one (1 / 200 = 0.07^2)."""


def nearest_neighbours(
    matrix: sp.csr_matrix, k: int, *, approximate: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The k users with the highest cosine to each user, most similar first.

    The cosine is taken over the raw rows, a missing rating counting as 0. The user is no neighbour
    of their own, nor is anybody who shares no rated item with them; ties go to the lower row.

    Parameters
    ----------
    matrix : CSR of shape (n_users, n_items)
    approximate : find most of them by descent on a neighbour graph (Dong, Moses and Li, 2011; package
        pynndescent) instead of all by comparing every pair; for a hundred thousand users and more.
        The cosines are exact all the same.

    Returns
    -------
    (neighbours, cosines), both of shape (n_users, min(k, n_users - 1)); a row with fewer
    neighbours is filled with -1 and 0.
    """
    k = min(k, matrix.shape[0] - 1)
    squared_norm = np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float64).ravel()
    squared_norm[squared_norm == 0] = 1.0
    candidates = _by_descent if approximate else _by_comparing_all
    neighbours = np.full((matrix.shape[0], k), -1, dtype=np.int32)
    cosines = np.zeros(neighbours.shape)
    for user, other, product in candidates(matrix, k, squared_norm):
        # (r_u r_v)^2 / |r_v|^2 orders like the cosine. Numerator and denominator are exact, so
        # that equal cosines are equal numbers and a tie is a tie on every machine.
        score = product.astype(np.float64) ** 2 / squared_norm[other]
        users, first, count = np.unique(user, return_index=True, return_counts=True)
        table = np.full((len(users), count.max(initial=0)), -np.inf)
        column = np.arange(len(user)) - np.repeat(first, count)
        table[np.repeat(np.arange(len(users)), count), column] = score
        order = np.argsort(-table, axis=1, kind="stable")[:, :k]
        row, place = np.nonzero(np.arange(order.shape[1]) < count[:, None])
        chosen = first[row] + order[row, place]
        neighbours[users[row], place] = other[chosen]
        cosines[users[row], place] = np.sqrt(score[chosen] / squared_norm[users[row]])
    return neighbours, cosines


def _by_comparing_all(matrix: sp.csr_matrix, k: int, squared_norm: np.ndarray):
    """For each block of users, every pair that can be among the k best: (users, others, products).

    Pairs of one user stand together, the others in ascending order.
    """
    n_users = matrix.shape[0]
    inverse_norm = (1 / squared_norm).astype(np.float32)
    products_of = _products(matrix)
    block = max(1, BLOCK_CELLS // n_users)
    for start in range(0, n_users, block):
        stop = min(start + block, n_users)
        products = products_of(slice(start, stop))
        products[np.arange(stop - start), np.arange(start, stop)] = 0.0
        score = products * products
        score *= inverse_norm
        kth = np.partition(score, n_users - k, axis=1)[:, n_users - k, None]
        # Single precision may be wrong in the seventh digit: whoever is that close comes along.
        user, other = np.nonzero((score >= kth * np.float32(1 - 1e-6)) & (score > 0))
        yield start + user, other, products[user, other]


def _products(matrix: sp.csr_matrix):
    """A function from a slice of users to their rows of R R^T, dense, float32.

    It is exact: sums of products of half stars stay far below 2^24 quarters.
    """
    popular = np.bincount(matrix.indices, minlength=matrix.shape[1]) > POPULAR * matrix.shape[0]
    dense = matrix[:, popular].toarray().astype(np.float32, copy=False)
    rest = matrix[:, ~popular]
    transposed = rest.T.tocsr()

    def block(users: slice) -> np.ndarray:
        products = dense[users] @ dense.T
        products += (rest[users] @ transposed).toarray()
        return products

    return block


def _by_descent(matrix: sp.csr_matrix, k: int, squared_norm: np.ndarray):
    """The pairs that a nearest-neighbour descent finds, all at once."""
    try:
        from pynndescent import NNDescent
    except ImportError:
        raise InputError(
            "Approximate neighbours need the package pynndescent: "
            "install it with pip install 'eautorec[approximate]'."
        ) from None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of single users that found few neighbours
        # Half as many again are looked for, because the last ones of a list are found least well.
        found, _ = NNDescent(
            matrix, metric="cosine", n_neighbors=min(k + k // 2 + 1, matrix.shape[0]), random_state=0
        ).neighbor_graph
    user = np.repeat(np.arange(matrix.shape[0]), found.shape[1])
    other = found.ravel()
    real = (other >= 0) & (other != user)
    user, other = user[real], other[real].astype(np.int64)
    order = np.lexsort((other, user))
    user, other = user[order], other[order]
    step = max(1, 2_000_000 // max(1, matrix.nnz // matrix.shape[0]))
    products = np.concatenate(
        [
            np.asarray(
                matrix[user[at : at + step]].multiply(matrix[other[at : at + step]]).sum(axis=1)
            ).ravel()
            for at in range(0, len(user), step)
        ]
    )
    some = products > 0
    yield user[some], other[some], products[some]
