"""Centre-of-mass decoder: output neurons with preferred values, averaged by their spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box

from neurosim_rl.bridge.actions import finite_bounds, reflected_actions
from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import option


@dataclass
class CentreOfMass(Decoder):
    """Each output neuron prefers a value of an action; the action is their mean, weighted by spikes. For ``Box``.

    Each dimension has a population of its own. Preferred values are evenly spaced between the bounds of the dimension:
    the first neuron prefers the lower bound, the last the upper bound. The action depends on how spikes are distributed
    over a population, not on their number. A silent population gives the middle of the bounds.

    Source: Salinas & Abbott 1994, J. Comput. Neurosci. 1:89; Snippe 1996, Neural Comput. 8:511 (centre of mass of a
    population code).
    """

    neurons_per_dimension: int = option(8, "output neurons for each action dimension", low=2)

    def __post_init__(self) -> None:
        """Check that the space is a bounded box."""
        self._require(Box, "the winner or first-spike decoder")
        assert isinstance(self.action_space, Box)
        self._low, self._high = finite_bounds(self.action_space)
        self._middle, self._half_range = (self._low + self._high) / 2, (self._high - self._low) / 2
        # Whole numbers, from 1 - n to n - 1: their products with spike counts, and the sums of these, are exact.
        self._places = 2 * np.arange(self.neurons_per_dimension) - (self.neurons_per_dimension - 1)

    @property
    def n_dimensions(self) -> int:
        """Number of action dimensions."""
        return len(self._middle)

    @property
    def n_outputs(self) -> int:
        """Dimensions times neurons per dimension."""
        return self.n_dimensions * self.neurons_per_dimension

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the mean preferred values, shape (n_rows, n_dimensions)."""
        check_shape("counts", counts, (len(active), self.n_outputs))
        by_dimension = counts.reshape(len(counts), self.n_dimensions, self.neurons_per_dimension)
        mass = by_dimension.sum(axis=2)
        moment = (by_dimension * self._places).sum(axis=2)
        strength = moment / np.where(mass > 0, mass * (self.neurons_per_dimension - 1), 1)
        # Rounding can put the sum one bit beyond a bound, which environments refuse or warn about.
        return np.clip(self._middle + self._half_range * strength, self._low, self._high)

    def reflection(self) -> Reflection:
        """Return the neurons of each dimension in reversed order."""
        reflected_actions(self.action_space)  # raises unless the bounds are symmetric
        neurons = np.arange(self.n_outputs).reshape(self.n_dimensions, self.neurons_per_dimension)
        return Reflection.of_order(neurons[:, ::-1].ravel())

    def credit(self, actions: np.ndarray) -> np.ndarray:
        """Return 1 for a neuron that prefers the action, less in proportion to the distance, -1 at the other end."""
        strength = np.clip((np.asarray(actions, np.float64) - self._middle) / self._half_range, -1.0, 1.0)
        preferred = self._places / (self.neurons_per_dimension - 1)
        return (1.0 - np.abs(strength[..., None] - preferred)).reshape(len(strength), -1)
