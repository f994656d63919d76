"""Models of other packages as functions from ratings to scores, so that `eautorec.evaluation` can
ask them too: is what a user rated the cause of what they get?

`python -m eautorec_benchmarks.faithful "LensKit: item kNN" 100k` asks one of them. The packages
come with the extra `peers` and are imported nowhere else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from eautorec.evaluation.faithfulness import PerUser, Score, deletion, interval, removal
from eautorec.ratings import Ratings, split
from eautorec_benchmarks.peers import trained_cornac, trained_lenskit


def trained_anew(fit: Callable[[Ratings], Callable[[], np.ndarray]]) -> Score:
    """Any of `peers.PEERS`, trained on the ratings that are given."""
    return lambda ratings: fit(ratings)()


def lenskit_held(scorer, train: Ratings) -> Score:
    """A scorer of LensKit, trained once, which is shown the user's ratings as they are given."""
    from lenskit.data import ItemList, RecQuery

    labels = trained_lenskit(scorer, train).items.ids()
    asked, columns = ItemList(item_ids=labels), np.searchsorted(train.items, labels)

    def score(ratings: Ratings) -> PerUser:
        def of_user(row: int) -> np.ndarray:
            mine = ratings.matrix[[row]]
            history = ItemList(item_ids=ratings.items[mine.indices], rating=mine.data)
            query = RecQuery(user_id=train.users[row], history_items=history)
            found = np.full(train.n_items, np.nan)
            found[columns] = scorer(query, asked).scores()
            return found

        return PerUser(of_user)

    return score


def cornac_held(model, train: Ratings, history: str) -> Score:
    """A model of Cornac, trained once, which is shown the users' ratings as they are given.

    Parameters
    ----------
    history : the model's attribute with the rating matrix that `score` reads.
    """
    data = trained_cornac(model, train)
    rows, columns = list(data.uid_map), list(data.iid_map)

    def score(ratings: Ratings) -> PerUser:
        shown = sp.csr_matrix(ratings.matrix[rows][:, columns], dtype=float)

        def of_user(row: int) -> np.ndarray:
            setattr(model, history, shown)
            found = np.full(train.n_items, np.nan)
            if row in data.uid_map:
                found[columns] = np.ravel(model.score(data.uid_map[row]))[: len(columns)]
            return found

        return PerUser(of_user)

    return score


def lenskit_item_knn(train: Ratings) -> Score:
    from lenskit.knn import ItemKNNScorer

    return lenskit_held(ItemKNNScorer(max_nbrs=50, feedback="implicit"), train)


def cornac_ease(train: Ratings) -> Score:
    from cornac.models import EASE

    return cornac_held(EASE(verbose=False), train, "U")


def cornac_vaecf(train: Ratings) -> Score:
    from cornac.models import VAECF

    return cornac_held(VAECF(seed=0), train, "r_mat")


PEERS = {
    "LensKit: item kNN": lenskit_item_knn,
    "Cornac: EASE": cornac_ease,
    "Cornac: VAECF": cornac_vaecf,
}


def ask(peer: str, name: str, n_users: int = 100, k: int = 10) -> dict:
    """DEL and POS of the first recommendation without k of the user's own ratings: those of the
    items most similar to it, and any; weights held, on split 0. Each is (mean, low, high)."""
    from eautorec.datasets import load_ratings
    from eautorec.study.faithful import Question, case

    train, _ = split(load_ratings(name), 0.1, seed=0)
    score = PEERS[peer](train)
    scores, rated = score(train), train.matrix
    question = Question(peer, "items", "held", PEERS[peer], None)
    facts: dict = {"peer": peer, "k": k}
    users = np.random.default_rng(0).permutation(train.n_users)[:n_users].tolist()
    for order in ("cosine", "random"):
        cases = []
        for row in users:
            own = np.nan_to_num(scores[row], nan=-np.inf)
            own[rated[[row]].indices] = -np.inf
            cases.append(case(train, None, question, order, row, int(np.argmax(own))))
        found = deletion(removal(score, train, cases, [k]))
        for measure in ("del", "pos"):
            facts[f"{measure} {order}"] = interval(found[measure])
    return facts


if __name__ == "__main__":
    print(json.dumps(ask(*sys.argv[1:])))
