"""What every spiking model offers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.model import Model, Reflections, no_reflections
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter
from neurosim_rl.settings.checks import check_shape

LONGEST_DELAY_MS = 1000.0
"""Simulators keep what will arrive until then, of each neuron and for each step."""
READ_IN_UNIT_PA = 300.0
"""Current in pA, for one unit of an observed variable, that a read-in gene of 1 stands for."""


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
    outer_reflections : callable
        Returns what it does to normalised observations and to actions.
    read_in_shape : tuple of int or None
        Shape of read-in weights that the encoder takes from the genome.
    window_ms : float
        Simulated time for each environment step.
    ticks : int
        Pulses of its currents that the encoder gives in each window.
    reads_membrane : bool
        Whether the decoder reads membranes of output neurons instead of their spikes.
    """

    n_inputs: int
    n_outputs: int
    spiking_input: bool
    resolution_ms: float
    readout_shape: tuple[int, int] | None
    reflections: Reflections = no_reflections
    outer_reflections: Reflections = no_reflections
    read_in_shape: tuple[int, int] | None = None
    window_ms: float = 20.0
    ticks: int = 1
    reads_membrane: bool = False

    @classmethod
    def n_joint(cls, options: Mapping[str, Any]) -> int:
        """Return how many neurons get the drive and are read out as well, by the model's options; 0: it has none such.

        Encoders and decoders that ask for 0 neurons get so many.
        """
        return 0

    @property
    def positions(self) -> np.ndarray | None:
        """Place of each neuron in steps of a grid, shape (n_neurons, n_axes); None: neurons have no place."""
        return None

    @property
    def _bridge_parameters(self) -> list[Parameter]:
        """The genes ``read_in`` and ``readout``, as encoder and decoder want them."""
        genes = []
        if self.read_in_shape is not None:
            genes.append(Parameter("read_in", self.read_in_shape, -20.0, 20.0, f"{READ_IN_UNIT_PA:g} pA", (-5.0, 5.0)))
        if self.readout_shape is not None:
            genes.append(Parameter("readout", self.readout_shape, -10.0, 10.0, "1", (-1.0, 1.0)))
        return genes

    def _bridge_weights(self, genome: Genome) -> dict[str, np.ndarray | None]:
        """Return the network's read-in and read-out, by name."""
        read_in = genome["read_in"] * READ_IN_UNIT_PA if self.read_in_shape is not None else None
        return {"readout": genome.get("readout"), "read_in": read_in}

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


def check_joint(name: str, n_neurons: int, n_inputs: int, n_outputs: int) -> None:
    """Raise unless encoder and decoder both want a model's one population.

    Raises
    ------
    ConfigurationError
    """
    for key, n in (("encoder", n_inputs), ("decoder", n_outputs)):
        if n != n_neurons:
            raise ConfigurationError(
                f"model {name} has {n_neurons} neurons, but the {key} wants {n}. Set {key}.n_neurons = 0, which takes "
                "as many as the model has."
            )
