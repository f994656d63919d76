"""What a reader sees in place of the names that the code has for claims and settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from eautorec.study.claims import VERDICTS
from eautorec.study.protocol import Protocol

CLAIMS = {
    "C1": "as accurate",
    "C2": "lower RMSE in training",
    "C3": "higher MAP",
    "C4": "MAP drops after 20",
    "C5": "higher MEP",
    "C6": "MEP rises after 20",
    "C7": "for any hidden units",
    "C8": "neighbours raise MEP",
    "C9": "neighbours lower MAP",
    "C10": "theta lowers MEP",
    "C11": "accuracy is free",
    "C12": "helps sparse users",
}
"""A few words for each of the twelve claims, for the rows and columns of pictures."""

SETTINGS = {
    ("combination", "sum"): "r + e as a sum",
    ("loss", "all"): "loss over all cells",
    ("rating_scale", "(r-1)/4"): "ratings as (r - 1)/4",
    ("e_scale", "0-5"): "e in stars",
    ("denominator", "raters"): "Eq. 6 divided by raters",
    ("similarity", "centred"): "cosine of centred rows",
    ("similarity", "co-rated"): "cosine of shared films",
    ("counted", "3 or more"): "only ratings of 3 or more",
    ("e_from", "all"): "E from all ratings",
    ("e_on_rated", "zero"): "e = 0 on rated films",
    ("theta_scale", "0-1"): "theta on a scale to 1",
    ("judge", "fixed"): "one E for all judgements",
    ("mep_users", "all"): "MEP over all users",
    ("candidates", "test"): "lists of test films only",
    ("map_divisor", "n"): "AP divided by n",
    ("map_divisor", "relevant"): "AP divided by relevant",
    ("relevant", "all"): "all test films relevant",
    ("optimizer", "adam"): "Adam",
    ("optimizer", "adam in batches"): "Adam in batches",
    ("optimizer", "rprop"): "RProp",
    ("clip", "no"): "predictions not clipped",
    ("split", "per user"): "split user by user",
    ("split", "latest"): "latest ratings as test",
    ("test_input", "test"): "test ratings as input",
    ("removed", "biases"): "biases taken off first",
    ("levels", "penalised"): "biases penalised",
    ("levels", "1 pseudo-rating"): "1 pseudo-rating a film",
    ("levels", "5 pseudo-ratings"): "5 pseudo-ratings a film",
    ("levels", "20 pseudo-ratings"): "20 pseudo-ratings a film",
    ("levels", "100 pseudo-ratings"): "100 pseudo-ratings a film",
    ("ending", "scratch"): "best epoch, retrained",
    ("ending", "chosen"): "weights of the best epoch",
    ("ending", "continue"): "best epoch, continued",
    ("ending", "best on test"): "best epoch on the test",
    ("step", "AutoRec's"): "AutoRec's lambda for both",
    ("starts", "one"): "one seed",
}
"""Each setting that is not the default, by the name of its field and its value."""

FEWEST = "users with the fewest ratings"
QUARTERS = {
    "few": "the second quarter",
    "many": "the third quarter",
    "most": "those with the most",
}
"""Of the users in the order of their numbers of ratings."""


def setting(name: str, value: Any) -> str:
    """A setting in words, with the number of its open choice.

    >>> setting("loss", "all")
    'A2: loss over all cells'
    """
    if name == "theta":
        return f"theta = {value:g}"
    [point] = (option.metadata["point"] for option in fields(Protocol) if option.name == name)
    return f"{point.split(', ')[-1]}: {SETTINGS[name, value]}"


def in_words(settings: dict[str, Any]) -> list[str]:
    """Each of several settings, by field."""
    return [setting(name, value) for name, value in settings.items()]


def by_verdict(verdicts: Iterable[tuple[str, str]]) -> str:
    """Claims under their verdicts, in a sentence's order.

    >>> by_verdict([("C1", "supported"), ("C3", "undecided"), ("C6", "supported")])
    'supported: C1, C6; undecided: C3'
    """
    found = list(verdicts)
    told = {word: [name for name, verdict in found if verdict == word] for word in VERDICTS}
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in told.items() if names)


def statistic(name: str) -> str:
    """What decides a part of a claim, as a reader would say it.

    >>> statistic("that, less MAP@20 - MAP@5 of AutoRec")
    'AutoRec: MAP@50 − MAP@20, minus MAP@20 − MAP@5'
    >>> statistic("gain in RMSE, fewest less most")
    'gain in RMSE: users with the fewest ratings minus those with the most'
    """
    told, _, model = name.rpartition(" of ")
    if model.endswith("AutoRec"):
        told = f"{model}: {told}"
    else:
        told = name
    told = told.replace("that, less ", "MAP@50 - MAP@20, minus ").replace(" - ", " \N{MINUS SIGN} ")
    for quarter, said in QUARTERS.items():
        told = told.replace(f", fewest less {quarter}", f": {FEWEST} minus {said}")
    return told.replace(", fewest ratings", f": {FEWEST}")
