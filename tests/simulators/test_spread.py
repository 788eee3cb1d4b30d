"""One element's state for all: they go on as that element does, and the simulator that was copied goes on as before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.random_networks import Case, random_case
from neurosim_rl.bridge import Currents, Drive, SpikeTrains
from neurosim_rl.errors import SimulatorError
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.base import Simulator

N, ELEMENT = 20, 17
"""Elements: two blocks of lanes, and one in the second."""


def first_row(drive: Drive) -> Drive:
    """Return the drive of the first row alone."""
    if isinstance(drive, Currents):
        return Currents(drive.pa[:1])
    mine = drive.row == 0
    return SpikeTrains(drive.row[mine], drive.input[mine], drive.step[mine], n_rows=1)


def for_all(drive: Drive) -> Drive:
    """Return the drive of the first row for all elements."""
    if isinstance(drive, Currents):
        return Currents(np.repeat(drive.pa[:1], N, axis=0))
    one = first_row(drive)
    assert isinstance(one, SpikeTrains)
    row = np.repeat(np.arange(N), len(one.row))
    return SpikeTrains(row, np.tile(one.input, N), np.tile(one.step, N), n_rows=N)


def equal_networks(seed: int) -> Case:
    """Return a random case in which all elements have one network and one drive."""
    case = random_case(seed)
    network = case.networks[-1]
    return replace(case, networks=[network] * N, drives=[for_all(drive) for drive in case.drives])


def play(simulator: Simulator, case: Case, windows: range) -> list[np.ndarray]:
    """Play windows with all elements; return counts and spikes of each."""
    found = []
    for number in windows:
        found.append(simulator.advance(case.drives[number], case.windows_ms[number], np.arange(N)))
        spikes = simulator.window_spikes()
        found.append(np.stack([spikes.element, spikes.neuron, spikes.step]))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_all_elements_go_on_as_the_one_would(seed: int) -> None:
    case = equal_networks(seed)
    n_windows = len(case.drives)
    half = range(n_windows // 2)
    with create_simulator("compiled") as whole, create_simulator("compiled") as one:
        for simulator in (whole, one):
            simulator.build(case.networks, window_spikes_of=[p.name for p in case.networks[0].populations])
        play(whole, case, half)
        for number in half:  # a single element plays
            one.advance(first_row(case.drives[number]), case.windows_ms[number], np.array([ELEMENT]))
        rest = range(len(half), n_windows)
        expected = play(whole, case, rest)
        for _ in range(2):  # twice: the first copy has not changed what the second is made of
            with one.spread(ELEMENT) as spread:
                for found, wanted in zip(play(spread, case, rest), expected, strict=True):
                    np.testing.assert_array_equal(found, wanted)


def test_networks_that_learn_and_those_of_nest_are_not_copied() -> None:
    case = equal_networks(0)
    with create_simulator("compiled") as simulator:
        simulator.build(case.networks, sets_weights=True)
        with pytest.raises(SimulatorError, match="networks that learn is not copied"):
            simulator.spread(0)
    with create_simulator("nest") as simulator, pytest.raises(SimulatorError, match="cannot copy the state"):
        simulator.spread(0)


def test_an_element_that_has_ended_has_no_state_to_copy() -> None:
    case = equal_networks(0)
    with create_simulator("compiled") as simulator:
        simulator.build(case.networks)
        simulator.advance(first_row(case.drives[0]), case.windows_ms[0], np.array([ELEMENT]))
        with pytest.raises(SimulatorError, match="An element that has ended cannot come back"):
            simulator.spread(0)
