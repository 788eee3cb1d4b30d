"""Behaviour: three numbers that describe the movement of a policy, for optimizers of variety (MAP-Elites)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from gymnasium.spaces import Box

from neurosim_rl.bridge.actions import finite_bounds
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.records.episodes import Episodes

if TYPE_CHECKING:
    from neurosim_rl.optimizees.closed_loop import ClosedLoop


def behaviour_of(optimizee: ClosedLoop, episodes: Episodes) -> np.ndarray:
    """Return joint use, gait frequency and sparsity of each episode.

    These are the ``neurosim_rl.optimizers.map_elites.DESCRIPTORS``:

    * Joint use: mean size of actions over joints and steps, in units of the largest that bounds allow, in [0, 1].
    * Gait frequency: half of the sign changes of actions for each step, mean over joints, in cycles per environment
      step, in [0, 0.5]. Equals the frequency of an action that oscillates about 0.
    * Sparsity: share of grid steps in which output neurons do not spike, in [0, 1]: activation sparsity (Vasilache et
      al. 2025) without inputs. In models without other neurons than output (``spatial``, ``single-layer``), it is
      that of all neurons.

    Parameters
    ----------
    optimizee : ClosedLoop
    episodes : Episodes

    Returns
    -------
    array, shape (n_episodes, 3)
        NaN where an episode was not played.

    Raises
    ------
    ConfigurationError
        When actions are discrete, or there are no neurons.
    """
    space = optimizee.environment.action_space
    if not isinstance(space, Box) or not optimizee.has_neurons:
        neurons = "neurons" if optimizee.has_neurons else "no neurons"
        raise ConfigurationError(
            f"behaviour needs continuous actions and a spiking network; task {optimizee.config.task!r} has "
            f"{type(space).__name__} actions, and model {optimizee.config.model.name!r} has {neurons}. "
            "Use another task, model or optimizer."
        )
    largest = np.maximum(*map(np.abs, finite_bounds(space)))
    config, n_outputs = optimizee.config, optimizee.decoder.n_outputs
    with np.errstate(invalid="ignore"):  # of no steps there is no mean
        per_step = 1.0 / np.where(episodes.lengths > 0, episodes.lengths, np.nan)
        use = (episodes.action_sizes / largest).mean(axis=1) * per_step
        frequency = episodes.action_turns.mean(axis=1) / 2 * per_step
        n_grid = n_outputs * config.window_ms / config.resolution_ms
        sparsity = 1.0 - episodes.spikes.sum(axis=1) * per_step / n_grid
    return np.stack([use, frequency, sparsity], axis=1)
