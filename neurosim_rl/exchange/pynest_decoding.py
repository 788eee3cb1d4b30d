"""Decoders in plain NumPy, for the spikes of one window: text for PyNEST scripts (see `pynest_observations`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.bridge.compiled_elementary import hyperbolic_tangent_of
from neurosim_rl.bridge.decoder import NO_SPIKE
from neurosim_rl.bridge.sliding_rate import GRAIN


def winning_action(counts: np.ndarray, neurons_per_action: int, neutral: int | None = None) -> int:
    """Return the action of the neurons with most spikes; a tie gives the neutral action, or the first without one."""
    return one_of(winning_actions(counts, neurons_per_action), neutral)


def winning_or_drawn_action(counts: np.ndarray, neurons_per_action: int, rng: np.random.Generator) -> int:
    """Return the action of the neurons with most spikes; one of several is drawn."""
    return drawn_of(winning_actions(counts, neurons_per_action), rng)


def winning_actions(counts: np.ndarray, neurons_per_action: int) -> np.ndarray:
    """Return the actions with most spikes; several for a tie, silence included."""
    votes = counts.reshape(-1, neurons_per_action).sum(axis=1)
    return np.flatnonzero(votes == votes.max())


def first_action(first: np.ndarray, neurons_per_action: int, neutral: int | None = None) -> int:
    """Return the action of the neuron that spikes first; a tie gives the neutral action, or the first without one."""
    return one_of(first_actions(first, neurons_per_action), neutral)


def first_or_drawn_action(first: np.ndarray, neurons_per_action: int, rng: np.random.Generator) -> int:
    """Return the action of the neuron that spikes first; one of several is drawn."""
    return drawn_of(first_actions(first, neurons_per_action), rng)


def first_actions(first: np.ndarray, neurons_per_action: int) -> np.ndarray:
    """Return the actions with the earliest spike; several for a tie, silence included."""
    earliest = first.reshape(-1, neurons_per_action).min(axis=1)
    return np.flatnonzero(earliest == earliest.min())


def one_of(actions: np.ndarray, neutral: int | None) -> int:
    """Return the only action; of several the neutral one, or the first if there is none."""
    return int(actions[0]) if len(actions) == 1 or neutral is None else neutral


def drawn_of(actions: np.ndarray, rng: np.random.Generator) -> int:
    """Return the only action, or draw one of several."""
    return int(rng.choice(actions)) if len(actions) > 1 else int(actions[0])


def counts_of(neuron: np.ndarray, output_neurons: np.ndarray) -> np.ndarray:
    """Return the number of spikes of each output neuron."""
    return np.bincount(neuron, minlength=output_neurons.max() + 1)[output_neurons]


def steps_of_first_spikes(neuron: np.ndarray, step: np.ndarray, output_neurons: np.ndarray) -> np.ndarray:
    """Return the step of each output neuron's first spike; of a silent neuron the latest step that there could be."""
    return np.array([step[neuron == number].min(initial=NO_SPIKE) for number in output_neurons])


def averaged(counts: np.ndarray, average: np.ndarray, share: float) -> np.ndarray:
    """Return the running average, which these counts move by a share, and which is changed in place; to 2^-16."""
    average += share * (counts - average)
    return np.round(average / GRAIN) * GRAIN


def averaged_windows(counts: np.ndarray, windows: np.ndarray, n_before: int) -> np.ndarray:
    """Return the mean of the last windows, a row each, after these counts replace the oldest; to 2^-16."""
    windows[n_before % len(windows)] = counts
    return np.round(windows.sum(axis=0) / len(windows) / GRAIN) * GRAIN


def highest_membrane(membranes_mv: np.ndarray) -> int:
    """Return the action of the neuron with the highest membrane; of equal ones the first."""
    return int(membranes_mv.argmax())


def action_of_difference(
    counts: np.ndarray, neurons_per_side: int, spikes_at_bound: float, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return the action: in each dimension, one group of neurons raises it and another lowers it."""
    sides = counts.reshape(-1, 2, neurons_per_side).sum(axis=2)
    return action_of_spikes((sides[:, 0] - sides[:, 1]) / neurons_per_side, spikes_at_bound, low, high)


def action_of_vector(
    counts: np.ndarray, directions: np.ndarray, spikes_at_bound: float, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return the action: the sum of each neuron's preferred direction, a row, times its spikes."""
    n_neurons, n_dimensions = directions.shape
    total = (counts[:, None] * directions).sum(axis=0)
    return action_of_spikes(total * (2 * n_dimensions / n_neurons), spikes_at_bound, low, high)


def action_of_mean(counts: np.ndarray, neurons_per_dimension: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the action: in each dimension the mean of the neurons' preferred values, weighted by spikes.

    Preferred values are evenly spaced between the bounds; silence gives the middle.
    """
    furthest = neurons_per_dimension - 1
    places = 2 * np.arange(neurons_per_dimension) - furthest
    by_dimension = counts.reshape(-1, neurons_per_dimension)
    mass, moment = by_dimension.sum(axis=1), (by_dimension * places).sum(axis=1)
    return within_bounds(moment / np.where(mass > 0, mass * furthest, 1), low, high)


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


def action_of_parts(counts: np.ndarray, parts: list[dict[str, Any]], rng: Any = None) -> np.ndarray:
    """Return a number for each choice, and those of each continuous part, from the spikes of the part's own neurons."""
    columns: list[float] = []
    for part in parts:
        own, counts = counts[: part["n_neurons"]], counts[part["n_neurons"] :]
        if "difference" in part:
            columns += action_of_difference(own, **part["difference"]).tolist()
        elif rng is not None:
            columns.append(part["first"] + winning_or_drawn_action(own, **part["vote"], rng=rng))
        else:
            columns.append(part["first"] + winning_action(own, **part["vote"]))
    return np.array(columns, dtype=float)


def action_of_membrane_parts(membranes_mv: np.ndarray, parts: list[dict[str, Any]]) -> np.ndarray:
    """Return a number for each choice, and those of each continuous part, from membranes of the part's own neurons."""
    columns: list[float] = []
    for part in parts:
        own, membranes_mv = membranes_mv[: part["n_neurons"]], membranes_mv[part["n_neurons"] :]
        if "bounds" in part:
            columns += action_of_membranes(own, **part["bounds"]).tolist()
        else:
            columns.append(part["first"] + highest_membrane(own))
    return np.array(columns, dtype=float)
