"""Reviews: what users write of items, and what features they mention.

The models that read texts or images (attention over words, generated sentences, regions of a
picture) need reviews with both a user and an item. No set that may be fetched by its name here has
them; who has some can put them in as `mentions`, which `EFM` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from eautorec.errors import InputError

REVIEW = ("user", "item", "text")


def mentions(
    reviews: pd.DataFrame,
    features: Mapping[str, Iterable[str]],
    praise: Iterable[str],
    blame: Iterable[str],
    within: int = 3,
) -> pd.DataFrame:
    """Which features a text mentions, and how kindly.

    Parameters
    ----------
    reviews : the columns user, item and text.
    features : the words of each feature, as in {"story": ["story", "plot"]}.
    praise, blame : words of an opinion.
    within : how many words away, in the same sentence, an opinion may stand. Of several the nearest
        counts; a "not" right before it turns it round.

    Returns
    -------
    DataFrame with the columns user, item, feature, opinion (1, -1, or 0 where none is near), a row
    for each mention.

    Raises InputError for a missing column, or a text that is none.
    """
    if missing := set(REVIEW) - set(reviews):
        raise InputError(f"The table of reviews has no column {sorted(missing)[0]}.")
    feature_of = {word.lower(): name for name, words in features.items() for word in words}
    sign = {word.lower(): 1 for word in praise} | {word.lower(): -1 for word in blame}
    rows = []
    columns = (reviews[name].tolist() for name in REVIEW)
    for number, (user, item, text) in enumerate(zip(*columns, strict=True), start=1):
        if not isinstance(text, str):
            raise InputError(f"Review {number} is {text!r}: it must be a text.")
        for sentence in re.split(r"[.!?;]", text.lower()):
            words = re.findall(r"\w+", sentence)
            for place, word in enumerate(words):
                if word in feature_of:
                    opinion = _nearest(words, place, sign, within)
                    rows.append((user, item, feature_of[word], opinion))
    return pd.DataFrame(rows, columns=["user", "item", "feature", "opinion"])


def _nearest(words: list[str], place: int, sign: Mapping[str, int], within: int) -> int:
    for away in range(1, within + 1):
        for other in (place - away, place + away):
            if 0 <= other < len(words) and words[other] in sign:
                negated = other > 0 and words[other - 1] == "not"
                return -sign[words[other]] if negated else sign[words[other]]
    return 0
