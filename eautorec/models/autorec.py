"""AutoRec (Sedhain et al., 2015), over users: rating prediction with an autoencoder."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from tqdm import tqdm

from eautorec.arrays import Array
from eautorec.errors import InputError
from eautorec.explainability import Explainability
from eautorec.explanation import Explanation
from eautorec.models.recommender import Person, Recommender
from eautorec.ratings import Ratings
from eautorec.training.encoding import Encoding
from eautorec.training.weights import Weights

if TYPE_CHECKING:
    from eautorec.training.batches import Problem


class AutoRec(Recommender):
    """AutoRec over users: Eq. 1-3 of the paper.

        h = sigmoid(W1 r + b),   r^ = W2 h + b'
        minimise  sum over users of |r - r^|^2 over observed ratings
                  + regularization / 2 (|W1|^2 + |W2|^2)

    Ratings enter divided by the highest of the scale, so that a missing one (0) stays apart from
    the lowest. `fit` trains on all of them until the objective hardly falls any more, since the
    result then hardly depends on where the weights began. With `validation_fraction` it instead
    keeps a part for validation, finds the epoch that predicts it best, and goes on as `refit` says.

    The settings in force are those at `fit`: an attribute that is changed afterwards changes
    nothing until the next `fit`.

    Parameters
    ----------
    n_hidden : hidden units k.
    regularization : lambda of Eq. 3. The default was best on validation ratings of MovieLens-100K,
        at the minimum; where an epoch is chosen, 10 was.
    pseudo_ratings : how many ratings, equal to the mean of all, each item gets beside its own from
        somebody of whom nothing is known. Eq. 3 has none (0): then an item with a single rating is
        expected to please everybody as it pleased that user. With 5 to 20 the lists are far better.
    optimizer : "lbfgs" or "rprop" (all users at once), or "adam".
    learning_rate : None for 1 with "lbfgs", 0.005 with "adam" and 0.001 with "rprop".
    max_epochs : how many epochs are trained, or the most to try where one is chosen. None for 150
        with "lbfgs", 600 with "adam" and 400 with "rprop".
    patience : epochs without a better validation RMSE before the search ends.
    validation_fraction : the share of the training ratings that chooses the epoch; 0 for none.
    refit : what follows the choice. "scratch": a new start, on all training ratings for as many
        epochs as were chosen; "continue": some epochs more, on all of them (L-BFGS only); "none":
        the chosen weights stay. None for "scratch".
    refit_epochs : of "continue".
    batch_size : users in a step; None for all of them at once.
    device : "cpu" or "cuda": sparse kernels on the first, dense ones on the second.
    seed : for the initial weights and the order of the batches. The validation part is always the
        same.

    Attributes
    ----------
    ratings_ : the training ratings.
    n_epochs_ : the epoch whose weights were kept: the chosen one, or that with the lowest
        objective, mostly the last; stopped_ : why there were no more.
    history_ : DataFrame with the columns phase ("choose" and "refit", or "train"), epoch,
        seconds since the fit began, objective (Eq. 3), train_rmse, validation_rmse, watched_rmse;
        RMSE on the rating scale.
    weights_ : `Weights`, float32 arrays of W1, b, W2, b'.
    activation_ : float32 (n_users, n_hidden), what enters the sigmoid, for each user.
    encoding_ : how ratings became input units.
    """

    name = "AutoRec"

    def __init__(
        self,
        n_hidden: int = 300,
        *,
        regularization: float = 14.0,
        pseudo_ratings: float = 0.0,
        optimizer: str = "lbfgs",
        learning_rate: float | None = None,
        max_epochs: int | None = None,
        patience: int = 12,
        validation_fraction: float = 0.0,
        refit: str | None = None,
        refit_epochs: int = 20,
        batch_size: int | None = None,
        device: str = "cpu",
        seed: int = 0,
    ):
        self.n_hidden = n_hidden
        self.regularization = regularization
        self.pseudo_ratings = pseudo_ratings
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.max_epochs = max_epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.refit = refit
        self.refit_epochs = refit_epochs
        self.batch_size = batch_size
        self.device = device
        self.seed = seed

    def fit(self, train: Ratings, watch: Ratings | None = None) -> Self:
        """Train on these ratings. Raises InputError on a parameter out of range.

        Parameters
        ----------
        watch : ratings whose RMSE is recorded at each epoch and never used, to draw a learning
            curve; by users and of items that `train` has (`align` brings two files to the same).
        """
        # torch takes a second to import; a saved model predicts and explains without it.
        from eautorec.training.fit import fit
        from eautorec.training.settings import Settings

        asked = self.get_params()
        settings = Settings.checked(
            **{name: asked[name] for name in inspect.signature(AutoRec).parameters}
        )
        found = fit(train, self.problem, settings, watch=watch, progress=self._progress)
        self._keep(train, asked)
        self.weights_, self.activation_ = found.weights, found.activation
        self.encoding_, self.history_ = found.problem.encoding, found.history
        self.n_epochs_, self.stopped_ = found.n_epochs, found.stopped
        self.__dict__.pop("explainability_", None)  # of an earlier fit
        if found.problem.explainability is not None:
            self.explainability_ = found.problem.explainability
        return self

    def problem(self, train: Ratings) -> Problem:
        """What the network is trained on: the encoder's inputs, and the ratings to reconstruct."""
        from eautorec.training.batches import Problem

        encoding = Encoding.by_highest(train.scale)
        r = encoding.encode(train)
        return Problem(encoding, r, [(r,)])

    def predict(self, users: Any, items: Any) -> Array:
        """Ratings for pairs of users and items, given by their labels; within the rating scale.

        Parameters
        ----------
        users, items : labels of equal number, or a single label for one of them.

        Returns
        -------
        float32 array of shape (n_pairs,)
        """
        self._check_fitted()
        rows: Array = np.array([self.ratings_.user_row(user) for user in np.atleast_1d(users)], int)
        columns = np.array([self.ratings_.item_column(item) for item in np.atleast_1d(items)], int)
        if len(rows) != len(columns) and 1 not in (len(rows), len(columns)):
            raise InputError(
                f"There are {len(rows)} users and {len(columns)} items: give as many of both, or "
                "a single one."
            )
        rows, columns = np.broadcast_arrays(rows, columns)
        return self.predict_cells(rows, columns)

    def predict_cells(self, rows: Array, columns: Array) -> Array:
        """As `predict`, for rows and columns of the rating matrix."""
        self._check_fitted()
        outputs = self.weights_.outputs_at(self.activation_, rows, columns)
        return self.encoding_.clip(self.encoding_.decode(outputs, rows, columns))

    def predict_rows(self, rows: Any) -> Array:
        """Predicted ratings of all items for some rows of users: float32 (n_rows, n_items).

        Not clipped to the scale: a list needs the order among its best items.
        """
        self._check_fitted()
        outputs = self.weights_.outputs(self.activation_[rows])
        every_row, every_item = np.arange(len(self.activation_))[rows], np.arange(outputs.shape[1])
        return self.encoding_.decode(outputs, every_row[:, None], every_item)

    def _scores_of(self, rows: slice) -> Array:
        return self.predict_rows(rows)

    def _scores_for(self, person: Person) -> Array:
        if person.row is not None:
            return super()._scores_for(person)
        outputs = self.weights_.outputs(self._activation_of(person)[None])
        every_item = np.arange(outputs.shape[1])
        return self.encoding_.decode(outputs, np.array([-1]), every_item)[0]

    def _activation_of(self, person: Person) -> Array:
        """What enters the sigmoid, for somebody who is not in the data."""
        r = (person.values / self.encoding_.unit).astype(np.float32)
        return np.asarray(self.weights_.hidden_bias + r @ self.weights_.inputs[0])

    def _reason(self, person: Person, column: int) -> Explanation:
        """The neighbours' ratings, and whether they moved the prediction.

        AutoRec never sees the explainability, so for it the two predictions are equal.
        """
        reason = self._counted(person, column)
        if person.row is not None:
            activation = self.activation_[person.row]
        else:
            activation = self._activation_of(person)
        without = activation - self._contribution(reason.explainability, column)
        cells = np.array([0, 1]), np.array([column, column])
        outputs = self.weights_.outputs_at(np.stack([activation, without]), *cells)
        both = self.encoding_.decode(outputs, *cells)
        shown = self.encoding_.clip(both).tolist()
        ranks = [person.rank(column, float(score)) for score in both]
        return reason.of_model(
            self.name,
            score=shown[0],
            score_without=shown[1],
            rank=ranks[0],
            rank_without=ranks[1],
        )

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        weights = self.weights_
        arrays = {f"input_weight_{k}": weight for k, weight in enumerate(weights.inputs)} | {
            "hidden_bias": weights.hidden_bias,
            "output_weight": weights.output,
            "output_bias": weights.output_bias,
            "activation": self.activation_,
        }
        facts = {
            "n_epochs": self.n_epochs_,
            "stopped": self.stopped_,
            "history": self.history_.to_dict("list"),
        }
        return arrays, facts

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.encoding_ = Encoding.by_highest(self.ratings_.scale)
        self.n_epochs_, self.stopped_ = facts["n_epochs"], facts["stopped"]
        self.history_ = pd.DataFrame(facts["history"])
        n_inputs = sum(name.startswith("input_weight_") for name in arrays)
        self.weights_ = Weights(
            [arrays[f"input_weight_{k}"] for k in range(n_inputs)],
            *(arrays[name] for name in ("hidden_bias", "output_weight", "output_bias")),
        )
        self.activation_ = arrays["activation"]

    @cached_property
    def explainability_(self) -> Explainability:
        """Eq. 5-7 on the training ratings, with the usual 50 neighbours; AutoRec has none."""
        self._check_fitted()
        return Explainability().fit(self.ratings_)

    def _contribution(self, e: float, column: int) -> Any:
        """What one item's explainability adds to the user's activation."""
        return 0.0

    def _progress(self, phase: str, n_epochs: int) -> Iterable[int]:
        """A bar on a terminal, where it takes longer."""
        name = f"{type(self).__name__}: {phase}"
        bar = partial(tqdm, unit="epoch", delay=2, disable=None, leave=False)
        return bar(range(1, n_epochs + 1), desc=name)
