"""Normalisations and tunings in plain NumPy, for one observation: text for PyNEST scripts.

Each function does what a class of `neurosim_rl.bridge` does for a batch, with the same operations in the same order.
Scripts hold copies, so these functions use NumPy and each other only.
"""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge.compiled_elementary import exponential_of


def divide_by_bounds(observation: np.ndarray, bound: np.ndarray, gain: float) -> np.ndarray:
    """Divide each variable by its largest absolute value in random play."""
    return observation / bound * gain


def standardise(observation: np.ndarray, mean: np.ndarray, deviation: np.ndarray, limit: float) -> np.ndarray:
    """Subtract the mean of each variable, divide by its standard deviation, and clip."""
    return np.clip((observation - mean) / deviation, -limit, limit)


def between_bounds(observation: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Scale each variable from its bounds to [0, 1]; beyond them it saturates."""
    return (np.clip(observation, low, high) - low) / (high - low)


def linear_activity(observation: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the activity of one input neuron for each variable: 0 at the lower bound, 1 at the upper."""
    return between_bounds(observation, low, high)


def signed_activity(observation: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the activity of one input neuron for each variable: -1 at the lower bound, 1 at the upper."""
    return 2.0 * between_bounds(observation, low, high) - 1.0


def opponent_activity(observation: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the activity of two input neurons for each variable: all ON neurons, then all OFF neurons.

    ON is active above the middle of the range, and OFF below.
    """
    signed = 2.0 * between_bounds(observation, low, high) - 1.0
    return np.concatenate([np.maximum(signed, 0.0), np.maximum(-signed, 0.0)])


def gaussian_activity(
    observation: np.ndarray, low: np.ndarray, high: np.ndarray, n_fields: int, width: float
) -> np.ndarray:
    """Return the activity of the receptive fields: Gaussians with evenly spaced centres along each variable."""
    centres = np.linspace(0.0, 1.0, n_fields)
    deviation = width / (n_fields - 1)
    distance = (between_bounds(observation, low, high)[:, None] - centres) / deviation
    # NumPy's exponential differs between processors in its last bit; this one does not.
    return np.array([exponential_of(x) for x in (-0.5 * distance**2).ravel().tolist()])


def field_activity(
    observation: np.ndarray, low: np.ndarray, high: np.ndarray, centres: np.ndarray, deviations: np.ndarray
) -> np.ndarray:
    """Return the activity of Gaussian fields with these centres and widths, a row for each variable; to 1e-12."""
    distance = (between_bounds(observation, low, high)[:, None] - centres) / deviations
    return np.round([exponential_of(x) for x in (-0.5 * distance**2).ravel().tolist()], 12)


def one_hot_activity(observation: np.ndarray, low: np.ndarray, high: np.ndarray, n_bins: int) -> np.ndarray:
    """Return 1 for the bin of each variable and 0 for its other bins, which have equal width."""
    bins = (between_bounds(observation, low, high) * n_bins).astype(int)
    return one_for_each_bin(np.clip(bins, 0, n_bins - 1), n_bins)


def quantile_activity(
    observation: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    edges: np.ndarray,
    means: np.ndarray,
    deviations: np.ndarray,
) -> np.ndarray:
    """Return 1 for the bin of each variable and 0 for its other bins; the edges are in standard deviations."""
    standardised = (between_bounds(observation, low, high) - means) / deviations
    return one_for_each_bin(np.searchsorted(edges, standardised, side="right"), len(edges) + 1)


def one_for_each_bin(bins: np.ndarray, n_bins: int) -> np.ndarray:
    """Return 1 for the given bin of each variable and 0 for all others, variable by variable."""
    return (bins[:, None] == np.arange(n_bins)).astype(float).ravel()
