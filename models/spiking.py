"""What every spiking model offers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.checks import check_shape
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
        """Return the genome whose network has these weights, as a network may have learnt them.

        Weights that no gene sets are ignored, genes that set no weight stay, and all are moved into their bounds.

        Parameters
        ----------
        genome : Genome
            The one that the network began with.
        weights_pa : sequence of array
            One for each projection of its network, shape (n_synapses,), in pA.

        Raises
        ------
        ConfigurationError
            When the model's genes cannot follow its weights.
        ShapeError
            For another number of projections or synapses.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no way back from weights to genes. Use feed-forward or sensorimotor."
        )

    @staticmethod
    def _check_learned(network: Network, weights_pa: Sequence[np.ndarray]) -> None:
        """Raise unless there is an array for each projection, as long as it has synapses."""
        check_shape("weights_pa: projections", np.zeros(len(weights_pa)), (len(network.projections),))
        for projection, weights in zip(network.projections, weights_pa, strict=True):
            check_shape(f"{projection.label}: weights_pa", np.asarray(weights), (projection.n_synapses,))

    def _within_bounds(self, genome: Genome) -> Genome:
        """Return the genome, whose arrays may come flattened, moved into its bounds; what is not the model's stays."""
        own = {p.name: genome[p.name] for p in self.parameters.parameters}
        return {**genome, **self.parameters.to_genome(self.parameters.clip(self.parameters.to_vector(own)))}


def check_untied(mirror: bool) -> None:
    """Raise if weights that were learnt one by one shall be genes that the mirror ties.

    Raises
    ------
    ConfigurationError
    """
    if mirror:
        raise ConfigurationError(
            "weights that were learnt one by one are no longer tied by model.mirror. Set model.mirror = false."
        )
