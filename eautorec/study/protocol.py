"""What the paper leaves open, as one set of choices, and a run: a model trained once under them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


def _choice(point: str, question: str, default: str, *others: str, turns: str = "training") -> str:
    """An open point: its number, the question, the default and what it can be turned to.

    It turns the "training" of every model, only the "e" that some of them read, or only the
    "judging" of lists and predictions, after the training.

    Its type is said as that of `dataclasses.field` is: what the field holds.
    """
    metadata = {
        "point": point,
        "question": question,
        "values": (default, *others),
        "turns": turns,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Protocol:
    """One reading of the paper. Each field is an open point; its default is the main replication's.

    Raises ValueError for a value that is not among those of the field.
    """

    combination: str = _choice(
        "A1", "How do r and e enter the encoder?", "concat", "sum", turns="e"
    )
    loss: str = _choice("A2", "Which cells does the loss compare?", "observed", "all")
    target: str = _choice("A3", "What is reconstructed?", "ratings")
    rating_scale: str = _choice("A4", "How are ratings normalised?", "r/5", "(r-1)/4")
    e_scale: str = _choice("A5", "In which unit does e enter?", "r/5", "0-5", turns="e")
    denominator: str = _choice(
        "A6", "What does Eq. 6 divide by?", "neighbours", "raters", turns="e"
    )
    similarity: str = _choice("A7", "Which cosine?", "raw", "centred", "co-rated", turns="e")
    counted: str = _choice("A8", "Which neighbours' ratings count?", "all", "3 or more", turns="e")
    e_from: str = _choice("A9", "E from which ratings?", "training", "all", turns="e")
    e_on_rated: str = _choice(
        "A10", "e on items that the user has rated?", "kept", "zero", turns="e"
    )
    theta_scale: str = _choice("A11", "On which scale is theta?", "0-5", "0-1", turns="e")
    judge: str = _choice("A12", "Which E judges the lists?", "own", "fixed", turns="judging")
    mep_users: str = _choice("A13", "MEP over which users?", "test", "all", turns="judging")
    candidates: str = _choice(
        "A14", "Which items may be listed?", "unrated", "test", turns="judging"
    )
    map_divisor: str = _choice("A15", "AP@n divided by?", "min", "n", "relevant", turns="judging")
    relevant: str = _choice(
        "A16", "Which test items are relevant?", "4 or more", "all", turns="judging"
    )
    optimizer: str = _choice("A17", "Which optimiser?", "lbfgs", "adam", "adam in batches")
    clip: str = _choice(
        "A18", "Are predictions clipped to the scale?", "yes", "no", turns="judging"
    )
    epoch: str = _choice("A19", "Which epoch is reported?", "validation", "last", "best on test")
    split: str = _choice("A20", "How are the ratings split?", "all ratings", "per user")
    test_input: str = _choice("A21", "What does the encoder see at the test?", "training", "test")
    removed: str = _choice("A22", "What is taken off the ratings before?", "nothing", "biases")

    def __post_init__(self) -> None:
        for option in fields(self):
            if getattr(self, option.name) not in option.metadata["values"]:
                raise ValueError(
                    f"{option.name} is {getattr(self, option.name)!r}: "
                    f"choose one of {option.metadata['values']}."
                )

    def turned(self) -> dict[str, str]:
        """The choices that are not the default."""
        return {
            option.name: getattr(self, option.name)
            for option in fields(self)
            if getattr(self, option.name) != option.default
        }


DEFAULT = Protocol()
"""The main replication's."""

MODELS = ("AutoRec", "E-AutoRec")
"""The paper's two models."""

CONTROLS = ("shuffled", "same for all", "noise", "r twice", "r and mask")
"""E-AutoRec with something else in the place of e. A leak of test ratings is the choice e_from =
all."""

WITHOUT_E = ("AutoRec", "random", "popular")
"""E enters the measuring of these only."""

LISTS = ("random", "popular", "by E")
"""Lists without a model."""


@dataclass(frozen=True)
class Run:
    """One model, trained and measured once.

    Parameters
    ----------
    model : one of MODELS, CONTROLS, LISTS, or the name of a baseline.
    seed : of the split, of the initial weights, and of whatever else is drawn.
    learning_rate : None for the optimiser's own.
    """

    model: str
    seed: int
    n_hidden: int = 300
    n_neighbors: int = 50
    theta: float = 0.0
    regularization: float = 10.0
    learning_rate: float | None = None
    protocol: Protocol = DEFAULT

    def key(self) -> str:
        """A stable name: the same run has the same on every machine."""
        return _hash(asdict(self))

    def fit_key(self) -> str:
        """The same for runs that train the same model and only judge it differently."""
        kinds = {"judging"}
        run = self
        if self.model in WITHOUT_E:
            kinds.add("e")
            run = replace(run, n_neighbors=50, theta=0.0)
        defaults = {
            option.name: getattr(DEFAULT, option.name)
            for option in fields(Protocol)
            if option.metadata["turns"] in kinds
        }
        return _hash(asdict(replace(run, protocol=replace(self.protocol, **defaults))))


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
