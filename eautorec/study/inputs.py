"""E under every reading of Eq. 5-7, and what stands in its place in the controls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from eautorec.arrays import Chain, Matrix, stored_cells
from eautorec.explainability import Explainability
from eautorec.ratings import Ratings
from eautorec.study.protocol import Run

LEAST_RATING = {"all": 0.0, "3 or more": 3.0}
"""The turns of A8."""


class Explained(NamedTuple):
    """E on the rating scale (thresholded), and A of E = A R where E is that product."""

    scores: Matrix
    averaging: Matrix | None


def explain(train: Ratings, everything: Ratings, run: Run) -> Explained:
    """E as this run's protocol reads it."""
    p = run.protocol
    source = everything if p.e_from == "all" else train
    expl = Explainability(
        run.n_neighbors,
        run.theta * (source.scale[1] if p.theta_scale == "0-1" else 1),
        similarity=p.similarity,
        denominator=p.denominator,
        least_rating=LEAST_RATING[p.counted],
    ).fit(source)
    scores = expl.scores
    if p.e_on_rated == "zero":
        scores = sp.csr_matrix(scores - scores.multiply(stored_cells(train.matrix)))
        scores.eliminate_zeros()
    linear = expl.is_product and p.e_from == "training" and p.e_on_rated == "kept"
    return Explained(scores, expl.averaging if linear else None)


def instead_of_e(control: str, e: Matrix, r: Matrix, averaging: Matrix | None, seed: int) -> Chain:
    """The chain of matrices that a control feeds in the place of e.

    Parameters
    ----------
    e, r : in input units; averaging : A where e = A r, else None.
    """
    generator = np.random.default_rng([seed, 1])
    n_users = r.shape[0]
    if control == "shuffled":
        # Each user gets the explainability of another.
        others = generator.permutation(n_users)
        return (e[others],) if averaging is None else (averaging[others], r)
    if control == "same for all":
        mean = sp.csr_matrix(e.mean(axis=0).reshape(1, -1).astype(np.float32))
        return sp.csr_matrix(np.ones((n_users, 1), np.float32)), mean
    if control == "noise":
        # As many cells for each user, elsewhere, holding the same values. Which cells, and which of
        # them hold more, is drawn once: it stays when e changes a little for the refit.
        where, how_much = generator.random(e.shape), generator.random(e.shape)
        counts = np.diff(e.indptr)
        columns = np.concatenate(
            [np.sort(np.argsort(row)[:n]) for row, n in zip(where, counts, strict=True)]
        )
        rows = np.repeat(np.arange(n_users), counts)
        values = np.empty_like(e.data)
        values[np.argsort(how_much[rows, columns])] = np.sort(e.data)
        return (sp.csr_matrix((values, columns, e.indptr), e.shape),)
    if control == "user id":
        # One input unit for each person, as large as e is on average for that many films.
        size = np.sqrt(e.multiply(e).sum(axis=1).mean())
        columns = np.arange(n_users) % r.shape[1]
        values = np.full(n_users, size, np.float32)
        return (sp.csr_matrix((values, columns, np.arange(n_users + 1)), r.shape),)
    if control == "E without levels":
        return (_without_levels(e),)
    if control == "r twice":
        return (r,)
    if control == "r and mask":
        return (stored_cells(r),)
    raise ValueError(f"There is no control {control!r}.")


def _without_levels(e: Matrix) -> Matrix:
    """e at its stored cells, less the mean of the item's stored cells: what is the user's own."""
    counts = np.maximum(e.getnnz(axis=0), 1)
    means = np.asarray(e.sum(axis=0)).ravel() / counts
    values = (e.data - means[e.indices]).astype(np.float32)
    return sp.csr_matrix((values, e.indices, e.indptr), e.shape)
