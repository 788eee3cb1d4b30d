"""Hybrid units: each piece against what it is by definition, and a hybrid network that learns."""

from typing import Any

import gymnasium
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [gradient]")

from benchmarks import hybrid  # noqa: E402
from neurosim_rl.errors import ConfigurationError  # noqa: E402
from neurosim_rl.evaluation.replay import record  # noqa: E402
from neurosim_rl.gradient.conversion import features, vector_of  # noqa: E402
from neurosim_rl.gradient.hybrid import (  # noqa: E402
    ExponentialFilter,
    Hybrid,
    HybridUnit,
    Quantisation,
    Scale,
    SpikeDiscretisation,
    Window,
)
from neurosim_rl.gradient.layers import Affine  # noqa: E402
from neurosim_rl.gradient.networks import Neurons, SpikingActorCritic  # noqa: E402

pytestmark = pytest.mark.gradient


def signal(n_ticks: int = 12) -> Any:
    return torch.tensor(np.random.default_rng(1).uniform(0, 0.4, (n_ticks, 3, 2)), dtype=torch.float32)


def test_a_unit_without_pieces_changes_nothing() -> None:
    assert torch.equal(HybridUnit()(signal()), signal())


def test_a_window_sums_up_the_last_ticks() -> None:
    x = signal().numpy()
    expected = [x[max(0, t - 3) : t + 1].sum(axis=0) for t in range(len(x))]
    np.testing.assert_allclose(Window(4)(signal()).numpy(), expected, rtol=1e-5)


def test_a_filter_answers_a_pulse_with_an_exponential() -> None:
    pulse = torch.zeros(6, 1, 2)
    pulse[0] = 1
    answer = ExponentialFilter(2, decay=0.7)(pulse)[:, 0, 0]
    np.testing.assert_allclose(answer.detach(), 0.3 * 0.7 ** np.arange(6), rtol=1e-5)


def test_spikes_count_the_signal_to_within_a_threshold() -> None:
    x = signal(50)
    spikes = SpikeDiscretisation(2, threshold=0.5)(x)
    assert set(spikes.unique().tolist()) == {0.0, 1.0}
    left = x.sum(dim=0) - 0.5 * spikes.sum(dim=0)
    assert ((left >= -1e-5) & (left < 0.5)).all()


def test_quantisation_rounds_and_lets_gradients_through() -> None:
    x = signal().requires_grad_()
    rounded = Quantisation(0.1)(x)
    np.testing.assert_allclose(rounded.detach().numpy(), np.round(x.detach().numpy() / 0.1) * 0.1, atol=1e-6)
    rounded.sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


def test_a_signal_beyond_a_spike_a_tick_piles_up() -> None:
    spikes = SpikeDiscretisation(1, threshold=0.5)(torch.tensor([2.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.5]).reshape(-1, 1, 1))
    assert spikes.flatten().tolist() == [1, 1, 1, 1, 0, 0, 0]


def test_learned_thresholds_stay_above_0() -> None:
    unit = SpikeDiscretisation(2, threshold=0.1, learn=True)
    with torch.no_grad():
        for parameter in unit.parameters():
            parameter -= 5
    assert (unit.threshold > 0).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Window(0), "n_ticks = 0: expected at least 1"),
        (lambda: ExponentialFilter(2, decay=1.0), r"decay = 1\.0: expected a number between 0 and 1"),
        (lambda: SpikeDiscretisation(2, threshold=0.0), r"threshold = 0\.0: expected a number above 0"),
        (lambda: SpikeDiscretisation(2, width=-1.0), r"width = -1\.0"),
        (lambda: Quantisation(0.0), r"step = 0\.0: expected a number above 0"),
        (lambda: Neurons(decay=1.0), r"decay = 1\.0: expected a number from 0 to below 1"),
        (lambda: Neurons(width=0.0), r"width = 0\.0"),
        (lambda: Neurons(ticks=0), "ticks = 0: expected at least 1"),
    ],
)
def test_values_out_of_range_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make()


def test_every_piece_can_be_learned() -> None:
    pieces = (Window(3, learn=True), ExponentialFilter(2, learn=True), Scale(2, torch.relu))
    unit = HybridUnit(*pieces, SpikeDiscretisation(2, learn=True, surrogate="sigmoid"))
    (unit(signal()) * torch.rand(12, 3, 2)).sum().backward()
    learned = dict(unit.named_parameters())
    assert len(learned) == 5
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in learned.values())


def test_an_encoder_without_neurons_and_a_spiking_controller_learn_together() -> None:
    torch.manual_seed(1)
    encoder = torch.nn.Sequential(Affine(4, 8), torch.nn.ELU())
    unit = HybridUnit(nonlinearity=Scale(8), discretisation=SpikeDiscretisation(8, surrogate="sigmoid"))
    network = Hybrid(encoder, unit, SpikingActorCritic(8, (16,), 2, Neurons(surrogate="sigmoid")))
    features = torch.randn(5, 64, 4)
    wanted = (features[..., 0] > 0).long()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    at_rest = torch.zeros(64, network.n_state)
    losses = []
    before = encoder[0].weights.detach().clone()
    for _ in range(60):
        outputs, _, _ = network(features, at_rest, None)
        loss = torch.nn.functional.cross_entropy(outputs.flatten(0, 1), wanted.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]
    assert not torch.equal(before, encoder[0].weights)


BRIEF: dict[str, Any] = {"generations": 1, "learning": {"updates": 2, "environments": 4, "mini_batches": 2}}


@pytest.mark.parametrize("learn", [False, True])
def test_the_example_s_controller_is_the_same_in_nest(learn: bool) -> None:
    row = hybrid.run(learn, BRIEF, channels=3, episodes=2)
    assert row["training steps"] == 2 * 16 * 4
    assert row["in front"] == 4 * 3 + 3 + learn * (2 + 3 + 2 * 3 + 3)
    assert row["controller"] == 3 * 64 + 64 + 64 * 2 + 2
    assert row["spikes in NEST"] > 0
    assert (row["spikes differing"], row["actions differing"]) == (0, 0)
    assert row["membranes differ by (mV)"] < 1e-10


def test_the_example_s_controller_acts_behind_the_encoder_as_in_the_whole_network() -> None:
    optimizee = hybrid._optimizee({"model": {"hidden": [64]}}, BRIEF)
    network, _ = hybrid.trained(optimizee, lambda task: hybrid.create_hybrid(task, 3, learn=True))
    behind = hybrid.controller(optimizee, network, 3)
    recording = record(behind, vector_of(behind, network.network), [7])
    actions = recording.traces.actions[0, :, 0]
    environment = gymnasium.make("CartPole-v1")
    observed = [environment.reset(seed=7)[0], *(environment.step(int(action))[0] for action in actions[:-1])]
    with torch.no_grad():
        outputs, _, _ = network(
            features(optimizee, np.array(observed), torch.float64)[:, None],
            torch.zeros((1, network.n_state), dtype=torch.float64),
            None,
        )
    assert len(actions) > 5
    np.testing.assert_array_equal(outputs[:, 0].argmax(dim=1).numpy(), actions)
