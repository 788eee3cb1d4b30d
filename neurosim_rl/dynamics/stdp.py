"""One synapse under spike-timing-dependent plasticity (Labady 2023, section 3.2), in NEST and by the reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurosim_rl.dynamics.pair_rule import Course, PairRule, follow
from neurosim_rl.dynamics.paired_spikes import FIRST_STEP, RESOLUTION_MS, PairedSpikes, simulated_weights
from neurosim_rl.dynamics.stdp_protocol import StdpProtocol

SILENCE_MS = 2000.0
"""Time from a pair to the spike of the source at which NEST updates the weight; the traces of the pair are gone."""


@dataclass(frozen=True)
class WindowRecord:
    """Changes of a weight by one pair of spikes, over the time difference of the pair.

    Parameters
    ----------
    dt_ms : array, shape (n_pairs,)
        Arrival of the target's spike at the synapse, minus the source's spike.
    change, expected : array, shape (n_pairs,)
        Change in the simulator, and by the exponentials; in the unit of the weights.
    """

    dt_ms: np.ndarray
    change: np.ndarray
    expected: np.ndarray

    @property
    def largest_relative_distance(self) -> float:
        """Largest distance relative to the expected change."""
        return _largest_relative(self.change, self.expected)


@dataclass(frozen=True)
class DependenceRecord:
    """Changes of a weight by one pair of spikes, over weights and exponents.

    Parameters
    ----------
    dt_ms : float
        Time difference of the pairs in the first half of `change`; those of the second half have the opposite sign.
    exponents : array, shape (n_exponents,)
    weight : array, shape (n_weights,)
        Weight before the pair.
    change, expected : array, shape (2, n_exponents, n_weights)
        First half: the target spikes after the source; second half: before the source.
    """

    dt_ms: float
    exponents: np.ndarray
    weight: np.ndarray
    change: np.ndarray
    expected: np.ndarray

    @property
    def largest_distance(self) -> float:
        """Largest distance from the closed form, in the unit of the weights: a change of 0 has no relative distance."""
        return float(np.max(np.abs(self.change - self.expected)))


@dataclass(frozen=True)
class CourseRecord:
    """A weight over many pairs of spikes.

    Parameters
    ----------
    course : Course
        Traces and weight of the reference, at every ms.
    step : int array, shape (n_pairs,)
        Steps of the source's spikes.
    weight : array, shape (n_pairs,)
        Weight in the simulator, after each of these spikes.
    """

    course: Course
    step: np.ndarray
    weight: np.ndarray

    @property
    def largest_relative_distance(self) -> float:
        """Largest distance of the simulator from the reference, relative to the reference."""
        return _largest_relative(self.weight, self.course.weight[self.step - 1])


@dataclass(frozen=True)
class StdpRecord:
    """Results of the protocol: STDP window, dependence on the weight, course over many pairs."""

    protocol: StdpProtocol
    simulator: str
    window: WindowRecord
    dependence: DependenceRecord
    course: CourseRecord


def run_stdp(protocol: StdpProtocol | None = None, simulator: str = "nest") -> StdpRecord:
    """Simulate the STDP window, the dependence on the weight, and the weight over many pairs.

    Parameters
    ----------
    protocol : StdpProtocol or None
        None: the protocol of Labady 2023.
    simulator : str
        Name of a simulator.
    """
    protocol = protocol or StdpProtocol()
    return StdpRecord(
        protocol,
        simulator,
        _window(protocol, simulator),
        _dependence(protocol, simulator),
        _course(protocol, simulator),
    )


def pair_changes(rules: list[PairRule], weights: np.ndarray, dt_ms: np.ndarray, simulator: str) -> np.ndarray:
    """Return the weight change of each synapse by one pair of spikes, shape (n_synapses,).

    Parameters
    ----------
    rules : list of PairRule
    weights, dt_ms : array, shape (n_synapses,)
        Initial weight, and time difference in whole ms.
    simulator : str
    """
    dt_steps = np.round(dt_ms / RESOLUTION_MS).astype(np.int64)
    pre = FIRST_STEP + np.maximum(-dt_steps, 0)
    end = int((pre + np.abs(dt_steps)).max()) + round(SILENCE_MS / RESOLUTION_MS)
    pairs = [
        PairedSpikes(rule, weight, np.array([step, end]), np.array([step + dt]))
        for rule, weight, step, dt in zip(rules, weights.tolist(), pre.tolist(), dt_steps.tolist(), strict=True)
    ]
    return simulated_weights(pairs, [end], simulator)[:, 0] - weights


def _window(protocol: StdpProtocol, simulator: str) -> WindowRecord:
    n = round(protocol.largest_dt_ms / RESOLUTION_MS)
    dt_ms = np.arange(-n, n + 1) * RESOLUTION_MS
    change = pair_changes([protocol.rule] * len(dt_ms), np.full(len(dt_ms), protocol.weight), dt_ms, simulator)
    return WindowRecord(dt_ms, change, protocol.rule.pair_change(protocol.weight, dt_ms))


def _dependence(protocol: StdpProtocol, simulator: str) -> DependenceRecord:
    exponents, dt_ms = np.array(protocol.exponents), protocol.pair_dt_ms * np.array([1.0, -1.0])
    weight = np.linspace(0.0, protocol.rule.w_max, protocol.n_weights)
    shape = (2, len(exponents), len(weight))
    rules, expected = [], np.empty(shape)
    for half, dt in enumerate(dt_ms):
        for row, mu in enumerate(protocol.exponents):
            rule = replace(protocol.rule, mu_plus=mu, mu_minus=mu)
            rules += [rule] * len(weight)
            expected[half, row] = rule.pair_change(weight, dt)
    weights = np.broadcast_to(weight, shape).ravel()
    change = pair_changes(rules, weights, np.repeat(dt_ms, shape[1] * shape[2]), simulator)
    return DependenceRecord(protocol.pair_dt_ms, exponents, weight, change.reshape(shape), expected)


def _course(protocol: StdpProtocol, simulator: str) -> CourseRecord:
    dt, period = round(protocol.pair_dt_ms / RESOLUTION_MS), round(protocol.period_ms / RESOLUTION_MS)
    pre = FIRST_STEP + dt + period * np.arange(2 * protocol.n_pairs)
    arrival = pre + np.repeat([dt, -dt], protocol.n_pairs)
    pairs = PairedSpikes(protocol.rule, protocol.weight, pre, arrival)
    weight = simulated_weights([pairs], pre.tolist(), simulator)[0]
    n_steps = period * 2 * protocol.n_pairs
    return CourseRecord(follow(protocol.rule, protocol.weight, pre, arrival, n_steps, RESOLUTION_MS), pre, weight)


def _largest_relative(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest relative distance; infinite if a value differs from an expected 0."""
    distance, size = np.abs(found - expected), np.abs(expected)
    if (distance[size == 0] > 0).any():
        return np.inf
    return float(np.max(distance[size > 0] / size[size > 0], initial=0.0))
