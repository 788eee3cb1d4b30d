"""The time grid against NEST: what it accepts, and how it reads times; NEST and the compiled simulator on odd grids."""

from __future__ import annotations

import nest
import numpy as np
import pytest
from nest import nestkernel_api

from neurosim_rl.bridge import Currents, Drive, SpikeTrains
from neurosim_rl.errors import NetworkError, SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.time_grid import TimeGrid
from neurosim_rl.simulators import Simulator, create_simulator
from neurosim_rl.simulators.propagators import expm1
from tests.simulators.networks import ONE, drive, network, spiking_network

ODD_TICKS = (1, 7, 49, 300, 350, 600, 700, 950, 1150)


def nest_takes(resolution_ms: float) -> bool:
    nest.ResetKernel()
    try:
        nest.resolution = resolution_ms
    except nestkernel_api.NESTErrors.KernelException:
        return False
    return True


def grid_takes(resolution_ms: float) -> bool:
    try:
        TimeGrid.of(resolution_ms)
    except NetworkError:
        return False
    return True


def test_the_grid_takes_the_resolutions_that_nest_takes(nest_simulator: Simulator) -> None:
    rng = np.random.default_rng(0)
    ticks = rng.integers(1, 5000, 60)
    nearly = ticks / 1000.0 * (1.0 + rng.uniform(-3e-15, 3e-15, 60))
    values = [0.0005, 0.0015, 0.0125, 1 / 3, 0.35, 0.1 * 3, 0.7, *nearly.tolist(), *rng.uniform(0.001, 5, 20).tolist()]
    taken = [grid_takes(v) for v in values]
    assert taken == [nest_takes(v) for v in values]
    assert {True, False} == set(taken)


def test_nest_reads_the_grid_s_times_as_exactly_so_many_steps(nest_simulator: Simulator) -> None:
    rng = np.random.default_rng(1)
    for ticks in (*ODD_TICKS, *rng.integers(1, 5000, 60).tolist()):
        grid = TimeGrid(ticks)
        shortest, steps = sorted(rng.integers(1, 2000, 2).tolist())
        nest.ResetKernel()
        nest.resolution = grid.step_ms
        assert nest.resolution == grid.step_ms
        nest.set(min_delay=grid.ms(shortest), max_delay=grid.ms(steps))
        assert nest.min_delay == grid.ms(shortest)
        nest.Simulate(grid.ms(steps))
        assert nest.biological_time == grid.ms(steps)


@pytest.mark.parametrize("ticks", ODD_TICKS)
def test_refractory_steps_are_those_between_spikes_in_nest(nest_simulator: Simulator, ticks: int) -> None:
    """A strong current fires in every step that is not refractory; a product in NEST loses a step at some times."""
    grid = TimeGrid(ticks)
    times = np.arange(60) * ticks + np.tile([0, 1, ticks - 1, 2], 15)
    parameters = {"t_ref": times / 1000.0, "I_e": np.full(60, 1e9)}
    neurons = Network((Population("n", 60, "iaf_psc_delta", parameters),), (), "n", "n", grid.step_ms)
    nest_simulator.build([neurons], record_spikes=True)
    nest_simulator.advance(Currents(np.full((1, 60), 1e9)), float(grid.ms(200)), ONE)
    spikes = nest_simulator.spikes()
    for neuron, t_ref in enumerate(parameters["t_ref"].tolist()):
        first, second = spikes.step[spikes.neuron == neuron][:2]
        assert second - first - 1 == grid.refractory_steps(t_ref)


def test_expm1_is_that_of_the_installed_nest(nest_simulator: Simulator) -> None:
    """A membrane with tau_m = C_m that is driven by 1 pA reaches -expm1(-h / tau_m) in the first step."""
    tau = np.random.default_rng(2).uniform(0.3, 300.0, 500)
    levels = {"E_L": 0.0, "V_m": 0.0, "V_reset": -1.0, "V_th": 1e9}
    parameters: dict[str, float | np.ndarray] = {"tau_m": tau, "C_m": tau, **levels}
    neurons = Network((Population("n", 500, "iaf_psc_alpha", parameters),), (), "n", "n", 1.0)
    nest_simulator.build([neurons])
    nest_simulator.advance(Currents(np.ones((1, 500))), 1.0, ONE)
    np.testing.assert_array_equal(nest_simulator.output_mv()[0], [-expm1(-1.0 / t) for t in tau])


# --- windows that cut slices ---


