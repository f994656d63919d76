"""Exercises of the chapter on the sweeps: the judge turns too, reach, thresholds."""

import numpy as np

import eautorec
from eautorec_book.exercise import Choice, Exercise, Number
from eautorec.evaluation.metrics import explainable_precision
from eautorec.evaluation.ranking import top_lists


def given() -> dict:
    train, _ = eautorec.split(eautorec.load_movielens("100k"), seed=0)
    return {"train": train}


def base_rate(train, k: int) -> float:
    """The share of the unrated cells that k neighbours explain."""
    e = eautorec.Explainability(k).fit(train).scores
    unrated = e.nnz - e.multiply(train.matrix > 0).nnz
    return unrated / (train.n_users * train.n_items - len(train))


class Flat(Choice):
    """AutoRec never reads the neighbours, and its MAP in {numref}`fig-neighbours-map` is flat.
    Why does its MEP in {numref}`fig-neighbours-mep` rise?
    """

    title = "Warm-up"
    options = {
        "a": "It is trained anew for each number of neighbours.",
        "b": "The lists stay the same, but more of their films count as explainable.",
        "c": "Its lists come to hold films that are easier to explain.",
        "d": "It is chance: other splits would show a fall.",
    }
    right = "The judge changes with k, not the judged."
    hint = "What in MEP depends on the number of neighbours?"
    solution = r"""
    ([[answer]]). AutoRec reads no neighbours, so its lists are the same for all numbers of
    them, and so is MAP. MEP judges these lists with an $E$ that changes. The same lists of
    random films rise from [[few:.2f]] with 10 neighbours to [[many:.2f]] with 100.
    """

    def answer(self, train):
        few, many = self.also(train).values()
        return "b" if few < many else "d"

    def also(self, train):
        scores = np.random.default_rng(0).random(train.matrix.shape)
        lists = top_lists(scores, train.matrix, 10)
        judges = [eautorec.Explainability(k).fit(train).scores for k in (10, 100)]
        few, many = (explainable_precision(lists, e, [10]).mean() for e in judges)
        return {"few": few, "many": many}

    def mistakes(self):
        yield "a", "It reads no neighbours, so each training would give the same model."
        yield "c", "Its lists do not change: MAP, which is made of the same lists, is flat."
        yield "d", "The intervals of the figure are narrow, and dice rise as well."


class All(Number):
    r"""Let *all* other users be neighbours, at $\theta = 0$, and train on split 0. Which share
    of the cells without a training rating is explainable then? (`n_neighbors=942`; to two
    digits.)
    """

    tolerance = 0.006
    right = "So a MEP near 1 costs nothing: ask everybody."
    hint = "Use base_rate of the chapter on neighbours, with 942."
    solution = r"""
    ```python
    import eautorec

    ratings = eautorec.load_movielens("100k")
    train, _ = eautorec.split(ratings, seed=0)
    ```

    [[code]]

    [[answer:.2f]]: nearly every film that somebody else has rated. Missing are films without a
    training rating, and what is rated only by people who share no film with the user.
    """

    def answer(self, train):
        e = eautorec.Explainability(942).fit(train).scores
        unrated = e.nnz - e.multiply(train.matrix > 0).nnz
        return unrated / (train.n_users * train.n_items - len(train))

    def mistakes(self, train):
        yield base_rate(train, 50), "That is with the paper's 50 neighbours."
        e = eautorec.Explainability(942).fit(train).scores
        share = e.nnz / (train.n_users * train.n_items - len(train))
        yield share, "You counted explainable cells that the user has rated. Take these away."


class Theta(Number):
    r"""With 50 neighbours, how many of them at least must have rated a film, so that it passes
    $\theta = 3$?
    """

    right = "A high threshold asks for popularity: films that most of the neighbours know."
    hint = "E is the sum of the stars over 50. The most that one neighbour can give is 5."
    solution = r"""
    $E$ is the sum of the stars over 50, so the sum must exceed 150. At five stars each that
    takes [[answer]] neighbours: only films that most of the neighbours know, and love.
    """

    def answer(self):
        passes = [n for n in range(51) if 5 * n / 50 > 3]
        return min(passes)

    def mistakes(self):
        yield 30, "30 neighbours with 5 stars give exactly 3. It must be above the threshold."
        yield 50, "So it is if each gives a little above 3 stars. Fewer suffice if all give 5."
        yield 26, "More than a half is not enough: work out the sum of stars that is needed."


class Project(Exercise):
    r"""Draw MEP@10 of random and of popular lists against $\theta$, for 50 neighbours. Which of
    the two does a threshold hurt more, and what does that say about {numref}`fig-theta-mep`?
    """

    title = "Small project"
    solution = r"""
    ```python
    import eautorec
    from eautorec.evaluation.metrics import explainable_precision
    from eautorec.evaluation.ranking import top_lists

    ratings = eautorec.load_movielens("100k")
    train, _ = eautorec.split(ratings, seed=0)
    ```

    [[code]]

    Popular films are rated by many neighbours, so they pass higher thresholds; random ones fall
    at once. A threshold rewards popularity, and no model has to be trained to see it.
    """

    def solve(self, train):
        import matplotlib.pyplot as plt

        shape = train.matrix.shape
        scores = {
            "random": np.random.default_rng(0).random(shape),
            "popular": np.broadcast_to(train.matrix.getnnz(axis=0), shape),
        }
        e = eautorec.Explainability(50).fit(train).scores.toarray()
        thetas = np.arange(0, 4.5, 0.5)
        for name, values in scores.items():
            lists = top_lists(values, train.matrix, 10)
            mep = [explainable_precision(lists, e > t, [10]).mean() for t in thetas]
            plt.plot(thetas, mep, label=name)
        plt.legend()
