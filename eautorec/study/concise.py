"""How few people can carry a list: MAP@10 against the number k of users whose ratings may count.

Every method here is a matrix of weights between users, W of shape (n_users, n_users) with at most k
weights in a row and none on its diagonal. The scores are S = W X, for EASE's divided by c_i, the
same for all users (`EASE`): so who is behind a recommendation can be counted alike for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
import pandas as pd
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix, stored_cells
from eautorec.datasets import load_ratings
from eautorec.evaluation.metrics import average_precision, explainable_precision
from eautorec.evaluation.ranking import top_k, top_lists
from eautorec.explainability import Explainability
from eautorec.gram import inverse
from eautorec.models.concise import ConciseEASE
from eautorec.models.ease import EASE
from eautorec.ratings import Ratings
from eautorec.reading import Source
from eautorec.study.kept import Kept, Make
from eautorec.study.protocol import N_FOLDS, Run
from eautorec.study.runner import split_data

KS = (1, 2, 5, 10, 20, 50, 100)
"""How many users may speak, where there are more; beside them, all."""

EVERYBODY = 0
"""k where nobody is left out."""

REGULARIZATIONS = (12.5, 25.0, 50.0, 100.0, 200.0, 400.0, 800.0)
"""lambda of the ridge: chosen for each k on validation ratings."""

SEARCH_FOLDS = range(2)

COLUMNS = ["method", "k", "fold", "map@10", "mep@10", "people"]

Weights = Iterator[tuple[int, sp.csr_matrix]]
"""(k, W) for each k."""


def ks_of(n_users: int) -> tuple[int, ...]:
    """Those of KS that leave somebody out."""
    return tuple(k for k in KS if k < n_users - 1)


def pursued(train: Ratings) -> Weights:
    """`ConciseEASE`: its path from one person to the largest k passes all others."""
    ks = ks_of(train.n_users)
    model = ConciseEASE(max(ks, default=1)).fit(train)
    cells: dict[int, list[tuple[int, Array, Array]]] = {k: [] for k in ks}
    for row, user in enumerate(train.users.tolist()):
        chosen, w = np.zeros(0, dtype=int), np.zeros(0)
        steps = dict(enumerate(model.path(model.person(user)), start=1))
        for k in ks:
            chosen, w = steps.get(min(k, len(steps)), (chosen, w))
            cells[k].append((row, chosen, w))
    for k, rows in cells.items():
        yield k, _matrix(rows, train.n_users)
    yield EVERYBODY, sp.csr_matrix(own_weights(model))


def largest(train: Ratings) -> Weights:
    """EASE's own weights, all but the k largest of each user left out."""
    w = own_weights(EASE().fit(train))
    for k in ks_of(train.n_users):
        yield k, _keep(w, top_k(np.abs(w), k))
    yield EVERYBODY, sp.csr_matrix(w)


def own_weights(model: EASE) -> Array:
    """w_uv = (x_u G) . x_v, and 0 for oneself, who rated none of the items in question."""
    w = model.x_ @ (model.x_ @ model.inverse_).T
    np.fill_diagonal(w, 0.0)
    return np.asarray(w)


def nearest(train: Ratings, regularizations: dict[int, float]) -> Weights:
    """Ridge regression of each user's x on those of the k nearest by cosine:

        w_u = (X_N X_N^T + lambda I)^-1 X_N x_u

    Parameters
    ----------
    regularizations : lambda for each k, of `ks_of` or EVERYBODY.
    """
    gram = products(train)
    norms = np.sqrt(np.where(gram.diagonal() > 0, gram.diagonal(), np.inf))
    cosine = gram / norms[:, None] / norms
    np.fill_diagonal(cosine, -np.inf)
    order = top_k(cosine, max(regularizations) or 1)
    for k, regularization in regularizations.items():
        if k == EVERYBODY:
            # All others at once: the diagonal must be 0, as that of EASE's B.
            found = inverse(gram + regularization * np.eye(len(gram)))
            w = np.eye(len(gram)) - found / found.diagonal()[:, None]
            yield k, sp.csr_matrix(w)
            continue
        near = order[:, :k]
        own = gram[near[:, :, None], near[:, None, :]] + regularization * np.eye(k)
        w = np.linalg.solve(own, np.take_along_axis(gram, near, axis=1)[:, :, None])[:, :, 0]
        yield k, _matrix(zip(range(len(gram)), near, w, strict=True), train.n_users)


