"""The users most similar to each user, by the cosine of their rating rows (paper, section 3)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import svds

from eautorec.arrays import Array, Matrix, check_room, stored_cells
from eautorec.errors import InputError

SIMILARITIES = ("raw", "centred", "co-rated")
"""What the cosine compares: the rows as they are, a missing rating being 0; the same with each
user's mean taken off the ratings; or the items alone that both users rated."""

BLOCK_CELLS = 8_000_000
"""Similarities held at once: 32 MB in single precision, and twice that while they are ranked."""

SMALL = 20_000_000
"""Cells up to which numpy alone compares the users, as a dense matrix of 80 MB, where torch is not
loaded: to load it takes longer."""

FACTORS = 128
"""Dimensions in which an approximate search compares users."""

CLOSE = 1 - 1e-6
"""Single precision may be wrong in the seventh digit: who is that close to the k-th stays."""

Pairs = Iterator[tuple[Array, Array, Array]]
"""Blocks of (users, others, scores), float64. Pairs of one user stand together, the others in
ascending order. A score is the squared cosine times the user's own squared length."""


def nearest_neighbours(
    matrix: Matrix, k: int, *, similarity: str = "raw", approximate: bool = False
) -> tuple[Array, Array]:
    """The k users with the highest cosine to each user, most similar first.

    The user is no neighbour of their own, nor is anybody whose cosine is not above 0, such as
    somebody who shares no rated item with them; ties go to the lower row.

    Parameters
    ----------
    matrix : CSR of shape (n_users, n_items)
    similarity : one of SIMILARITIES. "co-rated" compares all users at once, for small data.
    approximate : compare the users in the FACTORS strongest dimensions of the ratings (package
        faiss-cpu), and only the best of these in full; for a hundred thousand users and more. A few
        neighbours may be missed; the cosines of those found are exact.

    Returns
    -------
    (neighbours, cosines), both of shape (n_users, min(k, n_users - 1)); a row with fewer
    neighbours is filled with -1 and 0.
    """
    if similarity == "centred":
        matrix = centred(matrix)
    k = min(k, matrix.shape[0] - 1)
    squared_norm = squared_norms(matrix)
    pairs: Callable[[Matrix, int, Array], Pairs] = _by_comparing_all
    if similarity == "co-rated":
        pairs = _by_common_items
    elif approximate:
        pairs = _by_factors
    neighbours = np.full((matrix.shape[0], k), -1, dtype=np.int32)
    cosines = np.zeros(neighbours.shape)
    for user, other, score in pairs(matrix, k, squared_norm):
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


def squared_norms(matrix: Matrix) -> Array:
    """|r_u|^2 of each row, float64; 1 for an empty one, which so is divided by without harm."""
    found = np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float64).ravel()
    found[found == 0] = 1.0
    return found


def nearest_to(
    ratings: Array,
    matrix: Matrix | sp.csc_matrix,
    squared_norm: Array,
    k: int,
    *,
    but: int | None = None,
) -> tuple[Array, Array]:
    """The k users of the matrix with the highest cosine to one row of ratings, who need not be
    among them: as in `nearest_neighbours` with the similarity "raw", for one person.

    Parameters
    ----------
    ratings : float array of shape (n_items,), 0 where not rated.
    matrix : of shape (n_users, n_items); column by column (CSC) only the raters of the person's
        items are visited.
    squared_norm : of the rows of the matrix, as `squared_norms` gives it.
    but : a row that is left out: the person's own.

    Returns
    -------
    (neighbours, cosines), of at most k users.
    """
    own = np.flatnonzero(ratings)
    products = matrix[:, own] @ ratings[own].astype(np.float32)
    products = np.maximum(products, 0).astype(np.float64)
    if but is not None:
        products[but] = 0.0
    found = np.flatnonzero(products)
    score = _scores(products[found], squared_norm[found])
    if len(found) > k:
        near = score >= np.partition(score, -k)[-k]
        found, score = found[near], score[near]
    best = np.argsort(-score, kind="stable")[:k]
    length = float(np.square(ratings, dtype=np.float64).sum())
    return found[best], np.sqrt(score[best] / length)


def centred(matrix: Matrix) -> Matrix:
    """The ratings with each user's mean taken off: float64 CSR with the same cells."""
    counts = np.diff(matrix.indptr)
    means = np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel() / np.maximum(counts, 1)
    return sp.csr_matrix(
        (matrix.data - np.repeat(means, counts), matrix.indices, matrix.indptr), matrix.shape
    )


def _scores(product: Array, squared_norm: Array) -> Array:
    """(r_u r_v)^2 / |r_v|^2, which orders like the cosine of user u with others v.

    Numerator and denominator are exact, so that equal cosines are equal numbers and a tie is a tie
    on every machine.
    """
    return np.asarray(product.astype(np.float64) ** 2 / squared_norm)


