"""Batches in the NEST simulator: elements that end, weights and parameters of each, and what a window costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import nest
import numpy as np
import pytest
from nest import nestkernel_api

from neurosim_rl.bridge import SpikeTrains
from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import Simulator
from tests.simulators.networks import ONE, STRONG_PA, drive, network, projection, spiking_network

# --- elements that end ---


def test_an_element_that_ended_emits_nothing_and_its_membrane_is_unknown(nest_simulator: Simulator) -> None:
    nest_simulator.build([network()] * 3, record_spikes=True, record_membranes=True)
    nest_simulator.advance(drive(3), 20.0, np.arange(3))
    for _ in range(2):
        counts = nest_simulator.advance(drive(2), 20.0, np.array([0, 2]))
        assert counts.shape == (2, 2)
    spikes, membranes = nest_simulator.spikes(), nest_simulator.membranes()
    assert spikes.of(1).step.max() <= 200
    assert spikes.of(0).step.tolist() == spikes.of(2).step.tolist()
    assert spikes.of(0).step.max() > 500
    assert np.isnan(membranes.v_mv[1, :, 200:]).all()
    assert np.isfinite(membranes.v_mv[1, :, :199]).all()
    assert np.isfinite(membranes.v_mv[[0, 2]]).all()


def test_spike_sources_end_as_well(nest_simulator: Simulator) -> None:
    nest_simulator.build([spiking_network()] * 2, record_spikes=True)
    row, neuron, step = np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([5, 7, 100])
    nest_simulator.advance(SpikeTrains(row, neuron, step, 2), 10.0, np.arange(2))
    nest_simulator.advance(SpikeTrains(ONE, ONE, ONE + 3, 1), 10.0, np.array([1]))
    first, second = nest_simulator.spikes().of(0), nest_simulator.spikes().of(1)
    assert first.step.max() <= 100
    assert second.step[second.neuron == 0].tolist() == [100, 103]


@pytest.mark.parametrize("active", [[0, 1], [1], [2, 0], [0, 0], [0, 3]])
def test_an_element_cannot_come_back_nor_change_its_place(nest_simulator: Simulator, active: list[int]) -> None:
    nest_simulator.build([network()] * 3)
    nest_simulator.advance(drive(2), 20.0, np.array([0, 2]))
    with pytest.raises(SimulatorError, match=r"An element that has ended cannot come back"):
        nest_simulator.advance(drive(len(active)), 20.0, np.array(active))


def test_a_membrane_before_the_first_window_is_empty(nest_simulator: Simulator) -> None:
    nest_simulator.build([network()], record_membranes=True)
    assert nest_simulator.membranes().v_mv.shape == (1, 4, 0)


def test_the_membrane_of_a_spike_source_is_unknown(nest_simulator: Simulator) -> None:
    nest_simulator.build([spiking_network()], record_membranes=True)
    nest_simulator.advance(SpikeTrains(ONE, ONE, ONE + 3, 1), 10.0, ONE)
    v_mv = nest_simulator.membranes().v_mv
    assert v_mv.shape == (1, 4, 100)
    assert np.isnan(v_mv[0, :2]).all()
    assert np.isfinite(v_mv[0, 2:]).all()


# --- weights and parameters ---


def test_weights_are_those_described_also_after_a_window(nest_simulator: Simulator) -> None:
    def random_network(seed: int) -> Network:
        rng = np.random.default_rng(seed)
        forward = Projection.all_to_all("in", "out", rng.normal(size=(2, 2)), 1.0)
        back = projection("out", "in", [(1, 0, rng.normal())])
        return network(forward, back, projection("out", "out", []))

    networks = [random_network(seed) for seed in range(3)]
    nest_simulator.build(networks)
    for _ in range(2):
        weights = nest_simulator.weights_pa()
        for described, present in zip(networks, weights, strict=True):
            for one, other in zip(described.projections, present, strict=True):
                np.testing.assert_array_equal(one.weight_pa, other)
        nest_simulator.advance(drive(3), 20.0, np.arange(3))


def test_all_weights_of_a_pair_with_several_synapses_are_returned(nest_simulator: Simulator) -> None:
    # NEST sorts its synapses and does not keep the order of those of one pair.
    rows = [(k % 2, 0, float(k)) for k in range(60)]
    nest_simulator.build([network(projection("in", "out", rows))])
    ((weights,),) = nest_simulator.weights_pa()
    for pre in range(2):
        assert sorted(weights[pre::2]) == [float(k) for k in range(pre, 60, 2)]


def test_two_projections_between_the_same_populations_keep_their_weights(nest_simulator: Simulator) -> None:
    first, second = projection("in", "out", [(0, 0, 1.0)]), projection("in", "out", [(0, 0, 2.0)])
    nest_simulator.build([network(first, second)])
    assert nest_simulator.weights_pa() == [[np.array([1.0]), np.array([2.0])]]


def test_parameters_may_differ_between_elements_and_neurons(nest_simulator: Simulator) -> None:
    rest_mv = np.array([[-70.0, -71.0], [-72.0, -73.0]])
    networks = [network(E_L=row, V_m=row, C_m=250.0) for row in rest_mv]
    nest_simulator.build(networks, record_membranes=True)
    nest_simulator.advance(drive(2, 0.0), 5.0, np.arange(2))
    np.testing.assert_allclose(nest_simulator.membranes().v_mv[:, 2:, -1], rest_mv)


def test_delays_may_be_shorter_and_longer_than_nests_default(nest_simulator: Simulator) -> None:
    arrival = []
    for delay_ms in (0.1, 5.0):
        nest_simulator.build([network(projection("in", "out", [(0, 0, 1e5)], delay_ms))], record_spikes=True)
        nest_simulator.advance(drive(1), 20.0, ONE)
        spikes = nest_simulator.spikes()
        arrival.append(spikes.step[spikes.neuron == 2].min() - spikes.step[spikes.neuron == 0].min())
    assert arrival[1] - arrival[0] == 49


def test_elements_of_different_delays_share_the_smallest_that_was_set(nest_simulator: Simulator) -> None:
    spikes = []
    networks = [
        replace(network(projection("in", "out", [(0, 0, 1e5)], delay_ms)), min_delay_ms=0.5) for delay_ms in (1.0, 5.0)
    ]
    for batch in ([networks[1]], networks):
        nest_simulator.build(batch, record_spikes=True)
        assert nest.min_delay == 0.5
        nest_simulator.advance(drive(len(batch)), 20.0, np.arange(len(batch)))
        spikes.append(nest_simulator.spikes().of(len(batch) - 1).step.tolist())
    assert nest.max_delay == 5.0
    assert spikes[0] == spikes[1]


def test_a_window_of_broken_decimals_is_simulated_whole(nest_simulator: Simulator) -> None:
    nest_simulator.build([network()])
    for _ in range(50):
        nest_simulator.advance(drive(1), 0.1 * 3, ONE)
    assert nest.biological_time == pytest.approx(15.0)


# --- cost ---


def calls_of_windows(simulator: Simulator, n_batch: int, monkeypatch: pytest.MonkeyPatch, **recording: Any) -> Counter:
    """Return how often each function of NEST's kernel was called in three windows with changing currents."""
    simulator.build([network()] * n_batch, **recording)
    calls: Counter[str] = Counter()

    def counting(name: str) -> Any:
        function = getattr(nestkernel_api, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            calls[name] += 1
            return function(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in dir(nestkernel_api):
            if name.startswith("llapi_"):
                patch.setattr(nestkernel_api, name, counting(name))
        for window in range(3):
            simulator.advance(drive(n_batch, STRONG_PA + window), 20.0, np.arange(n_batch))
    return calls


@pytest.mark.parametrize("recording", [{}, {"record_spikes": True}])
def test_the_number_of_calls_a_window_does_not_depend_on_the_batch(
    nest_simulator: Simulator, monkeypatch: pytest.MonkeyPatch, recording: dict[str, bool]
) -> None:
    alone = calls_of_windows(nest_simulator, 1, monkeypatch, **recording)
    assert alone == calls_of_windows(nest_simulator, 16, monkeypatch, **recording)
    assert (alone["llapi_simulate"], alone["llapi_set_nc_status"]) == (3, 6)


def test_an_unchanged_drive_is_not_set_again(nest_simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    nest_simulator.build([network()])
    nest_simulator.advance(drive(1, 100.0), 20.0, ONE)

    def forbidden(*args: Any) -> None:
        raise AssertionError("set again")

    monkeypatch.setattr(nestkernel_api, "llapi_set_nc_status", forbidden)
    nest_simulator.advance(drive(1, 100.0), 20.0, ONE)
