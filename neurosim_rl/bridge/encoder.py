"""Base class of encoders: observations to a drive."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.drive import Drive
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Parameter


@dataclass
class Encoder(ABC):
    """Turns observations into a drive.

    Parameters
    ----------
    low, high : float array, shape (n_observations,)
        Bounds of the observed variables as the encoder gets them: after normalisation, if any.
    window_ms, resolution_ms : float
        Length of a window, and grid of the simulator.
    """

    low: np.ndarray
    high: np.ndarray
    window_ms: float
    resolution_ms: float

    drives_spikes = False
    """Whether the drive is :class:`SpikeTrains`; otherwise it is :class:`Currents`."""

    @property
    @abstractmethod
    def n_inputs(self) -> int:
        """Number of input neurons."""

    @property
    def read_in_shape(self) -> tuple[int, int] | None:
        """Shape of the read-in weights that the genome must hold, or None."""
        return None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Genes of the encoder's own; :meth:`start` finds their values in ``Network.bridge_genes``."""
        return ()

    @property
    def input_variables(self) -> np.ndarray | None:
        """Index of the observed variable of each input neuron, shape (n_inputs,); None: neurons answer to several."""
        return None

    @property
    def n_ticks(self) -> int:
        """Number of current pulses in each window; 1 for currents that last the whole window."""
        return 1

    @property
    def n_steps(self) -> int:
        """Grid steps in a window."""
        return round(self.window_ms / self.resolution_ms)

    def start(self, networks: Sequence[Network]) -> None:  # noqa: B027  # most encoders remember nothing
        """Forget all earlier episodes and prepare for new ones, one for each network."""

    @abstractmethod
    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Drive:
        """Return the drive of the next window.

        Parameters
        ----------
        observations : array, shape (n_rows, n_observations)
            One row for each running element.
        active : int array, shape (n_rows,)
            Index in the batch of each row.
        rngs : sequence of numpy.random.Generator
            One for each element of the batch (index with `active`).

        Raises
        ------
        EncodingError
            For NaN, and for values out of bounds if ``clip`` is off.
        """

    def phases(self, drive: Drive) -> list[tuple[Drive, float]]:
        """Return the drives that a simulator gets one after the other in a window, each with its duration in ms."""
        return [(drive, self.window_ms)]

    def reflection(self, variables: Collection[int]) -> Reflection:
        """Return the effect on the input neurons if some observed variables change sign.

        Raises
        ------
        ConfigurationError
            When the input neurons have no mirror image.
        EncodingError
            When the bounds of such a variable are not symmetric about 0.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no mirror image for each input neuron. Use an encoder with a tuning, such as "
            "encoder.name = 'current', or set model.mirror = false."
        )
