"""Response maps in many steps of an episode, which the network plays only once."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from neurosim_rl.bridge import Drive, SpikeTrains
from neurosim_rl.errors import SimulatorError
from neurosim_rl.evaluation.carried_responses import (
    Grid,
    Player,
    answered_map,
    carried_responses,
    check_repeatable,
)
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.carried_responses import CarriedResponses
from neurosim_rl.records.recording import Recording
from neurosim_rl.simulators import Simulator, create_simulator

FIRST = np.array([0])
"""The element that plays the episode for all others."""


def carried_response_maps(
    optimizee: ClosedLoop,
    vector: np.ndarray,
    recording: Recording,
    windows: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    *,
    trial: int = 0,
    bounds: tuple[np.ndarray, np.ndarray],
    n_grid: int = 12,
    most_before: int | None = None,
) -> list[CarriedResponses]:
    """Return the maps of all pairs of variables in the first step, then in the next.

    They equal those of `carried_responses`. One network plays the episode, and its state in each step is spread over
    the cells of the maps, where the simulator can do that. Otherwise each map's networks play the episode again.

    Parameters
    ----------
    windows : sequence of int
        Steps of the trial's first episode, in ascending order.
    pairs : sequence of tuple of int
        Observed variables on x and y.
    most_before : int or None
        Most windows that networks play before each step where all of them play the episode; None: all.
    vector, recording, trial, bounds, n_grid
        As of `carried_responses`.

    Raises
    ------
    ConfigurationError
        When the weights change while the network plays, or each network needs a kernel for itself.
    """
    check_repeatable(optimizee, vector)
    if optimizee.has_neurons:
        try:
            return _of_one_episode(optimizee, vector, recording, windows, pairs, trial, bounds, n_grid)
        except SimulatorError:  # it copies no states
            pass
    maps = []
    for window, axes in product(windows, pairs):
        grid: dict[str, Any] = {"axes": axes, "bounds": bounds, "n_grid": n_grid}
        made = carried_responses(optimizee, vector, recording, window, trial=trial, most_before=most_before, **grid)
        maps.append(made)
    return maps


def _of_one_episode(
    optimizee: ClosedLoop,
    vector: np.ndarray,
    recording: Recording,
    windows: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    trial: int,
    bounds: tuple[np.ndarray, np.ndarray],
    n_grid: int,
) -> list[CarriedResponses]:
    """Return all maps; raise SimulatorError before the first window is played if the simulator copies no states."""
    recorded = recording.traces.observations[trial]
    n, maps, played = n_grid * n_grid + 1, [], 0
    with create_simulator(optimizee.config.simulator) as simulator:
        player = Player.begin(optimizee, vector, simulator, int(recording.start_seeds[trial]), n)
        simulator.spread(0)
        for window in windows:
            for shown in recorded[played:window]:
                player.play(np.repeat(shown[None], n, axis=0), _OneForAll(simulator, n))
            played = max(played, window)
            for axes in pairs:
                grid = Grid.around(recorded[window], axes, bounds, n_grid)
                with simulator.spread(0) as here:
                    one_map = replace(player, simulator=here, parts=deepcopy(player.parts))
                    answers = one_map.answers(grid.observations, window)
                maps.append(answered_map(recording, trial, window, window, grid, answers))
    return maps


class _OneForAll:
    """A simulator in which one element plays, and what it does is that of all: they get the same drive.

    Encoders and decoders keep a state for each element, so they are asked for all.
    """

    def __init__(self, simulator: Simulator, n: int) -> None:
        self._simulator, self._n = simulator, n

    def advance(self, drive: Drive, window_ms: float, active: np.ndarray) -> np.ndarray:
        """Simulate a window of the first element; return its counts for all."""
        return self._for_all(self._simulator.advance(_first_row(drive), window_ms, FIRST))

    def output_mv(self) -> np.ndarray:
        """Return the first element's output membranes for all."""
        return self._for_all(self._simulator.output_mv())

    def first_output_steps(self, active: np.ndarray) -> np.ndarray:
        """Return the steps of the first element's first spikes for all."""
        return self._for_all(self._simulator.first_output_steps(FIRST))

    def _for_all(self, values: np.ndarray) -> np.ndarray:
        return np.repeat(values, self._n, axis=0)


def _first_row(drive: Drive) -> Drive:
    """Return the drive of the first row."""
    background = None if drive.background is None else _first_trains(drive.background)
    if isinstance(drive, SpikeTrains):
        return replace(_first_trains(drive), background=background)
    return replace(drive, pa=drive.pa[:1], background=background)


def _first_trains(trains: SpikeTrains) -> SpikeTrains:
    mine = trains.row == 0
    return SpikeTrains(trains.row[mine], trains.input[mine], trains.step[mine], n_rows=1)
