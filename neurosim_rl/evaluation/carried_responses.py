"""Response maps of a network that carries its state on from a recorded episode, in place of a network at rest."""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge import Encoder
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.loop.rollout import play_window
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.carried_responses import CarriedResponses
from neurosim_rl.records.recording import Recording
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.seeds import LazyGenerators
from neurosim_rl.simulators import create_simulator


def carried_responses(
    optimizee: ClosedLoop,
    vector: np.ndarray,
    recording: Recording,
    window: int,
    *,
    trial: int = 0,
    axes: tuple[int, int],
    bounds: tuple[np.ndarray, np.ndarray],
    n_grid: int = 12,
    most_before: int | None = None,
) -> CarriedResponses:
    """Play an episode up to a step, present each observation of a grid in place of the recorded one, and play a window.

    Encoders, decoders and background draw what they drew in the episode, so the cell of the recorded observation
    gives the recorded action, if the network plays all windows before.

    Parameters
    ----------
    vector : array, shape (n_genes,)
    recording : Recording
    window : int
        Step of the trial's first episode.
    trial : int
    axes : tuple of int
        Observed variables on x and y.
    bounds : tuple of arrays of shape (n_observations,)
        Lowest and highest values of the grid; grid values are the centres of equal cells.
    n_grid : int
        Cells on each axis.
    most_before : int or None
        Most windows of the episode that the network plays before the step, from rest; None: all.

    Raises
    ------
    ConfigurationError
        When the weights change while the network plays, or each network needs a kernel for itself.
    """
    _check(optimizee, vector)
    n_before = window if most_before is None else min(window, most_before)
    recorded = recording.traces.observations[trial]
    cells = (np.arange(n_grid) + 0.5) / n_grid
    low, high = bounds
    x, y = [low[axis] + cells * (high[axis] - low[axis]) for axis in axes]
    # The last row is the recorded observation itself: its answer tells whether the state is that of the episode.
    observations = np.tile(recorded[window], (n_grid * n_grid + 1, 1))
    observations[:-1, axes[0]] = np.tile(x, n_grid)
    observations[:-1, axes[1]] = np.repeat(y, n_grid)
    seed = int(recording.start_seeds[trial])
    before = recorded[window - n_before : window]
    counts, actions, spikes = _answers(optimizee, vector, seed, before, observations)
    shape = (n_grid, n_grid, -1)
    return CarriedResponses(
        window=window,
        n_before=n_before,
        axes=axes,
        x=x,
        y=y,
        observation=recorded[window],
        action=recording.traces.actions[trial, window],
        answer=actions[-1],
        counts=counts[:-1].reshape(shape) if counts.shape[1] else np.zeros((n_grid, n_grid, 0), np.int64),
        actions=actions[:-1].reshape(shape),
        spikes=spikes,
    )


def _check(optimizee: ClosedLoop, vector: np.ndarray) -> None:
    if optimizee.learns(training=False):
        raise ConfigurationError("the network learns while it plays: its state is not repeated by observations alone.")
    if optimizee.has_neurons:
        reason = optimizee.network(vector).plays_alone
        if reason:
            raise ConfigurationError(f"the network needs a kernel of NEST for itself ({reason}).")


def _answers(
    optimizee: ClosedLoop, vector: np.ndarray, start_seed: int, before: np.ndarray, observations: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Spikes]:
    """Return counts (n, n_outputs), actions (n, n_dimensions), and the spikes of the cells in the last window."""
    n = len(observations)
    normalise = optimizee.normalisation.apply
    if isinstance(optimizee.model, Policy):
        act = optimizee.model.act([optimizee.model.parameters.to_genome(vector)], [0] * n)
        actions = act(normalise(observations), np.arange(n)).reshape(n, -1)
        return np.zeros((n, 0), np.int64), actions, Spikes.none(optimizee.config.resolution_ms)
    network = optimizee.network(vector)
    element = optimizee.evaluation_elements([start_seed])[0]
    active = np.arange(n)
    # One key for all rows: each draws what the recorded trial drew.
    rngs = LazyGenerators([element.seed] * n, [element.key] * n)
    every_population = [population.name for population in network.populations]
    # A simulator keeps the last part of a window; where the encoder cuts windows into parts, it has to keep all spikes.
    in_parts = type(optimizee.encoder).phases is not Encoder.phases
    with create_simulator(optimizee.config.simulator) as simulator:
        simulator.build([network] * n, record_spikes=in_parts, window_spikes_of=every_population)
        for part in (optimizee.encoder, optimizee.decoder, optimizee.background):
            part.start(simulator.networks)
        for shown in (*np.repeat(before[:, None], n, axis=1), observations):
            drive = optimizee.encoder.encode(normalise(shown), active, rngs)
            bridge = optimizee.encoder, optimizee.decoder, drive, active, rngs, optimizee.background
            counts, actions = play_window(simulator, *bridge)
        spikes = simulator.spikes() if in_parts else simulator.window_spikes()
    first = round(len(before) * optimizee.config.window_ms / spikes.resolution_ms)
    kept = (spikes.step > first) & (spikes.element < n - 1)
    of_window = Spikes(spikes.element[kept], spikes.neuron[kept], spikes.step[kept] - first, spikes.resolution_ms)
    return counts, actions.reshape(n, -1), of_window
