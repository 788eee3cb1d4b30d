"""Base class of decoders for actions with several parts: each part has output neurons and a decoder of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge.actions import joined_columns
from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.environments.action_parts import SIMPLE, n_columns, parts_of
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.checks import check_shape


@dataclass
class PartwiseDecoder(Decoder):
    """One decoder for each part of the action space, in the order of its columns.

    A class that derives from it says which decoder a part gets.
    """

    decoders: list[Decoder] = field(init=False, repr=False, compare=False)
    """Decoder of each part."""

    def __post_init__(self) -> None:
        """Make the decoder of each part."""
        parts = parts_of(self.action_space)
        self.decoders = [self._decoder_of(part) for part in parts]
        self._output_ends = np.cumsum([decoder.n_outputs for decoder in self.decoders])
        self._column_ends = np.cumsum([n_columns(part) for part in parts])

    @abstractmethod
    def _decoder_of(self, part: Discrete | Box) -> Decoder:
        """Return the decoder of a part."""

    @property
    def n_outputs(self) -> int:
        """Output neurons of all parts."""
        return int(self._output_ends[-1])

    def start(self, networks: Sequence[Network]) -> None:
        """Prepare the decoder of each part."""
        for decoder in self.decoders:
            decoder.start(networks)

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the actions of all parts, float64, shape (n_rows, n_columns); those of a simple space as they are."""
        check_shape("counts", counts, (len(active), self.n_outputs))
        own_counts = np.split(counts, self._output_ends[:-1], axis=1)
        actions = [decoder.decode(own, active, rngs) for decoder, own in zip(self.decoders, own_counts, strict=True)]
        return actions[0] if isinstance(self.action_space, SIMPLE) else joined_columns(actions)

    def credit(self, actions: np.ndarray) -> np.ndarray:
        """Return how strongly each output neuron supports the action of its part, shape (n_rows, n_outputs)."""
        columns = np.split(np.reshape(actions, (len(actions), -1)), self._column_ends[:-1], axis=1)
        credits = []
        for decoder, own in zip(self.decoders, columns, strict=True):
            is_choice = isinstance(decoder.action_space, Discrete)
            credits.append(decoder.credit(own[:, 0] if is_choice else own))
        return np.concatenate(credits, axis=1)
