"""The models as a scorer of LensKit, for its pipelines and its evaluation (package `lenskit`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from lenskit.data import Dataset, ItemList, QueryInput, RecQuery
from lenskit.pipeline import Component
from lenskit.training import Trainable, TrainingOptions
from pydantic import BaseModel, Field

from eautorec.errors import InputError
from eautorec.models import make_model
from eautorec.models.recommender import Person, Recommender
from eautorec.ratings import Ratings


class ScorerConfig(BaseModel):
    """Which model."""

    model: str = "ease"
    """By the name that the command line knows."""

    parameters: dict[str, Any] = Field(default_factory=dict)
    """Of its constructor."""


class Scorer(Component[ItemList], Trainable):
    """Any of the models in a pipeline of LensKit:

        pipeline = topn_pipeline(Scorer(model="ease", parameters={"regularization": 100.0}))

    A user of the training data is scored by the ratings there, and by those of the query that are
    new; another by the ratings of the query. The latter two need a model that can fold people in,
    such as EASE. An item that nobody had rated has no score.

    Attributes
    ----------
    model_ : the trained model, for its reasons.
    """

    config: ScorerConfig
    model_: Recommender

    def train(self, data: Dataset, options: TrainingOptions | None = None) -> None:
        """Fit the model. Raises InputError for data without ratings."""
        if hasattr(self, "model_") and not (options is None or options.retrain):
            return
        frame = data.interaction_table(format="pandas", original_ids=True)
        if "rating" not in frame:
            raise InputError(
                f"The data set has no ratings: its columns are {', '.join(frame)}. Give a column "
                "rating; for clicks, 1 for each and the parameter values='ones' of ease."
            )
        names = {"user_id": "user", "item_id": "item"}
        ratings = Ratings.from_frame(frame.rename(columns=names))
        self.model_ = make_model(self.config.model, **self.config.parameters).fit(ratings)

    def __call__(self, query: QueryInput, items: ItemList) -> ItemList:
        """The items with what the model orders them by; predicted ratings lie within the scale."""
        person = self._person(RecQuery.create(query))
        if person is None:
            return ItemList(items, scores=np.nan)
        known = self.model_.ratings_.items
        labels = items.ids()
        place = np.minimum(np.searchsorted(known, labels), len(known) - 1)
        scores = self.model_.shown(person.scores)[place]
        return ItemList(items, scores=np.where(known[place] == labels, scores, np.nan))

    def _person(self, query: RecQuery) -> Person | None:
        rated = self._rated(query.query_items)
        if query.user_id is None or query.user_id not in self.model_.ratings_.users:
            return self.model_.fold_in(rated) if rated else None
        person = self.model_.person(query.user_id)
        column = self.model_.ratings_.item_column
        new = {item: r for item, r in rated.items() if person.values[column(item)] != np.float32(r)}
        return self.model_.fold_in(new, user=query.user_id) if new else person

    def _rated(self, given: ItemList | None) -> dict[Any, float]:
        """The ratings of a query, of items that the model knows."""
        values = None if given is None else given.field("rating")
        if given is None or values is None:
            return {}
        pairs = zip(given.ids().tolist(), np.asarray(values).tolist(), strict=True)
        known = np.isin(given.ids(), self.model_.ratings_.items)
        return {item: r for (item, r), is_known in zip(pairs, known, strict=True) if is_known}
