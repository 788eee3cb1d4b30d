"""Base class of decoders: spike counts to actions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import ConfigurationError, DecodingError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Parameter

NO_SPIKE = np.iinfo(np.int64).max
"""Step of the first spike of a silent neuron: later than any other."""


@dataclass
class Decoder(ABC):
    """Turns the output neurons' spike counts into actions.

    Parameters
    ----------
    action_space : gymnasium.spaces.Space
        ``Discrete``, bounded ``Box``, or for some decoders any space of these, ``MultiDiscrete`` and ``MultiBinary``.
    window_ms : float
        Simulated time over which spikes are counted.
    resolution_ms : float
        Grid of the simulator: the unit of the steps of first spikes.
    """

    action_space: Space
    window_ms: float
    resolution_ms: float = 0.2

    reads_membrane = False
    """Whether :meth:`decode` gets membranes in mV at the end of the window instead of spike counts."""
    reads_first_spikes = False
    """Whether :meth:`decode` gets the step of each output neuron's first spike in the window instead of spike counts.

    Steps are counted since the simulation began; a silent neuron has ``NO_SPIKE``.
    """

    @property
    @abstractmethod
    def n_outputs(self) -> int:
        """Number of output neurons."""

    @property
    def readout_shape(self) -> tuple[int, int] | None:
        """Shape of the read-out weights that the genome must hold, or None."""
        return None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Genes of the decoder's own; :meth:`start` finds their values in ``Network.bridge_genes``."""
        return ()

    def watches(self, network: Network) -> tuple[str, ...]:
        """Return the populations whose spike times the decoder needs; others are only counted."""
        return network.outputs if self.reads_first_spikes else ()

    def reflection(self) -> Reflection:
        """Return the mirror image of output neurons that gives the mirrored action (`reflected_actions`).

        Raises
        ------
        ConfigurationError
            When the decoder's output neurons have no mirror image.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no mirror image for each output neuron. Use decoder.name = 'winner' or "
            "'rate-difference', or set model.mirror = false."
        )

    def start(self, networks: Sequence[Network]) -> None:  # noqa: B027  # most decoders need nothing
        """Prepare for a batch of new episodes."""

    @abstractmethod
    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the actions.

        Parameters
        ----------
        counts : int array, shape (n_rows, n_outputs)
            Spikes of each output neuron in the last window.
        active : int array, shape (n_rows,)
            Index in the batch of each row.
        rngs : sequence of numpy.random.Generator
            One for each element of the batch.

        Returns
        -------
        array, shape (n_rows,) for ``Discrete``, (n_rows, n_dimensions) for ``Box``, else (n_rows, n_columns)
        """

    def credit(self, actions: np.ndarray) -> np.ndarray:
        """Return how strongly each output neuron supports the actions, in [-1, 1], shape (n_rows, n_outputs).

        1: the spikes of the neuron ask for exactly this action. -1: they ask for the opposite or another action.

        Raises
        ------
        ConfigurationError
            When the output neurons do not belong to single actions.
        """
        raise ConfigurationError(
            f"{type(self).__name__} cannot credit single output neurons: each contributes to several actions. Use "
            "decoder.name = 'winner' or 'rate-difference', or a critic with credit = 'global'."
        )

    def _require(self, kind: type[Space], alternative: str) -> None:
        if isinstance(self.action_space, kind):
            return
        if not isinstance(self.action_space, Discrete | Box):
            alternative = "decoder.name = 'parts', which gives each part of an action a decoder of its own"
        raise DecodingError(
            f"{type(self).__name__} needs a {kind.__name__} action space; got {self.action_space}. Use {alternative}."
        )
