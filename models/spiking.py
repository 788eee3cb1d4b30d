"""What every spiking model offers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

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
