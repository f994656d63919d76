"""The models in a pipeline of LensKit, evaluated by LensKit's own measures, beside ours.

`python -m eautorec_benchmarks.in_lenskit 100k results/lenskit.csv`
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from eautorec.evaluation.metrics import average_precision
from eautorec.evaluation.ranking import top_lists
from eautorec.models import make_model
from eautorec.ratings import Ratings, split

MODELS = ("popular", "by-e", "ease", "concise-ease", "ranking", "item-autorec", "e-autorec")
LIKED = 4
"""A test rating from which an item counts as relevant."""
N = 10


def measure(name: str, models=MODELS) -> pd.DataFrame:
    """model, and AP@10 as LensKit computes it on the lists of its pipeline and as we do on ours;
    the mean over the users with a relevant test rating of split 0."""
    from eautorec.datasets import load_ratings

    train, test = split(load_ratings(name), 0.1, seed=0)
    return pd.DataFrame([_of_model(model, train, test) for model in models])


def _of_model(model: str, train: Ratings, test: Ratings) -> dict:
    from lenskit.batch import recommend
    from lenskit.data import ItemListCollection, from_interactions_df
    from lenskit.metrics import RunAnalysis
    from lenskit.metrics.ranking import AveragePrecision
    from lenskit.pipeline import topn_pipeline

    from eautorec.lenskit import Scorer

    names = {"user": "user_id", "item": "item_id"}
    pipeline = topn_pipeline(Scorer(model=model), n=N)
    pipeline.train(from_interactions_df(train.to_frame().rename(columns=names)))
    liked = test.to_frame().query("rating >= @LIKED").rename(columns=names)
    relevant = ItemListCollection.from_df(liked, ["user_id"])
    lists = recommend(pipeline, list(relevant.keys()), N, n_jobs=1)
    analysis = RunAnalysis()
    analysis.add_metric(AveragePrecision(n=N))
    theirs = analysis.measure(lists, relevant).list_metrics().iloc[:, 0].mean()

    scores = make_model(model).fit(train).scores()
    ours = average_precision(top_lists(scores, train.matrix, N), test.matrix >= LIKED, [N])
    return {"model": model, "lenskit": float(theirs), "ours": float(np.nanmean(ours))}


if __name__ == "__main__":
    table = measure(sys.argv[1])
    print(table.round(4).to_string(index=False))
    if len(sys.argv) > 2:
        from eautorec.files import write_whole

        write_whole(Path(sys.argv[2]), table.round(6).to_csv(index=False))
