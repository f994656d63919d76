"""What the paper leaves open, as one set of choices, and a run: a model trained once under them."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from eautorec.arrays import Scale, plain
from eautorec.errors import InputError
from eautorec.parameters import number, one_of, whole_number
from eautorec.ratings import upper_quarter
from eautorec.study.tuned import Tuned, tuned

UPPER_QUARTER = "upper quarter"
"""Relevant are test ratings in the upper quarter of the scale: 4 or more of 5 stars."""

OR_MORE = re.compile(r"([0-9]+(?:\.[0-9]+)?) or more")
"""Another rating from which on an item is relevant, such as "8 or more"."""


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

    `relevant` may also name a rating, such as "8 or more".

    Raises InputError for a value that is not among those of the field.
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
        "A16", "Which test items are relevant?", UPPER_QUARTER, "all", turns="judging"
    )
    optimizer: str = _choice("A17", "Which optimiser?", "lbfgs", "adam", "adam in batches", "rprop")
    clip: str = _choice(
        "A18", "Are predictions clipped to the scale?", "yes", "no", turns="judging"
    )
    split: str = _choice("A20", "How are the ratings split?", "all ratings", "per user", "latest")
    test_input: str = _choice("A21", "What does the encoder see at the test?", "training", "test")
    removed: str = _choice("A22", "What is taken off the ratings before?", "nothing", "biases")
    levels: str = _choice(
        "A23",
        "What holds the biases?",
        "free",
        "penalised",
        "1 pseudo-rating",
        "5 pseudo-ratings",
        "20 pseudo-ratings",
        "100 pseudo-ratings",
    )
    ending: str = _choice(
        "A19, A24",
        "When does the training end, and what follows?",
        "minimum",
        "scratch",
        "chosen",
        "continue",
        "best on test",
    )
    step: str = _choice("A25", "Whose learning rate and lambda?", "own", "AutoRec's", turns="e")
    starts: str = _choice("A26", "How many starts?", "averaged", "one", turns="judging")

    def __post_init__(self) -> None:
        for option in fields(self):
            value = getattr(self, option.name)
            if option.name != "relevant" or not OR_MORE.fullmatch(str(value)):
                one_of(option.name, value, option.metadata["values"])

    def relevant_from(self, scale: Scale) -> float:
        """The lowest test rating that is relevant, on this scale."""
        named = OR_MORE.fullmatch(self.relevant)
        if named:
            return float(named[1])
        return upper_quarter(scale) if self.relevant == UPPER_QUARTER else -math.inf

    def turned(self) -> dict[str, str]:
        """The choices that are not the default."""
        return {
            option.name: getattr(self, option.name)
            for option in fields(self)
            if getattr(self, option.name) != option.default
        }


N_FOLDS = 10
"""Each is the test once: 90 % and 10 % of the ratings, as in the paper (4.1)."""

FOLDS, VALIDATION, STARTS = range(3)
"""Streams of random numbers: another start leaves the folds as they are."""

DEFAULT = Protocol()
"""The main replication's."""

MODELS = ("AutoRec", "E-AutoRec")
"""The paper's two models."""

CONTROLS = (
    "shuffled",
    "same for all",
    "noise",
    "user id",
    "E without levels",
    "r twice",
    "r and mask",
)
"""E-AutoRec with something else in place of e. A leak of test ratings is the choice e_from."""

NULL_CONTROLS = ("same for all",)
"""At the minimum these add nothing that AutoRec lacks, so their gain over it must be 0: a constant
input is a second hidden bias, and its penalty drives it to nothing."""

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
    fold : which tenth of the ratings is the test, from 0 to 9.
    start : which initial weights, and whatever else is drawn in training.
    regularization, learning_rate : None for what was chosen on validation ratings.
    measured_on : "test", or "validation": then a tenth of the training ratings is kept aside and
        stands in place of the test, which is not touched.
    """

    model: str
    fold: int
    start: int = 0
    n_hidden: int = 300
    n_neighbors: int = 50
    theta: float = 0.0
    regularization: float | None = None
    learning_rate: float | None = None
    measured_on: str = "test"
    protocol: Protocol = DEFAULT

    def __post_init__(self) -> None:
        """Raises InputError for a fold that does not exist, or a parameter out of range."""
        if whole_number("fold", self.fold, at_least=0) >= N_FOLDS:
            raise InputError(f"fold is {self.fold}: there are {N_FOLDS}, counted from 0.")
        whole_number("start", self.start, at_least=0)
        whole_number("n_hidden", self.n_hidden, at_least=1)
        whole_number("n_neighbors", self.n_neighbors, at_least=1)
        number("theta", self.theta, at_least=0)

    @property
    def seed(self) -> int:
        """Of all that is drawn in training: of its own stream, for each fold and start."""
        return int(np.random.SeedSequence([STARTS, self.fold, self.start]).generate_state(1)[0])

    @property
    def tuned(self) -> Tuned:
        """The run's own lambda and learning rate, or those that were chosen for its model."""
        p = self.protocol
        model = self.model if p.step == "own" else "AutoRec"
        chosen = tuned(model, p.optimizer, p.ending)
        return Tuned(
            chosen.regularization if self.regularization is None else self.regularization,
            chosen.learning_rate if self.learning_rate is None else self.learning_rate,
        )

    def key(self) -> str:
        """A stable name: the same run has the same on every machine."""
        return _hash(asdict(self) | self.tuned._asdict())

    def as_trained(self) -> Run:
        """What of the run its training knows: the same for all that only judge a model otherwise
        and, of a model without e, for all that only make e otherwise."""
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
        return replace(run, protocol=replace(self.protocol, **defaults))

    def fit_key(self) -> str:
        """A name of `as_trained`."""
        return self.as_trained().key()


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, default=plain)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
