"""Layers and networks in PyTorch: scans against tick-by-tick differentiation, states, genomes, ends of episodes."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [gradient]")

from neurosim_rl.gradient.layers import LeakyIntegrators, SpikingLayer  # noqa: E402
from neurosim_rl.gradient.networks import DenseActorCritic, Neurons, SpikingActorCritic  # noqa: E402

pytestmark = pytest.mark.gradient


def keep(n_ticks: int, n_batch: int) -> Any:
    """Return ends of episodes here and there."""
    return (torch.rand(n_ticks, n_batch, 1, dtype=torch.float64) > 0.2).double()


@pytest.mark.parametrize("surrogate", ["rectangular", "polynomial", "sigmoid", "gaussian"])
def test_the_scan_has_the_gradients_of_differentiation_tick_by_tick(surrogate: str) -> None:
    """A recurrent layer whose recurrent weights are zero is the same layer, differentiated operation by operation."""
    torch.manual_seed(1)
    options: Any = {"surrogate": surrogate, "width": 0.8, "learn_width": True}
    scan = SpikingLayer(3, 5, 0.4, 0.5, **options).double()
    slow = SpikingLayer(3, 5, 0.4, 0.5, **options, recurrent=True).double()
    slow.load_state_dict({**scan.state_dict(), "recurrent": torch.zeros(5, 5, dtype=torch.float64)})
    inputs, kept = 2 * torch.randn(12, 4, 3, dtype=torch.float64), keep(12, 4)
    weights = torch.randn(12, 4, 5, dtype=torch.float64)
    found = []
    for layer in (scan, slow):
        x, state = inputs.clone().requires_grad_(), torch.full((4, layer.n_state), 0.3, dtype=torch.float64)
        state[:, 5:] = 0
        state.requires_grad_()
        spikes, after = layer(x, state, kept)
        ((weights * spikes).sum() + after[:, :5].pow(2).sum()).backward()
        grads = [x.grad, state.grad[:, :5], layer.currents.weights.grad, layer.currents.biases.grad]
        found.append([spikes, after[:, :5], *grads, layer.log_width.grad])
    assert 20 < float(found[0][0].detach().sum()) < 220
    assert float(found[0][-1].abs()) > 1e-6
    for mine, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), atol=1e-12)


def test_membranes_that_do_not_spike_have_the_numerical_gradient() -> None:
    torch.manual_seed(2)
    layer, kept = LeakyIntegrators(3, 2, 0.4).double(), keep(6, 4)
    inputs, state = torch.randn(6, 4, 3, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64)
    arguments = (inputs.requires_grad_(), state.requires_grad_())
    assert torch.autograd.gradcheck(lambda x, s: layer(x, s, kept)[0], arguments)


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("ticks", [1, 3])
def test_a_sequence_is_the_same_as_its_steps_one_by_one_and_ends_reset(recurrent: bool, ticks: int) -> None:
    torch.manual_seed(3)
    network = SpikingActorCritic(4, (6, 5), 2, Neurons(ticks=ticks, recurrent=recurrent)).double()
    features = 3 * torch.randn(10, 3, 4, dtype=torch.float64)
    ended = torch.rand(10, 3) < 0.3
    state = torch.zeros(3, network.n_state, dtype=torch.float64)
    whole, values, after = network(features, state, ended)
    for step in range(10):
        outputs, value, state = network(features[step : step + 1], state, None)
        np.testing.assert_allclose(outputs[0].detach(), whole[step].detach(), atol=1e-12)
        np.testing.assert_allclose(value[0].detach(), values[step].detach(), atol=1e-12)
        final = state
        state = state * (~ended[step]).double()[:, None]
    np.testing.assert_allclose(final.detach(), after.detach(), atol=1e-12)


@pytest.mark.parametrize("spiking", [True, False])
def test_a_genome_is_the_actor_and_nothing_of_the_critic(spiking: bool) -> None:
    def build() -> "SpikingActorCritic | DenseActorCritic":
        if spiking:
            return SpikingActorCritic(4, (6, 5), 2, Neurons(recurrent=True))
        return DenseActorCritic(4, (6, 5), 2, torch.nn.ELU())

    one, other = build(), build()
    genome = one.genome()
    shapes: dict[str, tuple[int, ...]] = {f"weights_{k}": s for k, s in enumerate([(4, 6), (6, 5), (5, 2)])}
    shapes |= {f"biases_{k}": (n,) for k, n in enumerate([6, 5, 2])}
    if spiking:
        shapes |= {"recurrent_0": (6, 6), "recurrent_1": (5, 5)}
    assert {name: array.shape for name, array in genome.items()} == shapes
    other.load_genome(genome)
    features, state = 3 * torch.randn(8, 3, 4), torch.zeros(3, one.n_state)
    (actions, values, _), (same, others, _) = one(features, state, None), other(features, state, None)
    assert torch.equal(actions, same)
    assert not torch.equal(values, others)
