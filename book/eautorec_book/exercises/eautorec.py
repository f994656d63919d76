"""Exercises of the chapter on E-AutoRec: two inputs, the graph convolution, the threshold."""

import numpy as np

import eautorec
from eautorec_book.exercise import Choice, Exercise, Number, recorded
from eautorec.evaluation.metrics import rmse
from eautorec.synthetic import five_users, movielens_like


def given() -> dict:
    train, test = eautorec.split(movielens_like(60, 40, 800), seed=0)
    return {"train": train, "test": test, "seed": 0, "n_hidden": 20}


class Cost(Number):
    r"""For each hidden unit, how many multiplications does $A (R W_e)$ take, with 90,000
    training ratings, 943 users and 50 neighbours each?
    """

    title = "Warm-up"
    right = "E W would take one for each of the more than 800,000 cells of E: six times as many."
    hint = "First R times a vector, then A times the result. Each takes one per stored number."
    solution = r"""
    $\mathrm{nnz}(R) + \mathrm{nnz}(A) = 90{,}000 + 50 \cdot 943$, which is [[answer:,]]. $E
    W_e$ takes $\mathrm{nnz}(E)$, more than 800,000: six times as many. At twenty million
    ratings $E$ would not even fit in memory.
    """

    def answer(self):
        n_ratings, n_users, n_neighbors = 90_000, 943, 50
        return n_ratings + n_users * n_neighbors

    def mistakes(self):
        yield 90_000, "That is the product with R. Averaging over the neighbours comes after it."
        yield 943 * 50, "That is the product with A. Something has to be there to be averaged."
        yield 90_000 * 50, "No rating is visited once a neighbour: R W comes first, and then A."


class Sum(Choice):
    """Anna gave a film 4 stars, and her neighbours do not know it ($r = 4$, $e = 0$). Bert has
    not seen it, and all of his neighbours gave it 4 ($r = 0$, $e = 4$). All else is equal. In
    which reading of Eq. 4 can the network tell them apart?
    """

    options = {
        "a": "in both",
        "b": "side by side, but not in the sum",
        "c": "in the sum, but not side by side",
        "d": "in neither",
    }
    right = "In the sum, an opinion and a hearsay look the same."
    hint = "Write down what enters the sigmoid for each of the two, in both readings."
    solution = r"""
    ([[answer]]).

    [[code]]

    $W_1 (r + e) = W_1 r + W_1 e$, so the sum is {eq}`eq-concat` with $W_r = W_e$. It cannot
    tell a film that I rated 4 from one that I have not seen and my neighbours give 4 on
    average.
    """

    def answer(self):
        W_r, W_e = np.random.default_rng(0).normal(size=(2, 3))
        anna, bert = (4, 0), (0, 4)
        apart = []
        for w_r, w_e in ((W_r, W_e), (W_r, W_r)):  # side by side, sum
            hidden = [r * w_r + e * w_e for r, e in (anna, bert)]
            apart.append(not np.allclose(*hidden))
        return {(1, 1): "a", (1, 0): "b", (0, 1): "c", (0, 0): "d"}[tuple(apart)]

    def mistakes(self):
        yield "a", "Add r and e for both of them: what does the sum see?"
        yield "c", "The other way round: 4 + 0 and 0 + 4 are the same number."
        yield "d", "Side by side, r and e have weights of their own."


class Threshold(Number):
    r"""{eq}`eq-gcn` needs $E = AR$. For the five users with two neighbours and $\theta = 2$: how
    many cells of $AR$ that are not zero does Eq. 7 set to zero?
    """

    right = "No product of A and R does that, so here the library forms E itself."
    hint = "Compare Explainability(2).fit(small).scores with those at theta = 2."
    solution = r"""
    [[code]]

    [[answer]]. The threshold sets cells of $AR$ to zero one by one, which no product of $A$ and
    $R$ can do. At $\theta = 0$ there is nothing to remove, since ratings are positive. For a
    higher one the library forms $E$ itself.
    """

    def answer(self):
        from eautorec.synthetic import five_users

        small = five_users()
        every = eautorec.Explainability(2).fit(small).scores
        kept = eautorec.Explainability(2, theta=2).fit(small).scores
        return int(every.nnz - kept.nnz)

    def mistakes(self):
        every = eautorec.Explainability(2).fit(five_users()).scores
        yield int((every.data > 2).sum()), "That is how many it keeps."
        yield int((every.data < 2).sum()), "A score of exactly 2 is not above 2: it goes too."
        yield 0, "Only at a threshold of 0 nothing is lost."


class Because(Choice):
    """In the recorded study, over ten splits, E-AutoRec has a test RMSE of [[real:.4f]], AutoRec
    [[plain:.4f]], and E-AutoRec with *random numbers* in the place of $e$ [[noise:.4f]]. What
    follows?
    """

    options = {
        "a": "Explainability makes predictions more accurate.",
        "b": "A second input helps; that it holds explainability is not shown to be the reason.",
        "c": "Explainability makes predictions less accurate.",
    }
    right = "A comparison with a control says what a comparison with AutoRec cannot."
    hint = "Ask what all three have in common, and what only one of them has."
    solution = r"""
    ([[answer]]). What noise does as well, or better, is not due to what $e$ means.
    [](controls.ipynb) has more such inputs.
    """

    def answer(self):
        models = recorded("models").query("metric == 'rmse'")
        rmse = models.set_index("model")["mean"]
        if rmse["noise"] <= rmse["E-AutoRec"] < rmse["AutoRec"]:
            return "b"
        return "a" if rmse["E-AutoRec"] < rmse["AutoRec"] else "c"

    def also(self):
        mean = recorded("models").query("metric == 'rmse'").set_index("model")["mean"]
        return {"real": mean["E-AutoRec"], "plain": mean["AutoRec"], "noise": mean["noise"]}

    def mistakes(self):
        yield "a", "Then noise, which explains nothing, should not do as well."
        yield "c", "With e the error is lower than without a second input."


class Project(Exercise):
    """Train E-AutoRec with 5, 50 and 200 neighbours on this split. Is the test RMSE a matter of
    their number? Write down what you expect first.
    """

    title = "Small project"
    solution = r"""
    ```python
    from eautorec.evaluation.metrics import rmse
    ```

    [[code]]

    One split and one start cannot tell. Train with two seeds and the *same* number of
    neighbours as well, and compare: a difference between numbers of neighbours has to be larger
    than that.
    """

    def solve(self, train, test, seed, n_hidden):
        for k in (5, 50, 200):
            model = eautorec.EAutoRec(n_hidden, n_neighbors=k, seed=seed).fit(train)
            predicted = model.predict_cells(test.user_index, test.item_index)
            print(k, round(rmse(predicted, test.values), 4))
