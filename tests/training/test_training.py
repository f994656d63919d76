"""The objective's gradient, in every form, and the optimisers on problems with a known answer."""

import numpy as np
import pytest
import torch

from eautorec.explainability import Explainability
from eautorec.kernels import KERNELS, DenseCells
from eautorec.synthetic import five_users, two_tastes
from eautorec.training.batches import Batch, Batches, Problem
from eautorec.training.encoding import Encoding
from eautorec.training.lbfgs import HALVINGS, LBFGS
from eautorec.training.network import START, Network, Penalty, parts_of
from eautorec.training.optimisers import LEARNING_RATES, optimiser_of
from eautorec.training.preconditioner import VARIANCE, Preconditioner

LAMBDA = 0.7
PENALTY = Penalty(LAMBDA)
PENALTIES = {
    "weights": PENALTY,
    "biases": Penalty(0.0, biases=1.3),
    "pseudo-ratings": Penalty(0.0, pseudo_ratings=2.5),
    "all": Penalty(LAMBDA, 1.3, 2.5),
}


def chains(ratings, theta):
    """The encoder's inputs r and e, e in factors where nothing is thresholded."""
    expl = Explainability(3, theta).fit(ratings)
    r = ratings.matrix / 5
    return [(r,), (expl.averaging, r) if theta == 0 else (expl.scores / 5,)]


def problem(blocks, whole=False):
    return Problem(Encoding.by_highest((1, 5)), blocks[0][0], blocks, whole=whole)


def batch_of(blocks, kind, whole=False):
    make_input, make_cells = KERNELS[kind]
    inputs = [tuple(make_input(m, torch.float64) for m in chain) for chain in blocks]
    if whole:
        return Batch(inputs, DenseCells(blocks[0][0], torch.float64, whole=True))
    return Batch(inputs, make_cells(blocks[0][0], torch.float64))


class Objective(torch.autograd.Function):
    """Our objective with our gradient, in the form that torch.autograd.gradcheck takes."""

    @staticmethod
    def forward(ctx, vector, network, batch, penalty):
        network.vector.copy_(vector)
        value, _ = network.objective(batch, penalty)
        ctx.save_for_backward(network.gradient.clone())
        return vector.new_tensor(value)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def gradient_is_right(blocks, batch, penalty):
    """By finite differences in every direction, where no weight or bias is 0."""
    n_items = blocks[0][0].shape[1]
    network = Network(n_items, 2, len(blocks), 0.6, seed=0, dtype=torch.float64)
    vector = network.vector.clone()
    for part in parts_of(vector, network.shapes):
        part += 0.5 * torch.randn(part.shape, generator=torch.Generator().manual_seed(5))
    vector.requires_grad_()

    def objective(vector):
        return Objective.apply(vector, network, batch, penalty)

    return torch.autograd.gradcheck(objective, vector)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("inputs", ["r", "r and e", "r and e above 1.5"])
def test_gradient(inputs, kind, penalty):
    """AutoRec; the factorised encoder (theta = 0) and the rows of E (theta > 0)."""
    blocks = chains(five_users(), 1.5 if "above" in inputs else 0)[: 1 + ("e" in inputs)]
    assert gradient_is_right(blocks, batch_of(blocks, kind), PENALTIES[penalty])


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("n_inputs", [1, 2])
def test_gradient_where_every_cell_is_compared(n_inputs, penalty):
    blocks = chains(five_users(), 0)[:n_inputs]
    batch = batch_of(blocks, "sparse", whole=True)
    assert gradient_is_right(blocks, batch, PENALTIES[penalty])