def mixed_network() -> Network:
    """Return two sources and a neuron that spikes in every step, all with synapses onto the output."""
    populations = (
        Population("in", 2, SPIKE_SOURCE),
        Population("mid", 1, "iaf_psc_delta", {"I_e": 1e6, "t_ref": 100.0}),
        Population("out", 1, "iaf_psc_delta", {"E_L": 0.0, "V_m": 0.0, "V_reset": -1.0, "V_th": 1.0}),
    )
    given = Projection("in", "out", np.array([0, 1]), np.zeros(2, np.int64), np.array([0.2, 0.3]), np.array([3.0, 2.0]))
    own = Projection("mid", "out", np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([0.1]), np.array([3.0]))
    return Network(populations, (given, own), "in", "out", 1.0)


def trains(*spikes: tuple[int, int]) -> SpikeTrains:
    """Return spikes of one element: source and step."""
    source, step = np.array(spikes, np.int64).reshape(-1, 2).T
    return SpikeTrains(np.zeros(len(spikes), np.int64), source, step, 1)


@pytest.mark.parametrize("name", ["nest", "compiled"])
@pytest.mark.parametrize("sets_weights", [False, True])
@pytest.mark.parametrize(
    "windows",
    [[(trains((0, 1), (1, 2)), 2.0), (trains(), 4.0)], [(trains((0, 1)), 1.0), (trains((1, 1)), 1.0), (trains(), 4.0)]],
    ids=["whole", "cut"],
)
def test_where_a_window_cuts_a_slice_spikes_of_sources_are_added_before_those_of_neurons(
    windows: list[tuple[Drive, float]], sets_weights: bool, name: str
) -> None:
    with create_simulator(name) as simulator:
        simulator.build([mixed_network()], record_membranes=True, sets_weights=sets_weights)
        for given, window_ms in windows:
            simulator.advance(given, window_ms, ONE)
        v_mv = simulator.membranes().v_mv[0, 3]
    assert v_mv[3] == (0.2 + 0.3) + 0.1 != (0.2 + 0.1) + 0.3
    assert v_mv.shape == (6,)


@pytest.mark.parametrize("name", ["nest", "compiled"])
def test_any_number_of_spikes_of_a_source_may_fall_into_a_step(name: str) -> None:
    with create_simulator(name) as simulator:
        simulator.build([spiking_network()], record_spikes=True)
        simulator.advance(trains(*[(0, 1)] * 500, (1, 1)), 0.1, ONE)
        assert len(simulator.spikes()) == 501


# --- membranes in NEST ---


def test_membranes_are_complete_and_leave_the_rest_as_it_was(nest_simulator: Simulator) -> None:
    nest_simulator.build([network()] * 2, record_spikes=True, record_membranes=True, sets_weights=True)
    nest_simulator.advance(drive(2), 20.4, np.arange(2))
    before = nest_simulator.output_mv(), nest_simulator.spikes(), nest_simulator.weights_pa()
    v_mv = nest_simulator.membranes().v_mv
    assert v_mv.shape == (2, 4, 204)
    np.testing.assert_array_equal(v_mv[:, 2:, -1], before[0])
    np.testing.assert_array_equal(nest_simulator.output_mv(), before[0])
    np.testing.assert_array_equal(nest_simulator.spikes().step, before[1].step)
    np.testing.assert_array_equal(nest_simulator.weights_pa(), before[2])
    np.testing.assert_array_equal(nest_simulator.membranes().v_mv, v_mv)
    message = r"membranes\(\) has ended this simulation in NEST\. Ask for them after the last window"
    with pytest.raises(SimulatorError, match=message):
        nest_simulator.advance(drive(2), 1.0, np.arange(2))
    with pytest.raises(SimulatorError, match=message):
        nest_simulator.set_weights_pa(0, np.ones((2, 2)))


def test_an_element_that_ends_within_a_slice_keeps_its_membrane_there(nest_simulator: Simulator) -> None:
    nest_simulator.build([network()] * 2, record_membranes=True)
    nest_simulator.advance(drive(2), 1.5, np.arange(2))
    for _ in range(2):
        nest_simulator.advance(drive(1), 0.5, np.array([1]))  # the first ends with the slice of 1 ms
    v_mv = nest_simulator.membranes().v_mv
    np.testing.assert_array_equal(v_mv[0, :, :15], v_mv[1, :, :15])
    assert np.isnan(v_mv[0, :, 15:]).all()
    assert np.isfinite(v_mv[1]).all()
