"""AutoRec and E-AutoRec under any protocol, and with a control in the place of e."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.special import expit

from eautorec.models.autorec import AutoRec
from eautorec.models.biases import Biases
from eautorec.ratings import Ratings
from eautorec.study.inputs import explain, instead_of_e
from eautorec.study.protocol import Run

OPTIMIZERS = {
    "lbfgs": {},
    "adam": {"optimizer": "adam", "learning_rate": 0.005, "patience": 30},
    "adam in batches": {
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 128,
        "patience": 10,
    },
}
"""The turns of A17."""

LAST_EPOCH = 150
"""Epochs where none is chosen (A19)."""


class StudyModel(AutoRec):
    """The model of a run. `scores()` are its predictions for all cells, on the rating scale."""

    def __init__(self, run: Run, everything: Ratings):
        options = dict(OPTIMIZERS[run.protocol.optimizer])
        if run.protocol.epoch == "last":
            options |= {"validation_fraction": 0, "max_epochs": LAST_EPOCH}
        if run.learning_rate is not None:
            options["learning_rate"] = run.learning_rate
        super().__init__(run.n_hidden, regularization=run.regularization, seed=run.seed, **options)
        self.run, self.everything = run, everything

    def fit_and_watch(self, train: Ratings, test: Ratings) -> StudyModel:
        """Fit on the training ratings; the RMSE on the test ratings is recorded at each epoch.

        The test ratings enter the model only where the protocol asks for a leak (e_from, epoch,
        test_input), to measure it.
        """
        self.test = test
        if self.run.protocol.epoch == "best on test":
            self._check_parameters()
            self.history_, self._start = [], 0.0
            network, self.n_epochs_ = self._train(
                "choose", train, self.max_epochs, validation=test, watch=test
            )
            self.history_ = pd.DataFrame(self.history_)
        else:
            self.fit(train, watch=test)
        if self.run.protocol.test_input == "test":
            self._show_the_test()
        return self

    def scores(self) -> np.ndarray:
        scores = expit(self.activation_) @ self.output_weight_.T + self.output_bias_
        scores = scores * self._unit + self._offset
        if self.run.protocol.removed == "biases":
            scores = scores + self.biases_.scores()
        return scores

    @property
    def _offset(self) -> float:
        return self.ratings_.scale[0] if self.run.protocol.rating_scale == "(r-1)/4" else 0.0

    @property
    def _unit(self) -> float:
        lowest, highest = self.ratings_.scale
        return highest - lowest if self.run.protocol.rating_scale == "(r-1)/4" else highest

    @property
    def _bounds(self) -> tuple[float, float]:
        if self.run.protocol.removed == "biases":
            return -np.inf, np.inf
        return tuple((bound - self._offset) / self._unit for bound in self.ratings_.scale)

    def _target(self, ratings: Ratings) -> sp.csr_matrix:
        found = ratings.matrix.astype(np.float64)
        if self.run.protocol.removed == "biases":
            rows = np.repeat(np.arange(ratings.n_users), np.diff(found.indptr))
            b = self.biases_
            found.data -= b.mean_ + b.user_[rows] + b.item_[found.indices]
        found.data = ((found.data - self._offset) / self._unit).astype(np.float32)
        return found.astype(np.float32)

    def _batches(self, train: Ratings):
        from eautorec.training import Batches

        if self.run.protocol.removed == "biases":
            self.biases_ = Biases().fit(train)
        return Batches(
            self._target(train),
            self._input_chains(train),
            self.batch_size,
            "sparse",
            seed=self.seed,
            whole=self.run.protocol.loss == "all",
        )

    def _input_chains(self, train: Ratings) -> list[tuple[sp.csr_matrix, ...]]:
        r = self._target(train)
        if self.run.model == "AutoRec":
            return [(r,)]
        p = self.run.protocol
        e, averaging = explain(train, self.everything, self.run)
        e = e / np.float32(1.0 if p.e_scale == "0-5" else self.ratings_.scale[1])
        # A (r / 5) = E / 5 needs the ratings themselves, in the unit of e.
        if (p.rating_scale, p.removed, p.e_scale) != ("r/5", "nothing", "r/5"):
            averaging = None
        if self.run.model != "E-AutoRec":
            chain = instead_of_e(self.run.model, e, r, averaging, self.seed)
        else:
            chain = (e,) if averaging is None else (averaging, r)
        if p.combination == "sum":
            if len(chain) == 2 and chain[1] is r:
                return [((chain[0] + sp.eye_array(r.shape[0], dtype=np.float32)).tocsr(), r)]
            product = chain[0] if len(chain) == 1 else chain[0] @ chain[1]
            return [(sp.csr_matrix(r + product),)]
        return [(r,), chain]

    def _show_the_test(self) -> None:
        """Let the encoder read the test ratings in the place of the training ratings (A21)."""
        chains = self._input_chains(self.ratings_)
        bias = self.activation_ - self._activation_of(chains)
        chains[0] = (self._target(self.test),)
        self.activation_ = self._activation_of(chains) + bias[:1]

    def _activation_of(self, chains) -> np.ndarray:
        total = 0.0
        for chain, weight in zip(chains, self.input_weights_, strict=True):
            product = weight
            for matrix in reversed(chain):
                product = matrix @ product
            total = total + product
        return total
