"""Spike counts of each neuron in recorded episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim_rl.errors import ShapeError
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.recording import Recording


@dataclass(frozen=True)
class Activity:
    """Spike counts of some trials of one network.

    Parameters
    ----------
    counts : int array, shape (n_trials, n_neurons)
        Spikes of each neuron, spike sources included; neurons are counted through the populations.
    n_windows : int array, shape (n_trials,)
        Environment steps of each trial.
    window_ms : float
        Biological time of an environment step.
    """

    counts: np.ndarray
    n_windows: np.ndarray
    window_ms: float

    @classmethod
    def of(cls, recording: Recording, network: Network, window_ms: float) -> Activity:
        """Return the activity of a recording.

        Raises
        ------
        ShapeError
            When a neuron of the recording is not in the network.
        """
        n_trials, spikes = len(recording.lengths), recording.spikes
        if len(spikes) and spikes.neuron.max() >= network.n_neurons:
            raise ShapeError(
                f"the recording has spikes of neuron {spikes.neuron.max()}; the network has {network.n_neurons} "
                "neurons. Was it recorded from another network?"
            )
        place = spikes.element * network.n_neurons + spikes.neuron
        counts = np.bincount(place, minlength=n_trials * network.n_neurons)
        return cls(counts.reshape(n_trials, -1), np.asarray(recording.lengths), window_ms)

    @classmethod
    def join(cls, parts: Sequence[Activity]) -> Activity:
        """Return the trials of several activities as one activity."""
        counts = np.concatenate([part.counts for part in parts])
        return cls(counts, np.concatenate([part.n_windows for part in parts]), parts[0].window_ms)

    @property
    def rate_hz(self) -> np.ndarray:
        """Mean firing rate of each neuron over all trials in Hz, shape (n_neurons,)."""
        return self.counts.sum(axis=0) / (self.n_windows.sum() * self.window_ms * 1e-3)
