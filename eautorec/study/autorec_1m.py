"""AutoRec's own table on MovieLens-1M, for whoever has the file.

Sedhain et al. (2015): a tenth of the ratings is the test, a tenth of the others chooses lambda,
500 hidden units, five repetitions; 3 stars are predicted for who or what has no training rating.
The optimiser is ours (L-BFGS to the minimum), theirs was RProp.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from tqdm import tqdm

from eautorec.evaluation.metrics import rmse
from eautorec.models.autorec import AutoRec
from eautorec.models.item_autorec import ItemAutoRec
from eautorec.models.recommender import Recommender
from eautorec.parameters import whole_number
from eautorec.ratings import Ratings, split

PUBLISHED = {"U-AutoRec": 0.874, "I-AutoRec": 0.831}
"""RMSE, with a spread of .003 at most between repetitions."""

N_HIDDEN = 500
REPEATS = 5
FRACTION = 0.1
"""Of the test, and of the validation ratings among the rest."""

COLD = 3.0
"""What is predicted without a training rating."""

PENALTIES = (20.0, 50.0, 100.0, 200.0)
"""lambda, in our unit: ratings divided by the highest, summed over all users."""

Make = Callable[[int, float, int], Recommender]

MODELS: dict[str, Make] = {
    "U-AutoRec": lambda k, penalty, seed: AutoRec(k, regularization=penalty, seed=seed),
    "I-AutoRec": lambda k, penalty, seed: ItemAutoRec(k, regularization=penalty, seed=seed),
}


def test_rmse(model: Recommender, train: Ratings, test: Ratings) -> float:
    """Of a fitted model, in stars; what is cold is COLD."""
    predicted = np.clip(model.scores()[test.user_index, test.item_index], *train.scale)
    counts = [train.matrix.getnnz(axis=axis) for axis in (1, 0)]
    cold = (counts[0][test.user_index] == 0) | (counts[1][test.item_index] == 0)
    return rmse(np.where(cold, COLD, predicted), test.values)


def choose(name: str, train: Ratings, n_hidden: int, penalties: Sequence[float]) -> float:
    """The penalty with the lowest RMSE on validation ratings."""
    rest, validation = split(train, test_fraction=FRACTION, seed=0)
    found = {
        penalty: test_rmse(MODELS[name](n_hidden, penalty, 0).fit(rest), rest, validation)
        for penalty in tqdm(penalties, desc=f"{name}: lambda", disable=None, leave=False)
    }
    return min(found, key=lambda penalty: found[penalty])


def table(
    ratings: Ratings,
    repeats: int = REPEATS,
    n_hidden: int = N_HIDDEN,
    penalties: Sequence[float] = PENALTIES,
) -> pd.DataFrame:
    """Both models, with a penalty chosen in each repetition.

    Returns
    -------
    model, lambda, repetition, rmse (stars), published.
    """
    whole_number("repeats", repeats, at_least=1)
    rows = []
    for name, make in MODELS.items():
        for repetition in tqdm(range(repeats), desc=name, disable=None):
            train, test = split(ratings, test_fraction=FRACTION, seed=repetition)
            penalty = choose(name, train, n_hidden, penalties)
            model = make(n_hidden, penalty, repetition).fit(train)
            found = test_rmse(model, train, test)
            rows.append((name, penalty, repetition, found, PUBLISHED[name]))
    return pd.DataFrame(rows, columns=["model", "lambda", "repetition", "rmse", "published"])
