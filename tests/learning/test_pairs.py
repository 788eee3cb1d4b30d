"""Pairs of spikes: the compiled sum against one pair after the other."""

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.pairs import Pairs
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.training.configure import configure

N_SOURCE, N_TARGET, RESOLUTION_MS = 4, 3, 0.5
TAU_PLUS_MS, TAU_MINUS_MS = np.array([20.0, 5.0]), np.array([12.0, 30.0])
A_PLUS, A_MINUS = np.array([1.0, 0.5]), np.array([0.25, 1.5])


def network(pre: list[int], post: list[int]) -> Network:
    populations = tuple(Population(name, size, "iaf_psc_exp") for name, size in (("a", N_SOURCE), ("b", N_TARGET)))
    n = len(pre)
    synapses = Projection("a", "b", np.array(pre), np.array(post), np.ones(n), np.ones(n))
    return Network(populations, (synapses,), input="a", output="b", resolution_ms=RESOLUTION_MS)


NETWORKS = [network([0, 0, 1, 3], [0, 2, 1, 0]), network([2, 3, 1, 0], [1, 1, 2, 0])]


def pairs() -> Pairs:
    return Pairs(NETWORKS, 0, tau_plus_ms=TAU_PLUS_MS, tau_minus_ms=TAU_MINUS_MS, a_plus=A_PLUS, a_minus=A_MINUS)


def random_spikes(n: int = 300, n_steps: int = 400) -> Spikes:
    rng = np.random.default_rng(5)
    found = {tuple(row) for row in rng.integers(0, (2, N_SOURCE + N_TARGET, n_steps), (n, 3)).tolist()}
    element, neuron, step = np.array(sorted(found)).T
    return Spikes.sorted(element, neuron, step + 1, RESOLUTION_MS)


def one_by_one(spikes: Spikes) -> np.ndarray:
    """Return eligibilities by the definition: every pair of every synapse."""
    total = np.zeros((2, 4))
    for element in range(2):
        mine = spikes.of(element)
        projection = NETWORKS[element].projections[0]
        for s, (i, j) in enumerate(zip(projection.pre, projection.post, strict=True)):
            for before in mine.step[mine.neuron == i]:
                for behind in mine.step[mine.neuron == N_SOURCE + j]:
                    dt_ms = (behind - before) * RESOLUTION_MS
                    if dt_ms > 0:
                        total[element, s] += A_PLUS[element] * np.exp(-dt_ms / TAU_PLUS_MS[element])
                    elif dt_ms < 0:
                        total[element, s] -= A_MINUS[element] * np.exp(dt_ms / TAU_MINUS_MS[element])
    return total


def test_every_pair_counts_with_its_exponential() -> None:
    spikes, found = random_spikes(), pairs()
    found.add(spikes)
    expected = one_by_one(spikes)
    assert np.abs(expected).min() > 0.1
    np.testing.assert_allclose(found.eligibility, expected, rtol=0, atol=1e-4)  # traces end at a millionth


@pytest.mark.parametrize("cut", [1, 17, 399])
def test_windows_may_lie_anywhere(cut: int) -> None:
    spikes, whole, parts = random_spikes(), pairs(), pairs()
    whole.add(spikes)
    for chosen in (spikes.step <= cut, spikes.step > cut):
        parts.add(Spikes(spikes.element[chosen], spikes.neuron[chosen], spikes.step[chosen], RESOLUTION_MS))
    np.testing.assert_allclose(parts.eligibility, whole.eligibility, rtol=1e-12, atol=1e-12)


def test_spikes_of_the_same_step_are_no_pair() -> None:
    found = pairs()
    found.add(Spikes(np.zeros(2, np.int64), np.array([0, N_SOURCE]), np.array([7, 7]), RESOLUTION_MS))
    assert not found.eligibility.any()


def test_the_target_of_each_synapse_is_told_for_each_wiring() -> None:
    assert pairs().post.tolist() == [[0, 2, 1, 0], [1, 1, 2, 0]]


@pytest.mark.parametrize("name", ["tau_plus_ms", "tau_minus_ms"])
def test_a_time_constant_whose_table_would_not_fit_in_memory_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"learning\.{name} = 1e\+18 is out of range; expected 0\.01 to 1000"):
        configure("cart-pole", {"learning": {"name": "r-stdp", name: 10**18}})
