"""The encoder: the stronger a stimulus, the earlier its neuron spikes, in proportion to the logarithm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import neurosim_rl as nrl
from neurosim_rl.bridge import Encoder, SpikeTrains, scaled_to_bounds
from neurosim_rl.bridge.elementary import logarithm


@nrl.register("encoder", "forager-latency")
@dataclass
class LogLatency(Encoder):
    """One spike of each neuron and window, ``tau_ms * ln(1 / x)`` after its beginning.

    x is the observed value, as a share of its range. The ratio of two concentrations becomes the difference of two
    latencies, whatever their size. A neuron with a latency beyond the window is silent. Source: Hopfield 1995, Nature
    376:33.
    """

    tau_ms: float = nrl.option(5.0, "later by so many ms for each factor e of the stimulus", low=0.01)

    drives_spikes = True

    @property
    def n_inputs(self) -> int:
        """Number of input neurons: one for each observed variable."""
        return len(self.low)

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return the spikes of the next window."""
        share = scaled_to_bounds(observations, self.low, self.high, clip=True)
        latency_ms = np.full(share.shape, np.inf)
        latency_ms[share > 0] = -self.tau_ms * logarithm(share[share > 0])
        # The last bit of a quotient could decide on a step: round it away.
        step = 1 + np.floor(np.round(latency_ms / self.resolution_ms, 9))
        row, neuron = np.nonzero(step <= self.n_steps)
        return SpikeTrains(row, neuron, step[row, neuron].astype(np.int64), len(active))
