"""Exercises of the chapter of verdicts: undecided, margins, controls."""

from eautorec_book.exercise import Choice, Exercise, Number, recorded
from eautorec.study.claims import SUPPORTED, verdict


def given() -> dict:
    return {"recorded": recorded("claims")}


def across_zero():
    """The first recorded claim whose interval has zero inside."""
    claims = recorded("claims")
    return claims[(claims["low"] < 0) & (claims["high"] > 0)].iloc[0]


class Zero(Choice):
    """[[id]] says that a difference is above zero. In the recorded study the interval of the part
    that decides runs from [[low:+.4f]] to [[high:+.4f]]. The verdict is …
    """

    title = "Warm-up"
    options = {"a": "supported", "b": "contradicted", "c": "undecided"}
    right = "Both signs are still possible."
    hint = "Where does zero lie?"
    solution = r"""
    ([[answer]]). Zero lies inside: the data fit a small gain as well as a small loss.
    """

    def answer(self):
        row = across_zero()
        words = {"supported": "a", "contradicted": "b", "undecided": "c"}
        return words[verdict(row["low"], row["high"])]

    def also(self):
        return across_zero()[["id", "low", "high"]].to_dict()

    def mistakes(self):
        yield "a", "The mean is above zero, but the interval is not."
        yield "b", "For that the whole interval has to lie below zero."


class Margin(Number):
    """Undecided is not "no difference". For the same interval, [[low:+.5f]] to [[high:+.5f]]:
    how large, at least, would a margin have to be, stated beforehand, for "practically no
    difference"?
    """

    tolerance = 0.00002
    right = "And it has to be stated before one sees the interval."
    hint = "The whole interval has to lie between minus the margin and plus the margin."
    solution = r"""
    The interval has to lie within ± the margin, so the margin is the larger of its two ends in
    size: [[answer:.5f]]. And it has to be stated beforehand: a margin that is chosen to fit
    proves nothing. C1 has one, on one side: 0.002 stars.
    """

    def answer(self):
        row = across_zero()
        return max(abs(row["low"]), abs(row["high"]))

    def also(self):
        return across_zero()[["low", "high"]].to_dict()

    def mistakes(self):
        low, high = self.also().values()
        yield (high - low) / 2, "Half its width is enough only if the interval lies around zero."
        yield high - low, "That is its width. How far from zero does it reach?"
        yield min(abs(low), abs(high)), "The other end reaches farther."


class Believe(Choice):
    """A claim is supported, and it is supported with a shuffled $e$ as well. What do you
    believe?
    """

    options = {
        "a": "that the claim is wrong",
        "b": "that the models differ so, and that the person's explainability is not the reason",
        "c": "that the person's explainability is the reason",
        "d": "that shuffling failed",
    }
    right = "The difference is real; the reason given for it is not shown."
    hint = "What does a shuffled e still have, and what not?"
    solution = r"""
    ([[answer]]). The claim compares E-AutoRec with AutoRec, and that holds. The shuffled input has
    another person's explainability and does as well. In the recorded study this is the case for
    [[which]].
    """

    def answer(self):
        claims = recorded("claims").query("verdict == @SUPPORTED and controls > 0")
        return "b" if (claims["due_to_e"] == "no").all() else "c"

    def also(self):
        claims = recorded("claims")
        found = claims[(claims["verdict"] == SUPPORTED) & (claims["controls"] > 0)]
        return {"which": ", ".join(found["id"])}

    def mistakes(self):
        yield "a", "It says that the two models differ, and they do."
        yield "c", "Then another person's explainability should not do as well."
        yield "d", "A control that does as well is a result, not an accident."


class Due(Number):
    """How many of the recorded claims are supported *and* due to $E$, better than every control?
    """

    right = "So whatever the second input does, explainability is not shown to be the reason."
    hint = "Look at the table of claims and controls: the last column."
    solution = r"""
    [[code]]

    [[answer]], of [[supported]] that are supported. Those that need a sweep were asked with two
    controls only, which can tell that something else does as well, but not that nothing does.
    """

    def answer(self, recorded):
        return int((recorded["due_to_e"] == "yes").sum())

    def also(self):
        return {"supported": (recorded("claims")["verdict"] == SUPPORTED).sum()}

    def mistakes(self):
        supported = (recorded("claims")["verdict"] == SUPPORTED).sum()
        yield supported, "Do all of these beat the controls?"


class Project(Exercise):
    """You may ask the authors one question. Go through the open points in [](paper.md): which
    answer would change most verdicts? Write the question so that a yes or a no settles it.
    """

    title = "Small project"
    solution = r"""
    For the shapes of Fig. 4: "Did you divide AP by $n$?" (A15). It alone decides whether MAP
    "drops" beyond twenty films for the most popular films, as [](measuring.ipynb) shows. Next
    comes "Does the loss compare unrated films with 0?" (A2), since the two losses lead to
    different models.
    """
