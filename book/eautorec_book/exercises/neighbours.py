"""Exercises of the chapter on neighbours: cosine, silence, threshold, denominator, base rate."""

import numpy as np

import eautorec
from eautorec_book.exercise import Exercise, Number
from eautorec.synthetic import five_users


def given() -> dict:
    train, _ = eautorec.split(eautorec.load_movielens("100k"), seed=0)
    small = five_users()
    return {"small": small, "R": small.matrix.toarray(), "train": train, "ks": [5, 50]}


class Hand(Number):
    """Work out $E$ of user 4 and film 3 (*Night Bus*) by hand, with *three* neighbours in the place
    of two.
    """

    title = "Warm-up"
    unit = "stars"
    right = "Her own rating of 1 star plays no part: neighbours can explain what she dislikes."
    hint = "Find her three nearest in the table of cosines. Add what they gave, silence as 0."
    solution = r"""
    [[code]]

    Nearest to user 4 are users 1, 2 and 5. Only user 2 has seen the film and gave it 5, so
    $(0 + 5 + 0)/3 = [[answer:.2f]]$. Her own rating of 1 star plays no part: her neighbours would
    explain to her a film that she dislikes.
    """

    def answer(self, small):
        return eautorec.Explainability(3).fit(small).score(4, 3)

    def mistakes(self, small, R):
        yield eautorec.Explainability(2).fit(small).score(4, 3), "That is with two neighbours."
        yield R[1, 2], "You left out the neighbours who are silent. They count, with 0."
        yield R[[0, 1, 3, 4], 2].mean(), "Her own rating plays no part: ask the neighbours only."
        yield R[3, 2], "That is her own rating. Ask her neighbours."
        yield R[[0, 1, 2], 2].mean(), "User 3 is not among her nearest: compare the cosines."


class Cosine(Number):
    """User 1 sees *Night Bus* too, and gives it 5 stars. What is her cosine {eq}`eq-cosine` with
    user 2 now, to two digits?
    """

    tolerance = 0.006
    right = "One more film in common, and two strangers point almost the same way."
    hint = "Above the line: the films that both rated. Below it: all that each one rated."
    solution = r"""
    Her row is $(5, 3, 5, 0)$ now. They share three films: $5 \cdot 4 + 3 \cdot 2 + 5 \cdot 5 = 51$.
    The lengths are $\sqrt{25 + 9 + 25}$ and $\sqrt{16 + 4 + 25}$, so the cosine is
    $51 / \sqrt{59 \cdot 45} = [[answer:.3f]]$.

    [[code]]
    """

    def answer(self, R):
        u, v = R[0] + [0, 0, 5, 0], R[1]
        return u @ v / np.sqrt((u @ u) * (v @ v))

    def mistakes(self, R):
        before, u, v = R[0], R[0] + [0, 0, 5, 0], R[1]
        old_length = np.sqrt((before @ before) * (v @ v))
        yield before @ v / old_length, "That was so before: put the new rating into her row."
        yield u @ v / old_length, "A cosine is at most 1: her own vector has become longer too."
        yield before @ v / np.sqrt((u @ u) * (v @ v)), "Both rated the film: it counts above, too."
        yield u @ v, "That is the dot product. Divide it by both lengths."
        yield u @ v / ((u @ u) * (v @ v)), "A length is the square root of the sum of squares."


class Theta(Number):
    r"""Set $\theta = 2.5$ for the five users. How many scores remain in $E$?"""

    right = "Scores of exactly 2.5 are gone: E must lie above the threshold."
    hint = "Go through the table of scores above, and count."
    solution = r"""
    [[code]]

    [[answer]] remain, those *above* 2.5: four times 4.5, and the 3.0 of user 2. Scores of
    exactly 2.5 are gone.
    """

    def answer(self, small):
        scores = eautorec.Explainability(2, theta=2.5).fit(small).scores
        return int(scores.nnz)

    def mistakes(self, small):
        every = eautorec.Explainability(2).fit(small).scores
        at_least = int((every.data >= 2.5).sum())
        yield at_least, "Above means above: a score of exactly 2.5 is not explainable any more."
        yield every.nnz, "That is how many there are at a threshold of 0."
        remain = int((every.data > 2.5).sum())
        yield every.nnz - remain, "That is how many are removed. How many remain?"


class Denominator(Number):
    """Suppose {eq}`eq-probability` divided by the neighbours *who rated the film*. What would $E$
    of user 1 and film 4 be?
    """

    unit = "stars"
    right = "One fan would be as good a reason as a crowd. The paper leaves it open (A6)."
    hint = "User 1 has the neighbours 5 and 2. Who of them rated film 4?"
    solution = r"""
    [[code]]

    Only user 5 rated it, with 4 stars: $4/1 = [[answer:.0f]]$ in the place of $4/2 = 2$. One
    fan would be as good a reason as a crowd. This is open point A6 of [](paper.md).
    """

    def answer(self, small):
        reason = eautorec.Explainability(2).fit(small).explain(1, 4)
        total = sum(stars * count for stars, count in reason.counts.items())
        return total / reason.n_raters

    def mistakes(self, small):
        reason = eautorec.Explainability(2).fit(small).explain(1, 4)
        yield reason.expected, "That is the equation as it is printed: divided by both neighbours."
        yield 0, "One neighbour did rate it: look at the last column."


class Project(Exercise):
    r"""Draw {numref}`fig-base-rate` for $\theta = 1$ and $\theta = 2$ too, from 5 to 200
    neighbours. At which end does the base rate lose most percentage points against $\theta = 0$?
    """

    title = "Small project"
    solution = r"""
    [[code]]

    At the end of many neighbours: there most films are explainable at $\theta = 0$, and few with a
    threshold. With few neighbours there is not much to lose. More neighbours mean a wider average,
    and fewer films reach two stars on it.
    """

    def solve(self, train, ks):
        import matplotlib.pyplot as plt

        n_unrated = train.n_users * train.n_items - len(train)
        for theta in (0, 1, 2):
            shares = []
            for k in ks:
                e = eautorec.Explainability(k, theta=theta).fit(train).scores
                unrated = e.nnz - e.multiply(train.matrix > 0).nnz
                shares.append(unrated / n_unrated)
            plt.plot(ks, shares, label=f"theta = {theta}")
        plt.legend()
