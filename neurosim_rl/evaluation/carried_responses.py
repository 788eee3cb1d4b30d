"""Response maps of a network that carries its state on from a recorded episode, in place of a network at rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge import Background, Decoder, Encoder
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.loop.rollout import PlaysWindows, play_window
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.carried_responses import CarriedResponses
from neurosim_rl.records.recording import Recording
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.seeds import LazyGenerators
from neurosim_rl.simulators import Simulator, create_simulator


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
    check_repeatable(optimizee, vector)
    n_before = window if most_before is None else min(window, most_before)
    recorded = recording.traces.observations[trial]
    grid = Grid.around(recorded[window], axes, bounds, n_grid)
    seed = int(recording.start_seeds[trial])
    answers = _answers(optimizee, vector, seed, recorded[window - n_before : window], grid.observations)
    return answered_map(recording, trial, window, n_before, grid, answers)


Answers = tuple[np.ndarray, np.ndarray, Spikes]
"""Counts (n, n_outputs), actions (n, n_dimensions), and the spikes of the cells in the window, with steps from 1."""


@dataclass(frozen=True)
class Grid:
    """Observations of a map.

    Parameters
    ----------
    axes : tuple of int
    x, y : array, shape (n_grid,)
    observations : array, shape (n_grid * n_grid + 1, n_observations)
        Those of the cells, row by row; the last is the recorded one: its answer tells whether the state is that of the
        episode.
    """

    axes: tuple[int, int]
    x: np.ndarray
    y: np.ndarray
    observations: np.ndarray

    @classmethod
    def around(
        cls, recorded: np.ndarray, axes: tuple[int, int], bounds: tuple[np.ndarray, np.ndarray], n_grid: int
    ) -> Grid:
        """Return the observations in which two variables differ from the recorded one."""
        cells = (np.arange(n_grid) + 0.5) / n_grid
        low, high = bounds
        x, y = [low[axis] + cells * (high[axis] - low[axis]) for axis in axes]
        observations = np.tile(recorded, (n_grid * n_grid + 1, 1))
        observations[:-1, axes[0]] = np.tile(x, n_grid)
        observations[:-1, axes[1]] = np.repeat(y, n_grid)
        return cls(axes, x, y, observations)


def answered_map(
    recording: Recording, trial: int, window: int, n_before: int, grid: Grid, answers: Answers
) -> CarriedResponses:
    """Return the map of a network's answers to the observations of a grid."""
    counts, actions, spikes = answers
    n_grid = len(grid.x)
    shape = (n_grid, n_grid, -1)
    return CarriedResponses(
        window=window,
        n_before=n_before,
        axes=grid.axes,
        x=grid.x,
        y=grid.y,
        observation=recording.traces.observations[trial, window],
        action=recording.traces.actions[trial, window],
        answer=actions[-1],
        counts=counts[:-1].reshape(shape) if counts.shape[1] else np.zeros((n_grid, n_grid, 0), np.int64),
        actions=actions[:-1].reshape(shape),
        spikes=spikes,
    )


def check_repeatable(optimizee: ClosedLoop, vector: np.ndarray) -> None:
    """Raise if observations alone do not repeat the network's state.

    Raises
    ------
    ConfigurationError
    """
    if optimizee.learns(training=False):
        raise ConfigurationError("the network learns while it plays: its state is not repeated by observations alone.")
    if optimizee.has_neurons:
        reason = optimizee.network(vector).plays_alone
        if reason:
            raise ConfigurationError(f"the network needs a kernel of NEST for itself ({reason}).")


def _answers(
    optimizee: ClosedLoop, vector: np.ndarray, start_seed: int, before: np.ndarray, observations: np.ndarray
) -> Answers:
    """Play some windows, then one window for each observation; return the answers in that."""
    n = len(observations)
    if isinstance(optimizee.model, Policy):
        act = optimizee.model.act([optimizee.model.parameters.to_genome(vector)], [0] * n)
        actions = act(optimizee.normalisation.apply(observations), np.arange(n)).reshape(n, -1)
        return np.zeros((n, 0), np.int64), actions, Spikes.none(optimizee.config.resolution_ms)
    with create_simulator(optimizee.config.simulator) as simulator:
        player = Player.begin(optimizee, vector, simulator, start_seed, n)
        for shown in np.repeat(before[:, None], n, axis=1):
            player.play(shown)
        return player.answers(observations, len(before))


@dataclass
class Player:
    """A batch of one network that answers to observations, window by window, as in a trial.

    Parameters
    ----------
    optimizee : ClosedLoop
        Normalisation and names.
    simulator : Simulator
        Built with the batch.
    parts : tuple
        Encoder, decoder and background, begun with the batch, and a generator for each element.
    in_parts : bool
        Whether the encoder cuts windows into parts: then the simulator keeps all spikes.
    """

    optimizee: ClosedLoop
    simulator: Simulator
    parts: tuple[Encoder, Decoder, Background | None, LazyGenerators]
    in_parts: bool

    @classmethod
    def begin(cls, optimizee: ClosedLoop, vector: np.ndarray, simulator: Simulator, start_seed: int, n: int) -> Player:
        """Build a batch of n equal networks, whose encoders and decoders draw what the recorded trial drew."""
        network = optimizee.network(vector)
        element = optimizee.evaluation_elements([start_seed])[0]
        # One key for all rows: each draws what the recorded trial drew.
        rngs = LazyGenerators([element.seed] * n, [element.key] * n)
        every_population = [population.name for population in network.populations]
        # A simulator keeps the last part of a window; where the encoder cuts windows into parts, it has to keep all.
        in_parts = type(optimizee.encoder).phases is not Encoder.phases
        simulator.build([network] * n, record_spikes=in_parts, window_spikes_of=every_population)
        for part in (optimizee.encoder, optimizee.decoder, optimizee.background):
            part.start(simulator.networks)
        return cls(optimizee, simulator, (optimizee.encoder, optimizee.decoder, optimizee.background, rngs), in_parts)

    def play(self, observations: np.ndarray, simulator: PlaysWindows | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Play a window; return spike counts and actions. A simulator is one that plays in place of the own."""
        encoder, decoder, background, rngs = self.parts
        active = np.arange(len(observations))
        drive = encoder.encode(self.optimizee.normalisation.apply(observations), active, rngs)
        return play_window(simulator or self.simulator, encoder, decoder, drive, active, rngs, background)

    def answers(self, observations: np.ndarray, n_before: int) -> Answers:
        """Play the window after `n_before` others; return the answers in it."""
        n = len(observations)
        counts, actions = self.play(observations)
        spikes = self.simulator.spikes() if self.in_parts else self.simulator.window_spikes()
        first = round(n_before * self.optimizee.config.window_ms / spikes.resolution_ms)
        kept = (spikes.step > first) & (spikes.element < n - 1)
        of_window = Spikes(spikes.element[kept], spikes.neuron[kept], spikes.step[kept] - first, spikes.resolution_ms)
        return counts, actions.reshape(n, -1), of_window
