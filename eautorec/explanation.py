"""Why this item for this user? What speaks for it, and whether that mattered to the model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from eautorec.errors import InputError
from eautorec.parameters import whole_number
from eautorec.ratings import upper_quarter

NEWCOMER = "you"
"""What somebody is called who is not in the data."""

MOST_NAMED = 3
"""Own ratings that a sentence names."""


@dataclass(frozen=True)
class Explanation:
    """One user, one item, and the reason.

    The neighbours' ratings are counted for every model alike (Eq. 5-7). What the model made of them
    differs: a linear model's score *is* a sum over the users who rated the item, and a sum over the
    user's own ratings, exactly.

    Attributes
    ----------
    counts : for each possible rating, how many neighbours gave it (|N_u and U_ix| of Eq. 6).
    n_neighbors : how many neighbours the user has (|N_u|).
    divisor : what Eq. 6 divides by: the number of neighbours, unless another reading was chosen.
    theta : the threshold of Eq. 7 on the rating scale.
    model : what gave the score, by name; empty without a model, as are the following.
    predicts : whether the score is a rating; else it is a number that only orders items.
    score : what the model ranks by.
    score_without : the score with the neighbours' reason taken away, all else held: without their
        ratings of this item or, for E-AutoRec, with this item's e set to zero.
    rank, rank_without : the item's place among those that the user has not rated, 1 for the first.
    by_user : DataFrame with the columns user, rating, contribution, largest first: who rated the
        item, and what that adds to the score. The contributions sum to `score`. None where a model
        is no such sum.
    by_item : DataFrame with the columns item, title, rating, contribution: the same over the user's
        own ratings.
    """

    user: object
    item: object
    title: str
    counts: dict[float, int]
    n_neighbors: int
    divisor: int
    theta: float
    model: str = ""
    predicts: bool = True
    score: float | None = None
    score_without: float | None = None
    rank: int | None = None
    rank_without: int | None = None
    by_user: pd.DataFrame | None = field(default=None, compare=False, repr=False)
    by_item: pd.DataFrame | None = field(default=None, compare=False, repr=False)

    @property
    def n_raters(self) -> int:
        """How many neighbours rated the item."""
        return sum(self.counts.values())

    @property
    def n_silent(self) -> int:
        """How many neighbours did not rate the item; they count as 0 in `expected`."""
        return self.n_neighbors - self.n_raters

    @property
    def n_liked(self) -> int:
        """How many neighbours gave it a rating in the upper quarter of the scale."""
        return sum(count for x, count in self.counts.items() if x >= self.liked_from)

    @property
    def liked_from(self) -> float:
        """The lowest rating that counts as liked."""
        least = upper_quarter((min(self.counts), max(self.counts)))
        return min(x for x in self.counts if x >= least)

    @property
    def probabilities(self) -> dict[float, float]:
        """Pr(rating = x) of Eq. 6; over all neighbours they sum to the share who rated."""
        return {x: count / max(self.divisor, 1) for x, count in self.counts.items()}

    @property
    def expected(self) -> float:
        """The expected value of Eq. 5, before the threshold."""
        return sum(x * count for x, count in self.counts.items()) / max(self.divisor, 1)

    @property
    def explainable(self) -> bool:
        """Whether the expected value lies above theta."""
        return self.expected > self.theta

    @property
    def explainability(self) -> float:
        """E of Eq. 7."""
        return self.expected if self.explainable else 0.0

    @property
    def effect(self) -> float | None:
        """Faithfulness: how far the neighbours' reason moved the score."""
        if self.score is None or self.score_without is None:
            return None
        return self.score - self.score_without

    @property
    def share(self) -> float | None:
        """The part of the score that the neighbours carry; above 1 where others take from it."""
        if self.effect is None or not self.score:
            return None
        return self.effect / self.score

    def of_model(self, model: str, **found: Any) -> Explanation:
        """The same reason, with what a model makes of it: the fields from `predicts` on."""
        return replace(self, model=model, **found)

    def __str__(self) -> str:
        told = self._of_a_rating() if self.predicts else self._of_a_rank()
        return " ".join(filter(None, told))

    def _of_a_rating(self) -> list[str]:
        """The sentences for a model that predicts ratings, or for none."""
        return [self._counted(and_so=True), self._predicted()]

    def _of_a_rank(self) -> list[str]:
        """The sentences for a model that only orders items."""
        return [self._counted(and_so=False), self._carried(), self._own()]

    def _counted(self, and_so: bool) -> str:
        """What the neighbours gave; with their mean, if asked for."""
        if self.n_neighbors == 0:
            return f"Nobody is similar to {self._whom}: there is no explanation."
        whom = f"the {self.n_neighbors} people nearest to {self._whom}"
        if self.n_raters == 0:
            ending = ": there is no explanation." if and_so else "."
            return f"None of {whom} rated {self.title}{ending}"
        rated = f"{self.n_raters} of {whom} rated {self.title}"
        if not and_so:
            liked = f"{self.n_liked} of them with {self.liked_from:g}"
            more = "" if self.liked_from == max(self.counts) else " or more"
            return f"{rated}, {liked}{more}."
        frequent = sorted(self.counts, key=lambda x: (-self.counts[x], -x))[:2]
        named = [f"{self.counts[x]} gave it {x:g}" for x in frequent if self.counts[x]]
        rest = self.n_raters - sum(self.counts[x] for x in frequent)
        if rest:
            named.append(f"{rest} something else")
        listed = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
        mean = f"its explainability is {self.expected:.2f} of {max(self.counts):g}"
        below = "" if self.explainable else f", not above theta = {self.theta:g}"
        return f"{rated} ({listed}), so {mean}{below}."

    def _predicted(self) -> str:
        if self.score is None:
            return ""
        sentence = f"The model predicts {self.score:.2f}"
        if self.effect is None:
            return sentence + "."
        if self.effect == 0:
            return sentence + ", with or without this reason."
        if abs(self.effect) < 0.005:
            return (
                sentence + f", and without this reason hardly anything else ({self.effect:+.4f})."
            )
        return (
            f"{sentence}; without this reason it would predict "
            f"{self.score_without:.2f} ({self.effect:+.3f} through the reason)."
        )

    def _carried(self) -> str:
        """How much of the score the neighbours carry, and what their silence would change."""
        if self.score_without is None or self.share is None or self.n_raters == 0:
            return ""
        they = "They carry" if self.n_raters > 1 else "That carries"
        sentence = f"{they} {100 * self.share:.0f}% of its score"
        if self.rank is None or self.rank_without is None:
            return sentence + "."
        if self.rank_without == self.rank:
            return f"{sentence}; without them it would keep rank {self.rank}."
        verb = "fall" if self.rank_without > self.rank else "rise"
        return (
            f"{sentence}; without them it would {verb} from rank {self.rank} to "
            f"{self.rank_without}."
        )

    def _own(self) -> str:
        """The user's own ratings that speak for the item most."""
        if self.by_item is None:
            return ""
        first = self.by_item[self.by_item["contribution"] > 0].head(MOST_NAMED)
        if first.empty:
            return ""
        named = [f"{row.title} ({row.rating:g})" for row in first.itertuples()]
        whose = "your" if self.user == NEWCOMER else "the user's"
        return f"What speaks for it most among {whose} own ratings: " + ", ".join(named) + "."

    @property
    def _whom(self) -> str:
        return NEWCOMER if self.user == NEWCOMER else f"user {self.user}"

    def to_dict(self) -> dict[str, Any]:
        """Everything above as plain values, for JSON."""

        def records(frame: pd.DataFrame | None) -> list[dict[str, Any]] | None:
            return None if frame is None else frame.to_dict("records")

        return {
            "user": self.user,
            "item": self.item,
            "title": self.title,
            "n_neighbors": self.n_neighbors,
            "n_raters": self.n_raters,
            "counts": {f"{x:g}": count for x, count in self.counts.items()},
            "probabilities": {f"{x:g}": p for x, p in self.probabilities.items()},
            "expected": self.expected,
            "theta": self.theta,
            "explainable": self.explainable,
            "explainability": self.explainability,
            "model": self.model,
            "score": self.score,
            "score_without": self.score_without,
            "effect": self.effect,
            "prediction": self.score if self.predicts else None,
            "prediction_without": self.score_without if self.predicts else None,
            "rank": self.rank,
            "rank_without": self.rank_without,
            "by_user": records(self.by_user),
            "by_item": records(self.by_item),
            "sentence": str(self),
        }

    def plot(self, ax: Any = None) -> Any:
        """Draw how many neighbours gave each rating, and how many gave none. Returns the axes."""
        import matplotlib.pyplot as plt

        ax = ax or plt.gca()
        names = [f"{x:g}" for x in self.counts]
        bars = ax.bar(names, list(self.counts.values()), color="#D55E00")
        silent = ax.bar(
            ["not rated"], [self.n_silent], color="none", edgecolor="#5B5B5B", hatch="///"
        )
        ax.bar_label(bars)
        ax.bar_label(silent)
        ax.set_xlabel(f"Rating of {self.title}")
        ax.set_ylabel("Neighbours")
        ax.margins(y=0.15)
        return ax

    def plot_contributions(self, ax: Any = None, n: int = 10) -> Any:
        """Draw the n largest contributions of the user's own ratings, up to down, each as a bar
        that begins where the one before ends, and the sum of all others as the last. Returns the
        axes."""
        import matplotlib.pyplot as plt

        if self.by_item is None:
            raise InputError(f"The score of {self.model or 'no model'} is no sum over ratings.")
        n = whole_number("n", n, at_least=1)
        ax = ax or plt.gca()
        size = self.by_item["contribution"].abs()
        first = self.by_item.loc[size.sort_values(ascending=False, kind="stable").index[:n]]
        first = first.sort_values("contribution", ascending=False)
        widths = [*first["contribution"], self.score - first["contribution"].sum()]
        names = [f"{row.title} ({row.rating:g})" for row in first.itertuples()]
        names.append(f"{len(self.by_item) - len(first)} others")
        starts = [0.0, *pd.Series(widths).cumsum()[:-1]]
        colors = ["#009E73" if width > 0 else "#CC79A7" for width in widths]
        ax.barh(range(len(widths)), widths, left=starts, color=colors)
        ax.axvline(self.score, color="#5B5B5B", linestyle=":")
        ax.set_yticks(range(len(widths)), names)
        ax.invert_yaxis()
        ax.set_xlabel(f"contribution to the score of {self.title}")
        return ax
