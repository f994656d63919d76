"""The fast path is the specification, only faster: same objective, same gradient, same losses."""

import numpy as np
import pytest
import torch

from eautorec.explainability import Explainability
from eautorec.kernels import KERNELS, DenseCells
from eautorec.synthetic import five_users, movielens_like
from eautorec.training import reference
from eautorec.training.batches import Batch, Batches, Problem
from eautorec.training.encoding import Encoding
from eautorec.training.network import Network, Penalty
from eautorec.training.optimisers import FullBatchLBFGS, optimiser_of

PENALTY = 0.7
PENALTIES = {
    "weights": Penalty(PENALTY),
    "weights and biases": Penalty(PENALTY, biases=1.3),
    "weights and pseudo-ratings": Penalty(PENALTY, pseudo_ratings=2.5),
    "all": Penalty(PENALTY, biases=1.3, pseudo_ratings=2.5),
}
MEAN = 0.6
N_HIDDEN = 5
WORLDS = {"five users": five_users(), "sixty users": movielens_like(60, 40, 800)}
INPUTS = ("AutoRec", "E-AutoRec at theta 0", "E-AutoRec at theta 1.5")


def pose(ratings, inputs):
    """The fast path's problem, with e in factors or as it is."""
    encoding = Encoding.by_highest(ratings.scale)
    r = encoding.encode(ratings)
    if inputs == "AutoRec":
        return Problem(encoding, r, [(r,)])
    expl = Explainability(3, 1.5 if inputs.endswith("1.5") else 0.0).fit(ratings)
    e = (expl.averaging, r) if expl.is_product else (expl.scores / np.float32(5),)
    return Problem(encoding, r, [(r,), e])


def dense_inputs(ratings, inputs, dtype):
    """x, r and mask of the specification, from the ratings and the explicit E."""
    r = torch.as_tensor(ratings.matrix.toarray() / ratings.scale[1], dtype=dtype)
    mask = (r > 0).to(dtype)
    if inputs == "AutoRec":
        return r, r, mask
    theta = 1.5 if inputs.endswith("1.5") else 0.0
    e = Explainability(3, theta).fit(ratings).scores.toarray() / ratings.scale[1]
    return reference.inputs(r, torch.as_tensor(e, dtype=dtype)), r, mask


def same_start(network, dtype):
    """The specification's network with the weights of ours."""
    n_items, n_hidden = network.output_weight.shape
    n_inputs = len(network.input_weights) * n_items
    model = reference.Autoencoder(n_inputs, n_hidden, n_items, torch.Generator()).to(dtype)
    with torch.no_grad():
        model.encoder.weight.copy_(torch.cat(network.input_weights).T)
        model.encoder.bias.copy_(network.hidden_bias)
        model.decoder.weight.copy_(network.output_weight)
        model.decoder.bias.copy_(network.output_bias)
    return model


def added(model, penalty):
    """What Eq. 3 has not: a penalty on both biases, and ratings of MEAN for every item by somebody
    whose input is zero."""
    biases = model.encoder.bias.square().sum() + model.decoder.bias.square().sum()
    nobody = model.encoder.weight.new_zeros(model.encoder.in_features)
    errors = MEAN - model(nobody)
    return penalty.biases / 2 * biases + penalty.pseudo_ratings * errors.square().sum()


