"""Time as NEST counts it: in ticks of 1e-3 ms, and in grid steps of a whole number of ticks.

NEST computes with whole ticks, and truncates or rounds a time in ms to them. Simulators therefore take every duration
from here, as a number of steps, and every number of steps as the ms that NEST has for it. The operations are those of
``nestkernel/nest_time.h`` and ``nest_time.cpp`` of NEST 3.10, in their order, because a last bit may become a spike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import overload

import numpy as np

from neurosim_rl.errors import NetworkError

TICKS_PER_MS = 1000.0

MS_PER_TICK = 1 / TICKS_PER_MS

LONGEST_RESOLUTION_MS = 1e6

MOST_DELAY_STEPS = 2**21 - 1
"""Longest delay that a synapse of NEST can hold (``NUM_BITS_DELAY``); it drops the higher bits of a longer one."""

MOST_REFRACTORY_STEPS = 2**31 - 1
"""NEST's neurons count refractory steps in 32 bits."""

TOLERANCE = 1e-6
"""Part of a step by which a time may miss the grid: decimal fractions of ms are not exact in binary."""


@dataclass(frozen=True)
class TimeGrid:
    """The grid of a simulation.

    Parameters
    ----------
    ticks_per_step : int
        NEST's ticks of 1e-3 ms in each step, at least 1.
    """

    ticks_per_step: int

    @classmethod
    def of(cls, resolution_ms: float) -> TimeGrid:
        """Return the grid of a resolution.

        Raises
        ------
        NetworkError
            For a resolution that NEST refuses: it must be a whole number of ticks.
        """
        ticks = resolution_ms / MS_PER_TICK
        if not (MS_PER_TICK <= resolution_ms <= LONGEST_RESOLUTION_MS and _is_whole(ticks)):
            raise NetworkError(
                f"resolution_ms is {resolution_ms!r}; expected a multiple of {MS_PER_TICK:g} ms (NEST's tick), from "
                f"{MS_PER_TICK:g} to {LONGEST_RESOLUTION_MS:g} ms. Round it to three decimals."
            )
        return cls(round(ticks))

    @property
    def step_ms(self) -> float:
        """Length of a step in ms, to the bit that NEST's neurons compute with; a decimal fraction may differ in it."""
        return MS_PER_TICK * self.ticks_per_step

    @property
    def delay_step_ms(self) -> float:
        """The same to the bit that NEST's synapses compute with (``MS_PER_STEP``)."""
        return self.ticks_per_step / TICKS_PER_MS

    @overload
    def ms(self, steps: int) -> float: ...

    @overload
    def ms(self, steps: np.ndarray) -> np.ndarray: ...

    def ms(self, steps: np.ndarray | int) -> np.ndarray | float:
        """Return the time of some steps in ms, as NEST's ``Time::get_ms``: NEST reads it as exactly these steps."""
        return MS_PER_TICK * (steps * self.ticks_per_step)

    def steps(self, time_ms: np.ndarray | float) -> np.ndarray:
        """Return the nearest number of steps of each time, an int array of the same shape."""
        return np.round(self._exact_steps(time_ms)).astype(np.int64)

    def holds(self, time_ms: np.ndarray | float) -> bool:
        """Return whether all times are whole numbers of steps, and at least one step; False for NaN."""
        steps = self._exact_steps(time_ms)
        if not np.isfinite(steps).all():
            return False
        whole = np.round(steps)
        return bool(np.all((np.abs(steps - whole) <= TOLERANCE) & (whole >= 1)))

    def _exact_steps(self, time_ms: np.ndarray | float) -> np.ndarray:
        return np.asarray(time_ms, np.float64) / self.delay_step_ms

    def refractory_steps(self, time_ms: float) -> int:
        """Return the steps of a refractory time: rounded to ticks, and then up (``Time(Time::ms(t)).get_steps()``).

        Raises
        ------
        NetworkError
            For more steps than NEST can count.
        """
        ticks = math.floor(time_ms * TICKS_PER_MS + 0.5) if math.isfinite(time_ms) else -1
        # A product with the inverse, as in NEST: it may fall below a whole number, which a quotient would be.
        steps = int((ticks + self.ticks_per_step - 1) * (1.0 / self.ticks_per_step))
        if not (ticks >= 0 and steps <= MOST_REFRACTORY_STEPS):
            raise NetworkError(
                f"t_ref is {time_ms:g} ms; expected 0 to {MOST_REFRACTORY_STEPS * self.step_ms:g} ms. Change it."
            )
        return steps


def _is_whole(number: float) -> bool:
    """Return whether a number is whole but for two bits of rounding (``is_integer`` of NEST's ``numerics.cpp``)."""
    part = number % 1.0
    return min(part, 1.0 - part) < 4 * number * float(np.finfo(float).eps)