def _by_comparing_all(matrix: Matrix, k: int, squared_norm: Array) -> Pairs:
    """Every pair that can be among the k best."""
    n_users = matrix.shape[0]
    inverse_norm = (1 / squared_norm).astype(np.float32)
    products_of, kth_of = _comparing(matrix)
    has_negative = bool((matrix.data < 0).any())
    # The ratings of a block stand in a dense matrix too, which may be four times as large.
    block = max(1, BLOCK_CELLS // max(n_users, matrix.shape[1] // 4))
    for start in range(0, n_users, block):
        stop = min(start + block, n_users)
        products = products_of(slice(start, stop))
        products[np.arange(stop - start), np.arange(start, stop)] = 0.0
        if has_negative:
            np.maximum(products, 0, out=products)
        score = products * products
        score *= inverse_norm
        least = kth_of(score, k)[:, None] * np.float32(CLOSE)
        user, other = np.nonzero((score >= least) & (score > 0))
        yield start + user, other, _scores(products[user, other], squared_norm[other])


def _comparing(
    matrix: Matrix,
) -> tuple[Callable[[slice], Array], Callable[[Array, int], Array]]:
    """Two functions: from a slice of users to their rows of R R^T, dense, float32; and from scores
    to the k-th highest of each row.

    The products are exact: sums of products of half stars stay far below 2^24 quarters.
    """
    if np.prod(matrix.shape, dtype=float) <= SMALL and "torch" not in sys.modules:
        dense = matrix.toarray().astype(np.float32, copy=False)
        return (
            lambda users: np.asarray(dense[users] @ dense.T),
            lambda score, k: np.asarray(np.partition(score, -k, axis=1)[:, -k]),
        )
    # Three to five times as fast.
    import torch

    from eautorec.kernels import Rows, column_groups

    everybody = Rows.of(matrix, torch.float32, "cpu")

    def products(users: slice) -> Array:
        x = torch.from_numpy(matrix[users].T.toarray().astype(np.float32, copy=False))
        found = torch.empty((matrix.shape[0], x.shape[1]))
        for columns in column_groups(x):
            found[:, columns] = everybody.times(x[:, columns].contiguous())
        return np.asarray(found.T.contiguous().numpy())

    def kth(score: Array, k: int) -> Array:
        best: Any = torch.topk(torch.from_numpy(score), k, sorted=False).values
        return np.asarray(best.amin(1).numpy())

    return products, kth


def _by_common_items(matrix: Matrix, k: int, squared_norm: Array) -> Pairs:
    """The cosine over the items that both have rated: all pairs at once."""
    check_room(
        "The ratings as a dense matrix", matrix.shape, "take another similarity than 'co-rated'"
    )
    r = matrix.toarray().astype(np.float64)
    rated = stored_cells(matrix).toarray().astype(np.float64)
    squares = r**2 @ rated.T
    products = np.maximum(r @ r.T, 0)
    np.fill_diagonal(products, 0)
    user, other = np.nonzero(products)
    squared_cosine = products[user, other] ** 2 / (squares[user, other] * squares[other, user])
    yield user, other, squared_cosine * squared_norm[user]


def _by_factors(matrix: Matrix, k: int, squared_norm: Array) -> Pairs:
    """The pairs that are nearest after a reduction to FACTORS dimensions, four times as many as
    asked for."""
    try:
        import faiss
    except ImportError:
        raise InputError(
            "Approximate neighbours need the package faiss-cpu: "
            "install it with pip install 'eautorec[approximate]'."
        ) from None

    n_users = matrix.shape[0]
    unit = sp.diags_array(1 / np.sqrt(squared_norm)).astype(np.float32) @ matrix
    n_factors = min(FACTORS, min(matrix.shape) - 1)
    left, strength, _ = svds(unit.tocsr(), n_factors, rng=np.random.default_rng(0))
    reduced = np.ascontiguousarray(left * strength, dtype=np.float32)
    n_candidates = min(4 * k + 1, n_users)
    block = max(1, BLOCK_CELLS // (n_candidates * max(1, matrix.nnz // n_users)))
    for start in range(0, n_users, block):
        rows = np.arange(start, min(start + block, n_users))
        _, found = faiss.knn(
            reduced[rows], reduced, n_candidates, metric=faiss.METRIC_INNER_PRODUCT
        )
        user, other = np.repeat(rows, n_candidates), np.sort(found, axis=1).ravel()
        products = np.asarray(matrix[user].multiply(matrix[other]).sum(axis=1)).ravel()
        real = (other != user) & (products > 0)
        yield user[real], other[real], _scores(products[real], squared_norm[other[real]])
