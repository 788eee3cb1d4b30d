"""One window as a learning rule sees it: observations, actions, spikes, and the outcome in the environment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.environments import Step
from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.settings.checks import lookup


@dataclass(frozen=True)
class LearningWindow:
    """What the running elements of a batch observed, did and got in one window.

    Rows are running elements. A rule may not change these arrays.

    Parameters
    ----------
    active : int array, shape (n_rows,)
        Index of each row in the batch, in ascending order.
    observations : array, shape (n_rows, n_observations)
        Observations before the action, as the environment gave them.
    actions : array, shape (n_rows,) or (n_rows, n_dimensions)
    counts : int array, shape (n_rows, n_outputs)
        Spikes of each output neuron.
    step : Step
        Outcome of the action: observations, rewards, and ends of episodes.
    spikes : Spikes
        Spikes of the populations `recorded`; steps are counted since the beginning of the trial.
    recorded : tuple of str
        Names of these populations.
    network : Network
        The first network of the batch: all have its populations.
    """

    active: np.ndarray
    observations: np.ndarray
    actions: np.ndarray
    counts: np.ndarray
    step: Step
    spikes: Spikes
    recorded: tuple[str, ...]
    network: Network

    @property
    def rewards(self) -> np.ndarray:
        """Rewards of the environment, shape (n_rows,)."""
        return self.step.rewards

    @property
    def ended(self) -> np.ndarray:
        """Whether each element's episode ended with this window, shape (n_rows,)."""
        return self.step.ended

    def counts_of(self, population: str) -> np.ndarray:
        """Return the spikes of each neuron of a population in this window, shape (n_rows, n_neurons).

        Raises
        ------
        UnknownNameError
            For a population whose spikes the learner does not ask for (`PlasticLearner.populations`).
        """
        lookup("population with spikes", population, dict.fromkeys(self.recorded))
        first, size = self.network.first_neuron[population], self.network.population(population).size
        index = self.spikes.neuron - first
        is_own = (index >= 0) & (index < size)
        row = np.searchsorted(self.active, self.spikes.element[is_own])
        cells = np.bincount(row * size + index[is_own], minlength=len(self.active) * size)
        return cells.reshape(len(self.active), size)
