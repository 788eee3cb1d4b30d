"""What every spiking model offers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.model import Model, Reflections, no_reflections
from neurosim_rl.network import Network
from neurosim_rl.parameters import Genome


@dataclass(frozen=True)
class SpikingModel(Model):
    """Turns a genome into a network that fits between an encoder and a decoder.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Sizes of the input and output populations, as the encoder and the decoder want them.
    spiking_input : bool
        Whether the input population emits given spikes (else it is neurons that receive currents).
    resolution_ms : float
        Grid of the simulator.
    readout_shape : tuple of int or None
        Shape of read-out weights that the decoder takes from the genome.
    reflections : callable
        Returns what the task's mirror does to input and output neurons.
    """

    n_inputs: int
    n_outputs: int
    spiking_input: bool
    resolution_ms: float
    readout_shape: tuple[int, int] | None
    reflections: Reflections = no_reflections

    @abstractmethod
    def network(self, genome: Genome) -> Network:
        """Return the network that a genome describes."""

    @property
    def holds_learned(self) -> bool:
        """Whether a genome can hold the weight of each synapse, as :meth:`with_learned` needs."""
        return False

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome whose network has these weights, moved into the bounds.

        Parameters
        ----------
        genome : Genome
            Before; what is no weight stays.
        weights_pa : sequence of array, each of shape (n_synapses,)
            One for each projection of :meth:`network`, in its order.

        Raises
        ------
        ConfigurationError
            When no genome of this model holds the weight of each synapse.
        """
        raise ConfigurationError(f"no genome of {type(self).__name__} holds learned weights. Use another model.")
