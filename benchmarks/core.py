"""The library beside the bare products it is made of, and beside the obvious way to do the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from threadpoolctl import threadpool_limits

from eautorec.datasets import load_ratings
from eautorec.evaluation.metrics import average_precision, explainable_precision, rmse
from eautorec.evaluation.ranking import top_lists
from eautorec.explainability import Explainability
from eautorec.kernels import Rows, SparseCells, column_groups, csr_tensor
from eautorec.models.autorec import AutoRec
from eautorec.models.ease import EASE
from eautorec.models.eautorec import EAutoRec
from eautorec.ratings import Ratings, split
from eautorec.training import reference
from eautorec.training.batches import Batches, transposed_product
from eautorec.training.fit import VALIDATION_SEED, batches_of, network_of
from eautorec.training.network import Network, Penalty
from eautorec.training.optimisers import LEARNING_RATES, optimiser_of
from eautorec.training.settings import Settings
from eautorec_benchmarks.clock import apart, medians, result_of

MODELS = (AutoRec, EAutoRec)


class Row(NamedTuple):
    """One measurement, beside another of the same run.

    `ratio` is value / beside where less is better (at_most), beside / value for seconds and value /
    beside for rates where more is better (at_least).
    """

    what: str
    value: float
    unit: str
    than: str = ""
    beside: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        if self.beside is None:
            return None
        more_is_better = self.at_least is not None and self.unit == "s"
        return self.beside / self.value if more_is_better else self.value / self.beside

    @property
    def reached(self) -> bool | None:
        """None where there is no target."""
        if self.at_most is None and self.at_least is None:
            return None
        judged = self.value if self.ratio is None else self.ratio
        return judged <= self.at_most if self.at_least is None else judged >= self.at_least


def rows(name: str, repeats: int = 9, seconds: float = 4.0) -> Iterator[Row]:
    """The table of the benchmark, a row at a time; one thread, except where it says two.

    Parameters
    ----------
    name : a file of ratings, or the name of a MovieLens set.
    repeats : of each measurement; the median counts.
    seconds : for how long the workers count their epochs.
    """
    train, test = split(load_ratings(name), 0.1, seed=0)
    with threads(1):
        yield from _explainability(train, repeats)
        for model in MODELS:
            yield from _epoch(model(), train, repeats)
    for model, target in zip(MODELS, (3.0, 2.5), strict=True):
        # Adam beside Adam; an epoch of L-BFGS takes longer, and half as many are needed.
        dense = _epochs_a_second("dense", model, name, seconds, threads=2)
        for optimizer, least in (("adam", target), ("lbfgs", None)):
            ours = _epochs_a_second(optimizer, model, name, seconds, workers=2)
            what = f"epochs of {model.__name__}, {optimizer}, two workers"
            yield Row(what, ours, "a second", "dense PyTorch, 2 threads", dense, at_least=least)
    one_thread = _epochs_a_second("lbfgs", EAutoRec, name, seconds, workers=2)
    two_threads = _epochs_a_second("lbfgs", EAutoRec, name, seconds, workers=2, threads=2)
    what = "epochs of two workers, 1 thread each"
    yield Row(what, one_thread, "a second", "2 threads each", two_threads, at_least=1.0)
    with threads(1):
        for model, target in zip(MODELS, (2.5, 4.0), strict=True):
            yield _fit(model, train, target)
        yield _scoring(train, test, repeats)
    yield _import(repeats)
    yield _command_line(name, repeats)


@contextmanager
def threads(n: int):
    """As many threads for numpy, scipy and torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        with threadpool_limits(n):
            yield
    finally:
        torch.set_num_threads(before)


def _explainability(train: Ratings, repeats: int) -> Iterator[Row]:
    sparse, dense = train.matrix, train.matrix.toarray()
    counting = Explainability().fit(train).counting_
    dense_counting = counting.toarray()
    ours, *bare = medians(
        lambda: Explainability().fit(train).scores,
        lambda: sparse @ sparse.T,
        lambda: dense @ dense.T,
        lambda: counting @ sparse,
        lambda: dense_counting @ dense,
        repeats=repeats,
    )
    products = min(bare[:2]) + min(bare[2:])
    yield Row("E", ours, "s", "its two products, bare", products, at_most=2.0)
    [grouped] = medians(lambda: explainability_by_groups(train), repeats=1)
    yield Row("E", ours, "s", "a loop over users with pandas", grouped, at_least=30.0)


