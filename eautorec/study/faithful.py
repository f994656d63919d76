"""Is a reason the cause? The first recommendation of some users, with its reason taken away.

Each model is asked with its own order of a reason and with orders that know nothing of it: the
nearest by cosine, the most popular, any. Its weights are held, or it is trained anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.special import expit
from tqdm import tqdm

from eautorec.arrays import Array, stored_cells
from eautorec.datasets import load_ratings
from eautorec.evaluation.faithfulness import (
    Case,
    PerUser,
    Score,
    deletion,
    insertion,
    interval,
    others_ratings,
    overlap,
    own_ratings,
    removal,
)
from eautorec.models.by_e import ByE
from eautorec.models.concise import ConciseEASE
from eautorec.models.denoising import DenoisingAutoRec
from eautorec.models.ease import EASE
from eautorec.models.eautorec import EAutoRec
from eautorec.models.item_autorec import ItemAutoRec
from eautorec.models.recommender import Recommender
from eautorec.models.refitted import refitted
from eautorec.models.user_knn import UserKNN
from eautorec.neighbours import squared_norms
from eautorec.ratings import Ratings
from eautorec.reading import Source
from eautorec.study.kept import Kept, Make
from eautorec.study.protocol import Run
from eautorec.study.runner import split_data

SEED = 20_191_208
"""Of the users who are asked, of the random orders, and of the rating that is left out."""

N_USERS = 100
"""How many are asked."""

FEW = 20
"""How many where a training takes long."""

KS = (5, 10, 20)
"""How many ratings are taken away."""

ORDERS = ("own", "cosine", "popularity", "random")
"""Of the ratings in a reason. "own": as the model says; "cosine": those of the most similar users,
or of the items most similar to the recommended one; "popularity": those of the users with the most
ratings, or of the items with the most."""

STABLE = 10
"""The length of the reasons that are compared before and after one rating less."""

MODELS: dict[str, Callable[[], Recommender]] = {
    "EASE": EASE,
    "concise EASE": ConciseEASE,
    "by E": ByE,
    "user kNN": UserKNN,
    "E-AutoRec": EAutoRec,
    "E-AutoRec to rank": partial(DenoisingAutoRec, "rank"),
    "E-AutoRec to rate": partial(DenoisingAutoRec, "rate"),
    "item AutoRec": ItemAutoRec,
}
"""By name, with the defaults of each."""

KNOWN = 50
"""Models that predict ratings put items first that one or two people rated, so that any order takes
all of a reason away. They are asked a second time about items with so many ratings or more."""

Own = Callable[[Any, int, int], list[int]]
"""A model's own reason, from the model, a row and a column: rows of users, or columns of items,
what matters most first."""


class Question(NamedTuple):
    """One model, one kind of reason, weights held or not.

    score : from the fitted model to a function from ratings to scores.
    own : the model's own order; None where it has none.
    keep : whether reasons are also left alone.
    least : the fewest ratings of an item that is recommended.
    stable : whether reasons are also compared before and after one rating less.
    """

    model: str
    reason: str
    weights: str
    score: Callable[[Any], Score]
    own: Own | None
    n_users: int = N_USERS
    ks: Sequence[int] = KS
    orders: Sequence[str] = ORDERS
    keep: bool = True
    least: int = 0
    stable: bool = True

    @property
    def labels(self) -> tuple[str, str, str]:
        """What its rows begin with: the model, the kind of reason, the weights."""
        asked = f", {self.least} ratings or more" if self.least else ""
        return self.model + asked, self.reason, self.weights


def by_users(model: Recommender, row: int, column: int) -> list[int]:
    """Who speaks for the item, as the model's explanation says."""
    told = _explain(model, row, column).by_user
    return [model.ratings_.user_row(user) for user in told["user"]]


def by_items(model: Recommender, row: int, column: int) -> list[int]:
    """Which of the user's own items speak for it."""
    told = _explain(model, row, column).by_item
    return [model.ratings_.item_column(item) for item in told["item"]]


def counted_by_e(model: Recommender, row: int, column: int) -> list[int]:
    """The neighbours that e of Eq. 5 counts."""
    return by_users(_e_alone(model, model.ratings_), row, column)


def _e_alone(model: Any, ratings: Ratings) -> ByE:
    """The neighbours as a model of their own."""
    return ByE(model.n_neighbors, getattr(model, "theta", 0.0)).fit(ratings)


