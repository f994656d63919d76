"""Exercises of the chapter on measures: AP and its divisor, order, MEP and chance."""

import numpy as np

import eautorec
from eautorec_book.exercise import Choice, Exercise, Number, recorded
from eautorec.evaluation.metrics import average_precision, explainable_precision
from eautorec.evaluation.ranking import top_lists
from eautorec.synthetic import movielens_like


def given() -> dict:
    train, test = eautorec.split(movielens_like(60, 40, 800), seed=0)
    expl = eautorec.Explainability(10).fit(train)
    scores = np.random.default_rng(0).random(train.matrix.shape)
    lists = {"random": top_lists(scores, train.matrix, 20)}
    liked, explainable = test.matrix >= 4, expl.scores > 0
    return {"lists": lists, "liked": liked, "explainable": explainable, "expl": expl}


def one_list(hits, n_liked, n=10):
    """A list whose places `hits` (from 1) hold liked films, and all that the person liked."""
    liked = np.zeros((1, 40), dtype=bool)
    liked[0, [*np.array(hits) - 1, *range(30, 30 + n_liked - len(hits))]] = True
    return np.arange(n)[None], liked


class Ap(Number):
    r"""A list of ten has its only liked film at rank 3, and the person liked no other. What is
    AP@10 with the divisor $d = \min(n, l)$?
    """

    title = "Warm-up"
    right = "With the divisor n it would be 1/30: the same list, ten times less."
    hint = "Precision at rank 3 first, and then the divisor: how many films did the person like?"
    solution = r"""
    Precision at rank 3 is 1/3. Divided by $\min(10, 1) = 1$ that is [[answer:.3f]]; by $l = 1$
    it is the same, and by $n = 10$ it is 1/30.
    """

    def answer(self):
        lists, liked = one_list([3], n_liked=1)
        return average_precision(lists, liked, [10])[0, 0]

    def mistakes(self):
        lists, liked = one_list([3], n_liked=1)
        by_n = average_precision(lists, liked, [10], "n")[0, 0]
        yield by_n, "You divided by n = 10. Here the divisor is the smaller of n and l."
        yield 1 / 10, "That is precision at 10. AP asks at which rank the liked film stands."
        yield 1, "That is how many there are. A film at rank 3 has a precision of 1/3."


class Divisor(Number):
    r"""Somebody liked 4 test films. A list of five has two of them, at ranks 2 and 3. What is
    AP@5 with the divisor $\min(n, l)$, to two digits?
    """

    tolerance = 0.006
    right = "Three definitions, three numbers: say which one you mean."
    hint = "Add the precision at ranks 2 and 3. How many films could the list have held?"
    solution = r"""
    $(1/2 + 2/3) / \min(5, 4) = [[answer:.3f]]$. With $d = n = 5$ it is [[by_n:.3f]].

    [[code]]
    """

    def answer(self):
        lists = np.array([[10, 11, 12, 13, 14]])
        liked = np.zeros((1, 20), dtype=bool)
        liked[0, [11, 12, 17, 18]] = True
        return average_precision(lists, liked, [5], "min")[0, 0]

    def also(self):
        return {"by_n": average_precision(*one_list([2, 3], 4, n=5), [5], "n")[0, 0]}

    def mistakes(self):
        yield self.also()["by_n"], "You divided by n = 5, but the person liked 4 films only."
        yield (1 / 2 + 2 / 3) / 2, "The liked films that the list has missed count too: 4 in all."
        yield 2 / 5, "That is precision at 5: it does not ask where in the list they stand."
        yield 1 / 2 + 2 / 3, "That is the sum. Divide it."


class Order(Choice):
    """You turn every list of ten upside down: the last film comes first. Which of the two
    measures can change?
    """

    options = {"a": "MAP@10 and MEP@10", "b": "only MAP@10", "c": "only MEP@10", "d": "neither"}
    hint = "Which of the formulas asks for a rank?"
    right = "MEP@n counts the explainable films among n, wherever they stand."
    solution = r"""
    ([[answer]]). MEP@10 counts how many of the ten are explainable. In average precision the
    rank decides.

    [[code]]
    """

    def answer(self, lists, liked, explainable):
        ten = lists["random"][:, :10]
        changes = [
            not np.array_equal(
                measure(ten, members, [10]),
                measure(ten[:, ::-1], members, [10]),
                equal_nan=True,
            )
            for measure, members in (
                (average_precision, liked),
                (explainable_precision, explainable),
            )
        ]
        return {(1, 1): "a", (1, 0): "b", (0, 1): "c", (0, 0): "d"}[tuple(changes)]

    def mistakes(self):
        yield "a", "The ten films are the same. Which formula asks where they stand?"
        yield "c", "Look at the two formulas: in which of them does a rank appear?"
        yield "d", "Move a liked film from rank 10 to rank 1: its precision becomes 1."


class Chance(Number):
    """In the recorded study lists of ten have a MEP of [[real:.3f]] (E-AutoRec), [[plain:.3f]]
    (AutoRec) and [[dice:.3f]] (random). How far is E-AutoRec from *chance*? Give the difference
    with its sign.
    """

    tolerance = 0.003
    right = "Below zero: an explainable model that is less explainable than dice."
    hint = "The zero of this scale is what dice score."
    solution = r"""
    $[[real:.3f]] - [[dice:.3f]] = [[answer:.3f]]$. It is above AutoRec, and far below dice.
    """

    def answer(self):
        mep = recorded("models").query("metric == 'mep'").set_index("model")["mean"]
        return mep["E-AutoRec"] - mep["random"]

    def also(self):
        mep = recorded("models").query("metric == 'mep'").set_index("model")["mean"]
        return {"real": mep["E-AutoRec"], "plain": mep["AutoRec"], "dice": mep["random"]}

    def mistakes(self):
        mep = self.also()
        to_plain = mep["real"] - mep["plain"]
        yield to_plain, "That is the distance from AutoRec. Chance is what dice score."
        yield mep["real"], "That is the distance from zero, which no list of random films has."
        yield mep["real"] / mep["dice"], "That is a ratio. Take the difference."
        yield mep["plain"] - mep["dice"], "That is AutoRec's distance from chance."


class Project(Exercise):
    """Write MEP@10 in three lines of numpy, without `explainable_precision`, and see that both
    agree for the random lists. Then write a measure that neither dice nor popular films can
    win, and say whom it would reward.
    """

    title = "Small project"
    solution = r"""
    [[code]]

    For the second part, take the films that are both liked *and* explainable: a random list
    seldom has one, and a list of explainable films that nobody likes has none. Popular films
    still do well at it; measuring the distance from the list of popular films takes that away.
    """

    def solve(self, lists, explainable, expl):
        ten = lists["random"][:, :10]
        member = np.take_along_axis(expl.scores.toarray() > 0, ten, axis=1)
        by_hand = member.mean(axis=1)
        library = explainable_precision(ten, explainable, [10])[:, 0]
        print(np.allclose(by_hand, library))
