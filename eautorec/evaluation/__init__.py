"""Measures of lists, and of the reasons for what is in them."""

from eautorec.evaluation.faithfulness import (
    Case,
    PerUser,
    deletion,
    insertion,
    interval,
    others_ratings,
    overlap,
    own_ratings,
    removal,
)

__all__ = [
    "Case",
    "PerUser",
    "deletion",
    "insertion",
    "interval",
    "others_ratings",
    "overlap",
    "own_ratings",
    "removal",
]