def explainability_by_groups(train: Ratings, n_neighbors: int = 50) -> pd.DataFrame:
    """E as one would write it first: for each user, the neighbours' ratings grouped by film."""
    frame = train.to_frame()
    wide = train.matrix.toarray()
    norm = np.linalg.norm(wide, axis=1)
    cosine = wide @ wide.T / np.outer(norm, norm)
    np.fill_diagonal(cosine, -1)
    scores = {}
    for row, user in enumerate(train.users):
        neighbours = train.users[np.argsort(-cosine[row], kind="stable")[:n_neighbors]]
        theirs = frame[frame["user"].isin(neighbours)]
        scores[user] = theirs.groupby("item")["rating"].sum() / n_neighbors
    return pd.DataFrame(scores).T


def training(model: AutoRec, train: Ratings, optimizer: str = "lbfgs"):
    """A network, its batch of all users, and a step function for one epoch."""
    names = Settings.__dataclass_fields__
    asked = {name: value for name, value in model.get_params().items() if name in names}
    settings = Settings.checked(**asked | {"optimizer": optimizer, "learning_rate": None})
    batches = batches_of(model.problem(train), settings)
    network = network_of(batches, settings)
    rate = settings.learning_rate
    optimiser = optimiser_of(optimizer, network, batches, rate, settings.penalty, seed=0)
    optimiser.epoch()
    return network, batches, optimiser.epoch


def _epoch(model: AutoRec, train: Ratings, repeats: int) -> Iterator[Row]:
    network, batches, epoch = training(model, train)
    as_matrices, as_bags = bare_products(network, batches)
    ours, matrices, bags = medians(epoch, as_matrices, as_bags, repeats=3 * repeats)
    what = f"epoch of {type(model).__name__}"
    n_products = 5 if len(batches.chains) == 1 else 9
    yield Row(what, ours, "s", f"its {n_products} sparse products, bare", matrices, at_most=1.5)
    yield Row(what, ours, "s", "the same products as embedding bags, bare", bags)


def parts_of_an_epoch(model: AutoRec, train: Ratings, repeats: int = 9) -> dict[str, float]:
    """Where the seconds of one epoch go: a name and its median for each part."""
    network, batches, epoch = training(model, train)
    batch, weight, h = batches[0], network.output_weight, network.hidden
    penalty = Penalty(model.regularization, pseudo_ratings=model.pseudo_ratings)
    p, groups = batch.cells.ratings.clone(), column_groups(weight)

    def gradients_of_the_decoder():
        matrix = batch.cells.matrix(p)
        for units in groups:
            matrix.transposed_times(h[:, units].contiguous())
            matrix.times(weight[:, units].contiguous())

    def gradients_of_the_encoder():
        for units in groups:
            g = h[:, units].contiguous()
            for chain in batch.inputs:
                transposed_product(chain, g)

    whole, objective, encoder, decoder, from_cells, from_encoder = medians(
        epoch,
        lambda: network.objective(batch, penalty),
        lambda: network.activation(batch),
        lambda: batch.cells.residuals(h, weight, network.output_bias),
        gradients_of_the_decoder,
        gradients_of_the_encoder,
        repeats=repeats,
    )
    return {
        "encoder": encoder,
        "decoder, at the ratings": decoder,
        "gradients of the decoder": from_cells,
        "gradients of the encoder": from_encoder,
        "rest of the objective": max(
            0.0, objective - encoder - decoder - from_cells - from_encoder
        ),
        "optimiser": max(0.0, whole - objective),
    }


def bare_products(network: Network, batches: Batches):
    """Two functions that do the products of one epoch and nothing else: with torch's sparse
    matrices, and with the embedding bags that we take instead."""
    (r, *_), *e = batches.chains
    cells = SparseCells(r)
    [(_, _, pattern, _, _)] = cells.blocks
    hidden, weight = torch.rand(r.shape[0], len(network.hidden_bias)), network.output_weight

    def sparse(matrix):
        parts = matrix.indptr, matrix.indices, matrix.data.astype(np.float32)
        return csr_tensor(*map(torch.as_tensor, parts), matrix.shape)

    def products(of, times):
        forward, backward = of(r), of(r.T.tocsr())
        averaging = [of(m) for m in (e[0][0], e[0][0].T.tocsr())] if e else None

        def run():
            times(forward, weight)
            torch.sparse.sampled_addmm(pattern, hidden, weight.T, beta=0.0)
            times(forward, weight)
            times(backward, hidden)
            times(backward, hidden)
            if averaging:
                times(averaging[0], times(forward, weight))
                times(backward, times(averaging[1], hidden))

        return run

    bags = products(lambda matrix: Rows.of(matrix, torch.float32, "cpu"), Rows.times)
    return products(sparse, torch.matmul), bags


