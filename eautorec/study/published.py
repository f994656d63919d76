"""Numbers that the papers of the relatives print, beside ours where data at hand allow it.

Met is what has the same data, split and measure. What cannot be met says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from eautorec.arrays import Array
from eautorec.evaluation.metrics import average_precision, rmse
from eautorec.evaluation.ranking import top_lists
from eautorec.models.ebpr import EBPR
from eautorec.models.matrix_factorisation import MatrixFactorisation
from eautorec.ratings import Ratings, split

ABSENT = "the data are not at hand"
READY = "one command, for who has the file"


class Printed(NamedTuple):
    """A number in a paper.

    paper : its key in the bibliography. why : we do not meet it; empty where we try.
    """

    paper: str
    model: str
    data: str
    split: str
    measure: str
    published: float
    why: str = ""


PRINTED = (
    Printed("argyriou2020recommenders", "BPR", "ML-100K", "75/25", "MAP@10", 0.132),
    Printed("argyriou2020recommenders", "BPR", "ML-100K", "75/25", "nDCG@10", 0.442),
    Printed("argyriou2020recommenders", "SVD", "ML-100K", "75/25", "RMSE", 0.939),
    Printed("sedhain2015autorec", "U-AutoRec", "ML-1M", "90/10", "RMSE", 0.874, READY),
    Printed("sedhain2015autorec", "I-AutoRec", "ML-1M", "90/10", "RMSE", 0.831, READY),
    Printed("sedhain2015autorec", "U-AutoRec", "ML-10M", "90/10", "RMSE", 0.867, ABSENT),
    Printed("sedhain2015autorec", "I-AutoRec", "ML-10M", "90/10", "RMSE", 0.782, ABSENT),
    Printed("strub2016hybrid", "U-CFN", "ML-1M", "90/10", "RMSE", 0.8574, ABSENT),
    Printed("strub2016hybrid", "V-CFN", "ML-1M", "90/10", "RMSE", 0.8388, ABSENT),
    Printed("wu2016cdae", "DAE M4", "ML-10M", "80/20", "MAP@10", 0.1684, ABSENT),
    Printed("wu2016cdae", "CDAE M4", "ML-10M", "80/20", "MAP@10", 0.1797, ABSENT),
)
"""What their tables have for models of this book. The papers on EMF, ERBM and EBPR show figures, or
tables that could not be read; for the semi-autoencoder and SEM-AUTO no number on MovieLens-100K was
found."""

SEEDS = range(3)

NEAR = {"RMSE": 0.01}
NEAR_OTHERWISE = 0.05
"""As a share of the number; an RMSE differs little between any two models."""


def ndcg(lists: Array, relevant: Array, n: int = 10) -> float:
    """Normalised discounted cumulative gain of each list, the mean over users with a relevant item.

    Parameters
    ----------
    lists : (n_users, n) of columns. relevant : bool (n_users, n_items).
    """
    hit = np.take_along_axis(relevant, lists[:, :n], axis=1)
    gain = 1 / np.log2(np.arange(2, n + 2))
    best = np.cumsum(gain)[np.minimum(relevant.sum(axis=1), n) - 1]
    some = relevant.any(axis=1)
    return float(np.mean((hit @ gain)[some] / best[some]))


def in_recommenders_way(ratings: Ratings, seed: int) -> dict[tuple[str, str], float]:
    """As Microsoft Recommenders compares models: three quarters train, every test rating is
    relevant, lists of ten hold any film without a training rating, and MAP divides by all that is
    relevant. Our BPR and our matrix factorisation stand for theirs, with the parameters that were
    best on validation ratings of our own folds (`relatives`); theirs have those of their
    examples."""
    train, test = split(ratings, test_fraction=0.25, seed=seed)
    relevant = test.matrix.toarray() > 0
    bpr = EBPR(
        regularization=0.02,
        learning_rate=0.0025,
        n_epochs=60,
        batch_size=1000,
        explained=False,
        seed=seed,
    ).fit(train)
    lists = top_lists(bpr.scores(), train.matrix, 10)
    ap = average_precision(lists, test.matrix, [10], denominator="relevant")
    predicted = MatrixFactorisation().fit(train).scores()[test.user_index, test.item_index]
    predicted = np.clip(predicted, *ratings.scale)
    return {
        ("BPR", "MAP@10"): float(np.nanmean(ap)),
        ("BPR", "nDCG@10"): ndcg(lists, relevant),
        ("SVD", "RMSE"): rmse(predicted, test.values),
    }


def table(ratings: Ratings, seeds: Iterable[int] = SEEDS) -> pd.DataFrame:
    """PRINTED beside ours.

    Returns
    -------
    The fields of `Printed`; ours, low, high: mean over splits of our own, and the smallest and
    largest; met: "not run" where `why` says so, "yes" where the number lies between these, "near"
    within NEAR of it, else "no".
    """
    runs = pd.DataFrame([in_recommenders_way(ratings, seed) for seed in seeds])
    rows = []
    for printed in PRINTED:
        ours = low = high = np.nan
        met = "not run"
        if not printed.why:
            own = runs[printed.model, printed.measure]
            ours, low, high = own.mean(), own.min(), own.max()
            if low <= printed.published <= high:
                met = "yes"
            else:
                near = NEAR.get(printed.measure, NEAR_OTHERWISE)
                met = "near" if abs(ours / printed.published - 1) < near else "no"
        rows.append({**printed._asdict(), "ours": ours, "low": low, "high": high, "met": met})
    return pd.DataFrame(rows)
