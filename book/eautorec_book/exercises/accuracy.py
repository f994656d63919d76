"""Exercises of the chapter on accuracy: pairs, intervals, margins, habits."""

import numpy as np

import eautorec
from eautorec.models.biases import Biases
from eautorec_book.exercise import Choice, Exercise, Number
from eautorec.study.claims import MARGIN, SUPPORTED, verdict
from eautorec.study.statistics import interval
from eautorec.synthetic import movielens_like

PLAIN = np.array([0.950, 0.970, 0.960])
REAL = np.array([0.944, 0.962, 0.955])


def given() -> dict:
    return {"ratings": movielens_like(60, 40, 800)}


class Pairs(Number):
    """On three splits AutoRec has an RMSE of 0.950, 0.970 and 0.960, and E-AutoRec 0.944, 0.962
    and 0.955. What is the standard deviation of the paired differences? (Divide by $n - 1$.)
    """

    title = "Warm-up"
    tolerance = 0.00008
    unit = "stars"
    right = "Each model has a standard deviation of 0.01: pairing takes the luck of the split out."
    hint = "Subtract on each split first. Then three differences, their mean, their spread."
    solution = r"""
    [[code]]

    The differences are −0.006, −0.008 and −0.005, and their standard deviation is
    [[answer:.4f]]. Each model has one of about 0.01, larger than the difference of the means,
    [[mean:.4f]]: unpaired there is nothing to see.
    """

    def answer(self):
        plain = np.array([0.950, 0.970, 0.960])
        real = np.array([0.944, 0.962, 0.955])
        return (real - plain).std(ddof=1)

    def also(self):
        return {"mean": (REAL - PLAIN).mean()}

    def mistakes(self):
        yield (REAL - PLAIN).std(), "You divided by n. Three values that share a mean: divide by 2."
        yield PLAIN.std(ddof=1), "That is the spread of AutoRec. Take the differences first."
        yield REAL.std(ddof=1), "That is the spread of E-AutoRec. Take the differences first."
        both = np.hypot(REAL.std(ddof=1), PLAIN.std(ddof=1))
        yield both, "So it would be if the models had nothing in common. They share the split."


class Half(Number):
    """What is the *upper* end of the 95 % interval of the mean difference, with those three
    splits?
    """

    tolerance = 0.00015
    unit = "stars"
    right = "Below zero, by little: three splits are few, and Student's t asks a price for that."
    hint = "Mean plus t times the standard error; t has two degrees of freedom."
    solution = r"""
    [[code]]

    The mean is −0.0063, the standard error $0.0015 / \sqrt{3} = 0.0009$, and with three splits
    Student's $t$ is 4.30: the interval ends at [[answer:.4f]].
    """

    def answer(self):
        from eautorec.study.statistics import interval

        return interval([-0.006, -0.008, -0.005]).high

    def mistakes(self):
        found = interval(REAL - PLAIN)
        error = found.sd / np.sqrt(3)
        yield found.mean + 1.96 * error, "1.96 is for many splits. With three, t is 4.30."
        yield found.low, "That is the lower end."
        wide = found.mean + (found.high - found.mean) * np.sqrt(3)
        yield wide, "You took the standard deviation. That of a mean is smaller by the root of 3."


class Margin(Choice):
    """An interval of the difference in RMSE, E-AutoRec minus AutoRec, runs from −0.004 to +0.001
    stars. "At least as accurate" has a margin of 0.002. What is shown?
    """

    options = {
        "a": "at least as accurate, and better",
        "b": "at least as accurate; better is not shown",
        "c": "neither of the two",
        "d": "E-AutoRec is less accurate",
    }
    right = "Two questions, two thresholds, one interval."
    hint = "Compare the upper end with 0.002, and then with 0."
    solution = r"""
    ([[answer]]). The upper end, +0.001, lies below the margin, so at least as accurate is
    shown. The interval holds zero, so *better* is not. An interval from −0.004 to +0.006 would
    show neither, nor the opposite: undecided.
    """

    def answer(self):
        low, high = -0.004, 0.001
        no_worse = verdict(-high, -low, -MARGIN) == SUPPORTED
        better = verdict(-high, -low) == SUPPORTED
        return {(True, True): "a", (True, False): "b", (False, False): "c"}[no_worse, better]

    def mistakes(self):
        yield "a", "The interval holds zero: it may be no better at all."
        yield "c", "All of the interval lies below the margin of 0.002."
        yield "d", "Most of the interval lies below zero, where E-AutoRec has the smaller error."


class Habits(Choice):
    """A model of *habits*, one number for each person and film, is more accurate than both
    autoencoders. Which reason fits?
    """

    options = {
        "a": "It sees the test ratings.",
        "b": "It has more parameters, so it can learn more.",
        "c": "It has far fewer parameters, so it cannot learn the noise by heart.",
        "d": "Accuracy does not depend on the model.",
    }
    right = "The autoencoder has hundreds of weights for each film, and most films fewer ratings."
    hint = "Count: 943 people and 1,682 films, against two matrices of 1,682 by 300."
    solution = r"""
    ([[answer]]). 943 + 1,682 + 1 numbers against about a million. The penalty holds most of
    these down, but a film with ten ratings still has hundreds of weights.
    """

    def answer(self):
        users, films, k = 943, 1682, 300
        habits, autoencoder = users + films + 1, 2 * films * k + films + k
        return "c" if 10 * habits < autoencoder else "b"

    def mistakes(self):
        yield "a", "No model of this book does; a test makes sure of it."
        yield "b", "Count them: one for each person and film, and the mean."
        yield "d", "The figure above shows differences of 0.06 stars."


class Project(Exercise):
    """Is the model of habits more accurate for everybody? Fit `Biases` from
    `eautorec.baselines` and AutoRec on one split, take the RMSE of each test user, and count
    for how many the habits win.
    """

    title = "Small project"
    solution = r"""
    ```python
    import eautorec
    from eautorec.models.biases import Biases

    ratings = eautorec.load_movielens("100k")
    ```

    [[code]]

    `user_rmse` has one number for each person, so a share can be counted, and a spread seen.
    One split is an impression: repeat it with other seeds.
    """

    def solve(self, ratings):
        train, test = eautorec.split(ratings, seed=0)
        cells = test.user_index, test.item_index
        n_each = np.bincount(test.user_index, minlength=test.n_users)
        user_rmse = {}
        for name, predicted in {
            "habits": Biases().fit(train).scores()[cells],
            "AutoRec": eautorec.AutoRec(seed=0).fit(train).predict_cells(*cells),
        }.items():
            total = np.bincount(
                test.user_index, (predicted - test.values) ** 2, test.n_users
            )
            user_rmse[name] = np.sqrt(total[n_each > 0] / n_each[n_each > 0])
        print((user_rmse["habits"] < user_rmse["AutoRec"]).mean())
