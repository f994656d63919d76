"""Exercises of the chapter on explanations: counting, silence, effect, clipping."""

import numpy as np

import eautorec
from eautorec_book.exercise import Choice, Exercise, Number
from eautorec.explanation import Explanation
from eautorec.synthetic import movielens_like


def given() -> dict:
    ratings = movielens_like(450, 100, 5_000)
    model = eautorec.EAutoRec(10, max_epochs=5, refit_epochs=0).fit(ratings)
    return {"model": model, "reason": some_reason()}


def some_reason() -> Explanation:
    counts = {1.0: 2, 2.0: 0, 3.0: 0, 4.0: 4, 5.0: 3}
    return Explanation(1, 1, "a film", counts, n_neighbors=50, theta=0)


class Count(Number):
    """Of 50 neighbours, 3 gave a film 5 stars, 4 gave it 4 stars, 2 gave it 1 star, and the
    others have not rated it. What is its explainability $E$?
    """

    title = "Warm-up"
    unit = "stars"
    right = "The nine who rated it liked it well; silence makes the number small."
    hint = "Add the stars, then divide by all whom you asked."
    solution = r"""
    $(3 \cdot 5 + 4 \cdot 4 + 2 \cdot 1) / 50 = 33 / 50 = [[answer:.2f]]$. The nine who rated
    the film gave it [[liked:.1f]] stars on average; the 41 silent ones make the score small.
    """

    def answer(self, reason):
        return reason.expected

    def also(self):
        reason = some_reason()
        return {"liked": reason.expected * reason.n_neighbors / reason.n_raters}

    def mistakes(self, reason):
        liked = self.also()["liked"]
        yield liked, "That is the mean of those who rated. The silent ones count too, with 0."
        yield 33, "That is the sum of the stars. Divide it by the number of neighbours."
        yield reason.n_raters / 50, "That is the share who rated it. How many stars did they give?"


class Total(Number):
    r"""For the same film: what do the probabilities $\Pr(r_{u,i} = x)$ of Eq. 6 add up to, over
    $x = 1, \dots, 5$?
    """

    right = "It is the share who rated. The rest is silence, which Eq. 6 counts below only."
    hint = "Each of them is divided by all 50 neighbours."
    solution = r"""
    [[code]]

    $(3 + 4 + 2) / 50 = [[answer:.2f]]$, the share of the neighbours who rated the film. As
    probabilities of a rating they would have to add up to 1, with $x = 0$ for "not rated" among
    the values.
    """

    def answer(self, reason):
        return sum(reason.probabilities.values())

    def mistakes(self, reason):
        yield 1, "So it would be if Eq. 6 divided by those who rated. It divides by all neighbours."
        yield reason.n_silent / 50, "That is the share of the silent ones."
        yield reason.expected, "That is the expected value: here no stars are weighed."


class Plain(Choice):
    """AutoRec never reads $e$. Somebody prints the sentence "12 of your 50 neighbours gave this
    film 5 stars" below its recommendations. The sentence is …
    """

    options = {
        "a": "true and faithful",
        "b": "true, and not faithful: the effect is zero",
        "c": "false",
        "d": "true, and faithful where the neighbours liked the film",
    }
    right = "A true sentence may have nothing to do with the decision."
    hint = "True: does the count hold? Faithful: what changes without it?"
    solution = r"""
    ([[answer]]). The count holds, whatever the model is. But nothing that the model reads
    changes with it:

    [[code]]
    """

    def answer(self):
        from eautorec.synthetic import two_tastes

        plain = eautorec.AutoRec(5, max_epochs=5, seed=0).fit(two_tastes())
        effects = [plain.explain(0, item).effect for item in range(10)]
        return "b" if not any(effects) else "d"

    def mistakes(self):
        yield "a", "Take the reason away: does AutoRec predict anything else?"
        yield "c", "The sentence comes from counting ratings, and the count holds."
        yield "d", "AutoRec does not read what the neighbours liked, so it cannot have mattered."


class Clip(Number):
    r"""The network's output for a film is 5.3 with the reason and 5.1 without it. Predictions
    are clipped to 1 to 5 stars. What effect $\Delta$ does the reader see?
    """

    tolerance = 0.001
    unit = "stars"
    right = "At the end of the scale an effect can hide."
    hint = "Clip both numbers first."
    solution = r"""
    [[code]]

    Both are shown as 5 stars, so the effect reads [[answer:.1f]]. This is why
    {numref}`fig-effects` warns of the end of the scale. The list is ranked before clipping, so
    there the 0.2 may matter.
    """

    def answer(self):
        shown = np.clip([5.3, 5.1], 1, 5)
        return float(shown[0] - shown[1])

    def mistakes(self):
        yield 0.2, "So it is inside the network. The reader sees both predictions clipped to 5."
        yield -0.2, "With the reason less without it; and both are clipped first."
        yield 0.3, "Clipping takes that from the first number. It takes some from the second too."


class Project(Exercise):
    """Explain *Star Wars (1977)*, item 50, to users 1 and 405. For whom does the reason matter
    more? A colleague would rather set *all* of $e$ to zero to find out. What would that
    measure?
    """

    title = "Small project"
    solution = r"""
    [[code]]

    Both sentences are about as strong, and both effects are small: a strong reason is not a
    strong effect.

    Setting all of $e$ to zero tells how much the model relies on neighbours at all. It says
    nothing on whether the sentence about *this* film was the cause, and the model would be
    asked about an input unlike any that it was trained on.
    """

    def solve(self, model):
        for label in (1, 405):
            print(model.explain(label, 50))
