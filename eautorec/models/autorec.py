"""AutoRec and E-AutoRec: rating prediction with an autoencoder, without and with explainability."""

from __future__ import annotations

import inspect
import io
import json
import os
import tempfile
import time
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.special import expit
from tqdm import tqdm

from eautorec.errors import InputError
from eautorec.explainability import Explainability
from eautorec.explanation import Explanation
from eautorec.evaluation.ranking import top_lists
from eautorec.ratings import Ratings, split

STEP_SIZES = {"lbfgs": 1.0, "adam": 0.005}
"""The optimisers, and how long a step of each is by default."""


class AutoRec:
    """AutoRec (Sedhain et al., 2015), over users: Eq. 1-3 of the paper.

        h = sigmoid(W1 r + b),   r^ = W2 h + b'
        minimise  sum over users of |r - r^|^2 over observed ratings
                  + regularization / 2 (|W1|^2 + |W2|^2)

    Ratings enter divided by the highest of the scale, so that a missing one (0) stays apart from
    the lowest. `fit` keeps a part of the training ratings for validation, takes the weights of the
    epoch that predicts it best, and goes on from there for some epochs on all training ratings.

    Parameters
    ----------
    n_hidden : hidden units k.
    regularization : lambda of Eq. 3. The default was best on validation ratings of MovieLens-100K.
    optimizer : "lbfgs" (all users at once) or "adam".
    learning_rate : None for 1 with "lbfgs" and 0.005 with "adam".
    max_epochs : the most epochs to try.
    patience : epochs without a better validation RMSE before the search ends.
    validation_fraction : the share of the training ratings that chooses the epoch; 0 trains for
        max_epochs on everything.
    refit_epochs : epochs on all training ratings, after the choice; 0 keeps the chosen weights.
    batch_size : users in a step; None for all of them at once.
    device : "cpu" or "cuda": sparse kernels on the first, dense ones on the second.
    seed : for the initial weights, the validation part and the order of the batches.

    Attributes
    ----------
    ratings_ : the training ratings.
    n_epochs_ : the epochs trained before the refit.
    history_ : DataFrame with the columns phase ("choose" and "refit", or "train"), epoch,
        seconds since the fit began, train_rmse, validation_rmse, watched_rmse; RMSE on the rating
        scale.
    input_weights_ : list of float32 arrays (n_items, n_hidden), W1.
    output_weight_ : float32 (n_items, n_hidden), W2; output_bias_ : float32 (n_items,), b'.
    activation_ : float32 (n_users, n_hidden), what enters the sigmoid, for each user.
    """

    def __init__(
        self,
        n_hidden: int = 300,
        *,
        regularization: float = 10.0,
        optimizer: str = "lbfgs",
        learning_rate: float | None = None,
        max_epochs: int = 200,
        patience: int = 12,
        validation_fraction: float = 0.1,
        refit_epochs: int = 20,
        batch_size: int | None = None,
        device: str = "cpu",
        seed: int = 0,
    ):
        self.n_hidden = n_hidden
        self.regularization = regularization
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.max_epochs = max_epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.refit_epochs = refit_epochs
        self.batch_size = batch_size
        self.device = device
        self.seed = seed

    def fit(self, train: Ratings, watch: Ratings | None = None) -> AutoRec:
        """Train on these ratings. Raises InputError on a parameter out of range.

        Parameters
        ----------
        watch : ratings whose RMSE is recorded at each epoch and never used, to draw a learning
            curve.
        """
        self._check_parameters()
        self.history_, self._start = [], time.perf_counter()
        # A handful of ratings has none to spare for validation.
        if round(self.validation_fraction * len(train)) > 0:
            inner, validation = split(train, self.validation_fraction, self.seed)
            network, self.n_epochs_ = self._train(
                "choose", inner, self.max_epochs, validation=validation, watch=watch
            )
            if self.refit_epochs:
                self._train("refit", train, self.refit_epochs, network=network, watch=watch)
        else:
            _, self.n_epochs_ = self._train("train", train, self.max_epochs, watch=watch)
        self.history_ = pd.DataFrame(self.history_)
        return self

    def predict(self, users, items) -> np.ndarray:
        """Ratings for pairs of users and items, given by their labels; within the rating scale.

        Parameters
        ----------
        users, items : labels of equal number, or a single label for one of them.

        Returns
        -------
        float32 array of shape (n_pairs,)
        """
        rows = [self.ratings_.user_row(user) for user in np.atleast_1d(users)]
        columns = [self.ratings_.item_column(item) for item in np.atleast_1d(items)]
        rows, columns = np.broadcast_arrays(rows, columns)
        return self.predict_cells(rows, columns)

    def predict_cells(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """As `predict`, for rows and columns of the rating matrix."""
        used, place = np.unique(rows, return_inverse=True)
        hidden = expit(self.activation_[used])
        scores = np.einsum("ck,ck->c", hidden[place], self.output_weight_[columns])
        return self._to_scale(scores + self.output_bias_[columns])

    def predict_rows(self, rows) -> np.ndarray:
        """Predicted ratings of all items for some rows of users: float32 (n_rows, n_items).

        Not clipped to the scale: a list needs the order among its best items.
        """
        hidden = expit(self.activation_[rows])
        return (hidden @ self.output_weight_.T + self.output_bias_) * self._unit

    def recommend(self, user, n: int = 10, *, explainable: bool = False) -> pd.DataFrame:
        """The n items with the highest predicted rating among those the user has not rated.

        Parameters
        ----------
        explainable : take only items whose explainability is above theta.

        Returns
        -------
        DataFrame with the columns item, title, rating, explainability, best first; equal
        predictions in the order of the items.
        """
        row = self.ratings_.user_row(user)
        scores = self.predict_rows([row])
        e = self.explainability_.rows([row]).toarray()
        if explainable:
            scores = np.where(e > 0, scores, -np.inf)
        best = top_lists(scores, self.ratings_.matrix, n, [row])[0]
        best = best[best >= 0]
        items = self.ratings_.items[best]
        return pd.DataFrame(
            {
                "item": items,
                "title": [self.ratings_.title(item) for item in items.tolist()],
                "rating": self.predict_cells(np.full(len(best), row), best),
                "explainability": e[0, best],
            }
        )

    def explain(self, user, item) -> Explanation:
        """Why this item: the neighbours' ratings, and whether they moved the prediction.

        AutoRec never sees the explainability, so for it the two predictions are equal.
        """
        row, column = self.ratings_.user_row(user), self.ratings_.item_column(item)
        reason = self.explainability_.explain(user, item)
        without = self.activation_[row] - self._contribution(reason.score, column)
        decoder = self.output_weight_[column]
        scores = [expit(a) @ decoder for a in (self.activation_[row], without)]
        predictions = self._to_scale(np.array(scores) + self.output_bias_[column])
        return reason.with_predictions(*predictions.tolist())

    def save(self, path: str | os.PathLike) -> None:
        """Write the fitted model to one .npz file: numbers and text only, never code.

        The file appears whole or not at all. Raises InputError if its folder does not exist.
        """
        check_folder(path)
        ratings = self.ratings_
        description = {
            "model": type(self).__name__,
            "parameters": self._parameters(),
            "n_epochs": self.n_epochs_,
            "scale": ratings.scale,
            "titles": [[item, ratings.titles[item]] for item in ratings.titles],
            "history": self.history_.to_dict("list"),
        }
        arrays = {f"input_weight_{k}": weight for k, weight in enumerate(self.input_weights_)}
        content = io.BytesIO()
        np.savez(
            content,
            description=np.array(json.dumps(description)),
            users=ratings.users,
            items=ratings.items,
            user_index=ratings.user_index,
            item_index=ratings.item_index,
            values=ratings.values,
            output_weight=self.output_weight_,
            output_bias=self.output_bias_,
            activation=self.activation_,
            **arrays,
        )
        _write(Path(path), content.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike) -> AutoRec:
        """Read a model that `save` wrote. Raises InputError if the file is none, or another's."""
        try:
            with np.load(path, allow_pickle=False) as archive:
                stored = {name: archive[name] for name in archive.files}
            description = json.loads(str(stored["description"]))
        except FileNotFoundError:
            raise InputError(f"There is no file {path}: give a file that save() wrote.") from None
        except Exception:
            raise InputError(
                f"{path} is not a saved model: give a file that {cls.__name__}.save() wrote."
            ) from None
        if description["model"] != cls.__name__:
            raise InputError(
                f"{path} holds a model of the kind {description['model']}: "
                f"read it with {description['model']}.load()."
            )
        model = cls(**description["parameters"])
        model.ratings_ = Ratings(
            **{name: stored[name] for name in ("users", "items", "user_index", "item_index")},
            values=stored["values"],
            scale=tuple(description["scale"]),
            titles=dict(description["titles"]),
        )
        model.n_epochs_ = description["n_epochs"]
        model.history_ = pd.DataFrame(description["history"])
        model.output_weight_ = stored["output_weight"]
        model.output_bias_ = stored["output_bias"]
        model.activation_ = stored["activation"]
        model.input_weights_ = [
            stored[f"input_weight_{k}"] for k in range(sum("input_weight" in n for n in stored))
        ]
        return model

    @cached_property
    def explainability_(self) -> Explainability:
        """Eq. 5-7 on the training ratings; for AutoRec afterwards, with the usual 50 neighbours."""
        return self._make_explainability().fit(self.ratings_)

    def _make_explainability(self) -> Explainability:
        return Explainability()

    def _input_chains(self, train: Ratings) -> list[tuple[sp.csr_matrix, ...]]:
        """The blocks of the encoder's input, each as a product of sparse matrices."""
        return [(self._target(train),)]

    def _target(self, ratings: Ratings) -> sp.csr_matrix:
        """What the output is compared with: ratings in input units."""
        return ratings.matrix / np.float32(self._unit)

    def _batches(self, train: Ratings):
        from eautorec.training import Batches

        return Batches(
            self._target(train),
            self._input_chains(train),
            self.batch_size,
            self._kernels,
            self.device,
            self.seed,
        )

    def _contribution(self, e: float, column: int) -> np.ndarray | float:
        """What one item's explainability adds to the user's activation."""
        return 0.0

    def _train(self, phase, train: Ratings, n_epochs, *, network=None, validation=None, watch=None):
        """Train a new network, or go on with one. Returns it at its best epoch, and that epoch."""
        # torch takes a second to import; a saved model predicts and explains without it.
        import torch

        from eautorec.training import Network, epochs

        self.ratings_ = train
        self.__dict__.pop("explainability_", None)  # of other ratings, or another theta
        batches = self._batches(train)
        if network is None:
            network = Network(
                train.n_items,
                self.n_hidden,
                len(batches.chains),
                batches.mean,
                self.seed,
                device=self.device,
            )
        measured = {
            f"{name}_rmse": self._rmse_of(ratings)
            for name, ratings in (("validation", validation), ("watched", watch))
            if ratings is not None
        }
        progress = tqdm(
            islice(
                epochs(
                    network,
                    batches,
                    optimizer=self.optimizer,
                    learning_rate=self._step_size,
                    regularization=self.regularization,
                    seed=self.seed,
                ),
                n_epochs,
            ),
            desc=f"{type(self).__name__}: {phase}",
            total=n_epochs,
            unit="epoch",
            delay=2,
            disable=None,
            leave=False,
        )
        best, best_epoch, best_vector = np.inf, n_epochs, torch.empty_like(network.vector)
        for epoch, train_rmse in enumerate(progress, start=1):
            record = {
                "phase": phase,
                "epoch": epoch,
                "seconds": time.perf_counter() - self._start,
                "train_rmse": train_rmse * self._unit,
            }
            if measured:
                hidden = network.hidden
                if hidden is None:
                    hidden = torch.sigmoid(batches.activation(network))
                for name, measure in measured.items():
                    record[name] = measure(network, hidden)
            self.history_.append(record)
            if validation is not None:
                if record["validation_rmse"] < best:
                    best, best_epoch = record["validation_rmse"], epoch
                    best_vector.copy_(network.vector)
                elif epoch - best_epoch >= self.patience:
                    break
        progress.close()
        if best < np.inf:
            network.vector.copy_(best_vector)
        if not torch.isfinite(network.vector).all():
            raise InputError(
                f"Training diverged with learning_rate = {self._step_size}: take a smaller one."
            )
        self.activation_ = batches.activation(network).cpu().numpy()
        self.input_weights_ = [weight.cpu().numpy() for weight in network.input_weights]
        self.output_weight_ = network.output_weight.cpu().numpy()
        self.output_bias_ = network.output_bias.cpu().numpy()
        return network, best_epoch

    def _rmse_of(self, ratings: Ratings):
        """A function from (network, hidden) to the RMSE on these ratings, on the rating scale."""
        from eautorec.kernels import SparseCells

        cells = SparseCells(self._target(ratings), device=self.device)
        lowest, highest = self._bounds

        def measure(network, hidden) -> float:
            residuals = cells.residuals(hidden, network.output_weight, network.output_bias)
            predicted = residuals.add_(cells.ratings).clamp_(lowest, highest)
            return float((predicted - cells.ratings).square().mean().sqrt()) * self._unit

        return measure

    @property
    def _kernels(self) -> str:
        return "dense" if str(self.device).startswith("cuda") else "sparse"

    @property
    def _step_size(self) -> float:
        given = self.learning_rate
        return STEP_SIZES[self.optimizer] if given is None else given

    @property
    def _unit(self) -> float:
        """One input unit in rating points."""
        return self.ratings_.scale[1]

    @property
    def _bounds(self) -> tuple[float, float]:
        """The rating scale in input units."""
        lowest, highest = self.ratings_.scale
        return lowest / self._unit, highest / self._unit

    def _to_scale(self, scores: np.ndarray) -> np.ndarray:
        return np.clip(scores * self._unit, *self.ratings_.scale).astype(np.float32)

    def _parameters(self) -> dict:
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def _check_parameters(self) -> None:
        for name in ("n_hidden", "max_epochs", "patience", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} is {value}: it must be 1 or more.")
        if self.optimizer not in STEP_SIZES:
            raise InputError(
                f"optimizer is {self.optimizer!r}: choose one of {', '.join(STEP_SIZES)}."
            )
        if self.optimizer == "lbfgs" and self.batch_size is not None:
            raise InputError(
                f"batch_size is {self.batch_size}: L-BFGS takes all users at once; "
                "choose optimizer='adam' for batches."
            )
        if self._step_size <= 0 or self.regularization < 0:
            raise InputError(
                f"learning_rate is {self._step_size} and regularization is "
                f"{self.regularization}: the first must be above 0, the second 0 or more."
            )
        if not 0 <= self.validation_fraction < 1:
            raise InputError(
                f"validation_fraction is {self.validation_fraction}: it must be 0 or more, below 1."
            )

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in self._parameters().items())
        return f"{type(self).__name__}({listed})"


