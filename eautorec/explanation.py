"""Why this item for this user? The neighbours' ratings, and whether they mattered to the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Explanation:
    """One user, one item, and the reason.

    Attributes
    ----------
    counts : for each possible rating, how many neighbours gave it (|N_u and U_ix| of Eq. 6).
    n_neighbors : how many neighbours the user has (|N_u|).
    divisor : what Eq. 6 divides by: the number of neighbours, unless another reading was chosen.
    theta : the threshold of Eq. 7 on the rating scale.
    prediction : what the model predicts; None without a model.
    prediction_without : what it predicts when this item's explainability is set to zero, all else
        equal. The difference to `prediction` tells whether the reason mattered (faithfulness).
    """

    user: object
    item: object
    title: str
    counts: dict[float, int]
    n_neighbors: int
    divisor: int
    theta: float
    prediction: float | None = None
    prediction_without: float | None = None

    @property
    def n_raters(self) -> int:
        """How many neighbours rated the item."""
        return sum(self.counts.values())

    @property
    def n_silent(self) -> int:
        """How many neighbours did not rate the item; they count as 0 in `expected`."""
        return self.n_neighbors - self.n_raters

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
    def score(self) -> float:
        """E of Eq. 7."""
        return self.expected if self.explainable else 0.0

    @property
    def effect(self) -> float | None:
        """Faithfulness: how far the reason moved the prediction, in rating points."""
        if self.prediction is None or self.prediction_without is None:
            return None
        return self.prediction - self.prediction_without

    def with_predictions(self, prediction: float, prediction_without: float) -> Explanation:
        """The same reason, with what a model makes of it."""
        return replace(self, prediction=prediction, prediction_without=prediction_without)

    def __str__(self) -> str:
        return " ".join(filter(None, [self._reason(), self._consequence()]))

    def _reason(self) -> str:
        if self.n_neighbors == 0:
            return f"User {self.user} shares no rated item with anybody: there is no explanation."
        whom = f"the {self.n_neighbors} users most similar to user {self.user}"
        if self.n_raters == 0:
            return f"None of {whom} rated {self.title}: there is no explanation."
        top = max(self.counts)
        frequent = sorted(self.counts, key=lambda x: (-self.counts[x], -x))[:2]
        listed = " and ".join(f"{self.counts[x]} gave it {x:g}" for x in frequent if self.counts[x])
        sentence = (
            f"{self.n_raters} of {whom} rated {self.title} ({listed}), "
            f"so its explainability is {self.expected:.2f} of {top:g}"
        )
        if not self.explainable:
            sentence += f", not above theta = {self.theta:g}"
        return sentence + "."

    def _consequence(self) -> str:
        if self.prediction is None:
            return ""
        sentence = f"The model predicts {self.prediction:.2f}"
        if self.effect is None:
            return sentence + "."
        if self.effect == 0:
            return sentence + ", with or without this reason."
        if abs(self.effect) < 0.005:
            return sentence + ", and without this reason the same to two digits."
        return (
            f"{sentence}; without this reason it would predict "
            f"{self.prediction_without:.2f} ({self.effect:+.2f} through the reason)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything above as plain values, for JSON."""
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
            "score": self.score,
            "prediction": self.prediction,
            "prediction_without": self.prediction_without,
            "effect": self.effect,
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
