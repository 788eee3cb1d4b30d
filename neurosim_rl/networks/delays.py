"""Synaptic delays of a network: their range, and checks of them against the grid."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import DEFAULT_DELAY_MS
from neurosim_rl.networks.time_grid import MOST_DELAY_STEPS, TimeGrid


def delay_range_ms(projections: Sequence[Projection], grid: TimeGrid, default_ms: float) -> tuple[float, float]:
    """Return the smallest and the largest delay of all synapses, in ms; the default where there are no synapses."""
    delays = [p.delay_ms for p in projections if p.n_synapses and p.has_delay]
    if any(not p.has_delay for p in projections):  # NEST takes this delay for them
        n_steps = max(1, int(DEFAULT_DELAY_MS / grid.step_ms))
        delays.append(np.array([grid.ms(n_steps)]))
    smallest = min(map(np.min, delays), default=default_ms)
    largest = max(map(np.max, delays), default=default_ms)
    return float(smallest), float(largest)


def longest_steps(projections: Sequence[Projection], grid: TimeGrid, n_steps: int) -> int:
    """Return the longest delay that NEST's kernel must allow, in steps.

    Parameters
    ----------
    projections : sequence of Projection
    grid : TimeGrid
    n_steps : int
        Longest delay of the synapses that have one. NEST creates all others with its default.
    """
    if all(p.has_delay for p in projections):
        return n_steps
    return max(n_steps, math.ceil(DEFAULT_DELAY_MS / grid.step_ms))


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
