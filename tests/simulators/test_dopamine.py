"""Dopamine-modulated plasticity in the NEST simulator: networks that share a kernel learn independently."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neurosim_rl.bridge import Currents, SpikeTrains
from neurosim_rl.errors import NetworkError, SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import Simulator, create_simulator
from neurosim_rl.simulators.auto import choose

N_WINDOWS = 20
WINDOW_MS = 20.0


def rewarded_network(a_plus: float, modulator: str = "dopamine", source: str = "iaf_psc_alpha") -> Network:
    """Return two inputs that drive two outputs by plastic synapses, and a third that releases dopamine."""
    pre, post = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    weights = np.array([900.0, 700.0, 500.0, 800.0])
    rule = {"A_plus": 0.05 * a_plus, "A_minus": 0.02 * a_plus, "tau_c": 300.0, "Wmax": 9000.0}
    learning = Projection("in", "out", pre, post, weights, np.ones(4), "stdp_dopamine_synapse", rule, modulator)
    one = np.zeros(1, np.int64)
    release = Projection("in", "dopamine", one + 2, one, np.full(1, 9000.0), np.ones(1))
    populations = (Population("in", 3, source), Population("out", 2), Population("dopamine", 1))
    return Network(populations, (learning, release), "in", "out")


def drives(element: int) -> list[Currents]:
    """Return the currents of each window; dopamine is released in elements of even number only."""
    rng = np.random.default_rng(element)
    release = 1500.0 if element % 2 == 0 else 0.0
    return [Currents(np.array([[*rng.uniform(600, 2000, 2), release]])) for _ in range(N_WINDOWS)]


def learn(simulator: Simulator, networks: list[Network], numbers: list[int], ends: int = N_WINDOWS) -> list[np.ndarray]:
    """Return the weights of each element after each window, shape (n_windows, 4); element 0 ends after `ends`."""
    simulator.build(networks)
    plans = [drives(number) for number in numbers]
    seen = []
    for window in range(N_WINDOWS):
        active = np.arange(len(networks))[(1 if window >= ends else 0) :]
        currents = np.concatenate([plans[element][window].pa for element in active])
        simulator.advance(Currents(currents), WINDOW_MS, active)
        seen.append([element[0] for element in simulator.weights_pa()])
    return list(np.array(seen).swapaxes(0, 1))


def test_two_networks_in_one_kernel_learn_independently_and_as_each_alone(nest_simulator: Simulator) -> None:
    networks = [rewarded_network(1.0), rewarded_network(1.0), rewarded_network(3.0)]
    together = learn(nest_simulator, networks, [0, 1, 2])
    alone = [learn(nest_simulator, [network], [number])[0] for number, network in enumerate(networks)]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (together[0][-1] != networks[0].projections[0].weight_pa).all()
    assert (together[2][-1] != together[0][-1]).all()
    np.testing.assert_array_equal(together[1][-1], networks[1].projections[0].weight_pa)  # no dopamine, no change


def test_an_element_that_ended_does_not_learn_and_does_not_disturb_the_others(nest_simulator: Simulator) -> None:
    networks = [rewarded_network(1.0), rewarded_network(3.0)]
    ended, other = learn(nest_simulator, networks, [0, 2], ends=10)
    assert (ended[11:] == ended[10]).all()
    assert (ended[9] != ended[5]).any()
    np.testing.assert_array_equal(other, learn(nest_simulator, [networks[1]], [2])[0])


def test_weights_that_dopamine_changes_can_be_set(nest_simulator: Simulator) -> None:
    nest_simulator.build([rewarded_network(1.0), rewarded_network(3.0)], sets_weights=True)
    nest_simulator.set_weights_pa(0, np.arange(8.0).reshape(2, 4))
    assert [element[0].tolist() for element in nest_simulator.weights_pa()] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    nest_simulator.advance(Currents(np.zeros((2, 3))), WINDOW_MS, np.arange(2))
    nest_simulator.set_weights_pa(0, np.full((1, 4), 9.0), np.array([1]))
    assert [element[0].tolist() for element in nest_simulator.weights_pa()] == [[0, 1, 2, 3], [9] * 4]


def test_one_pair_and_one_dopamine_spike_change_the_weight_by_the_integral_of_both_traces(
    nest_simulator: Simulator,
) -> None:
    """The eligibility of a pair, times the dopamine of a later spike, integrated to the end."""
    neurons = {"V_th": 0.0, "t_ref": 0.1}
    populations = (
        Population("in", 3, SPIKE_SOURCE),
        *(Population(name, 1, "iaf_psc_delta", neurons) for name in ("pre", "post", "dopamine")),
    )
    one = np.zeros(1, np.int64)
    strong = [
        Projection("in", name, one + k, one, np.full(1, 1000.0), np.full(1, 0.1))
        for k, name in enumerate(("pre", "post", "dopamine"))
    ]
    rule = {"A_plus": 0.5, "A_minus": 0.0, "tau_plus": 20.0, "tau_c": 100.0, "tau_n": 50.0, "Wmax": 9.0}
    learning = Projection(
        "pre", "post", one, one, np.full(1, 1.0), np.full(1, 1.0), "stdp_dopamine_synapse", rule, "dopamine"
    )
    network = Network(populations, (*strong, learning), "in", "post", 0.1)
    nest_simulator.build([network], record_spikes=True)
    steps = np.array([100, 150, 300])
    nest_simulator.advance(SpikeTrains(one.repeat(3), np.arange(3), steps, 1), 2000.0, np.zeros(1, np.int64))
    spikes = nest_simulator.spikes()
    pre_ms, post_ms, dopamine_ms = (float(spikes.time_ms[spikes.neuron == neuron][0]) for neuron in (3, 4, 5))
    dopamine_ms += 0.1  # its delay
    eligibility = 0.5 * math.exp(-(post_ms + 1.0 - pre_ms) / 20.0) * math.exp(-(dopamine_ms - post_ms - 1.0) / 100.0)
    rate = 1 / 100.0 + 1 / 50.0
    expected = 1.0 + eligibility / 50.0 / rate
    assert nest_simulator.weights_pa()[0][3][0] == pytest.approx(expected, rel=1e-6)


def test_dopamine_is_left_to_nest() -> None:
    assert choose(rewarded_network(1.0)) == "nest"
    with create_simulator("compiled") as simulator, pytest.raises(SimulatorError, match="has no 'stdp_dopamine_synap"):
        simulator.build([rewarded_network(1.0)])


@pytest.mark.parametrize("modulator", ["dopamin", "in"])
def test_dopamine_is_released_by_neurons(modulator: str) -> None:
    source = SPIKE_SOURCE if modulator == "in" else "iaf_psc_alpha"
    with pytest.raises(NetworkError, match=rf"modulator '{modulator}' is not a population of neurons; expected one of"):
        rewarded_network(1.0, modulator, source)


@pytest.mark.parametrize(
    ("synapse", "parameters", "modulator", "message"),
    [
        ("stdp_dopamine_synapse", {}, None, "modulator is None with stdp_dopamine_synapse"),
        ("stdp_synapse", {}, "dopamine", "modulator is 'dopamine' with stdp_synapse"),
        ("stdp_dopamine_synapse", {"b": np.zeros(1)}, "dopamine", "b has a value for each synapse; .* has one for all"),
        ("stdp_dopamine_synapse", {"tau_n": 0.0}, "dopamine", r"tau_n is 0\.0; expected a value above 0 ms"),
    ],
)
def test_a_modulator_and_its_synapse_belong_together(
    synapse: str, parameters: dict, modulator: str | None, message: str
) -> None:
    one = np.zeros(1, np.int64)
    with pytest.raises(NetworkError, match=message):
        Projection("in", "out", one, one, np.ones(1), np.ones(1), synapse, parameters, modulator)


def test_dense_projections_name_their_modulator_too() -> None:
    dense = Projection.all_to_all("in", "out", np.ones((2, 3)), 1.0, "stdp_dopamine_synapse", {"b": 0.1}, "dopamine")
    assert (dense.n_synapses, dense.modulator) == (6, "dopamine")
