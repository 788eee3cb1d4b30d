"""Encoders in plain NumPy, for one observation: text for PyNEST scripts (see `pynest_observations`)."""

from __future__ import annotations

import numpy as np


def currents_of_activity(activity: np.ndarray, peak_pa: float, offset_pa: float) -> np.ndarray:
    """Return the current into each input neuron in pA, rounded to 1e-6 pA."""
    return np.round(offset_pa + peak_pa * activity, 6)


def weighted_currents(observation: np.ndarray, read_in_pa: np.ndarray, offset_pa: float, digits: int) -> np.ndarray:
    """Return the current into each input neuron in pA: a weighted sum of all variables, rounded.

    The variables are added one after the other: a matrix product may add in another order, and with the order the last
    bit of the sum changes.
    """
    total_pa = np.full(read_in_pa.shape[1], offset_pa)
    for value, weights_pa in zip(observation, read_in_pa, strict=True):
        total_pa += value * weights_pa
    return np.round(total_pa, digits)


def with_bias(observation: np.ndarray) -> np.ndarray:
    """Return the observation and a constant 1, the weights of which are the biases of the input neurons."""
    return np.append(observation, 1.0)


def spikes_per_step(activity: np.ndarray, peak_hz: float, floor_hz: float, resolution_ms: float) -> np.ndarray:
    """Return the expected number of spikes of each input neuron in a grid step, rounded to 1e-12."""
    rate_hz = floor_hz + (peak_hz - floor_hz) * activity
    return np.round(rate_hz * resolution_ms * 1e-3, 12)


def poisson_spikes(expected: np.ndarray, n_steps: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return neuron and grid step of each input spike: one draw for each neuron and step of the window."""
    neuron, step = np.nonzero(rng.random((len(expected), n_steps)) < expected[:, None])
    return neuron, step + 1


def regular_spikes(expected: np.ndarray, n_steps: int, phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return neuron and grid step of each input spike: one whenever the phase of a neuron reaches a whole number.

    The phases last from window to window; they are changed in place.
    """
    neuron = np.flatnonzero(expected)
    grown = phase[neuron, None] + expected[neuron, None] * np.arange(n_steps + 1)
    driven, step = np.nonzero(np.floor(grown[:, 1:]) > np.floor(grown[:, :-1]))
    phase[neuron] = grown[:, -1] % 1.0
    return neuron[driven], step + 1
