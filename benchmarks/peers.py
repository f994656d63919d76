"""What a user would take instead, from PyPI, on the same split and the same cores.

`python -m eautorec_benchmarks.peers "LensKit user kNN" 100k` measures one of them in a process of
its own. They come with the extra `peers` and are imported nowhere else.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from eautorec.models import make_model
from eautorec.ratings import Ratings, split
from eautorec_benchmarks.clock import apart, peak_memory, result_of


def ours(name: str, **options) -> Callable[[Ratings], Callable[[], np.ndarray]]:
    """A model of this library by the name that the command line knows."""
    return lambda train: make_model(name, **options).fit(train).scores


def concise_ease(train: Ratings) -> Callable[[], np.ndarray]:
    """The lists of all users are its work: they count as the fit."""
    scores = ours("concise-ease")(train)()
    return lambda: scores


def lenskit_biased_mf(train: Ratings) -> Callable[[], np.ndarray]:
    from lenskit.als import BiasedMFScorer

    return _lenskit(BiasedMFScorer(embedding_size=50), train)


def lenskit_user_knn(train: Ratings) -> Callable[[], np.ndarray]:
    from lenskit.knn import UserKNNScorer

    return _lenskit(UserKNNScorer(max_nbrs=50, feedback="explicit"), train)


def lenskit_item_knn(train: Ratings) -> Callable[[], np.ndarray]:
    from lenskit.knn import ItemKNNScorer

    return _lenskit(ItemKNNScorer(max_nbrs=20, feedback="implicit"), train)


def lenskit_ease(train: Ratings) -> Callable[[], np.ndarray]:
    from lenskit.knn import EASEScorer

    return _lenskit(EASEScorer(), train)


def lenskit_slim(train: Ratings) -> Callable[[], np.ndarray]:
    from lenskit.knn import SLIMScorer

    return _lenskit(SLIMScorer(), train)


def lenskit_implicit_mf(train: Ratings) -> Callable[[], np.ndarray]:
    from lenskit.als import ImplicitMFScorer

    return _lenskit(ImplicitMFScorer(embedding_size=50), train)


def trained_lenskit(scorer, train: Ratings):
    """Trains a scorer of LensKit. Returns its data set."""
    from lenskit.data import from_interactions_df
    from lenskit.training import TrainingOptions

    frame = train.to_frame().rename(columns={"user": "user_id", "item": "item_id"})
    data = from_interactions_df(frame[["user_id", "item_id", "rating"]])
    scorer.train(data, TrainingOptions(rng=0))
    return data


def _lenskit(scorer, train: Ratings) -> Callable[[], np.ndarray]:
    from lenskit.data import ItemList, RecQuery

    data = trained_lenskit(scorer, train)

    def scores() -> np.ndarray:
        table = np.full(train.matrix.shape, np.nan)
        labels = data.items.ids()
        items, columns = ItemList(item_ids=labels), np.searchsorted(train.items, labels)
        for row, user in enumerate(train.users):
            history = data.user_row(user)
            if history is not None:
                query = RecQuery(user_id=user, user_items=history)
                table[row, columns] = scorer(query, items).scores()
        return table

    return scores


def surprise_svd(train: Ratings) -> Callable[[], np.ndarray]:
    from surprise import SVD

    return _surprise(SVD(random_state=0), train)


def surprise_svdpp(train: Ratings) -> Callable[[], np.ndarray]:
    from surprise import SVDpp

    return _surprise(SVDpp(random_state=0, cache_ratings=True), train)


def _surprise(model, train: Ratings) -> Callable[[], np.ndarray]:
    from surprise import Dataset, Reader

    frame = train.to_frame()[["user", "item", "rating"]]
    data = Dataset.load_from_df(frame, Reader(rating_scale=train.scale)).build_full_trainset()
    model.fit(data)

    def scores() -> np.ndarray:
        return np.array(
            [[model.predict(user, item).est for item in train.items] for user in train.users]
        )

    return scores


def cornac_recvae(train: Ratings) -> Callable[[], np.ndarray]:
    from cornac.models import RecVAE

    return _cornac(RecVAE(seed=0, use_gpu=False), train)


def cornac_vaecf(train: Ratings) -> Callable[[], np.ndarray]:
    from cornac.models import VAECF

    return _cornac(VAECF(seed=0), train)


def cornac_ease(train: Ratings) -> Callable[[], np.ndarray]:
    from cornac.models import EASE

    return _cornac(EASE(verbose=False, seed=0), train)


def trained_cornac(model, train: Ratings):
    """Trains a model of Cornac. Returns its data set, whose labels are our rows and columns."""
    from cornac.data import Dataset

    triples = zip(train.user_index, train.item_index, train.values.astype(float), strict=True)
    data = Dataset.from_uir(list(triples), seed=0)
    model.fit(data)
    return data


def _cornac(model, train: Ratings) -> Callable[[], np.ndarray]:
    data = trained_cornac(model, train)

    def scores() -> np.ndarray:
        table = np.full(train.matrix.shape, -np.inf)
        columns = [data.iid_map[item] for item in data.iid_map]
        for user, row in data.uid_map.items():
            table[user, list(data.iid_map)] = np.ravel(model.score(row))[columns]
        return table

    return scores


EDLAE = {"regularization": 100.0, "dropout": 0.33}
"""What validation ratings chose (`results/better-search.csv`)."""

# Name: (how to fit it, whether its scores are ratings)
PEERS = {
    "eautorec: popular": (ours("popular"), False),
    "eautorec: by E": (ours("by-e"), False),
    "eautorec: biases": (ours("biases"), True),
    "eautorec: user kNN": (ours("user-knn"), True),
    "eautorec: matrix factorisation": (ours("mf"), True),
    "eautorec: AutoRec": (ours("autorec"), True),
    "eautorec: E-AutoRec": (ours("e-autorec"), True),
    "eautorec: item AutoRec": (ours("item-autorec"), True),
    "eautorec: E-AutoRec to rate": (ours("rating"), True),
    "eautorec: E-AutoRec to rank": (ours("ranking"), False),
    "eautorec: EASE": (ours("ease"), False),
    "eautorec: EDLAE": (ours("ease", **EDLAE), False),
    "eautorec: concise EASE": (concise_ease, False),
    "LensKit: biased MF": (lenskit_biased_mf, True),
    "LensKit: user kNN": (lenskit_user_knn, True),
    "LensKit: item kNN": (lenskit_item_knn, False),
    "LensKit: implicit MF": (lenskit_implicit_mf, False),
    "LensKit: EASE": (lenskit_ease, False),
    "LensKit: SLIM": (lenskit_slim, False),
    "Surprise: SVD": (surprise_svd, True),
    "Surprise: SVD++": (surprise_svdpp, True),
    "Cornac: EASE": (cornac_ease, False),
    "Cornac: VAECF": (cornac_vaecf, False),
    "Cornac: RecVAE": (cornac_recvae, False),
}


def measure(peer: str, name: str) -> dict:
    """Seconds to fit, RMSE (ratings only), MAP@10, MEP@10, peak memory in GiB, on split 0.

    Default settings of each, as a new user meets them. A rating that a model cannot predict counts
    with the mean of the training ratings.
    """
    from eautorec.datasets import load_ratings
    from eautorec.evaluation.metrics import average_precision, explainable_precision, rmse
    from eautorec.evaluation.ranking import top_lists
    from eautorec.explainability import Explainability

    train, test = split(load_ratings(name), 0.1, seed=0)
    fit, predicts_ratings = PEERS[peer]
    start = time.perf_counter()
    scores_of = fit(train)
    seconds = time.perf_counter() - start
    memory = peak_memory()  # of the fit: the measuring below is the same for all
    scores = scores_of()
    facts = {"peer": peer, "fit_s": seconds, "memory": memory, "rmse": None}
    if predicts_ratings:
        found = scores[test.user_index, test.item_index]
        found = np.where(np.isfinite(found), found, train.values.mean())
        facts["rmse"] = rmse(np.clip(found, *train.scale), test.values)
    lists = top_lists(np.where(np.isfinite(scores), scores, -1e9), train.matrix, 10)
    asked = np.unique(test.user_index)
    explainable = Explainability().fit(train).scores
    facts["map10"] = float(np.nanmean(average_precision(lists, test.matrix >= 4, [10])))
    facts["mep10"] = float(np.nanmean(explainable_precision(lists, explainable, [10])[asked]))
    return facts


def rows(name: str, threads: int = 2) -> Iterator[dict]:
    for peer in PEERS:
        yield result_of(apart("peers", peer, name, threads=threads))


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
