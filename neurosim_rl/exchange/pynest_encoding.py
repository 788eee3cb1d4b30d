"""Encoders in plain NumPy, for one observation: text for PyNEST scripts (see `pynest_observations`)."""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge.compiled_elementary import logarithm_of
from neurosim_rl.bridge.population_code import accumulated


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


def linear_latencies(activity: np.ndarray, threshold: float, latest_ms: float) -> np.ndarray:
    """Return the time of the spike of each input neuron in ms: early for a high activity, infinite below threshold."""
    activity = np.round(activity, 12)
    return np.where(activity >= threshold, latest_ms * (1.0 - activity), np.inf)


def logarithmic_latencies(activity: np.ndarray, threshold: float, tau_ms: float) -> np.ndarray:
    """Return the time in ms that a leaky integrator, charged by the activity, takes up to a threshold; or infinity."""
    activity = np.round(activity, 12)
    latency_ms = np.full(activity.shape, np.inf)
    above = activity[activity > threshold]
    ratio = above / (above - threshold)
    latency_ms[activity > threshold] = tau_ms * np.array([logarithm_of(x) for x in ratio.tolist()])
    return latency_ms


def spikes_at(latency_ms: np.ndarray, latest_step: int, resolution_ms: float) -> tuple[np.ndarray, np.ndarray]:
    """Return neuron and grid step of each input spike: at the end of the step that contains its time."""
    steps = np.maximum(np.ceil(np.round(latency_ms / resolution_ms, 9)), 1.0)
    neuron = np.flatnonzero(steps <= latest_step)
    return neuron, steps[neuron].astype(int)


def spikes_of_changes(
    observation: np.ndarray,
    origin: np.ndarray,
    level: np.ndarray,
    threshold: np.ndarray,
    most_spikes: int,
    interval_steps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return neuron and grid step of each input spike: one for each threshold by which a variable rose, or fell.

    The reference of a variable is its origin plus a whole number of thresholds, the level. Origins (NaN: not known yet)
    and levels last from window to window; they are changed in place.
    """
    origin[:] = np.where(np.isnan(origin), observation, origin)
    with np.errstate(over="ignore"):
        change = (observation - origin) / threshold - level
        rises = np.clip(np.trunc(np.round(change, 9)), -most_spikes, most_spikes)
    level += rises
    n_spikes = np.concatenate([np.maximum(rises, 0), np.maximum(-rises, 0)]).astype(int)
    number = np.concatenate([np.arange(n) for n in n_spikes])
    return np.repeat(np.arange(len(n_spikes)), n_spikes), 1 + number * interval_steps


def population_spikes(activity: np.ndarray, time_steps: int, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return neuron and grid step of each input spike: in each time step a neuron adds its activity up to a spike."""
    neuron, number = np.nonzero(accumulated(activity, time_steps))
    return neuron, 1 + number * n_steps // time_steps


def drawn_population_spikes(
    activity: np.ndarray, time_steps: int, n_steps: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return neuron and grid step of each input spike: drawn in each time step, with the activity as probability."""
    neuron, number = np.nonzero(rng.random((len(activity), time_steps)) < activity[:, None])
    return neuron, 1 + number * n_steps // time_steps
