"""What is tortured, each as a program of its own: `python work.py NAME FOLDER`.

Each writes into the folder, and does what is left to do if some of it is there.
"""

import sys
from pathlib import Path

from eautorec.errors import InputError


def ratings():
    from eautorec.synthetic import movielens_like

    return movielens_like(60, 150, 1500)


def model(folder):
    from eautorec import EASE

    EASE(5.0).fit(ratings()).save(folder / "model.npz")


def lists(folder):
    from eautorec import EASE

    EASE(5.0).fit(ratings()).recommend_all(folder / "lists.csv", 40)


def runs():
    from eautorec.study.protocol import Run

    return [Run(name, fold) for name in ("biases", "by E", "popular", "random") for fold in (0, 1)]


def study(folder):
    from eautorec.study.store import Store
    from eautorec.study.sweep import sweep

    data = ratings().to_frame()
    path = folder / "ratings.csv"
    if not path.exists():
        from eautorec.files import write_whole

        write_whole(path, data.to_csv(index=False))
    from eautorec.datasets import load_ratings

    store = Store(load_ratings(str(path)).fingerprint, folder / "study.sqlite")
    sweep(runs(), store, data=str(path), workers=1)
    store.close()


WORK = {"model": model, "lists": lists, "study": study}

if __name__ == "__main__":
    try:
        WORK[sys.argv[1]](Path(sys.argv[2]))
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
