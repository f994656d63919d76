"""Exercises of the chapter on the paper: shapes, scales, clipping, open points."""

from eautorec_book.exercise import Choice, Exercise, Number


class Shape(Number):
    r"""The paper writes $W_1 \in \mathbb{R}^{2 \times n \times k}$. How many weights more than
    AutoRec's does the encoder of E-AutoRec have, for 1,682 films and 300 hidden units?
    """

    title = "Warm-up"
    right = "A fair comparison asks whether it is those weights that help, and not what e says."
    hint = "AutoRec's encoder has n times k."
    solution = r"""
    $2 \cdot 1682 \cdot 300 = 1{,}009{,}200$, which is [[answer:,]] more. A fair comparison has
    to ask whether it is those weights that help, and not what $e$ says.
    """

    def answer(self):
        n, k = 1682, 300
        return 2 * n * k - n * k

    def mistakes(self):
        yield 2 * 1682 * 300, "So many there are. How many more than AutoRec's is that?"
        yield 2 * 1682 + 300, "A matrix has rows times columns, not rows plus columns."
        yield 3 * 1682 * 300, "Only the encoder is asked for."


class Missing(Number):
    """If ratings are scaled by $(r - 1) / 4$, and a missing rating enters as 0: which rating
    can the encoder not tell from a missing one?
    """

    unit = "stars"
    right = "It would take the strongest dislike for silence. So we divide by 5."
    hint = "Which r gives 0?"
    solution = r"""
    [[answer]] star: $(1 - 1) / 4 = 0$. $W_1 r$ then cannot tell "I disliked it" from "I have
    not seen it". With $r / 5$ every rating is above 0 (A4).
    """

    def answer(self):
        [rating] = [r for r in range(1, 6) if (r - 1) / 4 == 0]
        return rating

    def mistakes(self):
        yield 0, "Nobody can give 0 stars: 0 is how a missing rating is entered."
        yield 3, "3 stars are in the middle, 0.5. Which rating becomes 0?"
        yield 5, "5 stars become 1."


class Clip(Choice):
    """A18 clips predictions to 1 to 5 stars. Which measure may change if the *lists* too were
    made from clipped predictions?
    """

    options = {
        "a": "None: clipping keeps the order.",
        "b": "MAP and MEP: films above 5 would tie, and the tie rule would order them.",
        "c": "Only RMSE.",
    }
    right = "So lists are made before clipping, and RMSE is measured after it."
    hint = "Sort 5.1, 5.4 and 5.3. Now clip, and sort again."
    solution = r"""
    ([[answer]]).

    [[code]]

    Everything above 5 becomes equal, and the lower label wins. So lists are made before clipping.
    """

    def answer(self):
        import numpy as np

        predicted = np.array([5.1, 5.4, 5.3])
        before = np.argsort(-predicted, kind="stable")
        after = np.argsort(-np.clip(predicted, 1, 5), kind="stable")
        return "a" if np.array_equal(before, after) else "b"

    def mistakes(self):
        yield "a", "It keeps the order between 1 and 5 only. What happens to 5.1 and 5.4?"
        yield "c", "RMSE changes in any case. But look at the lists too: films above 5 tie."


class Project(Exercise):
    """Choose two open points of the table. For each, write one sentence of the paper that
    speaks for one reading and one that speaks for the other, and say which number of the
    results would change.
    """

    title = "Small project"
    solution = r"""
    One of many answers, for A2. Eq. 3 sums over users the squared length of $r_u - \hat r_u$,
    which is over all cells; but AutoRec, from which it is taken, sums over the observed ones.
    It may change every number: over all cells the network learns who *rates* what, so one would
    expect predicted ratings far too low, and lists of popular films.
    """
