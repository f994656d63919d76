"""E under every reading of Eq. 5-7, and what stands in its place in the controls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from eautorec.explainability import Explainability
from eautorec.ratings import Ratings
from eautorec.study.protocol import Protocol, Run
from eautorec.evaluation.ranking import top_k


class Explained(NamedTuple):
    """E on the rating scale (thresholded), and A of E = A R where E is that product."""

    scores: sp.csr_matrix
    averaging: sp.csr_matrix | None


def explain(train: Ratings, everything: Ratings, run: Run) -> Explained:
    """E as this run's protocol reads it."""
    p = run.protocol
    source = everything if p.e_from == "all" else train
    theta = run.theta * (source.scale[1] if p.theta_scale == "0-1" else 1)
    plain = Protocol()
    if (p.denominator, p.similarity, p.counted) == (
        plain.denominator,
        plain.similarity,
        plain.counted,
    ):
        expl = Explainability(run.n_neighbors, theta).fit(source)
        scores, averaging = expl.scores, expl.averaging
        linear = theta == 0 and p.e_from == "training"
    else:
        scores = _scores(source, run.n_neighbors, theta, p)
        averaging, linear = None, False
    if p.e_on_rated == "zero":
        scores = scores - scores.multiply(train.matrix > 0)
        scores = sp.csr_matrix(scores)
        scores.eliminate_zeros()
        linear = False
    return Explained(scores, averaging if linear else None)


def _scores(source: Ratings, n_neighbors: int, theta: float, p: Protocol) -> sp.csr_matrix:
    """E with other similarities, other ratings or another denominator; dense, for small data."""
    r = source.matrix.toarray().astype(float)
    similarity = SIMILARITIES[p.similarity](r)
    np.fill_diagonal(similarity, -np.inf)
    similarity[similarity <= 0] = -np.inf
    chosen = top_k(similarity, min(n_neighbors, len(r) - 1))
    counting = np.zeros((len(r), len(r)))
    row, place = np.nonzero(chosen >= 0)
    counting[row, chosen[row, place]] = 1
    counted = r * (r >= 3) if p.counted == "3 or more" else r
    if p.denominator == "raters":
        divisor = counting @ (counted > 0)
    else:
        divisor = counting.sum(axis=1, keepdims=True)
    e = counting @ counted / np.maximum(divisor, 1)
    return sp.csr_matrix(np.where(e > theta, e, 0).astype(np.float32))


def _raw(r: np.ndarray) -> np.ndarray:
    norm = np.sqrt((r**2).sum(axis=1))
    return r @ r.T / np.maximum(np.outer(norm, norm), 1e-12)


def _centred(r: np.ndarray) -> np.ndarray:
    """The cosine after each user's mean rating is taken off what the user rated."""
    rated = r > 0
    mean = r.sum(axis=1) / np.maximum(rated.sum(axis=1), 1)
    return _raw(np.where(rated, r - mean[:, None], 0.0))


def _co_rated(r: np.ndarray) -> np.ndarray:
    """The cosine over the items that both have rated."""
    squares = r**2 @ (r > 0).T.astype(float)
    return r @ r.T / np.maximum(np.sqrt(squares * squares.T), 1e-12)


SIMILARITIES = {"raw": _raw, "centred": _centred, "co-rated": _co_rated}


def instead_of_e(
    control: str, e: sp.csr_matrix, r: sp.csr_matrix, averaging, seed: int
) -> tuple[sp.csr_matrix, ...]:
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
        columns = [np.sort(np.argsort(row)[:n]) for row, n in zip(where, counts, strict=True)]
        columns = np.concatenate(columns)
        rows = np.repeat(np.arange(n_users), counts)
        values = np.empty_like(e.data)
        values[np.argsort(how_much[rows, columns])] = np.sort(e.data)
        return (sp.csr_matrix((values, columns, e.indptr), e.shape),)
    if control == "r twice":
        return (r,)
    if control == "r and mask":
        return (sp.csr_matrix((np.ones_like(r.data), r.indices, r.indptr), r.shape),)
    raise ValueError(f"There is no control {control!r}.")