def of_knn(model: UserKNN, row: int, column: int) -> list[int]:
    """The neighbours whose weighted deviations are summed, largest first."""
    raters = np.flatnonzero(model.ratings_.matrix[:, [column]].toarray().ravel() > 0)
    weight = model.similarity(slice(row, row + 1))[0, raters]
    least = np.sort(weight)[-model.n_neighbors :][0] if len(weight) else 0.0
    chosen = (weight >= least) & (weight > 0)
    adds = weight * model.deviations_[:, [column]].toarray().ravel()[raters]
    order = np.argsort(-adds[chosen], kind="stable")
    return [int(rater) for rater in raters[chosen][order]]


def _explain(model: Recommender, row: int, column: int) -> Any:
    labels = model.ratings_
    return model.explain(labels.users[row].item(), labels.items[column].item())


def trained_anew(model: Recommender) -> Score:
    """What the same model says when it is trained on the ratings that are given."""
    return lambda ratings: _people_of(_again(model, ratings))


def _again(model: Recommender, ratings: Ratings) -> Recommender:
    return type(model)(**model.get_params()).fit(ratings)


def updated(model: EASE) -> Score:
    """As `trained_anew`, by an update of the inverse."""
    return lambda ratings: _people_of(refitted(model, ratings))


def _people_of(model: Recommender) -> PerUser:
    return PerUser(lambda row: model.person(model.ratings_.users[row].item()).scores)


def ease_by_users(model: EASE) -> Score:
    """S_ui = sum over v of w_uv x_vi / (L_i G_ii), with w, L and G held."""
    scale = model.penalty_ * model.inverse_.diagonal()

    def score(ratings: Ratings) -> PerUser:
        x = ratings.matrix / ratings.scale[1]
        return PerUser(lambda u: (model.x_ @ (model.x_[[u]] @ model.inverse_)[0]) @ x / scale)

    return score


def ease_by_items(model: EASE) -> Score:
    """S_ui = sum over j of x_uj B_ji, with B held."""

    def score(ratings: Ratings) -> PerUser:
        x = ratings.matrix / ratings.scale[1]
        diagonal = model.inverse_.diagonal()
        return PerUser(lambda u: x[[u]].toarray()[0] - (x[[u]] @ model.inverse_)[0] / diagonal)

    return score


def concise_held(model: ConciseEASE) -> Score:
    """The same speakers with the same weights: sum over v of w_uv x_vi / c_i."""
    scale = model.penalty_ * model.inverse_.diagonal()
    people = {}

    def score(ratings: Ratings) -> PerUser:
        def of_user(row: int) -> Array:
            if row not in people:
                people[row] = model.speakers(model.person(ratings.users[row].item()))
            speakers, w = people[row]
            return w @ (ratings.matrix[speakers] / ratings.scale[1]) / scale

        return PerUser(of_user)

    return score


def by_e_held(model: ByE) -> Score:
    """The same neighbours: the mean of what is left of their ratings."""

    def score(ratings: Ratings) -> PerUser:
        return PerUser(lambda row: e_held(model, ratings, row))

    return score


def e_held(model: Recommender, ratings: Ratings, row: int) -> Array:
    """e of Eq. 5 at theta = 0, with the neighbours that the user had."""
    neighbours = model.person(ratings.users[row].item()).neighbours
    total = np.asarray(ratings.matrix[neighbours].sum(axis=0, dtype=float)).ravel()
    return total / max(len(neighbours), 1)


def knn_held(model: UserKNN) -> Score:
    """The same similarities and means."""

    def score(ratings: Ratings) -> PerUser:
        left = ratings.matrix.astype(float)
        left.data -= np.repeat(model.means_, np.diff(left.indptr))

        def of_user(row: int) -> Array:
            one = slice(row, row + 1)
            return model.weighted(model.similarity(one), left, one)[0]

        return PerUser(of_user)

    return score


def eautorec_held(model: EAutoRec) -> Score:
    """The same weights and neighbours, with r and e from what is left."""
    weights = model.weights_
    w_r, w_e = (weight.astype(float) for weight in weights.inputs)

    def score(ratings: Ratings) -> PerUser:
        def of_user(row: int) -> Array:
            unit = model.encoding_.unit
            r = ratings.matrix[[row]].astype(float) / unit
            h = expit(weights.hidden_bias + (r @ w_r)[0] + e_held(model, ratings, row) / unit @ w_e)
            return unit * (weights.output @ h + weights.output_bias)

        return PerUser(of_user)

    return score


def ranking_held(model: DenoisingAutoRec) -> Score:
    """The same weights and neighbours, with x and e from what is left."""

    def score(ratings: Ratings) -> PerUser:
        highest = ratings.scale[1]

        def of_user(row: int) -> Array:
            x = ratings.matrix[[row]].toarray()[0] / highest
            return model.decoded([x, e_held(model, ratings, row) / highest])

        return PerUser(of_user)

    return score


