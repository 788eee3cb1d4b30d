"""Population vector: output neurons with preferred directions of the action, added up by their spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.actions import reflected_actions
from neurosim_rl.bridge.decoders import BoxDecoder
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import option

GRAIN = 2.0**-16
"""Components of directions are multiples of this, so that their sums are exact, in any order."""


@dataclass
class PopulationVector(BoxDecoder):
    """Each output neuron prefers a direction in the space of actions; their rates add up to a vector. For ``Box``.

    The vector is ``2 d / n`` times the sum of rate times direction, with n neurons and d dimensions. If each rate is
    the cosine to the wanted vector, and 0 where that is negative, it is the wanted vector. ``full_scale_hz``
    gives the bound of an action. Directions come in opposite pairs, so a rate that all neurons share cancels.

    Preferred directions: with one dimension up and down; with two evenly spaced angles, beginning at the first
    dimension; with more, points of a Halton sequence on the sphere. With one dimension this is the rate difference.

    Source: Georgopoulos, Schwartz & Kettner 1986, Science 233:1416; Salinas & Abbott 1994, J. Comput. Neurosci. 1:89.
    """

    n_neurons: int = option(16, "output neurons, an even number, at least 2 for each dimension", low=2)

    def __post_init__(self) -> None:
        """Check the space and the number of neurons."""
        super().__post_init__()
        if self.n_neurons % 2 or self.n_neurons < 2 * self.n_dimensions:
            raise ConfigurationError(
                f"decoder.n_neurons = {self.n_neurons}; expected an even number of at least {2 * self.n_dimensions}: "
                f"opposite pairs for {self.n_dimensions} dimensions. Set decoder.n_neurons."
            )
        self._directions = preferred_directions(self.n_neurons, self.n_dimensions)

    @property
    def n_outputs(self) -> int:
        """Number of output neurons."""
        return self.n_neurons

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return actions from the population vectors."""
        check_shape("counts", counts, (len(active), self.n_outputs))
        total = (counts[..., None] * self._directions).sum(axis=1)  # exact: multiples of GRAIN
        return self._to_action(total * (2 * self.n_dimensions / self.n_neurons))

    def reflection(self) -> Reflection:
        """Return the neurons of opposite directions."""
        reflected_actions(self.action_space)  # raises unless the bounds are symmetric
        return Reflection.of_order(np.arange(self.n_neurons) ^ 1)

    def credit(self, actions: np.ndarray) -> np.ndarray:
        """Return the component of the action along each neuron's direction, with bounds at -1 and 1."""
        strength = np.clip((np.asarray(actions, np.float64) - self._middle) / self._half_range, -1.0, 1.0)
        return np.clip((_rounded(strength)[:, None, :] * self._directions).sum(axis=2), -1.0, 1.0)


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.round(values / GRAIN) * GRAIN


def preferred_directions(n_neurons: int, n_dimensions: int) -> np.ndarray:
    """Return unit vectors in opposite pairs, shape (n_neurons, n_dimensions), rounded to `GRAIN`.

    Examples
    --------
    >>> preferred_directions(4, 2)
    array([[ 1.,  0.],
           [-1.,  0.],
           [ 0.,  1.],
           [ 0., -1.]])
    """
    n_pairs = n_neurons // 2
    if n_dimensions == 1:
        half = np.ones((n_pairs, 1))
    elif n_dimensions == 2:
        angle = np.pi * np.arange(n_pairs) / n_pairs
        half = np.column_stack([np.cos(angle), np.sin(angle)])
    else:
        from scipy.special import ndtri  # loaded here: SciPy takes long
        from scipy.stats.qmc import Halton

        # Without its first point, which is 0 and has no image under the inverse of the normal distribution.
        points = ndtri(Halton(n_dimensions, scramble=False).random(n_pairs + 1)[1:])
        half = points / np.sqrt((points**2).sum(axis=1, keepdims=True))
    rounded = _rounded(half)
    return np.stack([rounded, 0.0 - rounded], axis=1).reshape(n_neurons, n_dimensions)
