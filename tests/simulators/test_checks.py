"""What simulators refuse: networks that cannot share a batch, broken windows, drives that do not fit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.bridge import Currents, SpikeTrains
from neurosim_rl.errors import NetworkError, ShapeError, SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.time_grid import TimeGrid
from neurosim_rl.simulators.checks import check_batch, check_drive, check_window


def network(model: str = "iaf_psc_alpha", n_inputs: int = 2, delay_ms: float = 1.0, **options: Any) -> Network:
    projection = Projection.all_to_all("in", "out", np.ones((n_inputs, 3)), delay_ms)
    return Network((Population("in", n_inputs, model), Population("out", 3)), (projection,), "in", "out", **options)


def trains(*spikes: tuple[int, int, int], n_rows: int = 2) -> SpikeTrains:
    row, neuron, step = np.array(spikes, dtype=np.int64).reshape(-1, 3).T
    return SpikeTrains(row, neuron, step, n_rows)


def test_networks_that_differ_in_synapses_share_a_batch() -> None:
    weaker = Projection.all_to_all("in", "out", np.zeros((2, 3)), 1.0)
    sparser = Projection("in", "out", np.array([0]), np.array([2]), np.ones(1), np.ones(1))
    check_batch([network(), replace(network(), projections=(weaker,)), replace(network(), projections=(sparser,))])


@pytest.mark.parametrize(
    "other",
    [
        network(n_inputs=3),
        network(model="iaf_psc_exp"),
        network(delay_ms=1.5),
        network(resolution_ms=0.5),
        network(min_delay_ms=0.5),
        replace(network(), output="in"),
        replace(network(), input="out"),
        replace(network(), projections=()),
        replace(network(), projections=(Projection.all_to_all("out", "in", np.ones((3, 2)), 1.0),)),
        replace(network(), projections=(replace(network().projections[0], synapse="stdp_synapse"),)),
    ],
)
def test_networks_of_different_layouts_cannot_share_a_batch(other: Network) -> None:
    with pytest.raises(
        NetworkError, match=r"must agree in populations, .* got 2 different layouts\. Build them in sep"
    ):
        check_batch([network(), other, network()])


def test_a_smallest_delay_lets_networks_of_different_delays_share_a_batch() -> None:
    check_batch([network(min_delay_ms=0.5), network(delay_ms=1.5, min_delay_ms=0.5)])


def test_smallest_delays_that_are_written_differently_are_the_same_number_of_steps() -> None:
    check_batch([network(delay_ms=delay_ms, resolution_ms=0.3) for delay_ms in (0.9, 3 * 0.3)])
    check_batch([network(delay_ms=0.7, resolution_ms=h) for h in (0.35, 350 * 0.001)])


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(NetworkError, match="a batch needs at least one network"):
        check_batch([])


@given(st.integers(1, 100_000), st.integers(1, 5000))
def test_a_window_of_whole_steps_is_counted_exactly(n_steps: int, ticks: int) -> None:
    grid = TimeGrid(ticks)
    for window_ms in (n_steps * grid.step_ms, n_steps * (ticks / 1000.0), n_steps * ticks / 1000.0):
        assert check_window(window_ms, grid) == n_steps


@pytest.mark.parametrize("window_ms", [0.0, 0.05, -1.0, 0.25, 20.05, 1e-9, 1e9 + 0.05, float("nan"), float("inf")])
def test_a_window_of_broken_steps_is_refused(window_ms: float) -> None:
    with pytest.raises(SimulatorError, match=r"is not a multiple of the resolution, 0\.1 ms\. Change one of them"):
        check_window(window_ms, TimeGrid(100))


def test_a_fitting_drive_passes() -> None:
    check_drive(Currents(np.zeros((2, 2))), network(), 2, 10)
    check_drive(trains(), network(SPIKE_SOURCE), 2, 10)
    check_drive(trains((0, 0, 1), (0, 0, 10), (0, 1, 1), (1, 0, 1), (1, 0, 1)), network(SPIKE_SOURCE), 2, 10)


def test_a_drive_of_the_wrong_kind_says_what_the_input_wants() -> None:
    with pytest.raises(SimulatorError, match="'in' is driven by currents, got spike trains"):
        check_drive(trains(), network(), 2, 10)
    with pytest.raises(SimulatorError, match="'in' is driven by spike trains, got currents"):
        check_drive(Currents(np.zeros((2, 2))), network(SPIKE_SOURCE), 2, 10)


@pytest.mark.parametrize("shape", [(1, 2), (2, 3), (2,)])
def test_currents_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"drive\.pa has shape .*; expected \(2, 2\)"):
        check_drive(Currents(np.zeros(shape)), network(), 2, 10)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_current_that_is_not_finite_is_refused_with_its_place(bad: float) -> None:
    pa = np.zeros((2, 2))
    pa[1, 0] = bad
    with pytest.raises(SimulatorError, match=rf"drive\.pa\[1, 0\] is {bad}; expected a finite current"):
        check_drive(Currents(pa), network(), 2, 10)


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        ([(0, 0, 0)], r"drive\.step spans 0 to 0; expected values from 1 to 10"),
        ([(0, 0, 1), (0, 0, 11)], r"drive\.step spans 1 to 11"),
        ([(2, 0, 1)], r"drive\.row spans 2 to 2; expected values from 0 to 1"),
        ([(-1, 0, 1)], r"drive\.row spans -1"),
        ([(0, 2, 1)], r"drive\.input spans 2 to 2; expected values from 0 to 1"),
        ([(0, 1, 1), (0, 0, 1)], "out of order; expected spikes sorted by row, then input, then step"),
        ([(1, 0, 1), (0, 0, 1)], "out of order"),
        ([(0, 0, 2), (0, 0, 1)], "out of order"),
    ],
)
def test_spikes_that_a_simulator_would_lose_or_misplace_are_refused(
    spikes: list[tuple[int, int, int]], message: str
) -> None:
    with pytest.raises(SimulatorError, match=message):
        check_drive(trains(*spikes), network(SPIKE_SOURCE), 2, 10)


def test_spike_trains_of_other_rows_or_unequal_arrays_are_refused() -> None:
    with pytest.raises(ShapeError, match="drive has 3 rows; expected 2"):
        check_drive(trains(n_rows=3), network(SPIKE_SOURCE), 2, 10)
    with pytest.raises(ShapeError, match=r"drive\.step has shape \(0,\); expected \(1,\)"):
        check_drive(SpikeTrains(np.zeros(1, int), np.zeros(1, int), np.zeros(0, int), 2), network(SPIKE_SOURCE), 2, 10)
