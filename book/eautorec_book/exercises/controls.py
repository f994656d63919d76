"""Exercises of the chapter on controls: what each keeps, what each cuts."""

from eautorec_book.exercise import Choice, Exercise, Number, recorded


class Which(Choice):
    """A colleague's model has a second input, the age of the user, and beats AutoRec. Which
    control keeps the weights and *all values* of that input, and cuts nothing but the link to
    the person?
    """

    title = "Warm-up"
    options = {
        "a": "shuffled: everybody gets the age of another",
        "b": "same for all: everybody gets the mean age",
        "c": "noise: random numbers between 0 and 100",
        "d": "no second input",
    }
    right = "If the shuffled age does as well, age is not the reason."
    hint = "Go through them: are the numbers the same as before, as a collection?"
    solution = r"""
    ([[answer]]). Weights, values and their distribution stay the same, and only the link
    between the person and the age is cut:

    [[code]]
    """

    def answer(self):
        import numpy as np

        ages = np.array([19.0, 25.0, 34.0, 52.0])
        controls = {
            "a": ages[[1, 2, 3, 0]],
            "b": np.full(4, ages.mean()),
            "c": np.array([3.0, 71.0, 48.0, 90.0]),
        }
        kept = [name for name, x in controls.items() if set(x) == set(ages)]
        return " ".join(kept)

    def mistakes(self):
        yield "b", "This also takes away that people differ at all."
        yield "c", "This changes the values as well, so two things at once."
        yield "d", "That is AutoRec again: it has fewer weights too."


class Mean(Choice):
    """*Same for all* gives everybody the mean of $E$ over people, which tells how popular each
    film is. Can the network do more with it than AutoRec can?
    """

    options = {
        "a": "Yes: AutoRec does not know how popular a film is.",
        "b": "No: a constant input adds the same vector for everybody, as the bias does already.",
        "c": "Yes, if there are enough hidden units.",
    }
    right = "It can hold the popularity of each film, and has nothing to do with it."
    hint = "Put the same e for everybody into the encoder. What differs between two people?"
    solution = r"""
    ([[answer]]). $W_e e$ is then one vector for everybody:

    [[code]]

    The bias $b$ of the hidden units can hold that vector by itself.
    """

    def answer(self):
        import numpy as np

        import eautorec
        from eautorec.synthetic import five_users

        e = eautorec.Explainability(2).fit(five_users()).scores.toarray()
        same = np.broadcast_to(e.mean(axis=0), e.shape)
        W_e = np.random.default_rng(0).normal(size=(4, 3))
        added = same @ W_e
        return "b" if np.allclose(added, added[0]) else "a"

    def mistakes(self):
        yield "a", "What enters is the same for everybody, and a bias can add the same already."
        yield "c", "Each unit has its own bias, so more units change nothing."


class Weights(Number):
    """How many times as many numbers as AutoRec does E-AutoRec learn, with $n = 1682$ films and
    $k = 300$ hidden units? (Two digits.)
    """

    tolerance = 0.006
    right = "Half as many again: that alone may help, so each control has them too."
    hint = "Only the encoder's matrix doubles."
    solution = r"""
    [[code]]

    $(3nk + k + n) / (2nk + k + n) = [[answer:.2f]]$: half as many again.
    """

    def answer(self):
        n, k = 1682, 300
        return (3 * n * k + k + n) / (2 * n * k + k + n)

    def mistakes(self):
        yield 2, "The encoder doubles. The decoder stays as it is."
        yield 1, "The encoder has a second matrix."
        yield 1 / 1.5, "The other way round: E-AutoRec over AutoRec."


class Gain(Number):
    """In the recorded study the RMSE is [[plain:.4f]] for AutoRec, [[real:.4f]] for E-AutoRec
    and [[noise:.4f]] with noise in the place of $e$. How many times the gain of E-AutoRec over
    AutoRec is the gain of noise?
    """

    tolerance = 0.15
    right = "Each person's noise is a fingerprint, and the network learns the person by it."
    hint = "Two differences from AutoRec, and their ratio."
    solution = r"""
    $([[plain:.4f]] - [[noise:.4f]]) / ([[plain:.4f]] - [[real:.4f]]) = [[answer:.1f]]$. Each
    person's noise is a fingerprint: through it the network learns a vector for the person.
    """

    def answer(self):
        rmse = recorded("models").query("metric == 'rmse'").set_index("model")["mean"]
        return (rmse["AutoRec"] - rmse["noise"]) / (rmse["AutoRec"] - rmse["E-AutoRec"])

    def also(self):
        rmse = recorded("models").query("metric == 'rmse'").set_index("model")["mean"]
        return {"plain": rmse["AutoRec"], "real": rmse["E-AutoRec"], "noise": rmse["noise"]}

    def mistakes(self):
        x = self.also()
        yield 1 / self.computed["answer"], "The other way round: the gain of noise above the line."
        yield x["noise"] / x["real"], "That compares the errors. Compare what each gains."
        yield (x["real"] - x["noise"]) / (x["plain"] - x["real"]), "Noise gains from AutoRec too."


class Project(Exercise):
    """$E$ from all ratings leaks. Through which cells of $E$ does the test rating of user $u$
    for film $i$ reach the model, if $u$ is no neighbour of $u$? Find them for one cell of your
    choice.
    """

    title = "Small project"
    solution = r"""
    [[code]]

    Not through $E_{u,i}$ with the same neighbours, which holds *their* ratings only. But $u$ is
    a neighbour of others: $E_{v,i}$ of such a $v$ holds the rating, so the weights of film $i$
    learn from it. And the choice of the neighbours has seen it, which moves whole rows. Here
    user 5 is a neighbour of user 1, and user 4 gets other neighbours.
    """

    def solve(self):
        import numpy as np

        import eautorec
        from eautorec.synthetic import five_users

        small = five_users()
        hidden = 11  # user 5 and film 4: let this rating belong to the test part
        rest = small.take(np.delete(np.arange(len(small)), hidden))
        honest, leaky = (
            eautorec.Explainability(2).fit(source).scores.toarray()
            for source in (rest, small)
        )
        for row, column in np.argwhere(honest != leaky):
            print("user", small.users[row], "film", small.items[column])
