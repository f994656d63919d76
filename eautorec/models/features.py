"""Tables of features: what is known of users or items beside their ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp

from eautorec.arrays import Array, Matrix
from eautorec.errors import InputError


def aligned(features: pd.DataFrame, labels: Array) -> Array:
    """The features of these users or items, in this order: float32 (len(labels), n_features).

    Parameters
    ----------
    features : the index holds labels, the columns numbers. A label that is not there has zeros.

    Raises InputError where no label is there, one is there twice, or a cell is no finite number.
    """
    if not features.index.is_unique:
        twice = features.index[features.index.duplicated()].tolist()[0]
        raise InputError(f"The features have two rows for {twice!r}: leave one of them.")
    try:
        values = features.astype(float)
    except (TypeError, ValueError):
        raise InputError(
            "The features must be numbers: make a column of 0 and 1 for each word, as "
            "pandas.get_dummies does."
        ) from None
    if not np.isfinite(values.to_numpy()).all():
        raise InputError("The features have cells without a finite number: fill or drop them.")
    if not len(features):
        raise InputError("The table of features is empty.")
    if not features.index.isin(labels).any():
        raise InputError(
            f"No label of the features, such as {features.index.tolist()[0]!r}, is one of the "
            f"ratings, such as {labels[0].item()!r}: give them the same labels."
        )
    return np.asarray(values.reindex(labels, fill_value=0.0), np.float32)


def incidence(features: pd.DataFrame, items: Array, least: int) -> tuple[Array, Matrix]:
    """The names of the features that `least` items have, and which item has which: CSR (n_items,
    n_features) of 0 and 1. Raises InputError where there are none."""
    if missing := {"item", "feature"} - set(features):
        raise InputError(f"The table of features has no column {sorted(missing)[0]}.")
    known = features[features["item"].isin(items)].drop_duplicates(["item", "feature"])
    counts = known["feature"].value_counts()
    names = np.sort(counts.index[counts >= least].to_numpy().astype(str))
    known = known[known["feature"].isin(names)]
    if known.empty:
        raise InputError(
            f"No {least} items of the ratings share a feature: give the items the labels that "
            "they have in the ratings."
        )
    row = pd.Index(items).get_indexer(known["item"])
    column = np.searchsorted(names, known["feature"].to_numpy().astype(str))
    ones = np.ones(len(known), np.float32)
    return names, sp.csr_matrix((ones, (row, column)), (len(items), len(names)))