def agree(ratings, inputs, kind, penalty, whole=False):
    """Our objective and gradient beside those of the specification, by autograd."""
    dtype, problem = torch.float64, pose(ratings, inputs)
    network = Network(ratings.n_items, N_HIDDEN, len(problem.chains), MEAN, seed=1, dtype=dtype)
    for seed, bias in ((3, network.hidden_bias), (4, network.output_bias)):
        bias.normal_(generator=torch.Generator().manual_seed(seed))
    model = same_start(network, dtype)
    x, r, mask = dense_inputs(ratings, inputs, dtype)
    mask = torch.ones_like(mask) if whole else mask
    loss = reference.objective(model, x, r, mask, penalty.weights) + added(model, penalty)
    loss.backward()

    make, cells = KERNELS[kind]
    chains = [tuple(make(m, dtype) for m in chain) for chain in problem.chains]
    target = (
        DenseCells(problem.target, dtype, whole=True) if whole else cells(problem.target, dtype)
    )
    found, _ = network.objective(Batch(chains, target), penalty)
    assert found == pytest.approx(loss.item(), rel=1e-6)
    *encoder, decoder, hidden_bias, output_bias = network.gradient_parts
    for ours, theirs in (
        (torch.cat(encoder), model.encoder.weight.grad.T),
        (decoder, model.decoder.weight.grad),
        (hidden_bias, model.encoder.bias.grad),
        (output_bias, model.decoder.bias.grad),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("world", WORLDS)
def test_objective_and_gradient(world, inputs, kind, penalty):
    agree(WORLDS[world], inputs, kind, PENALTIES[penalty])


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("inputs", INPUTS)
def test_objective_and_gradient_where_every_cell_is_compared(inputs, penalty):
    agree(WORLDS["sixty users"], inputs, "sparse", PENALTIES[penalty], whole=True)


@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("inputs", INPUTS)
def test_the_losses_of_a_training(inputs, kind):
    """Adam from the same start: a hundred losses, each within a part in a thousand."""
    ratings, rate = WORLDS["sixty users"], 0.01
    problem = pose(ratings, inputs)
    batches = Batches(problem, None, kind)
    network = Network(ratings.n_items, N_HIDDEN, len(problem.chains), batches.mean, seed=1)
    model = same_start(network, torch.float32)
    x, r, mask = dense_inputs(ratings, inputs, torch.float32)
    theirs = reference.train(model, x, r, mask, PENALTY, rate, n_epochs=100)

    adam = optimiser_of("adam", network, batches, rate, Penalty(PENALTY), seed=0)
    ours = [network.objective(batches[0], Penalty(PENALTY))[0]]
    ours += [adam.epoch().objective for _ in range(99)]
    assert theirs[-1] < 0.75 * theirs[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)


def test_rprop_takes_the_steps_of_torch():
    """On the specification's objective, from the same start."""
    ratings = WORLDS["sixty users"]
    problem = pose(ratings, "AutoRec")
    batches = Batches(problem, None, "sparse")
    network = Network(ratings.n_items, N_HIDDEN, 1, batches.mean, seed=1)
    model = same_start(network, torch.float32)
    x, r, mask = dense_inputs(ratings, "AutoRec", torch.float32)
    theirs, stepper = [], torch.optim.Rprop(model.parameters(), lr=0.001)
    for _ in range(40):
        stepper.zero_grad()
        reference.objective(model, x, r, mask, PENALTY).backward()
        stepper.step()
        theirs.append(reference.objective(model, x, r, mask, PENALTY).item())

    rprop = optimiser_of("rprop", network, batches, 0.001, Penalty(PENALTY), seed=0)
    np.testing.assert_allclose([rprop.epoch().objective for _ in range(40)], theirs, rtol=1e-3)
    assert theirs[-1] < 0.9 * theirs[0]


@pytest.mark.parametrize("inputs", INPUTS)
def test_lbfgs_ends_no_higher_than_the_specification(inputs):
    """Another way to the minimum of the same objective: after 150 epochs no higher than Adam after
    600, within a part in a hundred."""
    ratings = WORLDS["sixty users"]
    problem = pose(ratings, inputs)
    batches = Batches(problem, None, "sparse")
    network = Network(ratings.n_items, N_HIDDEN, len(problem.chains), batches.mean, seed=1)
    model = same_start(network, torch.float32)
    x, r, mask = dense_inputs(ratings, inputs, torch.float32)
    theirs = reference.train(model, x, r, mask, PENALTY, 0.01, n_epochs=600)

    lbfgs = FullBatchLBFGS(network, batches, 1.0, Penalty(PENALTY))
    for _ in range(150):
        lbfgs.epoch()
    assert network.objective(batches[0], Penalty(PENALTY))[0] < 1.01 * theirs[-1]


def test_the_specification_is_short():
    """It is there to be read: some forty lines besides its words."""
    import ast
    import inspect

    tree = ast.parse(inspect.getsource(reference))
    nodes = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    docs = {
        line
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    assert len({node.lineno for node in nodes} - docs) <= 45
