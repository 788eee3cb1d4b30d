"""The decoder: two groups of output neurons race, and the animal turns to the side of the winner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box

import neurosim_rl as nrl
from neurosim_rl.bridge import NO_SPIKE, Decoder
from neurosim_rl.errors import DecodingError
from neurosim_rl.settings.checks import check_shape


@nrl.register("decoder", "forager-race")
@dataclass
class Race(Decoder):
    """A turn in proportion to the lead of the left output neuron's first spike over the right one's.

    A silent side has lost by a full turn. If both are silent, the animal goes straight on.
    """

    full_turn_ms: float = nrl.option(1.0, "lead that makes a full turn, in ms", low=0.01)

    reads_first_spikes = True

    def __post_init__(self) -> None:
        """Refuse actions that are no turn."""
        self._require(Box, "decoder.name = 'first-spike'")
        if self.action_space.shape != (1,):
            raise DecodingError(f"Race needs an action of one number; got {self.action_space}. Use another decoder.")

    @property
    def n_outputs(self) -> int:
        """Number of output neurons: left and right."""
        return 2

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the turns; `counts` holds the step of each output neuron's first spike, or ``NO_SPIKE``."""
        check_shape("first_steps", counts, (len(active), 2))
        silent = counts == NO_SPIKE
        steps = np.where(silent, 0, counts)
        turn = (steps[:, 1] - steps[:, 0]) * self.resolution_ms / self.full_turn_ms
        turn = np.where(silent.any(axis=1), silent[:, 1] * 1.0 - silent[:, 0], turn)
        low, high = float(self.action_space.low[0]), float(self.action_space.high[0])
        return (0.5 * (low + high) + 0.5 * (high - low) * np.clip(turn, -1.0, 1.0))[:, None]