def stepper(kind: str, model: AutoRec, train: Ratings):
    """A function that does one epoch: ours with "lbfgs" or "adam", or "dense", in plain PyTorch."""
    if kind != "dense":
        return training(model, train, kind)[2]
    chains = model.problem(train).chains
    blocks = [torch.as_tensor(_product(chain).toarray(), dtype=torch.float32) for chain in chains]
    x, r = reference.inputs(*blocks), blocks[0]
    mask = (r > 0).float()
    dense = reference.Autoencoder(
        x.shape[1], model.n_hidden, r.shape[1], torch.Generator().manual_seed(0)
    )
    adam = torch.optim.Adam(dense.parameters(), lr=LEARNING_RATES["adam"])

    def step():
        adam.zero_grad()
        objective = reference.objective(dense, x, r, mask, model.regularization)
        objective.backward()
        adam.step()
        return objective.item()

    return step


def _product(chain):
    product, *others = chain
    for matrix in others:
        product = product @ matrix
    return product


def _epochs_a_second(kind, model, name, seconds, *, workers=1, threads=1) -> float:
    started = [
        apart("epochs", kind, model.__name__, name, seconds, threads, threads=threads)
        for _ in range(workers)
    ]
    return sum(result_of(process)["epochs_a_second"] for process in started)


def _fit(model: type[AutoRec], train: Ratings, target: float) -> Row:
    """Seconds from ratings to a model within 0.002 of the best validation RMSE of a long
    training."""
    inner, validation = split(train, 0.1, VALIDATION_SEED)
    found = model(refit="none", validation_fraction=0.1).fit(train).history_["validation_rmse"]
    n_epochs = int(np.argmax(found <= found.min() + 0.002)) + 1
    quick = model(max_epochs=n_epochs)
    [seconds] = medians(lambda: quick.fit(inner), repeats=3)
    reached = rmse(
        quick.predict_cells(validation.user_index, validation.item_index), validation.values
    )
    if reached > found.min() + 0.003:
        raise RuntimeError(f"{model.__name__} reached {reached:.4f} only.")
    return Row(f"fit of {model.__name__} ({n_epochs} epochs)", seconds, "s", at_most=target)


def _scoring(train: Ratings, test: Ratings, repeats: int) -> Row:
    model = EAutoRec(max_epochs=2).fit(train)
    scores, everybody = model.predict_rows(slice(None)), np.arange(train.n_users)
    explainable = model.explainability_.scores
    relevant = test.matrix >= 4
    ns = np.minimum(np.arange(5, 105, 5), train.n_items)

    def score():
        rmse(model.predict_cells(test.user_index, test.item_index), test.values)
        lists = top_lists(scores, train.matrix, ns.max(), everybody)
        for denominator in ("min", "n", "relevant"):
            average_precision(lists, relevant, ns, denominator)
        explainable_precision(lists, explainable, ns)

    [seconds] = medians(score, repeats=repeats)
    return Row("RMSE, three MAPs and MEP at 20 lengths", seconds, "s", at_most=0.3)


def _import(repeats: int) -> Row:
    def run(code):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    ours, nothing = medians(run("import eautorec"), run("pass"), repeats=repeats)
    return Row("import eautorec", ours - nothing, "s", at_most=0.3)


def _command_line(name: str, repeats: int) -> Row:
    """From a cold start to a list with its reasons, by a model that was kept."""
    ratings = load_ratings(name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        EASE().fit(ratings).save(path)
        command = [sys.executable, "-m", "eautorec.cli", "recommend", str(path)]
        command += ["--user", str(ratings.users[0]), "--explain"]
        [seconds] = medians(
            lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), repeats=repeats
        )
    return Row("a list with reasons on the command line, from a kept model", seconds, "s")
