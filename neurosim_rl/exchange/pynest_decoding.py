"""Decoders in plain NumPy, for the spikes of one window: text for PyNEST scripts (see `pynest_observations`)."""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge.compiled_elementary import hyperbolic_tangent_of


def winning_action(counts: np.ndarray, neurons_per_action: int, neutral: int | None = None) -> int:
    """Return the action of the neurons with most spikes; a tie gives the neutral action, or the first without one."""
    winners = winning_actions(counts, neurons_per_action)
    if len(winners) > 1 and neutral is not None:
        return neutral
    return int(winners[0])


def winning_or_drawn_action(counts: np.ndarray, neurons_per_action: int, rng: np.random.Generator) -> int:
    """Return the action of the neurons with most spikes; one of several is drawn."""
    winners = winning_actions(counts, neurons_per_action)
    return int(rng.choice(winners)) if len(winners) > 1 else int(winners[0])


def winning_actions(counts: np.ndarray, neurons_per_action: int) -> np.ndarray:
    """Return the actions with most spikes; several for a tie, silence included."""
    votes = counts.reshape(-1, neurons_per_action).sum(axis=1)
    return np.flatnonzero(votes == votes.max())


def highest_membrane(membranes_mv: np.ndarray) -> int:
    """Return the action of the neuron with the highest membrane; of equal ones the first."""
    return int(membranes_mv.argmax())


def action_of_difference(
    counts: np.ndarray, neurons_per_side: int, spikes_at_bound: float, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return the action: in each dimension, one group of neurons raises it and another lowers it."""
    sides = counts.reshape(-1, 2, neurons_per_side).sum(axis=2)
    return action_of_spikes((sides[:, 0] - sides[:, 1]) / neurons_per_side, spikes_at_bound, low, high)


def action_of_weighted_counts(
    counts: np.ndarray, readout: np.ndarray, spikes_at_bound: float, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return the action: in each dimension, a weighted sum of all spike counts, added neuron by neuron."""
    spikes = np.zeros(readout.shape[1])
    for count, weights in zip(counts, readout, strict=True):
        spikes += float(count) * weights
    return action_of_spikes(spikes, spikes_at_bound, low, high)


def action_of_spikes(spikes: np.ndarray, spikes_at_bound: float, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the action for signed numbers of spikes: none gives the middle of the bounds."""
    return within_bounds(np.clip(spikes / spikes_at_bound, -1.0, 1.0), low, high)


def action_of_membranes(membranes_mv: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the action: the hyperbolic tangent of each membrane, rounded to 1e-12, scaled to the bounds."""
    strength = np.array([hyperbolic_tangent_of(v) for v in membranes_mv.tolist()])
    return within_bounds(np.round(strength, 12), low, high)


def within_bounds(strength: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Scale strengths from [-1, 1] to the bounds of the action."""
    middle, half_range = (low + high) / 2, (high - low) / 2
    return np.clip(middle + half_range * strength, low, high)
