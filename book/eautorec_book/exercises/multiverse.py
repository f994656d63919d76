"""Exercises of the chapter on readings: counting them, interactions, which choice decides."""

from eautorec_book.exercise import Choice, Exercise, Number


class Count(Number):
    """A paper leaves ten choices open, with two readings each. How many readings do you have to
    run to turn each choice *alone*, beside the default?
    """

    title = "Warm-up"
    right = "All combinations would be 1,024: that is why one takes a balanced part of them."
    hint = "The default is one. How many differ from it in exactly one choice?"
    solution = r"""
    The default, and ten that differ from it in one choice: [[answer]]. All combinations are
    [[all:,]] ($2^{10}$), so one takes a balanced part of these, in which each reading of each
    choice comes up equally often.
    """

    def answer(self):
        n_choices, n_readings = 10, 2
        return 1 + n_choices * (n_readings - 1)

    def also(self):
        return {"all": 2**10}

    def mistakes(self):
        yield 2**10, "Those are all combinations. Turn one choice at a time."
        yield 20, "One reading of each choice is the default, which needs one run only."
        yield 10, "The default is one more."


class Alone(Number):
    r"""A difference is $d = 0.3 - 0.2\,a - 0.2\,b$, where $a$ and $b$ are 1 if a choice is
    turned and 0 if not. How many times does $d$ change its sign if you turn the choices *one at
    a time*?
    """

    right = "Both together turn it: 0.3 - 0.4 is below zero. One at a time misses that."
    hint = "Work out d for (0, 0), (1, 0) and (0, 1)."
    solution = r"""
    [[code]]

    [[answer]] times: $d$ is 0.3, and 0.1 with either of the two. With both turned it is −0.1,
    which one at a time cannot see. So combinations are run too.
    """

    def answer(self):
        def d(a, b):
            return 0.3 - 0.2 * a - 0.2 * b

        alone = [d(1, 0), d(0, 1)]
        return sum(value < 0 for value in alone)

    def mistakes(self):
        yield 1, "That is with both turned. One at a time, the other one stays at 0."
        yield 2, "Either of the two leaves 0.1, which is still above zero."


class Curve(Choice):
    """A specification curve shows one difference under 100 readings, sorted. It is above zero
    for 55 of them, and the default is one of these. What may be said?
    """

    options = {
        "a": "The claim holds: it does so in most readings.",
        "b": "The claim does not hold.",
        "c": "The sign depends on choices that the paper leaves open; say on which.",
        "d": "The default decides: it is the most careful reading.",
    }
    right = "Then look which choice parts the readings above zero from those below."
    hint = "Readings are no random sample, so their share is no probability."
    solution = r"""
    ([[answer]]). Readings are no sample from anything, so 55 of 100 is no vote and no
    probability. What can be said is that the sign depends on the reading, and on which choice:

    [[code]]

    Here, made up, choice 1 alone parts them: the means of its two readings lie on either side
    of zero.
    """

    def answer(self):
        import numpy as np

        generator = np.random.default_rng(0)
        turned = generator.integers(0, 2, size=(100, 3))  # readings, choices
        d = 0.1 - 0.2 * turned[:, 1] + generator.normal(0, 0.01, 100)
        sides = [
            (d[turned[:, j] == 0].mean(), d[turned[:, j] == 1].mean())
            for j in range(3)
        ]
        decides = max(range(3), key=lambda j: abs(np.subtract(*sides[j])))
        return "c" if min(sides[decides]) < 0 < max(sides[decides]) else "a"

    def mistakes(self):
        yield "a", "Readings are not voters: with other choices on the list the share would change."
        yield "b", "It does in 55 of them, the default among these."
        yield "d", "A default is a choice too. If it decides the sign, that is the finding."


class Project(Exercise):
    """Add an open point of your own: think of a choice that the paper leaves open and that this
    book has not turned. Write down both readings, the run or the measure that would change, and
    what you expect, before you run it.
    """

    title = "Small project"
    solution = r"""
    For instance, the cosine over the films that *both* users rated, in the place of whole rows
    (a variant of A7). Expectation, before it is run: two users with one common film have a cosine
    of 1, so the neighbours are people with few ratings; $E$ gets emptier, and MEP lower for
    everybody, dice included. An expectation that fails teaches most.
    """