@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("theta", [0, 1.5])
def test_objective_and_gradient_equal_those_with_the_explicit_e(theta, kind):
    """Eq. 3 and 4 written down with dense matrices, differentiated by autograd."""
    ratings = two_tastes(20, 15)
    network = Network(ratings.n_items, 4, 2, 0.6, seed=1, dtype=torch.float64)
    found, data_term = network.objective(batch_of(chains(ratings, theta), kind), PENALTY)

    r = torch.as_tensor(ratings.matrix.toarray() / 5, dtype=torch.float64)
    e = torch.as_tensor(Explainability(3, theta).fit(ratings).scores.toarray() / 5)
    parts = [
        part.clone().requires_grad_()
        for part in (
            *network.input_weights,
            network.output_weight,
            network.hidden_bias,
            network.output_bias,
        )
    ]
    w_r, w_e, w_2, b, b_2 = parts
    hidden = torch.sigmoid(torch.cat([r, e.to(r)], 1) @ torch.cat([w_r, w_e]) + b)
    error = ((hidden @ w_2.T + b_2 - r)[r > 0] ** 2).sum()
    objective = error + LAMBDA / 2 * (w_r**2).sum() + LAMBDA / 2 * ((w_e**2).sum() + (w_2**2).sum())
    objective.backward()
    assert found == pytest.approx(objective.item(), rel=1e-6)
    assert data_term == pytest.approx(error.item(), rel=1e-6)
    for part, gradient in zip(parts, network.gradient_parts, strict=True):
        np.testing.assert_allclose(gradient, part.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("theta", [0, 1.5])
@pytest.mark.parametrize("kind", KERNELS)
def test_batches_together_are_everybody(theta, kind, penalty):
    """Objectives and gradients of the batches, each with its share of the penalty, add up to those
    of all users at once."""
    blocks, penalty = chains(two_tastes(20, 15), theta), PENALTIES[penalty]
    network = Network(15, 4, 2, 0.6, seed=1)
    network.hidden_bias.normal_(generator=torch.Generator().manual_seed(3))
    whole, small = Batches(problem(blocks), None, kind), Batches(problem(blocks), 6, kind)
    value, _ = network.objective(whole[0], penalty)
    gradient = network.gradient.clone()
    total, sum_of_gradients = 0.0, torch.zeros_like(gradient)
    for number in range(len(small)):
        batch = small[number]
        share = batch.cells.n_cells / small.n_cells
        total += network.objective(batch, penalty.share(share))[0]
        sum_of_gradients += network.gradient
    assert len(small) == 4
    assert total == pytest.approx(value, rel=1e-5)
    np.testing.assert_allclose(sum_of_gradients, gradient, atol=1e-4)
    found, expected = map(network.activation_of_all, (small, whole))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_share_is_of_every_penalty():
    assert Penalty(3.0, 2.0, 8.0).share(0.25) == Penalty(0.75, 0.5, 2.0)
    assert Penalty(3.0) == Penalty(3.0, 0.0, 0.0) == Penalty(3.0).share(1.0)


def test_the_start():
    """Weights within a tenth of the bound of Glorot and Bengio, each block by itself; no hidden
    bias; the mean of the ratings as the output."""
    network = Network(50, 30, 2, 0.6, seed=1)
    bound = 0.1 * (6 / (50 + 30)) ** 0.5
    for weight in [*network.input_weights, network.output_weight]:
        assert 0.99 * bound < weight.abs().max() <= bound and abs(weight.mean()) < 0.05 * bound
    assert START == 0.1 and not torch.equal(*network.input_weights)
    assert (network.hidden_bias == 0).all()
    np.testing.assert_allclose(network.output_bias, 0.6, rtol=1e-6)


RATES = {"lbfgs": 1.0, "adam": 0.01, "rprop": 0.001}


@pytest.mark.parametrize("optimizer", LEARNING_RATES)
def test_sparse_and_dense_kernels_train_alike(optimizer):
    blocks = chains(two_tastes(20, 15), 0)
    errors = []
    for kind in KERNELS:
        network = Network(15, 4, 2, 0.6, seed=1)
        batches = Batches(problem(blocks), None, kind)
        optimiser = optimiser_of(optimizer, network, batches, RATES[optimizer], PENALTY, seed=0)
        errors.append([optimiser.epoch().rmse for _ in range(10)])
    np.testing.assert_allclose(errors[0], errors[1], rtol=1e-3)


def test_the_whole_matrix_can_be_compared():
    """Eq. 3 to the letter: a missing rating counts as 0."""
    blocks = chains(two_tastes(20, 15), 0)
    network = Network(15, 4, 2, 0.6, seed=1)
    batches = Batches(problem(blocks, whole=True), None, "sparse")
    _, data_term = network.objective(batches[0], PENALTY)
    r = torch.as_tensor(blocks[0][0].toarray())
    predicted = network.hidden @ network.output_weight.T + network.output_bias
    assert data_term == pytest.approx(float(((predicted - r) ** 2).sum()), rel=1e-5)
    assert batches.n_cells == r.numel() and batches.mean == pytest.approx(float(r.mean()))


def test_the_preconditioner_inverts_the_hessian_of_the_decoder():
    """For hidden units with mean 1/2 and a known variance that are independent of one another,
    beside a bias with a little damping."""
    n_ratings, k, penalty = torch.tensor([0.0, 3.0, 50.0], dtype=torch.float64), 4, 2.0
    network = Network(3, k, 1, 0.6, seed=1, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    for part in [network.output_weight, network.output_bias, network.hidden_bias]:
        part.normal_(generator=generator)

    def decoder(item):
        return np.append(network.output_weight[item], network.output_bias[item])

    before = [decoder(item) for item in range(3)]
    guess, gradient = Preconditioner(network.shapes, n_ratings, penalty), network.vector.clone()
    quadratic = guess.quadratic(gradient)
    guess.multiply(network.vector)
    assert quadratic == pytest.approx(float(gradient @ network.vector))
    for item, n in enumerate(n_ratings.tolist()):
        hessian = np.full((k + 1, k + 1), 2 * n / 4)
        hessian[:k, :k] += np.eye(k) * (2 * n * VARIANCE + penalty)
        hessian[k, :k] = hessian[:k, k] = 2 * n / 2
        hessian[k, k] = 2 * n + 1
        np.testing.assert_allclose(hessian @ decoder(item), before[item], atol=1e-8)


class Diagonal:
    """A guess of the inverse Hessian."""

    def __init__(self, diagonal):
        self.diagonal = diagonal

    def multiply(self, vector):
        vector.mul_(self.diagonal)

    def quadratic(self, vector):
        return float((vector * self.diagonal) @ vector)


def quadratic(curvature, inverse_curvature):
    """Steps of L-BFGS on sum of c (x - 1)^2 / 2, until the value is 1e-10 of the first."""
    x, gradient = torch.zeros_like(curvature), torch.zeros_like(curvature)
    values = []

    def evaluate():
        torch.mul(curvature, x - 1, out=gradient)
        values.append(float(gradient @ (x - 1)) / 2)
        return values[-1]

    minimiser = LBFGS(x, gradient, Diagonal(inverse_curvature), evaluate)
    accepted = []
    while not accepted or accepted[-1] > 1e-10 * values[0]:
        minimiser.step()
        accepted.append(minimiser.value)
        assert len(accepted) < 500
    return x, accepted


def test_lbfgs_finds_a_minimum_and_never_climbs():
    curvature = torch.logspace(0, 3, 40, dtype=torch.float64)
    x, values = quadratic(curvature, torch.ones_like(curvature))
    np.testing.assert_allclose(x, 1, atol=1e-3)
    assert (np.diff(values) <= 0).all()


def test_a_known_curvature_saves_steps():
    curvature = torch.logspace(0, 3, 40, dtype=torch.float64)
    plain = quadratic(curvature, torch.ones_like(curvature))[1]
    known = quadratic(curvature, 1 / curvature)[1]
    assert len(known) * 5 < len(plain)


def test_lbfgs_recovers_from_a_hopeless_guess():
    """No halving of the first step helps; the next one is shorter."""
    curvature = torch.tensor([1e5, 1.0], dtype=torch.float64)
    x, gradient = torch.tensor([1e-3, 1.0], dtype=torch.float64), torch.zeros(2).double()

    def evaluate():
        torch.mul(curvature, x, out=gradient)
        return float(gradient @ x) / 2

    minimiser = LBFGS(x, gradient, Diagonal(1.0), evaluate)
    before = evaluate()
    minimiser.step()
    assert minimiser.value == pytest.approx(before) and minimiser.n_kept == 0
    assert minimiser.reach == 2.0**-HALVINGS
    for _ in range(200):
        minimiser.step()
    assert minimiser.value < 1e-6 * before


def test_lbfgs_takes_the_steps_of_torch():
    """A convex function, on which no step climbs, from the same second point."""

    def function(x):
        return (x**4).sum() / 4 + ((x - 1) ** 2).sum() / 2 + (x[1:] - x[:-1]).square().sum()

    start = torch.linspace(-0.5, 0.5, 6, dtype=torch.float64)
    theirs = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([theirs], max_iter=1, history_size=3, tolerance_change=0)

    def closure():
        optimizer.zero_grad()
        value = function(theirs)
        value.backward()
        return value

    optimizer.step(closure)  # torch's first step has a length of its own
    first_step = theirs.detach() - start

    ours, gradient = start.clone(), torch.zeros_like(start)

    def evaluate():
        x = ours.clone().requires_grad_()
        function(x).backward()
        gradient.copy_(x.grad)
        return float(function(ours))

    evaluate()
    scale = first_step.norm() / gradient.norm()
    minimiser = LBFGS(ours, gradient, Diagonal(scale), evaluate)
    for _ in range(8):
        minimiser.step()
        np.testing.assert_allclose(ours, theirs.detach(), rtol=1e-6)
        optimizer.step(closure)


def test_an_epoch_tells_objective_and_rmse_at_its_weights():
    blocks = chains(two_tastes(20, 15), 0)
    batches = Batches(problem(blocks), None, "sparse")
    for name, rate in RATES.items():
        network = Network(15, 4, 2, 0.6, seed=1)
        optimiser = optimiser_of(name, network, batches, rate, PENALTIES["all"], seed=0)
        for _ in range(3):
            found = optimiser.epoch()
        objective, data_term = network.objective(batches[0], PENALTIES["all"])
        assert found.objective == pytest.approx(objective, rel=1e-6)
        assert found.rmse == pytest.approx((data_term / batches.n_cells) ** 0.5, rel=1e-6)
        assert optimiser.learning_rate == rate


@pytest.mark.parametrize("name", LEARNING_RATES)
def test_an_epoch_is_one_evaluation(name):
    """One more before the first, and few halvings; anything else would double the time."""
    blocks = chains(two_tastes(20, 15), 0)
    network = Network(15, 4, 2, 0.6, seed=1)
    batches = Batches(problem(blocks), None, "sparse")
    optimiser = optimiser_of(name, network, batches, 0.1, PENALTY, seed=0)
    counted, objective = [], network.objective
    network.objective = lambda *a: counted.append(1) or objective(*a)
    for _ in range(40):
        optimiser.epoch()
    assert 40 < len(counted) <= 44


def test_a_shorter_step_of_lbfgs_goes_less_far():
    blocks = chains(two_tastes(20, 15), 0)
    batches, moved = Batches(problem(blocks), None, "sparse"), []
    for rate in (1.0, 0.1):
        network = Network(15, 4, 2, 0.6, seed=1)
        before = network.vector.clone()
        optimiser_of("lbfgs", network, batches, rate, PENALTY, seed=0).epoch()
        moved.append(float((network.vector - before).norm()))
    assert moved[1] == pytest.approx(0.1 * moved[0], rel=1e-3)


def test_items_without_a_rating_count_too():
    blocks = chains(two_tastes(20, 15), 0)
    thin = blocks[0][0].copy()
    thin.data[thin.indices >= 12] = 0
    thin.eliminate_zeros()
    found = Batches(problem([(thin,)]), None, "sparse").ratings_per_item()
    assert found.tolist() == thin.getnnz(axis=0).tolist() and found.dtype == torch.float32
    everything = Batches(problem([(thin,)], whole=True), None, "sparse").ratings_per_item()
    assert everything.tolist() == [20.0] * 15


def test_the_preconditioner_divides_the_encoder_by_its_curvature():
    """The penalty, and two fifths of an item's ratings; the hidden bias by the first."""
    n_ratings, penalty = torch.tensor([0.0, 3.0, 50.0], dtype=torch.float64), 2.0
    network = Network(3, 4, 2, 0.6, seed=1, dtype=torch.float64)
    network.hidden_bias.fill_(1.0)
    before = [weight.clone() for weight in network.input_weights]
    Preconditioner(network.shapes, n_ratings, penalty).multiply(network.vector)
    for weight, old in zip(network.input_weights, before, strict=True):
        np.testing.assert_allclose(weight, old / (2 + 0.4 * n_ratings)[:, None])
    np.testing.assert_allclose(network.hidden_bias, np.full(4, 1 / 2))
    without = Preconditioner(network.shapes, n_ratings, 0.0)
    assert without.hidden_bias == 1.0  # as with a penalty of 1


def test_lbfgs_counts_pseudo_ratings_among_the_ratings():
    """Of its preconditioner's least-squares problems."""
    batches = Batches(problem(chains(two_tastes(20, 15), 0)), None, "sparse")
    network = Network(15, 4, 2, 0.6, seed=1)
    optimiser = optimiser_of("lbfgs", network, batches, 1.0, PENALTIES["all"], seed=0)
    n_ratings = batches.ratings_per_item() + 2.5
    expected = Preconditioner(network.shapes, n_ratings, LAMBDA)
    for name in ("encoder", "decoder", "together", "both", "bias"):
        assert torch.equal(getattr(optimiser.minimiser.guess, name), getattr(expected, name))


def test_batches_hold_their_own_users_and_are_made_once(monkeypatch):
    blocks = chains(two_tastes(20, 15), 0)
    halves = Batches(problem(blocks), 10, "sparse")
    assert [len(rows) for rows in halves.rows] == [10, 10]
    for number, rows in enumerate(halves.rows):
        batch = halves[number]
        assert batch.cells.n_users == 10 and halves[number] is batch
        np.testing.assert_allclose(batch.cells.ratings, blocks[0][0][rows].data, rtol=1e-6)
        e = (blocks[1][0][rows] @ blocks[1][1]).toarray()
        found = batch.inputs[1][0].times(torch.eye(15)) if len(batch.inputs[1]) == 1 else None
        np.testing.assert_allclose(found, e, atol=1e-6)
    whole = Batches(problem(blocks), None, "sparse")
    assert [len(chain) for chain in whole[0].inputs] == [1, 2]  # E is never formed
    assert whole[0].inputs[0][0] is whole[0].inputs[1][1]  # R stands in both
    monkeypatch.setattr("eautorec.training.batches.KEPT", 0)
    large = Batches(problem(blocks), 10, "sparse")
    assert large[0] is not large[0]
    assert Batches(problem(blocks), None, "sparse")[0] is not None
    alone = Batches(problem(blocks), None, "sparse")
    assert alone[0] is alone[0]


def test_groups_are_drawn_with_seed_0_and_kept_up_to_a_size(monkeypatch):
    blocks = chains(two_tastes(20, 15), 0)
    plain = Batches(problem(blocks), 6, "sparse")
    zero = Batches(problem(blocks), 6, "sparse", seed=0)
    assert [rows.tolist() for rows in plain.rows] == [rows.tolist() for rows in zero.rows]
    monkeypatch.setattr("eautorec.training.batches.KEPT", 20 * 15)
    just = Batches(problem(blocks), 6, "sparse")
    assert just[0] is just[0]
