"""The world of five users and four films, ready for a blackboard: its table, file and answers.

Everything is computed by the library; the page for teachers, the slides and the handout show it.
"""

import numpy as np
import pandas as pd

from eautorec import Explainability
from eautorec.evaluation.metrics import average_precision, explainable_precision
from eautorec.synthetic import five_users

N_NEIGHBORS = 2
THETA = 2.5
ASKED = (2, 5)
"""The users whose cosine with user 1 is worked out by hand."""


def rating_table() -> pd.DataFrame:
    """Users in rows and titles in columns; an unrated cell is empty text."""
    return grid(five_users().matrix.toarray(), "")


def grid(values: np.ndarray, empty: str) -> pd.DataFrame:
    """Numbers of the five users and four films as text, with `empty` in place of 0."""
    world = five_users()
    said = [[f"{value:g}" if value else empty for value in row] for row in values]
    frame = pd.DataFrame(said, index=world.users, columns=list(world.titles.values()))
    return frame.rename_axis("user")


def ratings_file() -> str:
    """One rating a line: user, film, stars."""
    world = five_users()
    frame = world.to_frame()
    frame["item"] = [world.title(item) for item in frame["item"]]
    return frame.astype({"rating": int}).to_csv(index=False)


def answers() -> dict:
    """The numbers of the handout's questions and solution."""
    world = five_users()
    ratings = world.matrix.toarray()
    expl = Explainability(N_NEIGHBORS).fit(world)
    above = Explainability(N_NEIGHBORS, theta=THETA).fit(world)
    scores, unrated = expl.scores.toarray(), ratings == 0
    shares = (unrated & (scores > 0)).sum(axis=1) / unrated.sum(axis=1)
    last = np.where(unrated[:, [-1]], len(world.items) - 1, -1)
    judged = explainable_precision(last, scores > 0, [1]).ravel()
    return {
        "cosines": [cosine(ratings, user) for user in ASKED],
        "neighbours": {int(user): list(expl.neighbors(user)) for user in world.users},
        "scores": grid(scores, "0"),
        "above": grid(above.scores.toarray(), "0"),
        "table": cosines(ratings),
        "unrated": unrated.sum(axis=1).tolist(),
        "explainable": (unrated & (scores > 0)).sum(axis=1).tolist(),
        "chance": float(shares.mean()),
        "judged": {int(u): x for u, x in zip(world.users, judged, strict=True) if x == x},
        "mep": float(np.nanmean(judged)),
        "ap": average_precisions(),
    }


def cosines(ratings: np.ndarray) -> pd.DataFrame:
    """The cosines of all pairs as text, but for those that are worked out by hand."""
    lengths = np.sqrt((ratings**2).sum(axis=1))
    values = ratings @ ratings.T / np.outer(lengths, lengths)
    users = five_users().users
    said = pd.DataFrame(values, index=users, columns=users).map("{:.3f}".format)
    for user in users:
        said.loc[user, user] = "·"
    for user in ASKED:
        said.loc[1, user] = said.loc[user, 1] = ""
    return said


def cosine(ratings: np.ndarray, user: int) -> dict:
    """The cosine of user 1 and another, in the steps of a calculation by hand."""
    ours, theirs = ratings[[0, user - 1]].astype(int)
    product, squares = int(ours @ theirs), (int(ours @ ours), int(theirs @ theirs))
    return {
        "user": user,
        "terms": " + ".join(rf"{a} \cdot {b}" for a, b in zip(ours, theirs, strict=True) if a * b),
        "product": product,
        "squares": squares,
        "cosine": product / np.sqrt(np.prod(squares)),
    }


def average_precisions() -> dict[str, float]:
    """AP of a list of four, its first and third film relevant, for a user with three such films."""
    relevant = np.array([[True, False, True, False, True]])
    names = {"min": r"\min(n, l)", "n": "n", "relevant": "l"}
    return {
        name: float(average_precision([[0, 1, 2, 3]], relevant, [4], divisor)[0, 0])
        for divisor, name in names.items()
    }
