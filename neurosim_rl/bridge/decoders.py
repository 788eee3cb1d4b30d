"""Decoders of one window: spike counts or membranes to actions, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge.actions import actions_of_outputs, finite_bounds, n_action_outputs, reflected_actions
from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.bridge.sums import WeightedSums
from neurosim_rl.errors import ConfigurationError, DecodingError
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import option


@dataclass
class WinnerTakesAll(Decoder):
    """The action of the neurons with most spikes, for ``Discrete`` spaces.

    Neurons are grouped: the first ``neurons_per_action`` belong to the first action, and so on. Silence counts as a tie
    of all actions. A tie gives the neutral action (``neutral``; Yegenoglu et al. 2022), the first of the tied actions
    (``first``; TENNLab), or one of them drawn by the generator of the element (``random``; Hasegan et al. 2022).
    """

    tie: str = option("neutral", "action of a tie", choices=("neutral", "first", "random"))
    neutral_action: int = option(-1, "index of the neutral action; -1 = the middle of an odd number of actions", low=-1)
    neurons_per_action: int = option(1, "output neurons for each action", low=1)

    def __post_init__(self) -> None:
        """Check the action space and find the neutral action."""
        self._require(Discrete, "the rate-difference or linear decoder")
        n_actions = self.n_actions
        if self.neutral_action >= n_actions:
            raise ConfigurationError(
                f"decoder.neutral_action = {self.neutral_action}; expected at most {n_actions - 1}, with {n_actions} "
                "actions. Set a smaller index."
            )
        if self.tie == "neutral" and self.neutral_action < 0 and n_actions % 2 == 0:
            raise ConfigurationError(
                f"decoder.tie = 'neutral' needs a neutral action, and none of {n_actions} actions is in the middle. "
                "Set decoder.neutral_action, or decoder.tie to 'first' or 'random'."
            )

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        assert isinstance(self.action_space, Discrete)
        return int(self.action_space.n)

    @property
    def n_outputs(self) -> int:
        """Actions times neurons per action."""
        return self.n_actions * self.neurons_per_action

    def reflection(self) -> Reflection:
        """Return the neurons of the actions in reversed order."""
        neurons = np.arange(self.n_outputs).reshape(self.n_actions, self.neurons_per_action)
        return Reflection.of_order(neurons[::-1].ravel())

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the winning actions, shape (n_rows,), counted from the space's first action."""
        check_shape("counts", counts, (len(active), self.n_outputs))
        votes = counts.reshape(len(counts), self.n_actions, self.neurons_per_action).sum(axis=2)
        return self._of_most(votes, active, rngs)

    def _of_most(self, votes: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the actions with most votes, shape (n_rows,), for votes of shape (n_rows, n_actions)."""
        wins = votes == votes.max(axis=1, keepdims=True)
        action = wins.argmax(axis=1)
        tied = np.flatnonzero(wins.sum(axis=1) > 1)
        if self.tie == "neutral":
            middle = self.n_actions // 2
            action[tied] = self.neutral_action if self.neutral_action >= 0 else middle
        elif self.tie == "random":
            # The generator of the element, not of the batch: a draw must not depend on the rest of the batch.
            for row in tied:
                action[row] = rngs[active[row]].choice(np.flatnonzero(wins[row]))
        assert isinstance(self.action_space, Discrete)
        return action + int(self.action_space.start)

    def credit(self, actions: np.ndarray) -> np.ndarray:
        """Return 1 for the neurons of the action, -1 for all others."""
        assert isinstance(self.action_space, Discrete)
        action_of_neuron = np.repeat(np.arange(self.n_actions), self.neurons_per_action)
        taken = np.asarray(actions) - int(self.action_space.start)
        return np.where(action_of_neuron == taken[:, None], 1.0, -1.0)


@dataclass
class BoxDecoder(Decoder):
    """Base class of decoders for ``Box`` spaces: a signed strength for each dimension becomes an action.

    Strength 0 gives the middle of the bounds, -1 the lower and 1 the upper bound. Beyond these, the action saturates.
    """

    full_scale_hz: float = option(200.0, "firing rate in Hz that gives the bound of an action", low=1e-6)

    def __post_init__(self) -> None:
        """Check that the space is a bounded box."""
        self._require(Box, "the winner decoder")
        assert isinstance(self.action_space, Box)
        self._low, self._high = finite_bounds(self.action_space)
        self._middle = (self._low + self._high) / 2
        self._half_range = (self._high - self._low) / 2

    @property
    def n_dimensions(self) -> int:
        """Number of action dimensions."""
        return len(self._middle)

    def _to_action(self, spikes: np.ndarray) -> np.ndarray:
        """Return actions for signed spike counts, both of shape (n_rows, n_dimensions)."""
        spikes_at_full_scale = self.full_scale_hz * self.window_ms * 1e-3
        strength = np.clip(spikes / spikes_at_full_scale, -1.0, 1.0)
        # Rounding can put the sum one bit beyond a bound, which environments refuse or warn about.
        return np.clip(self._middle + self._half_range * strength, self._low, self._high)


@dataclass
class RateDifference(BoxDecoder):
    """Two groups of neurons for each action dimension: the first raises the action, the second lowers it.

    Source: a design of this package.
    """

    neurons_per_side: int = option(1, "output neurons in each of the two groups of a dimension", low=1)

    @property
    def n_outputs(self) -> int:
        """Dimensions times two sides times neurons per side."""
        return 2 * self.n_dimensions * self.neurons_per_side

    def reflection(self) -> Reflection:
        """Return the neurons of the other group of each dimension."""
        reflected_actions(self.action_space)  # raises unless the bounds are symmetric
        neurons = np.arange(self.n_outputs).reshape(self.n_dimensions, 2, self.neurons_per_side)
        return Reflection.of_order(neurons[:, ::-1].ravel())

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return actions from the difference between the mean rates of the two groups."""
        check_shape("counts", counts, (len(active), self.n_outputs))
        sides = counts.reshape(len(counts), self.n_dimensions, 2, self.neurons_per_side).sum(axis=3)
        return self._to_action((sides[..., 0] - sides[..., 1]) / self.neurons_per_side)

    def credit(self, actions: np.ndarray) -> np.ndarray:
        """Return the strength of each dimension for the neurons that raise it, and its opposite for the others."""
        strength = np.clip((np.asarray(actions, np.float64) - self._middle) / self._half_range, -1.0, 1.0)
        sides = np.stack([strength, -strength], axis=2)
        return np.repeat(sides.reshape(len(strength), -1), self.neurons_per_side, axis=1)


@dataclass
class LinearReadout(BoxDecoder):
    """A weighted sum of the rates of all output neurons for each action dimension; the network holds the weights.

    Source: Vasilache et al. 2025, ICANN (weighted output spikes, averaged over the window, clipped to the bounds).
    """

    n_neurons: int = option(16, "output neurons; 0 = the model's own number", low=0)
    _sums: WeightedSums = field(init=False, repr=False, compare=False)

    @property
    def n_outputs(self) -> int:
        """Number of output neurons."""
        return self.n_neurons

    @property
    def readout_shape(self) -> tuple[int, int]:
        """Output neurons by action dimensions."""
        return self.n_neurons, self.n_dimensions

    def start(self, networks: Sequence[Network]) -> None:
        """Take the read-out weights of each network."""
        for network in networks:
            if network.readout is None:
                raise DecodingError(
                    "the linear decoder needs read-out weights; the network of this model has none. Use another model "
                    "or decoder."
                )
            check_shape("readout", network.readout, self.readout_shape)
        readouts = [np.asarray(network.readout, np.float64) for network in networks]
        self._sums = WeightedSums(np.stack(readouts))

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return actions from the weighted spike counts."""
        check_shape("counts", counts, (len(active), self.n_outputs))
        return self._to_action(self._sums(counts, active))


@dataclass
class MembraneReadout(Decoder):
    """Membranes of output neurons at the end of the window give the action; these neurons need not spike.

    ``Discrete``: the highest membrane selects the action; of equal membranes the first one does. ``Box``: the
    hyperbolic tangent of each membrane in mV is scaled to the bounds of its action. Other spaces: each part has output
    neurons of its own. Policies without neurons turn their outputs into actions in the same way.

    Source: Zanatta et al. 2024, Sci. Rep. 14:30648 (output neurons that do not spike).
    """

    reads_membrane = True

    def __post_init__(self) -> None:
        """Find the function from membranes to actions."""
        self._act = actions_of_outputs(self.action_space)

    @property
    def n_outputs(self) -> int:
        """Number of values of all choices, plus the number of dimensions of all continuous actions."""
        return n_action_outputs(self.action_space)

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the actions for membranes in mV; here `counts` holds membranes instead of spike counts."""
        check_shape("membranes", counts, (len(active), self.n_outputs))
        return self._act(counts)
