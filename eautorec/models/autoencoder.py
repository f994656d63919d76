"""What autoencoders with dense inputs and one hidden layer have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from eautorec.arrays import Array, check_room
from eautorec.models.recommender import Recommender
from eautorec.parameters import number, whole_number
from eautorec.ratings import Ratings
from eautorec.training.heads import ACTIVATIONS, Head

if TYPE_CHECKING:
    from eautorec.training.dense import Corrupt, Steps


class DenseAutoencoder(Recommender):
    """A network that reads a few dense inputs for each row and gives back one output for each cell:

        h = f(sum_k x_k W_k + V_u + b),     x^ = g(h W' + sum_k x_k U_k + b')

    A model says what its inputs and its target are, what the encoder sees of them while it is
    trained, and what its output means.

    Attributes
    ----------
    inputs_ : x_k, float32 (n_rows, ...) each. encoder_ : W_k. decoder_ : W', (n_hidden, n_outputs).
    hidden_bias_ : b. output_bias_ : b'. direct_ : U_k by k. vectors_ : V, or None.
    """

    direct: ClassVar[tuple[int, ...]] = ()
    """Which inputs also reach the output."""

    as_one: ClassVar[bool] = False
    """Whether the weights of all inputs are drawn from one generator."""

    @property
    @abstractmethod
    def head(self) -> Head:
        """f, g and the loss."""

    @abstractmethod
    def _checked(self) -> dict[str, Any]:
        """The parameters, each within its range."""

    @abstractmethod
    def _read(self, train: Ratings) -> list[Array]:
        """`inputs_`."""

    def _target(self) -> Array:
        """What the output is compared with: float32 (n_rows, n_outputs); the first input."""
        return self.inputs_[0]

    def _rated_cells(self) -> Array:
        """1 at the ratings: float32 (n_users, n_items)."""
        rated = np.zeros(self.ratings_.matrix.shape, np.float32)
        rated[self.ratings_.user_index, self.ratings_.item_index] = 1
        return rated

    @abstractmethod
    def _corruption(self, p: dict[str, Any]) -> Corrupt:
        """What the encoder sees of some rows' inputs in training, and how much each cell counts."""

    def _steps(self, p: dict[str, Any]) -> Steps:
        """How it is trained: by Adam, unless a model says otherwise."""
        from eautorec.training.dense import Steps

        names = ("learning_rate", "n_epochs", "batch_size")
        return Steps(penalty=p["regularization"], **{name: p[name] for name in names})

    def _check_training(self, p: dict[str, Any]) -> dict[str, Any]:
        """The parameters that all have, each within its range."""
        for name in ("n_hidden", "n_epochs", "batch_size", "n_neighbors"):
            whole_number(name, p[name], at_least=1)
        whole_number("seed", p["seed"], at_least=0)
        number("regularization", p["regularization"], at_least=0)
        number("learning_rate", p["learning_rate"], above=0, below=1e6)
        return p

    def _n_vectors(self) -> int:
        return 0

    def fit(self, train: Ratings) -> Self:
        """Train for `n_epochs`. Raises InputError on a parameter out of range."""
        for _ in self.epochs(train):
            pass
        return self

    def epochs(self, train: Ratings) -> Iterator[int]:
        """As `fit`, with a pause after each epoch, whose number is given: the model may be asked
        then, to see how it learns."""
        import torch

        from eautorec.training import dense

        p = self._checked()
        self._keep(train, self.get_params())
        target = self._target()
        check_room("The weights", (target.shape[1], p["n_hidden"]), "take fewer hidden units")
        generator = torch.Generator().manual_seed(p["seed"])
        network = dense.Network(
            [block.shape[1] for block in self.inputs_],
            p["n_hidden"],
            target.shape[1],
            self.head,
            generator,
            n_vectors=self._n_vectors(),
            direct=self.direct[: len(self.inputs_) - 1],
            as_one=self.as_one,
        )
        self.encoder_ = [dense.shared(w) for w in network.encoder]
        self.decoder_ = dense.shared(network.decoder)
        self.direct_ = {k: dense.shared(w) for k, w in network.direct.items()}
        self.vectors_ = None if network.vectors is None else dense.shared(network.vectors)
        self.hidden_bias_, self.output_bias_ = map(dense.shared, network.biases)
        yield from dense.train(
            network, self.inputs_, target, self._corruption(p), self._steps(p), generator
        )

    def _keep(self, train: Ratings, parameters: dict[str, Any]) -> None:
        check_room(
            "The inputs of all users",
            train.matrix.shape,
            "take a model that leaves them sparse, such as autorec or e-autorec",
        )
        super()._keep(train, parameters)
        self.inputs_ = [np.asarray(block, np.float32) for block in self._read(train)]

    def decoded(self, inputs: Sequence[Array], vectors: Array | None = None) -> Array:
        """x^ of `inputs_`, or of others of that form: (..., n_outputs) from (..., n) each."""
        activation = sum(b @ w for b, w in zip(inputs, self.encoder_, strict=True))
        if vectors is not None:
            activation = activation + vectors
        found = ACTIVATIONS[self.head.hidden](activation + self.hidden_bias_) @ self.decoder_
        for k, weight in self.direct_.items():
            found = found + inputs[k] @ weight
        return np.asarray(ACTIVATIONS[self.head.output](found + self.output_bias_))

    def decoded_rows(self, rows: slice) -> Array:
        """x^ of some rows of the training data."""
        vectors = None if self.vectors_ is None else self.vectors_[rows]
        return self.decoded([block[rows] for block in self.inputs_], vectors)

    def _learned(self) -> tuple[dict[str, Array], dict[str, Any]]:
        arrays = {f"encoder_{k}": weight for k, weight in enumerate(self.encoder_)} | {
            "hidden_bias": self.hidden_bias_,
            "decoder": self.decoder_,
            "output_bias": self.output_bias_,
        }
        arrays |= {f"direct_{k}": weight for k, weight in self.direct_.items()}
        return arrays | ({} if self.vectors_ is None else {"vectors": self.vectors_}), {}

    def _restore(self, arrays: dict[str, Array], facts: dict[str, Any]) -> None:
        self.encoder_ = [arrays[f"encoder_{k}"] for k in range(len(self.inputs_))]
        self.hidden_bias_, self.decoder_ = arrays["hidden_bias"], arrays["decoder"]
        self.output_bias_ = arrays["output_bias"]
        self.direct_ = {k: arrays[f"direct_{k}"] for k in self.direct if k < len(self.inputs_)}
        self.vectors_ = arrays["vectors"] if self._n_vectors() else None
