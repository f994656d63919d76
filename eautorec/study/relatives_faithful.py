"""Is a reason the cause, asked of the paper's relatives as `faithful` asks the other models.

A network that reads ratings is asked with its weights held: what does it say without some of them?
A model of factors reads no rating once it is trained, so that nothing can be taken away from it but
by training it anew, which is done where it takes less than a second.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from eautorec.arrays import Array, stored_cells
from eautorec.datasets import load_ratings
from eautorec.evaluation.faithfulness import PerUser, Score
from eautorec.models.cdae import CDAE
from eautorec.models.cfn import CFN
from eautorec.models.rbm import RBM
from eautorec.models.sem_auto import SemAuto
from eautorec.models.semi_autoencoder import SemiAutoencoder
from eautorec.ratings import Ratings
from eautorec.reading import Source
from eautorec.study.faithful import (
    COLUMNS,
    FEW,
    KNOWN,
    Question,
    answer,
    counted_by_e,
    e_held,
    trained_anew,
)
from eautorec.study.kept import Kept, Make
from eautorec.study.protocol import Run
from eautorec.study.relatives import RELATIVES, chosen, fit_relative
from eautorec.study.runner import split_data
from eautorec.training.heads import ACTIVATIONS

KS = (10,)
"""How many ratings are taken away."""

FACTORS = ("MF", "EMF", "EMF, share", "BPR", "EBPR", "EFM, graph")
"""Models that read no rating once they are trained: with weights held, no reason changes them."""

INTERVAL = ("mean", "low", "high")


def read_anew(model: Any, ratings: Ratings, row: int) -> list[Array]:
    """What a network over users reads of one of them, of the ratings that are left: (n,) each.
    Means and features are held."""
    r = _dense(ratings.matrix[[row]])
    if isinstance(model, CDAE):
        relevant = model.get_params()["positives"] == "relevant"
        return [(r >= model.ratings_.good_from if relevant else r > 0).astype(np.float32)]
    if isinstance(model, CFN):
        x = (r > 0) * (r - model._means[row]) / model._width
    else:
        x = r / ratings.scale[1]
    return [x.astype(np.float32), *(block[row] for block in model.inputs_[1:])]


def network_held(model: Any) -> Score:
    """The same weights, and the inputs of what is left, for a network that reads users."""

    def score(ratings: Ratings) -> PerUser:
        def of_user(row: int) -> Array:
            vector = None if model.vectors_ is None else model.vectors_[row]
            found = model.decoded(read_anew(model, ratings, row), vector)
            if isinstance(model, SemiAutoencoder):
                return model._as_ratings(found[None], slice(row, row + 1))[0]
            return found

        return PerUser(of_user)

    return score


def item_network_held(model: Any) -> Score:
    """The same for one that reads items, whose columns of ratings are its inputs."""
    hidden_of, output_of = (ACTIVATIONS[name] for name in (model.head.hidden, model.head.output))
    beside = sum(
        (block @ w for block, w in zip(model.inputs_[1:], model.encoder_[1:], strict=True)),
        start=model.hidden_bias_[None, :],
    )

    def score(ratings: Ratings) -> PerUser:
        r = ratings.matrix.T.tocsr().astype(np.float32)
        if isinstance(model, CFN):
            r.data = (r.data - np.repeat(model._means, np.diff(r.indptr))) / model._width
        else:
            r.data = r.data / ratings.scale[1]
        hidden = hidden_of(r @ model.encoder_[0] + beside)

        def of_user(row: int) -> Array:
            found = hidden @ model.decoder_[:, row] + model.output_bias_[row]
            for k, weight in model.direct_.items():
                found = found + model.inputs_[k] @ weight[:, row]
            return model._as_ratings(output_of(found)[:, None], slice(None))[:, 0]

        return PerUser(of_user)

    return score


def machine_held(model: RBM) -> Score:
    """The same weights, with v and m from what is left, and the neighbours that the user had."""

    def score(ratings: Ratings) -> PerUser:
        highest = ratings.scale[1]

        def of_user(row: int) -> Array:
            layers = [_dense(ratings.matrix[[row]])[None] / highest]
            if model.n_layers > 1:
                layers.append(e_held(model, ratings, row)[None] / highest)
            return model._predicted(layers)[0]

        return PerUser(of_user)

    return score


def profiles_held(model: SemAuto) -> Score:
    """The same neighbours with the same weights; their ratings of what is left."""
    weights = model.similarities_
    weights = weights / np.maximum(np.abs(weights).sum(axis=1, keepdims=True), 1e-12)
    return lambda ratings: PerUser(
        lambda row: np.asarray(weights[row] @ ratings.matrix[model.neighbours_[row]]).ravel()
    )


def by_deletion(model: Any, row: int, column: int) -> list[int]:
    """The user's own items whose ratings add most to the item's score, each taken away by itself
    from the inputs."""
    rated = _dense(stored_cells(model.ratings_.matrix[[row]])) > 0
    vector = None if model.vectors_ is None else model.vectors_[row]
    inputs = [block[row] for block in model.inputs_]
    order = _most_missed(inputs, rated, lambda x: model.decoded(x, vector)[:, column])
    return [item for item in order if item != column]


def by_raters(model: Any, row: int, column: int) -> list[int]:
    """The same for a network over items: the others whose ratings of the item add most."""
    rated = _dense(stored_cells(model.ratings_.matrix[:, [column]])) > 0
    inputs = [block[column] for block in model.inputs_]
    order = _most_missed(inputs, rated, lambda x: model.decoded(x)[:, row])
    return [user for user in order if user != row]


def by_units(model: RBM, row: int, column: int) -> list[int]:
    """`by_deletion` of a machine: the user's own ratings in v."""
    inputs = [_dense(layer[[row]]) for layer in model.layers_]
    order = _most_missed(inputs, inputs[0] > 0, lambda x: model._predicted(x)[:, column])
    return [item for item in order if item != column]


