"""Exercises of the chapter on top lists: mixtures, chance, several tests at once."""

import numpy as np

import eautorec
from eautorec.models.ease import EASE
from eautorec_book.exercise import Exercise, Number
from eautorec.evaluation.metrics import average_precision, explainable_precision
from eautorec.evaluation.ranking import top_lists
from eautorec.study.statistics import holm
from eautorec.synthetic import movielens_like


def given() -> dict:
    return {"ratings": movielens_like(60, 40, 800)}


class Mixture(Number):
    """A list of ten is made half of random films and half of the films with the highest $E$. A
    random film is explainable with a chance of 0.5. Which MEP@10 does the list have on average?
    """

    title = "Warm-up"
    right = "A MEP is read from chance upwards: half of the films alone give 0.25 more than dice."
    hint = "How many of the five random films are explainable on average?"
    solution = r"""
    $(5 \cdot 0.5 + 5 \cdot 1) / 10 = [[answer:.2f]]$.
    """

    def answer(self):
        return (5 * 0.5 + 5 * 1) / 10

    def mistakes(self):
        yield 0.5, "The random half counts too: half of it is explainable by chance."
        yield 1.0, "The random films are not all explainable."
        yield 7.5, "That is the number of explainable films. MEP is a share of the list."


class Family(Number):
    """Twenty lengths of lists are tested, each at the level of 5 %, and there is no difference
    at any. If the tests were independent: how likely is it that at least one of them finds one?
    """

    right = "So a correction for several tests is no pedantry."
    hint = "Turn it round: how likely is it that none of the twenty does?"
    solution = r"""
    [[code]]

    $1 - 0.95^{20} = [[answer:.2f]]$. The lengths are not independent, since a list of ten is a
    part of the list of fifteen; Holm's correction holds for any dependence.
    """

    def answer(self):
        return 1 - 0.95**20

    def mistakes(self):
        yield 0.05, "That is so for one test. There are twenty chances to err."
        yield 1.0, "Twenty times 5 % is the number of errors on average, not the chance of any."
        yield 0.95**20, "That is the chance that none of them does."


class Holm(Number):
    """Three tests have p-values of 0.01, 0.03 and 0.04. How many survive Holm's correction at
    5 %?
    """

    right = "The first failure ends it, for all that are larger too."
    hint = "Sort. The smallest is compared with 0.05 / 3, the next with 0.05 / 2."
    solution = r"""
    [[code]]

    The smallest is compared with 0.05 / 3 = 0.0167 and passes; the next with 0.05 / 2 = 0.025
    and fails, and with it all larger ones. So [[answer]] survives.
    """

    def answer(self):
        from eautorec.study.statistics import holm

        return int((holm([0.01, 0.03, 0.04]) <= 0.05).sum())

    def mistakes(self):
        p = np.array([0.01, 0.03, 0.04])
        yield (p <= 0.05).sum(), "So it would be without a correction."
        by_itself = (p <= 0.05 / np.array([3, 2, 1])).sum()
        yield by_itself, "Once one fails, all larger ones fail too: 0.04 is not asked any more."
        yield (holm(p) > 0.05).sum() - 2, "The smallest one passes: 0.01 is below 0.05 / 3."


class Project(Exercise):
    """Build a recommender that needs no network, has a MEP of 1, and a higher MAP than any
    curve of {numref}`fig-map-lists`. How do you test it without fooling yourself?
    """

    title = "Small project"
    solution = r"""
    For instance, rank by the scores of EASE among the films with $E > \theta$:

    ```python
    import numpy as np

    import eautorec
    from eautorec.models.ease import EASE
    from eautorec.evaluation.metrics import average_precision, explainable_precision
    from eautorec.evaluation.ranking import top_lists

    ratings = eautorec.load_movielens("100k")
    ```

    [[code]]

    Choose its parameter on validation ratings, then measure it once on test splits that nobody
    has looked at, beside ranking by $E$.
    """

    def solve(self, ratings):
        train, test = eautorec.split(ratings, seed=0)
        e = eautorec.Explainability(50).fit(train).scores.toarray()
        scores = np.where(e > 0, EASE().fit(train).scores(), -np.inf)
        lists = top_lists(scores, train.matrix, 10)
        liked = test.matrix >= 4
        print("MAP@10", np.nanmean(average_precision(lists, liked, [10])))
        print("MEP@10", np.nanmean(explainable_precision(lists, e > 0, [10])))
