"""Ratings that fit on a line."""

import pandas as pd

from eautorec import Ratings


def ratings_of(rows, first=1):
    """Ratings from one text for each user, a digit for each item, 0 where there is none; users and
    items are counted from `first`."""
    cells = [
        (user, item, float(digit))
        for user, row in enumerate(rows, start=first)
        for item, digit in enumerate(row, start=first)
        if digit != "0"
    ]
    frame = pd.DataFrame(cells, columns=["user", "item", "rating"])
    return Ratings.from_frame(frame, scale=(1, 5))