def _most_missed(
    inputs: list[Array], rated: Array, scored: Callable[[list[Array]], Array]
) -> list[int]:
    """The places of the first input in the order of what the score loses without each.

    Parameters
    ----------
    inputs : of one row, (n,) each. rated : which places may be named.
    scored : from inputs of several rows to one score of each.
    """
    x, *others = inputs
    own = np.flatnonzero(rated & (x != 0))
    fewer = np.repeat(x[None], len(own), axis=0)
    fewer[np.arange(len(own)), own] = 0
    left = scored([fewer, *(np.repeat(block[None], len(own), axis=0) for block in others)])
    return [int(place) for place in own[np.argsort(left, kind="stable")]]


def by_profiles(model: SemAuto, row: int, column: int) -> list[int]:
    """The neighbours who rated the item, by what they add to its score."""
    ratings = _dense(model.ratings_.matrix[model.neighbours_[row]][:, [column]])
    adds = model.similarities_[row] * ratings
    order = np.argsort(-adds, kind="stable")
    return [int(model.neighbours_[row][place]) for place in order if adds[place] > 0]


def _dense(part: Any) -> Array:
    return np.asarray(sp.csr_matrix(part).toarray()).ravel()


def _question(name: str, reason: str, score: Any, own: Any, **options: Any) -> Question:
    least = 0 if RELATIVES[name].ranks else KNOWN
    orders = ("own", "popularity", "random")
    given: dict[str, Any] = {
        "ks": KS,
        "orders": orders,
        "keep": False,
        "least": least,
        "stable": False,
    }
    return Question(name, reason, options.pop("weights", "held"), score, own, **given | options)


def questions() -> list[Question]:
    """Of every relative that reads ratings when it is asked, and of the factors that train fast."""
    found = []
    for name, relative in RELATIVES.items():
        kind, over = relative.model, relative.fixed.get("over")
        if issubclass(kind, RBM):
            if kind.n_layers > 1:
                found.append(_question(name, "users", machine_held, counted_by_e))
            found.append(_question(name, "items", machine_held, by_units))
        elif issubclass(kind, SemAuto):
            found.append(_question(name, "users", profiles_held, by_profiles))
        elif over == "items":
            found.append(_question(name, "users", item_network_held, by_raters))
        elif issubclass(kind, (CDAE, SemiAutoencoder)):
            found.append(_question(name, "items", network_held, by_deletion))
        elif name in ("EMF", "EMF, share"):
            anew: dict[str, Any] = {"weights": "retrained", "n_users": FEW}
            found.append(_question(name, "users", trained_anew, counted_by_e, **anew))
    return found


def table(search: pd.DataFrame, data: Source | str = "100k") -> pd.DataFrame:
    """The answers to all `questions`, on the training ratings of fold 0, as `faithful.table` has
    them.

    Parameters
    ----------
    search : the table of this name of the study of the relatives, which chose their parameters.
    """
    train = split_data(data, Run("EASE", 0))[0]

    @cache
    def fitted(name: str) -> Any:
        return fit_relative(name, 0, chosen(search, name), data).model

    def answered(question: Question) -> pd.DataFrame:
        return answer(question, train, fitted(question.model))

    kept = Kept(__name__, load_ratings(data).fingerprint)
    jobs: dict[str, Make] = {", ".join(one.labels): partial(answered, one) for one in questions()}
    return kept.tables(jobs, "faithful")[COLUMNS]


def left_the_list(relatives: pd.DataFrame, faithful: pd.DataFrame) -> pd.DataFrame:
    """How many first recommendations leave the list of ten without ten ratings: those of the
    reason, or any.

    Parameters
    ----------
    relatives, faithful : the tables of this module and of `faithful`.

    Returns
    -------
    model, reason, weights, least (of a film's ratings), own, low, high, any, users. For FACTORS
    with weights held all are 0, by construction.
    """
    both = pd.concat([faithful, relatives], ignore_index=True)
    both = both[both["measure"].eq("necessity") & both["k"].eq(KS[0])]
    wide = both.pivot_table(
        ["mean", "low", "high", "users"], ["model", "reason", "weights"], "order", sort=False
    )
    rows = []
    for (name, reason, weights), row in wide.iterrows():
        if pd.isna(row["mean", "own"]):
            continue
        model = name.removesuffix(f", {KNOWN} ratings or more")
        least = KNOWN if name != model else 0
        own = [row[part, "own"] for part in INTERVAL]
        any_ten, users = row["mean", "random"], row["users", "own"]
        rows.append((model, reason, weights, least, *own, any_ten, users))
    rows += [(model, "users", "held", 0, 0.0, 0.0, 0.0, 0.0, np.nan) for model in FACTORS]
    columns = "model reason weights least own low high any users".split()
    return pd.DataFrame(rows, columns=columns)