def item_autorec_held(model: ItemAutoRec) -> Score:
    """The same weights; an item's column of ratings is its input."""
    weights, unit = model.network_.weights_, model.network_.encoding_.unit

    def score(ratings: Ratings) -> PerUser:
        columns = sp.csr_matrix(ratings.matrix.T) / np.float32(unit)
        hidden = expit(weights.activation([(columns,)]))
        return PerUser(lambda row: unit * (hidden @ weights.output[row] + weights.output_bias[row]))

    return score


UNEXPLAINED = ORDERS[1:]
"""The orders for a model that names no reason of this kind."""

QUESTIONS = (
    Question("EASE", "users", "held", ease_by_users, by_users),
    Question("EASE", "users", "retrained", updated, by_users),
    Question("EASE", "items", "held", ease_by_items, by_items),
    Question("EASE", "items", "retrained", updated, by_items, keep=False),
    Question("concise EASE", "users", "held", concise_held, by_users),
    Question("concise EASE", "users", "retrained", updated, by_users, ks=(20,), keep=False),
    Question("by E", "users", "held", by_e_held, by_users),
    Question("by E", "users", "retrained", trained_anew, by_users),
    Question("E-AutoRec", "users", "held", eautorec_held, counted_by_e, keep=False),
    Question("E-AutoRec", "users", "held", eautorec_held, counted_by_e, least=KNOWN),
    Question("E-AutoRec", "items", "held", eautorec_held, None, orders=UNEXPLAINED, keep=False,
             least=KNOWN),
    Question("user kNN", "users", "held", knn_held, of_knn, ks=(20,), keep=False),
    Question("user kNN", "users", "held", knn_held, of_knn, keep=False, least=KNOWN),
    Question("user kNN", "users", "retrained", trained_anew, of_knn, FEW, (20,), keep=False,
             least=KNOWN),
    Question("item AutoRec", "users", "held", item_autorec_held, None, ks=(20,),
             orders=UNEXPLAINED, keep=False, least=KNOWN),
    Question("E-AutoRec to rank", "users", "held", ranking_held, counted_by_e, keep=False),
    Question("E-AutoRec", "users", "retrained", trained_anew, counted_by_e, FEW, (20,),
             ("own", "random"), keep=False, least=KNOWN),
    Question("E-AutoRec to rank", "users", "retrained", trained_anew, counted_by_e, FEW, (20,),
             ("own", "random"), keep=False),
    Question("E-AutoRec to rate", "users", "retrained", trained_anew, counted_by_e, FEW, (20,),
             ("own", "random"), keep=False, least=KNOWN),
)  # fmt: skip
"""The cheap ones first; where a training takes long, they ask for less."""


def among(score: Score, items: Array) -> Score:
    """The same scores; items that are not among these (bool, (n_items,)) have none."""

    def of_these(ratings: Ratings) -> PerUser:
        scores = score(ratings)
        return PerUser(lambda row: np.where(items, scores[row], np.nan))

    return of_these


COLUMNS = "model reason order k weights measure mean low high users".split()
"""Of the table."""


def table(data: Source | str = "100k") -> pd.DataFrame:
    """The answers to all QUESTIONS, on the training ratings of fold 0: a row for each order, k and
    measure. What an interruption leaves whole is not computed again, as by `Kept`.

    Returns
    -------
    DataFrame with the columns model, reason ("users" or "items"), order, k, weights ("held" or
    "retrained"), measure (of `deletion` and of `insertion`; "removed", how many ratings were taken
    away; "stability", the `overlap` of a model's own reasons before and after one of the user's
    ratings less), mean, low, high (of `interval` over users) and users (how many have a value). A
    question that is asked of nobody (`users_of`) has no row.
    """
    train = split_data(data, Run("EASE", 0))[0]

    @cache
    def fitted(model: str) -> Recommender:
        return MODELS[model]().fit(train)

    def answered(question: Question) -> pd.DataFrame:
        return answer(question, train, fitted(question.model))

    asked = [question for question in QUESTIONS if users_of(question, train)]
    kept = Kept(__name__, load_ratings(data).fingerprint)
    jobs: dict[str, Make] = {", ".join(one.labels): partial(answered, one) for one in asked}
    return kept.tables(jobs, "faithful")


