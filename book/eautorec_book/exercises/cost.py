"""Exercises of the chapter on cost: counting multiplications, growth, optimisers."""

import eautorec
from eautorec_book.exercise import Exercise, Number
from eautorec.study.models import OPTIMIZERS
from eautorec.synthetic import movielens_like


def given() -> dict:
    train, _ = eautorec.split(movielens_like(60, 40, 800), seed=0)
    return {"train": train, "n_hidden": 10, "seed": 0}


class Fewer(Number):
    """How many times fewer multiplications does an epoch of AutoRec need if it visits the 90,000
    training ratings only, in the place of whole matrices? ($m = 943$ users, $n = 1682$ films,
    $k = 300$.)
    """

    title = "Warm-up"
    right = "The time saved is less: each number that a sparse product fetches must be looked for."
    hint = "Compare one of the five products: cells of the table against ratings."
    solution = r"""
    Whole: $5 m n k \approx 2.4 \times 10^9$. Ratings only: $5 \times 90{,}000 \times k = 1.35
    \times 10^8$. The factors 5 and $k$ cancel: $m n / 90{,}000 = [[answer:.1f]]$ times fewer.
    """

    def answer(self):
        m, n, n_ratings = 943, 1682, 90_000
        return m * n / n_ratings

    def mistakes(self):
        m, n, n_ratings = 943, 1682, 90_000
        yield n_ratings / (m * n), "That is the share that remains. How many times fewer is it?"
        yield m * n / (5 * n_ratings), "Both ways have five products, so the 5 cancels."
        yield m * n / 100_000, "A tenth of the 100,000 ratings is kept for the test."


class Order(Number):
    """Count the multiplications of $A (R W)$ for one user and one hidden unit, with 50
    neighbours and 95 ratings a user.
    """

    right = "Formed as (A R) W it would be one for each of some 800 filled cells of E."
    hint = "Two steps: ratings into one number, then the neighbours' numbers into one."
    solution = r"""
    $R W$ takes 95, and $A$ times the result 50: [[answer]]. $(A R) W$ takes one for each filled
    cell of the user's row of $E$, some 800, besides the $50 \times 95$ for $A R$ once. The
    first order wins by a factor of more than five.
    """

    def answer(self):
        n_ratings, n_neighbors = 95, 50
        return n_ratings + n_neighbors

    def mistakes(self):
        yield 95 * 50, "That forms A R first. Read the brackets: R W comes first."
        yield 95, "That is R W. Then the neighbours are averaged."
        yield 50, "That is the average over the neighbours. Their numbers must be made first."


class Pairs(Number):
    """The exact search for neighbours compares all pairs of users. How many times as many pairs
    are there with ten times 943 users?
    """

    right = "So this part grows fastest: the table of growth shows the same."
    hint = "How many pairs do m users form?"
    solution = r"""
    [[code]]

    [[answer:.1f]] times: $m (m - 1) / 2$ grows with the square of $m$, where an epoch grows
    with the number of ratings.
    """

    def answer(self):
        m = 943
        pairs = m * (m - 1) / 2
        return 10 * m * (10 * m - 1) / 2 / pairs

    def mistakes(self):
        yield 10, "So do the users. Each one is compared with all others: ten times as many."
        yield 50, "The half is in both numbers of pairs, so it cancels."
        yield 20, "The number of pairs is a product of two numbers, and both grow."


class Project(Exercise):
    """In {numref}`fig-roads`, halve or double the learning rate of Adam. Can you make it
    overtake L-BFGS? On which ratings may you decide that?
    """

    title = "Small project"
    solution = r"""
    [[code]]

    Look at the *validation* error, never at the test ratings. At none of the rates that we
    tried did Adam come as low as soon; higher ones are faster at first and then jump.
    """

    def solve(self, train, n_hidden, seed):
        for rate in (0.0025, 0.005, 0.01):
            adam = OPTIMIZERS["adam"] | {"learning_rate": rate}
            model = eautorec.EAutoRec(
                n_hidden, **adam, max_epochs=150, refit_epochs=0, seed=seed
            ).fit(train)
            path = model.history_.set_index("epoch")["validation_rmse"]
            print(rate, f"{path.min():.4f} after {path.idxmin()} epochs")
