"""Exercises of the chapter on the data: density, popularity, missing ratings, leaks."""

import numpy as np

import eautorec
from eautorec_book.exercise import Choice, Exercise, Number
from eautorec.synthetic import five_users


def given() -> dict:
    ratings = eautorec.load_movielens("100k")
    train, test = eautorec.split(ratings, test_fraction=0.1, seed=0)
    n_film = np.sort(ratings.matrix.getnnz(axis=0))[::-1]
    return {"ratings": ratings, "train": train, "test": test, "n_film": n_film}


class Density(Number):
    """A table of 5 users and 4 films holds 12 ratings. What is its density by {eq}`eq-density`?
    """

    title = "Warm-up"
    right = "Almost ten times as full as MovieLens."
    hint = "Count the cells of the table first, the empty ones too."
    solution = r"""
    $12 / (5 \cdot 4) = [[answer:.1f]]$: almost ten times that of MovieLens.
    """

    def answer(self):
        small = five_users()
        return len(small) / (small.n_users * small.n_items)

    def mistakes(self):
        yield 12 / (5 + 4), "A table of 5 rows and 4 columns has 5 times 4 cells, not 5 plus 4."
        yield 1 - 12 / 20, "That is the share of the empty cells."
        yield 20 / 12, "The other way round: ratings over cells."


class Missing(Number):
    """In the same table the third film has three ratings, 5, 4 and 1 star. Two people have not
    seen it. What is its mean rating, to two digits?
    """

    title = "Missing is not zero"
    tolerance = 0.01
    right = "Only those who rated it are counted."
    hint = "Who has an opinion of the film?"
    solution = r"""
    [[code]]

    $(5 + 4 + 1) / 3 = [[answer:.2f]]$. `small.matrix.mean(axis=0)` would say [[zeros:.1f]]: it
    takes the zeros of the matrix, which stand for *not rated*, for opinions.
    """

    def answer(self):
        from eautorec.synthetic import five_users

        small = five_users()
        of_film = small.values[small.item_index == 2]
        return of_film.mean()

    def also(self):
        return {"zeros": five_users().matrix.toarray()[:, 2].mean()}

    def mistakes(self):
        film = five_users().matrix.toarray()[:, 2]
        yield film.mean(), "You let two people who have not seen the film vote, with 0 stars each."
        yield film.sum(), "That is the sum. Divide it by the number of people who rated."


class Popular(Number):
    """How many of the most rated films does it take to cover half of all ratings?"""

    right = "Fewer than one film in eight: a list of popular films is a strong opponent."
    hint = "n_film is sorted. np.cumsum adds up, np.searchsorted finds a place in the sums."
    solution = r"""
    [[code]]

    [[answer]] of 1,682, fewer than one film in eight. A list of popular films is therefore a
    strong opponent for any model.
    """

    def answer(self, ratings, n_film):
        return int(np.searchsorted(np.cumsum(n_film), len(ratings) / 2)) + 1

    def mistakes(self, ratings, n_film):
        place = int(np.searchsorted(np.cumsum(n_film), len(ratings) / 2))
        yield place, "Off by one: places are counted from 0, films from 1."
        yield ratings.n_items / 2, "Half of the films is not half of the ratings."
        rare = int(np.searchsorted(np.cumsum(n_film[::-1]), len(ratings) / 2)) + 1
        yield rare, "You began with the films that are rated least."


class Leak(Choice):
    """Each of these steps is taken before a model is trained. Which one is a leak?"""

    options = {
        "a": "Divide all ratings by 5, the highest rating that the scale allows.",
        "b": "Subtract from each training rating the mean of its film over *all* ratings.",
        "c": "Subtract from each training rating the mean of its film over the training ratings.",
        "d": "Leave out every user whose label is above 900.",
    }
    right = "Change a hidden rating, and the training part changes: that is the test of a leak."
    solution = r"""
    ([[answer]]). Change a hidden rating and see whether the input of the model moves:

    [[code]]

    For a film with few ratings the mean is nearly the hidden rating itself. Derive everything
    from the training part and you need not ask.
    """

    def answer(self):
        hidden = np.array([1.0])
        training = np.array([5.0, 3.0, 4.0])  # of one film
        steps = {
            "a": lambda hidden: training / 5,
            "b": lambda hidden: training - np.append(training, hidden).mean(),
            "c": lambda hidden: training - training.mean(),
            "d": lambda hidden: training[np.array([17, 42, 950]) <= 900],
        }
        moved = [s for s in steps if (steps[s](hidden) != steps[s](hidden + 4)).any()]
        return " ".join(moved)

    def mistakes(self):
        yield "a", "5 is known from the scale, without looking at any rating."
        yield "c", "This mean has seen training ratings only. Change a hidden one: does it move?"
        yield "d", "A label says nothing of a hidden rating."


class Project(Exercise):
    """How much does the leak of this chapter depend on the number of neighbours? Repeat it with
    5, 20, 50 and 200 neighbours and compare $E$ of the liked test films, from all ratings and
    from the training ratings.
    """

    title = "Small project"
    solution = r"""
    [[code]]

    The fewer neighbours, the larger the leak: a person who shares the hidden rating is taken
    in, and each one weighs more.
    """

    def solve(self, ratings, train, test):
        liked = test.values >= 4
        for k in (5, 20, 50, 200):
            means = []
            for source in (train, ratings):
                e = eautorec.Explainability(k).fit(source).scores
                cells = np.asarray(e[test.user_index, test.item_index]).ravel()
                means.append(cells[liked].mean())
            print(f"{k:3} neighbours: {means[0]:.2f}, with the leak {means[1]:.2f}")
