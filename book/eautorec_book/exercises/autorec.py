"""Exercises of the chapter on AutoRec: its size, the mask of the loss, people without ratings."""

import numpy as np

import eautorec
from eautorec_book.exercise import Choice, Exercise, Number
from eautorec.evaluation.metrics import rmse
from eautorec.synthetic import movielens_like


def given() -> dict:
    train, test = eautorec.split(movielens_like(60, 40, 800), seed=0)
    return {"train": train, "test": test, "seed": 0}


class Count(Number):
    """How many numbers does AutoRec learn, with $n = 1682$ films and $k = 300$ hidden units?"""

    title = "Warm-up"
    right = "With 90,000 training ratings, it could learn them by heart without the penalty."
    hint = "Two matrices and two biases, in the encoder and the decoder equation."
    solution = r"""
    $2nk + k + n = 1{,}009{,}200 + 300 + 1{,}682$, which is [[answer:,]]. There are 90,000
    training ratings: without the penalty it could learn them by heart.
    """

    def answer(self):
        n, k = 1682, 300
        return 2 * n * k + k + n

    def mistakes(self):
        n, k = 1682, 300
        yield 2 * n * k, "You have both matrices. Each layer has a bias too."
        yield n * k, "That is one matrix. The decoder has another, and each layer a bias."
        yield 2 * n * k + k, "One bias is missing: the decoder has one for each film."
        yield 2 * n * k + n, "One bias is missing: the encoder has one for each hidden unit."


class Mask(Number):
    r"""Somebody has rated the first two of four films, with 5 stars and 1 star. The network
    predicts $\hat r = (4, 2, 3, 3)$. What is the sum of squared errors that AutoRec's loss
    counts?
    """

    right = "Two cells are compared; what the network says elsewhere costs nothing."
    hint = "Which cells hold a rating?"
    solution = r"""
    [[code]]

    $(5 - 4)^2 + (1 - 2)^2 = [[answer:.0f]]$. Over all cells it would be [[all:.0f]], nearly all
    of it from two films that nobody has given an opinion of.
    """

    def answer(self):
        rated, predicted = np.array([5, 1, 0, 0]), np.array([4, 2, 3, 3])
        observed = rated > 0
        return float(((rated - predicted)[observed] ** 2).sum())

    def also(self):
        return {"all": ((np.array([5, 1, 0, 0]) - np.array([4, 2, 3, 3])) ** 2).sum()}

    def mistakes(self):
        every = self.also()["all"]
        yield every, "You compared the unrated films with 0. Missing is not zero: they are masked."
        yield 1, "That is the mean of the two. The loss is a sum."
        yield 0, "The errors do not cancel: square each of them first."


class Zeros(Choice):
    """Suppose the loss summed over *all* cells, a missing rating as 0, and the network could
    only say one number everywhere. For the five users of [](neighbours.ipynb) (12 ratings in 20
    cells), which of these has the least loss?
    """

    options = {
        "a": "the mean of the ratings, 3.5",
        "b": "2.1, the mean of all cells",
        "c": "0, since most loss comes from missing ratings",
        "d": "3, the middle of the scale",
    }
    hint = "Try each of them."
    right = "So such a network is drawn to zero, and in MovieLens, 94 % empty, far more so."
    solution = r"""
    ([[answer]]).

    [[code]]

    The mean of the cells has the least squared error, and in an almost empty table that is a
    number close to zero. Such a network learns who has *rated* what, and not what they thought
    of it.
    """

    def answer(self):
        from eautorec.synthetic import five_users

        cells = five_users().matrix.toarray()
        said = {"a": 3.5, "b": 2.1, "c": 0, "d": 3}
        return min(said, key=lambda letter: ((cells - said[letter]) ** 2).sum())

    def mistakes(self):
        yield "a", "That is best for the observed cells alone, with the mask."
        yield "c", "Twelve cells do hold ratings, and 0 is far from all of them."
        yield "d", "The scale has no part in this: the eight cells that are empty pull towards 0."


class New(Choice):
    """What does AutoRec predict for somebody without any rating?"""

    options = {
        "a": "0 for each film",
        "b": "the same number for each film",
        "c": "for each film a number of its own, and the same ones for every such person",
        "d": "something else for every such person, from the random start",
    }
    right = "The hidden layer is then a constant, so the list depends on the films alone."
    hint = "Put r = 0 into the encoder, and then into the decoder."
    solution = r"""
    ([[answer]]). With $r = 0$ the hidden layer is $\sigma(b)$, the same for every such person:
    a list that depends on the films alone. Below, users 4 and 5 lose their ratings.

    [[code]]
    """

    def answer(self):
        from eautorec.synthetic import five_users

        small = five_users()
        rest = small.take(np.flatnonzero(small.user_index < 3))
        model = eautorec.AutoRec(3, validation_fraction=0, max_epochs=20)
        new = model.fit(rest).predict_rows([3, 4])
        alike, differs = np.allclose(*new), np.ptp(new[0]) > 0
        return "c" if alike and differs else "d"

    def mistakes(self):
        yield "a", "The decoder adds its bias, and the hidden layer is not 0 where its input is."
        yield "b", "The decoder has weights and a bias for each film."
        yield "d", "After training the weights are fixed. What differs between two empty rows?"


class Project(Exercise):
    """Train with 10 hidden units. What changes in {numref}`fig-autorec-training`, and in the
    test RMSE? Repeat it with two other seeds before you say so.
    """

    title = "Small project"
    solution = r"""
    [[code]]

    The two curves stay closer together. How much the error changes is one of the questions of
    the paper's Fig. 5; one split cannot tell.
    """

    def solve(self, train, test, seed):
        for start in (seed, seed + 1, seed + 2):
            little = eautorec.AutoRec(10, seed=start).fit(train)
            predicted = little.predict_cells(test.user_index, test.item_index)
            print(start, round(rmse(predicted, test.values), 3))
