"""Latency code: one spike of each input neuron in a window, earlier for a higher activity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.drive import SpikeTrains
from neurosim_rl.bridge.elementary import logarithm
from neurosim_rl.bridge.tuned_encoders import TunedEncoder
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.options import option


@dataclass
class LatencyEncoder(TunedEncoder):
    """Time to first spike: each input neuron spikes once in a window, the earlier the higher its activity a is.

    ``linear``: the spike comes ``latest_ms * (1 - a)`` after the beginning of the window; a neuron with an activity
    below ``threshold`` is silent. Source: Bohte, Kok & La Poutre 2002, Neurocomputing 48:17 (with Gaussian receptive
    fields, 10 ms, and silence below 0.1).

    ``logarithmic``: the spike comes ``tau_ms * ln(a / (a - threshold))`` after the beginning of the window. A leaky
    integrator with this time constant, charged by a current in proportion to a, needs that time up to a threshold
    potential. At or below ``threshold`` the neuron is silent, and also if the spike would come after ``latest_ms``.
    Source: Eshraghian et al. 2023, Proc. IEEE 111:1016 (latency coding of snnTorch).

    A spike is emitted at the end of the grid step that contains its time; activity 1 of the linear law gives the first
    step. Times are rounded to 1e-9 ms. Nothing is remembered from window to window.
    """

    law: str = option("linear", "latency as a function of activity", choices=("linear", "logarithmic"))
    threshold: float = option(0.1, "activity below which a neuron is silent", low=0, high=1)
    latest_ms: float = option(0.0, "time of the latest spike in ms, from the window's beginning; 0 = its end", low=0)
    tau_ms: float = option(5.0, "membrane time constant of the logarithmic law in ms", low=1e-3)

    drives_spikes = True

    def __post_init__(self) -> None:
        """Check the tuning, the latest time, and the threshold of the logarithmic law."""
        super().__post_init__()
        self._refuse_negative("a latency needs an activity from 0 to 1")
        if self.latest_ms > self.window_ms:
            raise ConfigurationError(
                f"encoder.latest_ms = {self.latest_ms:g}; expected at most the window, {self.window_ms:g} ms. Set a "
                "smaller one, or 0 for the end of the window."
            )
        if 0 < self.latest_ms < self.resolution_ms:
            raise ConfigurationError(
                f"encoder.latest_ms = {self.latest_ms:g}; expected at least one grid step, {self.resolution_ms:g} ms. "
                "Set a larger one, or 0 for the end of the window."
            )
        if self.law == "logarithmic" and self.threshold == 0:
            raise ConfigurationError(
                "encoder.threshold = 0 with law 'logarithmic': each neuron would spike at once; expected a threshold "
                "above 0. Set encoder.threshold, or encoder.law = 'linear'."
            )

    @property
    def latest_step(self) -> int:
        """Grid step of the window in which the latest spike can come."""
        return int(self.latest_ms / self.resolution_ms + 1e-9) if self.latest_ms else self.n_steps

    def latencies_ms(self, activity: np.ndarray) -> np.ndarray:
        """Return the time of each neuron's spike in ms from the window's beginning; infinite for silent neurons."""
        if self.law == "linear":
            time_ms = self.latest_step * self.resolution_ms * (1.0 - activity)
            return np.where(activity >= self.threshold, time_ms, np.inf)
        time_ms = np.full(activity.shape, np.inf)
        spikes = activity > self.threshold
        above = activity[spikes]
        time_ms[spikes] = self.tau_ms * logarithm(above / (above - self.threshold))
        return time_ms

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return the spike of each neuron that is not silent."""
        # The last bit of an activity could decide on a step, or on silence at the threshold: round it away.
        latency_ms = self.latencies_ms(np.round(self.activity(observations), 12))
        steps = np.maximum(np.ceil(np.round(latency_ms / self.resolution_ms, 9)), 1.0)
        row, neuron = np.nonzero(steps <= self.latest_step)
        return SpikeTrains(row, neuron, steps[row, neuron].astype(np.int64), len(active))
