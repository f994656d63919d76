"""Tables that an interruption leaves whole: each a file, under the version of its code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pandas as pd
from tqdm import tqdm

from eautorec.datasets.fetch import cache_folder
from eautorec.files import make_folder, write_whole
from eautorec.study.version import code_version

Make: TypeAlias = Callable[[], pd.DataFrame]
"""Makes a table when it is called."""


class Kept:
    """Finished tables in the cache folder, under the version of the code and of the ratings.

    Parameters
    ----------
    begin : the module that makes them: it and all that it imports is the code.
    fingerprint : of the ratings.
    """

    def __init__(self, begin: str, fingerprint: str):
        version = code_version(begin=begin)
        folder = cache_folder() / begin.rpartition(".")[2] / f"{version}-{fingerprint}"
        self.folder = make_folder(folder)

    def tables(self, makes: dict[str, Make], what: str) -> pd.DataFrame:
        """The tables of these names below each other, each from its file or made now."""
        found = []
        for name, make in tqdm(makes.items(), desc=what, disable=None):
            path = self.folder / f"{name.replace(' ', '_').replace(',', '')}.csv"
            if not path.exists():
                write_whole(path, make().to_csv(index=False))
            found.append(pd.read_csv(path))
        return pd.concat(found, ignore_index=True)