class EAutoRec(AutoRec):
    """E-AutoRec: AutoRec that also sees each item's explainability (Eq. 4 of the paper).

        h = sigmoid(W1 [r, e] + b),   W1 of shape (2 n_items, n_hidden)

    At theta = 0 the input e = A r over the neighbours is never formed: (A R) W = A (R W), a graph
    convolution over the neighbour graph. A higher theta needs E itself.

    Parameters
    ----------
    n_neighbors, theta, approximate : of `Explainability`; e is derived from the ratings given to
    `fit` only. All others as in `AutoRec`.
    """

    def __init__(
        self,
        n_hidden: int = 300,
        *,
        n_neighbors: int = 50,
        theta: float = 0.0,
        approximate: bool = False,
        regularization: float = 10.0,
        optimizer: str = "lbfgs",
        learning_rate: float | None = None,
        max_epochs: int = 200,
        patience: int = 12,
        validation_fraction: float = 0.1,
        refit_epochs: int = 20,
        batch_size: int | None = None,
        device: str = "cpu",
        seed: int = 0,
    ):
        super().__init__(
            n_hidden,
            regularization=regularization,
            optimizer=optimizer,
            learning_rate=learning_rate,
            max_epochs=max_epochs,
            patience=patience,
            validation_fraction=validation_fraction,
            refit_epochs=refit_epochs,
            batch_size=batch_size,
            device=device,
            seed=seed,
        )
        self.n_neighbors = n_neighbors
        self.theta = theta
        self.approximate = approximate

    def _make_explainability(self) -> Explainability:
        return Explainability(self.n_neighbors, self.theta, approximate=self.approximate)

    def _input_chains(self, train: Ratings) -> list[tuple[sp.csr_matrix, ...]]:
        [(r,)] = super()._input_chains(train)
        if self.theta == 0:
            return [(r,), (self.explainability_.averaging, r)]
        return [(r,), (self.explainability_.scores / np.float32(self._unit),)]

    def _contribution(self, e: float, column: int) -> np.ndarray:
        return e / self._unit * self.input_weights_[1][column]


def check_folder(path: str | os.PathLike) -> None:
    """Raise InputError if a file cannot be written at this path because its folder is missing."""
    if not Path(path).parent.is_dir():
        raise InputError(f"There is no folder {Path(path).parent}: make it, or give another path.")


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)
