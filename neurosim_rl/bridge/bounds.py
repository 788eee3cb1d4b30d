"""Bounds of observed variables: checks, and observations scaled to [0, 1]."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from neurosim_rl.errors import EncodingError
from neurosim_rl.settings.checks import check_shape


def check_bounded(low: np.ndarray, high: np.ndarray) -> None:
    """Raise unless all bounds, shape (n_observations,) each, are finite and ordered.

    Raises
    ------
    EncodingError
    """
    for index, (lowest, highest) in enumerate(zip(low, high, strict=True)):
        if not (np.isfinite(lowest) and np.isfinite(highest) and lowest < highest):
            raise EncodingError(
                f"observation[{index}] has bounds [{lowest}, {highest}]; expected finite, ordered bounds. "
                "Set environment.observation_low and environment.observation_high, or measure them: "
                "normalisation.name = 'bounds'."
            )


def check_symmetric(low: np.ndarray, high: np.ndarray, variables: Collection[int]) -> None:
    """Raise unless the bounds of some observed variables are symmetric about 0.

    Raises
    ------
    EncodingError
    """
    for index in variables:
        if low[index] != -high[index]:
            raise EncodingError(
                f"observation[{index}] has bounds [{low[index]:g}, {high[index]:g}]; expected bounds symmetric about "
                "0, because it changes sign in the mirror. Set environment.observation_low and "
                "environment.observation_high."
            )


def scaled_to_bounds(observations: np.ndarray, low: np.ndarray, high: np.ndarray, clip: bool) -> np.ndarray:
    """Return observations scaled to [0, 1], shape (n_rows, n_observations).

    Parameters
    ----------
    observations : array, shape (n_rows, n_observations)
    low, high : array, shape (n_observations,)
        They become 0 and 1.
    clip : bool
        Whether values out of bounds become the nearest bound; otherwise they are an error.

    Raises
    ------
    EncodingError
        For NaN, and for values out of bounds if `clip` is false.
    ShapeError
        For another number of variables.
    """
    observations = np.asarray(observations, dtype=np.float64)
    check_shape("observations", observations, ("n_rows", len(low)))
    _check_values(observations, low, high, clip)
    return (np.clip(observations, low, high) - low) / (high - low)


def _check_values(observations: np.ndarray, low: np.ndarray, high: np.ndarray, clip: bool) -> None:
    bad = np.isnan(observations)
    if not clip:
        bad |= (observations < low) | (observations > high)
    if bad.any():
        row, index = np.argwhere(bad)[0]
        advice = "Check the environment." if clip else "Check the environment, or set encoder.clip = true."
        raise EncodingError(
            f"observation[{index}] is {observations[row, index]}; expected a value in "
            f"[{low[index]:g}, {high[index]:g}]. {advice}"
        )