def answer(question: Question, train: Ratings, model: Recommender) -> pd.DataFrame:
    """The rows of one question, of a model that is trained on these ratings."""
    enough = train.matrix.getnnz(axis=0) >= question.least
    score = among(question.score(model), enough)
    asked = asked_by(question, train, model)
    tables = []
    for order in question.orders:
        cases = [case(train, model, question, order, *one) for one in asked]
        name = f"{', '.join(question.labels)}, {order}"
        found = removal(score, train, _progress(cases, name), question.ks)
        values = pd.concat([found[["k", "removed"]], deletion(found)], axis=1)
        if question.keep:
            alone = _progress(cases, f"{name} alone")
            kept = removal(score, train, alone, question.ks, keep=True)
            values = pd.concat([values, insertion(kept)], axis=1)
        tables.append(_means(values).assign(order=order))
    if question.stable and question.own is not None and question.weights == "held":
        shared = [stability(train, model, question.own, *one) for one in asked]
        values = pd.DataFrame({"k": STABLE, "stability": shared})
        tables.append(_means(values).assign(order="own"))
    labels = dict(zip(("model", "reason", "weights"), question.labels, strict=True))
    return pd.concat(tables, ignore_index=True).assign(**labels)[COLUMNS]


def asked_by(question: Question, train: Ratings, model: Recommender) -> list[tuple[int, int]]:
    """The users and their first recommendations: rows and columns."""
    enough = train.matrix.getnnz(axis=0) >= question.least
    return [(row, first(train, model, row, enough)) for row in users_of(question, train)]


def users_of(question: Question, train: Ratings) -> list[int]:
    """The rows of those who are asked. Whoever has rated all items that come into question is not;
    where no item has as many ratings as the question asks for, nobody is."""
    users = np.random.default_rng(SEED).permutation(train.n_users)[: question.n_users]
    enough = train.matrix.getnnz(axis=0) >= question.least
    rated = stored_cells(train.matrix[users]) @ enough
    return [int(row) for row in users[rated < enough.sum()]]


def first(train: Ratings, model: Recommender, row: int, items: Array) -> int:
    """The column of the user's first recommendation among these items (bool, (n_items,))."""
    person = model.person(train.users[row].item())
    return int(np.argmax(np.where(items & ~person.rated, person.scores, -np.inf)))


def case(
    train: Ratings, model: Recommender, question: Question, order: str, row: int, column: int
) -> Case:
    """A user's first recommendation, and the ratings for it in this order."""
    make = others_ratings if question.reason == "users" else own_ratings
    if order == "own":
        if question.own is None:
            raise ValueError(f"{question.model} names no {question.reason} as its reason.")
        return make(train, row, column, question.own(model, row, column))
    whole = make(train, row, column)
    if order == "random":
        mixed = np.random.default_rng([SEED, row, column]).permutation(whole.pool)
        return whole._replace(reason=mixed)
    if question.reason == "users":
        r, mine, index = train.matrix, row, train.user_index
    else:
        r, mine, index = train.matrix.T.tocsr(), column, train.item_index
    if order == "popularity":
        value = r.getnnz(axis=1).astype(float)
    else:
        value = r @ r[[mine]].toarray()[0] / np.sqrt(squared_norms(r))
    place = np.argsort(-value[index[whole.pool]], kind="stable")
    return whole._replace(reason=whole.pool[place])


def stability(train: Ratings, model: Recommender, own: Own, row: int, column: int) -> float:
    """The overlap of a model's first STABLE reasons for an item before and after one of the user's
    ratings less, drawn at random."""
    mine = np.flatnonzero(train.user_index == row)
    gone = np.random.default_rng([SEED, row]).choice(mine)
    fewer = train.take(np.delete(np.arange(len(train)), gone))
    if isinstance(model, EASE):
        other: Recommender = refitted(model, fewer)
    elif isinstance(model, EAutoRec):
        # Its reason is what e counts, whatever the weights.
        other = _e_alone(model, fewer)
    else:
        other = _again(model, fewer)
    return overlap(own(model, row, column), own(other, row, column), STABLE)


def _means(values: pd.DataFrame) -> pd.DataFrame:
    """Over users, for each k and measure."""
    rows = []
    for k, of_k in values.groupby("k"):
        for measure in of_k.columns.drop("k"):
            found = of_k[measure].to_numpy(dtype=float)
            mean, low, high = interval(found)
            users = int(np.count_nonzero(~np.isnan(found)))
            rows.append((k, measure, mean, low, high, users))
    return pd.DataFrame(rows, columns=["k", "measure", "mean", "low", "high", "users"])


def _progress(cases: list[Case], name: str) -> Any:
    return tqdm(cases, desc=name, unit="user", disable=None, leave=False)
