"""Response map of a controller: spike counts and actions for each observation of a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.loop.rollout import play_window
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.optimizees.run_size import check_play_size
from neurosim_rl.records.response_map import ResponseMap
from neurosim_rl.seeds import LazyGenerators, Purpose, noise_seed
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.simulators import create_simulator

NEURONS_PER_KERNEL = 20_000
"""Largest number of neurons that are simulated together: it limits the memory of large maps."""


def response_map(
    optimizee: ClosedLoop,
    vector: np.ndarray,
    *,
    n_grid: int = 50,
    n_windows: int = 1,
    window_ms: float | None = None,
    axes: tuple[int, int] | None = None,
    fixed: np.ndarray | None = None,
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
) -> ResponseMap:
    """Present each observation of a grid to a network at rest, for some windows; count the spikes of the last window.

    Parameters
    ----------
    vector : array, shape (n_genes,)
    n_grid : int
        Number of grid values on each axis. They are the centres of equal cells, and never lie on a bound.
    n_windows : int
        Number of windows. 1: the first response of a network at rest (as in Labady 2023, figures 13 to 15). More: the
        response after the network has settled.
    window_ms : float or None
        None: the task's window.
    axes : tuple of int or None
        Observed variables on x and y; None: the task's choice.
    fixed : array of shape (n_observations,) or None
        Values of the other variables; None: the task's choice, or the middle of their bounds.
    bounds : tuple of arrays of shape (n_observations,), or None
        Lowest and highest values; None: the bounds of the normalisation.

    Raises
    ------
    ConfigurationError
        When a variable has no bounds where the map needs them: the environment gives none, and none were measured.
    """
    if window_ms is not None and window_ms != optimizee.config.window_ms:
        optimizee = create_optimizee(optimizee.config.replace(window_ms=window_ms))
    axes = axes or optimizee.facts.map_axes
    n_observed = len(optimizee.environment.observation_low)
    if n_observed < 2:
        raise ConfigurationError(
            f"a response map has two axes, and {optimizee.config.environment.id} has {n_observed} observed variable; "
            "expected at least two. Replay the champion instead: its observations and actions are a curve."
        )
    low, high = optimizee.normalisation.shown_bounds if bounds is None else bounds
    takes_middle = fixed is None and not optimizee.facts.map_fixed
    _check_bounded(low, high, range(len(low)) if takes_middle else axes)
    if fixed is None:
        fixed = np.array(optimizee.facts.map_fixed or (low + high) / 2, dtype=np.float64)
    check_shape("fixed", fixed, low.shape)
    cells = (np.arange(n_grid) + 0.5) / n_grid
    x, y = [low[axis] + cells * (high[axis] - low[axis]) for axis in axes]
    observations = np.tile(fixed, (n_grid * n_grid, 1))
    observations[:, axes[0]] = np.tile(x, n_grid)
    observations[:, axes[1]] = np.repeat(y, n_grid)
    counts, actions = _answers(optimizee, vector, observations, n_windows)
    shape = (n_grid, n_grid, -1)
    counts, actions = counts.reshape(shape), actions.reshape(shape)
    return ResponseMap(axes, x, y, fixed, counts, actions, optimizee.config.window_ms, n_windows)


def input_currents(optimizee: ClosedLoop, vector: np.ndarray, observations: np.ndarray) -> np.ndarray:
    """Return the current into each input neuron in pA, shape (n_rows, n_inputs).

    Parameters
    ----------
    vector : array, shape (n_genes,)
    observations : array, shape (n_rows, n_observations)

    Raises
    ------
    ConfigurationError
        When the encoder gives spikes, or the model has no neurons.
    """
    n_rows = len(observations)
    network = optimizee.network(vector)
    if optimizee.encoder.drives_spikes:
        raise ConfigurationError("the encoder gives spikes: expected one that gives currents, such as 'current'.")
    optimizee.encoder.start([network] * n_rows)
    drive: Any = optimizee.encoder.encode(optimizee.normalisation.apply(observations), np.arange(n_rows), [])
    return np.asarray(drive.pa)


def _check_bounded(low: np.ndarray, high: np.ndarray, variables: Sequence[int]) -> None:
    unknown = [k for k in variables if not np.isfinite([low[k], high[k]]).all()]
    if unknown:
        raise ConfigurationError(
            f"observation[{unknown[0]}] has no bounds, so a grid of its values is not defined; expected "
            "bounds=(low, high). Pass, for instance, the lowest and highest values of an episode."
        )


def _answers(
    optimizee: ClosedLoop, vector: np.ndarray, observations: np.ndarray, n_windows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return spike counts (n, n_outputs) and actions (n, n_dimensions) for each observation."""
    if isinstance(optimizee.model, Policy):
        return _policy_answers(optimizee.model, vector, optimizee.normalisation.apply(observations))
    check_play_size(optimizee, len(observations))
    network = optimizee.network(vector)
    # A batch has one copy of the network for each observation; a large map is cut into several batches. Each
    # observation keeps the key of its random stream, so that the cut does not change the map.
    n_parts = math.ceil(len(observations) * network.n_neurons / NEURONS_PER_KERNEL)
    if network.plays_alone:
        n_parts = len(observations)
    all_keys = [(int(Purpose.EVALUATION_ELEMENT), k) for k in range(len(observations))]
    counts, actions, n_done = [], [], 0
    with create_simulator(optimizee.config.simulator) as simulator:
        for part in np.array_split(observations, n_parts):
            active = np.arange(len(part))
            keys = all_keys[n_done : n_done + len(part)]
            rngs = LazyGenerators([optimizee.config.seed] * len(part), keys)
            n_done += len(part)
            simulator.build(
                [network] * len(part),
                window_spikes_of=optimizee.decoder.watches(network),
                noise_seeds=[noise_seed(optimizee.config.seed, key) for key in keys],
            )
            for one in (optimizee.encoder, optimizee.decoder, optimizee.background):
                one.start(simulator.networks)
            for _ in range(n_windows):
                drive = optimizee.encoder.encode(optimizee.normalisation.apply(part), active, rngs)
                bridge = optimizee.encoder, optimizee.decoder, drive, active, rngs, optimizee.background
                window_counts, window_actions = play_window(simulator, *bridge)
            counts.append(window_counts)
            actions.append(window_actions.reshape(len(part), -1))
    return np.concatenate(counts), np.concatenate(actions)


def _policy_answers(policy: Policy, vector: np.ndarray, observations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return empty counts, and the actions of a policy without neurons: it has no memory, so one window is enough."""
    n = len(observations)
    act = policy.act([policy.parameters.to_genome(vector)], [0] * n)
    return np.zeros((n, 0), np.int64), act(observations, np.arange(n)).reshape(n, -1)
