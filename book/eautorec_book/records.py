"""The recorded study, as the chapters and the exercises read it."""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
PLACES = (HERE / "results", HERE.parents[1] / "results")
"""In an installed distribution the tables lie inside it; in the repository, on top."""


def recorded(name: str) -> pd.DataFrame:
    """A table of the recorded study, such as "claims" or "figure-4a".

    Raises FileNotFoundError if there is no table of that name.
    """
    for folder in PLACES:
        if (folder / f"{name}.csv").exists():
            return pd.read_csv(folder / f"{name}.csv")
    raise FileNotFoundError(f"There is no recorded table {name!r}: no {name}.csv in {PLACES[-1]}.")
