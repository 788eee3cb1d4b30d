"""Random time grids: any resolution that NEST takes; delays and windows of any number of steps, written in two ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.networks.time_grid import TimeGrid

NAMED_MS = (0.3, 0.35, 0.6, 0.7, 0.95, 1.15, 0.1, 0.2, 0.5, 1.0)
"""Resolutions with an inexact ms, or with inexact multiples, and the usual ones; every third case has one of these."""

MOST_TICKS = 5000

FASTEST_MS, SLOWEST_MS = 0.1, 2.0
"""Resolutions between these have neurons with usual time constants; others are faster or slower in proportion."""

LONGEST_WINDOWS = (4, 20, 60, 200)
"""Steps of the longest window of a case."""

LONG_DELAY_STEPS = 600


@dataclass(frozen=True)
class RandomGrid:
    """A time grid and how times on it are written.

    Parameters
    ----------
    resolution_ms : float
    multiplies : bool
        Whether a time is the number of steps times the resolution, with its rounding error; else the nearest decimal.
    """

    resolution_ms: float
    multiplies: bool

    @property
    def slowness(self) -> float:
        """Factor of all time constants and capacitances, with which networks spike at any resolution."""
        return min(max(1.0, self.resolution_ms / SLOWEST_MS), self.resolution_ms / FASTEST_MS)

    def ms(self, steps: np.ndarray | int) -> np.ndarray:
        """Return times of so many steps, as somebody might write them."""
        if self.multiplies:
            return np.asarray(steps) * self.resolution_ms
        return np.asarray(steps) * TimeGrid.of(self.resolution_ms).ticks_per_step / 1000.0

    def steps(self, time_ms: float) -> int:
        """Return the steps of a time, at least 1."""
        return max(1, round(time_ms / self.resolution_ms))


def random_grid(rng: np.random.Generator, seed: int) -> RandomGrid:
    """Return the grid of a case: a named resolution for every third seed; else any, evenly or mostly short."""
    ticks = int(rng.integers(1, 2000) if rng.random() < 0.7 else np.exp(rng.uniform(0, np.log(MOST_TICKS))))
    literal = NAMED_MS[seed // 3 % len(NAMED_MS)] if seed % 3 == 0 else ticks / 1000.0
    is_product, multiplies = rng.random(2) < 0.5
    return RandomGrid(round(literal * 1000) * 0.001 if is_product else literal, bool(multiplies))


def random_windows(rng: np.random.Generator, n_windows: int) -> list[int]:
    """Return the steps of each window: all alike, or each its own, so that windows cut slices."""
    longest = int(rng.choice(LONGEST_WINDOWS))
    if rng.random() < 0.4:
        return [int(rng.integers(1, longest + 1))] * n_windows
    return rng.integers(1, longest + 1, n_windows).tolist()


@dataclass(frozen=True)
class RandomDelays:
    """Delays of a batch in steps.

    Parameters
    ----------
    slice_steps : int
        Smallest delay that the networks name.
    shortest, longest : int
        All delays lie between these.
    """

    slice_steps: int
    shortest: int
    longest: int

    def draw(self, rng: np.random.Generator, n_synapses: int) -> np.ndarray:
        """Return the delay of each synapse."""
        return rng.integers(self.shortest, self.longest + 1, n_synapses)


def random_delays(rng: np.random.Generator, grid: RandomGrid, longest_ms: float, one_delay: bool) -> RandomDelays:
    """Return delays from 1 to 12 steps or so on; slices may be shorter than the shortest delay."""
    shortest = int(rng.integers(1, 13)) if rng.random() < 0.7 else 1
    slice_steps = int(rng.integers(1, shortest + 1)) if rng.random() < 0.3 else shortest
    if one_delay:
        return RandomDelays(slice_steps, shortest, shortest)
    longest = shortest + int(rng.integers(1, grid.steps(longest_ms * grid.slowness) + 1))
    if rng.random() < 0.1:
        longest = shortest + LONG_DELAY_STEPS
    return RandomDelays(slice_steps, shortest, longest)
