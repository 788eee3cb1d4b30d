"""Background spikes in plain PyNEST: text for PyNEST scripts (see `pynest_observations`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.exchange.pynest_encoding import poisson_spikes
from neurosim_rl.exchange.pynest_network import emit, numbers_of


def emit_background(
    sources: Any, begin: int, n_steps: int, expected: float, ticks_per_step: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw spikes for the grid steps behind `begin`, and let the sources emit them; return neuron and grid step."""
    source, step = poisson_spikes(np.full(len(sources), expected), n_steps, rng)
    emit([sources], source, begin + step, ticks_per_step)
    return numbers_of([sources])[source], begin + step
