"""Exercises of the chapter on tuning: budgets, edges, validation ratings that are test ratings."""

import eautorec
from eautorec_book.exercise import Choice, Exercise, Number
from eautorec.synthetic import movielens_like


def given() -> dict:
    return {"ratings": eautorec.load_movielens("100k"), "train": movielens_like(60, 40, 800)}


class Budget(Number):
    """Two models are equally good. The error of each setting scatters around the same mean with
    a standard deviation of 1. One author tries 100 settings of the own model and takes the
    best, and one setting of the rival. By how much does the own model win on average?
    """

    title = "Warm-up"
    tolerance = 0.12
    unit = "standard deviations"
    right = "By luck alone. That is why both models get the same budget."
    hint = "Simulate it: the least of 100 normal numbers, a few thousand times."
    solution = r"""
    [[code]]

    About [[answer:.1f]] standard deviations, with no merit at all {cite:p}`dacrema2019progress`.
    """

    def answer(self):
        import numpy as np

        errors = np.random.default_rng(0).normal(size=(5000, 100))
        return -errors.min(axis=1).mean()

    def mistakes(self):
        yield 0, "On average a single try does not win. The best of a hundred does."
        yield 1.96, "That is where 2.5 % of single tries lie. Take the best of a hundred."
        yield 10, "The spread of a mean shrinks with the root of 100; a minimum is something else."


class Edge(Choice):
    r"""Of $\lambda = 5, 7, 10, 14, 20$ the last is best. What do you do?"""

    options = {
        "a": "Take 20: it won.",
        "b": "Try 28 and 40 too, for this model and for its rivals.",
        "c": "Try 28 and 40 for the own model only.",
        "d": "Take 10, the middle, to be fair.",
    }
    right = "The best may lie beyond the edge, and the budget stays the same for all."
    hint = "What does the error look like beyond 20?"
    solution = r"""
    ([[answer]]). The best may lie beyond the edge, as here, where it is at 30:

    [[code]]

    The rivals get the same, since a budget of one's own is an advantage.
    """

    def answer(self):
        import numpy as np

        def error(x):
            return (np.log(x) - np.log(30)) ** 2

        tried, beyond = [5, 7, 10, 14, 20], [28, 40]
        at_the_edge = min(tried, key=error) == tried[-1]
        gains = min(map(error, beyond)) < min(map(error, tried))
        return "b" if at_the_edge and gains else "a"

    def mistakes(self):
        yield "a", "It won among those that were tried; the best may lie beyond."
        yield "c", "Then the own model has a larger budget than the others."
        yield "d", "Fair is to give all the same search, not to ignore what it found."


class Overlap(Number):
    """The search uses splits 100 to 102, and the study 0 to 9. Which share of the *test*
    ratings of split 0 are *validation* ratings in split 100? (A tenth of the training ratings
    of the search is for validation.)
    """

    tolerance = 0.006
    right = "Other seeds keep the splits apart, not the data."
    hint = "How likely is a rating in the training part, and from there in the validation part?"
    solution = r"""
    [[code]]

    About $0.9 \times 0.1$: [[answer:.3f]]. Other seeds do not make other data. What helps is
    that nothing chosen here differs between the two models.
    """

    def answer(self, ratings):
        import numpy as np

        import eautorec

        def cells(part):
            return part.user_index.astype(int) * part.n_items + part.item_index

        test = eautorec.split(ratings, 0.1, seed=0)[1]
        search = eautorec.split(ratings, 0.1, seed=100)[0]
        validation = eautorec.split(search, 0.1, seed=100)[1]
        return np.isin(cells(test), cells(validation)).mean()

    def mistakes(self):
        yield 0, "Another seed draws from the same ratings, so the parts do overlap."
        yield 0.1, "Validation is a tenth of the training part, which is nine tenths of all."
        yield 0.9, "That is the share in the training part. A tenth of it is for validation."
        yield 0.01, "That would be so if validation were a tenth of the test part."


class Project(Exercise):
    r"""Tune `Biases`, from `eautorec.baselines`, by yourself: five values of its
    `regularization`, on validation ratings of one training part. Then draw how the best value
    changes over three splits.
    """

    title = "Small project"
    solution = r"""
    [[code]]

    Around the best value, halving or doubling it moves the error far less than another split
    does. Report the error, and do not read much into the value.
    """

    def solve(self, train):
        import numpy as np

        import eautorec
        from eautorec.models.biases import Biases
        from eautorec.evaluation.metrics import rmse

        for seed in (100, 101, 102):
            inner, validation = eautorec.split(train, 0.1, seed)
            cells = validation.user_index, validation.item_index
            errors = {}
            for weight in (1, 2, 4, 8, 16):
                scores = Biases(weight).fit(inner).scores()
                errors[weight] = rmse(np.clip(scores[cells], 1, 5), validation.values)
            print(seed, min(errors, key=errors.get), min(errors.values()))
