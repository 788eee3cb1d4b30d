"""Checks of synaptic delays against the grid of a network."""

from __future__ import annotations

import numpy as np

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.time_grid import MOST_DELAY_STEPS, TimeGrid


def check_delays(projection: Projection, grid: TimeGrid, resolution_ms: float) -> None:
    """Raise unless the delays of a projection, if it has any, are on the grid, and NEST can hold them.

    Raises
    ------
    NetworkError
    """
    if not projection.has_delay:
        return
    if not grid.holds(projection.delay_ms):
        raise NetworkError(
            f"{projection.label}: delays must be multiples of the resolution, {resolution_ms} ms, and above 0."
        )
    longest = np.max(grid.steps(projection.delay_ms), initial=0)
    if longest > MOST_DELAY_STEPS:
        raise NetworkError(
            f"{projection.label}: a delay has {longest} steps; NEST holds at most {MOST_DELAY_STEPS}, "
            f"{grid.ms(MOST_DELAY_STEPS):g} ms here. Shorten it, or set a larger resolution."
        )


def check_min_delay(min_delay_ms: float, smallest_ms: float, grid: TimeGrid, resolution_ms: float) -> None:
    """Raise if a simulator that advances by this time would deliver spikes too late.

    Parameters
    ----------
    min_delay_ms : float
    smallest_ms : float
        Smallest delay of all synapses; infinite: there are none.
    grid : TimeGrid
    resolution_ms : float

    Raises
    ------
    NetworkError
    """
    if not grid.holds(min_delay_ms) or min_delay_ms > smallest_ms + 0.5 * resolution_ms:
        raise NetworkError(
            f"min_delay_ms = {min_delay_ms}; expected a multiple of the resolution, {resolution_ms} ms, and at most "
            f"the smallest delay, {smallest_ms} ms."
        )
