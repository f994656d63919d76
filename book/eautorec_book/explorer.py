"""The explorer page's data, made with the library when the book is built: the page only shows it.

First two lists for one person (`two_lists`), then two worlds. The five users are shown whole: the
page counts for itself, and has what models say that were trained at every position of its sliders.
Of MovieLens, which may not be redistributed, there are a few dozen worked examples, chosen by rules
and not by their looks, and means over all users; its two models stay as they are, and only what is
counted moves with the sliders.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from eautorec.datasets import load_movielens
from eautorec.evaluation.metrics import explainable_precision
from eautorec.evaluation.ranking import top_lists
from eautorec.explainability import Explainability
from eautorec.files import write_whole
from eautorec.models.autorec import AutoRec
from eautorec.models.ease import EASE
from eautorec.models.eautorec import EAutoRec
from eautorec.models.popularity import Popularity
from eautorec.ratings import Ratings, split
from eautorec.synthetic import five_users
from eautorec_book.environment import kernel_environment
from eautorec_book.keys import chapter_key, digest
from eautorec_book.two_lists import exact, two_lists

PAGE = Path("chapters/explorer.md")
ASSETS = Path(__file__).with_name("assets")
DATA = "explorer-data.js"
SCRIPTS = ("explorer.js", "explorer.css", "two-lists.js", "two-lists.css")
MAKERS = tuple(Path("book/eautorec_book") / name for name in ("explorer.py", "two_lists.py"))

KS = (5, 10, 20, 50, 100, 200)
THETAS = tuple(x / 2 for x in range(9))
N = 10  # films in a list
N_USERS = 8
USER = 42
"""Whose two lists the page opens on: the person of the other chapters."""
N_LISTED = 4
"""How many others have two lists."""

# Twelve ratings have none to spare for validation.
SMALL = {"n_hidden": 3, "regularization": 0.1, "validation_fraction": 0, "max_epochs": 100}

RULES = {
    "first": "first in E-AutoRec's list",
    "explainable": "first explainable film in E-AutoRec's list",
    "strongest": "highest E of the films without a rating by the user in training",
    "moved": "of those films, the one whose reason moves E-AutoRec most",
    "disliked": "of the ratings withheld for the test, the user's lowest",
}
"""How the worked films of a user are chosen. Ties go to the film with the lower number."""


def prepare(build: Path, chapters: list[Path]) -> None:
    """Copy scripts and styles to `build/explorer`, if the book has the page."""
    if PAGE not in chapters:
        return
    folder = build / "explorer"
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCRIPTS:
        shutil.copyfile(ASSETS / name, folder / name)


def lacks_data(root: Path, build: Path, chapters: list[Path]) -> bool:
    """Whether the book has the page, and no data that were made by the library as it is now."""
    if PAGE not in chapters:
        return False
    data = build / "explorer" / DATA
    return not (data.exists() and data.read_text(encoding="utf-8").startswith(first_line(root)))


def make_data(root: Path, build: Path) -> None:
    """Write the data to `build/explorer`, as the chapters are run: with one thread, so that the
    numbers are the same on any machine with the same chips."""
    start = time.perf_counter()
    made_by = first_line(root)  # the library may change while it computes
    # NumPy counts its threads when it is loaded, so this needs a Python of its own.
    made = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "eautorec_book.explorer"],
        env=os.environ | kernel_environment(build),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    folder = build / "explorer"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / DATA, made_by + made.stdout)
    print(f"  the explorer's data: {time.perf_counter() - start:.1f} s", flush=True)


def first_line(root: Path) -> str:
    """A comment that names what the data depend on."""
    makers = [root / maker for maker in MAKERS]
    return f"// {digest(root, makers, chapter_key(root, MAKERS[0], {}))}\n"


def script(found: dict) -> str:
    """The data as a script: a page that is opened from a folder may not fetch anything else."""
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return f"window.eautorecExplorer={text};\n"


def worlds() -> dict:
    """All that the page shows."""
    train, test = split(load_movielens("100k"), test_fraction=0.1, seed=0)
    models = {"AutoRec": AutoRec(seed=0).fit(train), "E-AutoRec": EAutoRec(seed=0).fit(train)}
    listed = {"EASE": EASE().fit(train), "E-AutoRec": models["E-AutoRec"]}
    others = train.users[chosen_users(train, test, N_LISTED)].tolist()
    return {
        "thetas": THETAS,
        "five": world_of_five(),
        "movielens": world_of_films(train, test, models),
        "lists": two_lists(train, listed, [USER, *others]),
    }


def world_of_five() -> dict:
    """The five users, and what models say of them for each number of neighbours and theta."""
    ratings = five_users()
    ks = list(range(1, ratings.n_users))
    plain = AutoRec(**SMALL).fit(ratings)
    with_e, without_e, lists = [], [], []
    for k in ks:
        models = [EAutoRec(n_neighbors=k, theta=theta, **SMALL).fit(ratings) for theta in THETAS]
        reasons = [
            [[model.explain(user, item) for item in ratings.items] for user in ratings.users]
            for model in models
        ]
        with_e.append([[[exact(r.score) for r in row] for row in m] for m in reasons])
        without_e.append([[[exact(r.score_without) for r in row] for row in m] for m in reasons])
        lists.append([list_of(model, ratings, N) for model in models])
    return {
        "users": ratings.users.tolist(),
        "titles": [ratings.title(item) for item in ratings.items.tolist()],
        "ratings": ratings.matrix.toarray().astype(int).tolist(),
        "ks": ks,
        "k": 2,
        "n": 1,
        "autorec": [[exact(x) for x in row] for row in predictions(plain, ratings)],
        "eautorec": with_e,
        "without": without_e,
        "lists": {
            "AutoRec": list_of(plain, ratings, N),
            "E-AutoRec": lists,
            "popular": list_of(Popularity().fit(ratings), ratings, N),
        },
    }


def world_of_films(train: Ratings, test: Ratings, models: dict, ks=KS, n_users=N_USERS) -> dict:
    """Worked examples, and the explainable precision of lists over all users with test ratings.

    Parameters
    ----------
    models : the fitted "AutoRec" and "E-AutoRec".
    """
    judges = {k: Explainability(k).fit(train) for k in ks}
    rankings = {name: np.array(list_of(model, train, N)) for name, model in models.items()}
    popular = np.array(list_of(Popularity().fit(train), train, N))
    rows = chosen_users(train, test, n_users)
    listed = {name: ranking[rows] for name, ranking in rankings.items()}
    users = [
        worked_user(row, train, test, models, {n: lists[i] for n, lists in listed.items()}, judges)
        for i, row in enumerate(rows)
    ]
    return {
        "users": users,
        "rules": RULES,
        "ks": list(ks),
        "k": models["E-AutoRec"].n_neighbors,
        "n": N,
        "n_users": len(np.unique(test.user_index)),
        "mep": mep(train, test, rankings | {"popular": popular}, judges),
    }


def worked_user(row, train, test, models, lists, judges) -> dict:
    """One user: the worked films, and the films of both lists with their E for each k."""
    user = train.users[row].item()
    films = [
        worked_film(user, column, rules, train, test, models, judges)
        for column, rules in chosen_films(row, train, test, models["E-AutoRec"]).items()
    ]
    return {
        "user": user,
        "n_ratings": int(train.matrix.indptr[row + 1] - train.matrix.indptr[row]),
        "n_neighbors": [int(judge.n_neighbors_[row]) for judge in judges.values()],
        "films": films,
        "lists": {
            name: [
                {"title": train.title(item), "E": expected(user, item, judges)}
                for item in train.items[columns[columns >= 0]].tolist()
            ]
            for name, columns in lists.items()
        },
    }


def worked_film(user, column, rules, train, test, models, judges) -> dict:
    """One film for one user: the neighbours' ratings for each k, and both models' predictions."""
    item = train.items[column].item()
    reason = models["E-AutoRec"].explain(user, item)
    withheld = test.matrix[train.user_row(user), column]
    return {
        "title": reason.title,
        "rules": rules,
        "counts": [list(judge.explain(user, item).counts.values()) for judge in judges.values()],
        "withheld": int(withheld) or None,
        "autorec": exact(models["AutoRec"].predict(user, item)[0]),
        "eautorec": exact(reason.score),
        "without": exact(reason.score_without),
        "sentence": str(reason),
    }


def expected(user, item, judges) -> list[float]:
    """E before the threshold, for each number of neighbours."""
    return [round(judge.explain(user, item).expected, 4) for judge in judges.values()]


def chosen_users(train: Ratings, test: Ratings, n: int) -> np.ndarray:
    """Rows of n users at equal steps of the order by training ratings, from few to many.

    Only users with test ratings: the means are over them.
    """
    asked = np.unique(test.user_index)
    order = asked[np.argsort(train.matrix.getnnz(axis=1)[asked], kind="stable")]
    return order[(2 * np.arange(n) + 1) * len(order) // (2 * n)]


def chosen_films(row: int, train: Ratings, test: Ratings, model: EAutoRec) -> dict[int, list]:
    """Columns of the films that the RULES choose for a user, and the rules of each."""
    user = train.users[row].item()
    ranked = list_of(model, train, train.n_items, [row])[0]
    ranked = [column for column in ranked if column >= 0]
    e = model.explainability_.rows([row]).toarray()[0]
    explainable = [column for column in ranked if e[column] > 0]
    own = test.item_index[test.user_index == row]
    chosen = {"first": ranked[0]}
    if explainable:
        chosen["explainable"] = explainable[0]
        # What is not explainable adds nothing, so it is neither of the two.
        reasons = {c: model.explain(user, train.items[c].item()) for c in sorted(explainable)}
        chosen["strongest"] = max(reasons, key=lambda c: reasons[c].explainability)
        chosen["moved"] = max(reasons, key=lambda c: abs(reasons[c].effect))
    chosen["disliked"] = min(sorted(own.tolist()), key=lambda c: test.matrix[row, c])
    films: dict[int, list] = {}
    for rule, column in chosen.items():
        films.setdefault(int(column), []).append(rule)
    return films


def mep(train: Ratings, test: Ratings, lists: dict, judges: dict) -> dict:
    """MEP@n of each kind of list for each k and theta, over the users with test ratings.

    The base rate, "random", is that of a list of all candidates: a list drawn from them has the
    same mean.
    """
    users = np.unique(test.user_index)
    everything = top_lists(np.zeros(train.matrix.shape), train.matrix, train.n_items)
    found = {name: [] for name in (*lists, "by E", "random")}
    for judge in judges.values():
        for values in found.values():
            values.append([])
        for theta in THETAS:
            e = judge.with_theta(theta).scores
            judged = lists | {"by E": top_lists(e.toarray(), train.matrix, N), "random": everything}
            for name, these in judged.items():
                share = explainable_precision(these[users], e[users], [these.shape[1]])
                found[name][-1].append(round(float(np.nanmean(share)), 6))
    return found


def list_of(model, train: Ratings, n: int, rows=None) -> list[list[int]]:
    """The n best unrated columns of each user, or of some rows of users."""
    rows = np.arange(train.n_users) if rows is None else rows
    if isinstance(model, AutoRec):
        scores = model.predict_rows(rows)
    else:
        scores = model.scores()[rows]
    return top_lists(scores, train.matrix, n, rows).tolist()


def predictions(model: AutoRec, ratings: Ratings) -> list[list[float]]:
    """What the model predicts for every cell, within the scale."""
    return [model.predict(user, ratings.items).tolist() for user in ratings.users]


if __name__ == "__main__":
    print(script(worlds()), end="")