def products(train: Ratings) -> Array:
    """X X^T of the ratings divided by the highest: float64 (n_users, n_users)."""
    x = train.matrix.astype(np.float64) / train.scale[1]
    return np.asarray((x @ x.T).toarray())


def _matrix(found: Iterable[tuple[int, Array, Array]], n_users: int) -> sp.csr_matrix:
    """W from (row, columns, weights)."""
    triples = list(found)
    counts = [len(columns) for _, columns, _ in triples]
    where = (
        np.repeat([row for row, _, _ in triples], counts),
        np.concatenate([c for _, c, _ in triples]),
    )
    return sp.csr_matrix((np.concatenate([w for _, _, w in triples]), where), (n_users, n_users))


def _keep(w: Array, columns: Array) -> sp.csr_matrix:
    """W with these columns of each row, and 0 elsewhere."""
    return _matrix(
        zip(range(len(w)), columns, np.take_along_axis(w, columns, axis=1), strict=True), len(w)
    )


def search(data: Source | str = "100k", folds: Iterable[int] = SEARCH_FOLDS) -> pd.DataFrame:
    """lambda of the ridge for each k, on validation ratings.

    Returns
    -------
    k, regularization, map@10 (the mean over folds), folds; best first for each k.
    """
    rows = []
    for fold in folds:
        run = Run("EASE", fold, measured_on="validation")
        inner, validation, _ = split_data(data, run)
        x, ks = inner.matrix, (*ks_of(inner.n_users), EVERYBODY)
        for regularization in REGULARIZATIONS:
            for k, w in nearest(inner, dict.fromkeys(ks, regularization)):
                lists = top_lists(np.asarray((w @ x).toarray()), x, 10)
                value = average_precision(lists, validation.relevant(), [10])
                rows.append((k, regularization, float(np.nanmean(value))))
    frame = pd.DataFrame(rows, columns=["k", "regularization", "map@10"])
    found = frame.groupby(["k", "regularization"])["map@10"].agg(["mean", "size"]).reset_index()
    found = found.rename(columns={"mean": "map@10", "size": "folds"})
    return found.sort_values(["k", "map@10"], ascending=[True, False], ignore_index=True)


def chosen(found: pd.DataFrame) -> dict[int, float]:
    """The best lambda of each k, of the table of `search`."""
    return dict(found.groupby("k")["regularization"].first())


def curve(
    fold: int, regularizations: dict[int, float], data: Source | str = "100k"
) -> pd.DataFrame:
    """Every method at every k on one fold: COLUMNS.

    `people` is how many users stand behind a recommendation of a list of 10 (`people_behind`).
    """
    train, test, _ = split_data(data, Run("EASE", fold))
    x = train.matrix
    ease = EASE().fit(train)
    c = ease.penalty_ * ease.inverse_.diagonal()
    methods: dict[str, tuple[Callable[[], Weights], Array | float]] = {
        "concise EASE": (lambda: pursued(train), c),
        "largest weights": (lambda: largest(train), c),
        "nearest, ridge": (lambda: nearest(train, regularizations), 1.0),
    }
    explainable = Explainability().fit(train).scores > 0
    rows = []
    for method, (weights, divisor) in methods.items():
        for k, w in weights():
            lists = top_lists(np.asarray((w @ x).toarray()) / divisor, x, 10)
            precision = average_precision(lists, test.relevant(), [10])
            explained = explainable_precision(lists, explainable, [10])
            asked = np.unique(test.user_index)
            rows.append(
                (
                    method,
                    k,
                    fold,
                    float(np.nanmean(precision)),
                    float(np.nanmean(explained[asked])),
                    people_behind(w, x, lists),
                )
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def people_behind(w: sp.csr_matrix, ratings: Matrix, lists: Array) -> float:
    """How many users with a weight rated an item, on average over the items of all lists."""
    speaking, rated = stored_cells(w), stored_cells(ratings)
    return float(np.take_along_axis((speaking @ rated).toarray(), lists, axis=1).mean())


def study(
    data: Source | str = "100k", folds: Iterable[int] = range(N_FOLDS)
) -> dict[str, pd.DataFrame]:
    """The search of lambda and the curves, by the names of their files; as `better.study` keeps
    what is finished."""
    kept = Kept(__name__, load_ratings(data).fingerprint)
    found = kept.tables({"search": partial(search, data)}, "search")
    jobs: dict[str, Make] = {f"{fold}": partial(curve, fold, chosen(found), data) for fold in folds}
    return {"concise-search": found, "concise": kept.tables(jobs, "concise")}
