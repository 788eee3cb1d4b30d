"""Base class of models that turn a genome into a spiking network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.model import Model, Reflections, no_reflections
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter
from neurosim_rl.settings.checks import check_shape

LONGEST_DELAY_MS = 1000.0
"""Longest synaptic delay. Simulators keep a buffer of this length for each neuron, one entry for each grid step."""
READ_IN_UNIT_PA = 300.0
"""Current in pA of a read-in gene of 1, for one unit of an observed variable."""


@dataclass(frozen=True)
class SpikingModel(Model):
    """Turns a genome into a network that fits between an encoder and a decoder.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Sizes of the input and output populations, as the encoder and the decoder need them.
    spiking_input : bool
        Whether the input population emits the encoder's spikes; otherwise its neurons receive the encoder's currents.
    resolution_ms : float
        Grid of the simulator.
    readout_shape : tuple of int or None
        Shape of the read-out weights that the decoder takes from the genome.
    reflections : callable
        Returns the effect of the task's mirror on input neurons and on output neurons.
    outer_reflections : callable
        Returns the effect of the task's mirror on normalised observations and on actions.
    read_in_shape : tuple of int or None
        Shape of the read-in weights that the encoder takes from the genome.
    window_ms : float
        Simulated time of each environment step.
    ticks : int
        Number of current pulses that the encoder gives in each window.
    reads_membrane : bool
        Whether the decoder reads the membranes of output neurons instead of their spikes.
    nest_modules : tuple of NestModule
        Modules that NEST installs for the network's models.
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
    nest_modules: tuple[NestModule, ...] = ()

    networks_differ: ClassVar[bool] = False
    """Whether networks of two genomes may differ in more than weights, so that they may not share a batch."""

    @classmethod
    def n_joint(cls, options: Mapping[str, Any]) -> int:
        """Return the number of neurons that receive the drive and are read out as well; 0 = no such population.

        The number depends on the model's options only. Encoders and decoders with ``n_neurons = 0`` use it.
        """
        return 0

    @property
    def counts(self) -> tuple[int, int]:
        """Number of neurons and of synapses, from the options alone; 0 synapses: not known before a network is built.

        Memory is estimated by these before anything is allocated. A model with a hidden population overrides it. Where
        `networks_differ`, the number of neurons may be those that are known.
        """
        return self.n_inputs + self.n_outputs, 0

    @property
    def positions(self) -> np.ndarray | None:
        """Position of each neuron in steps of a grid, shape (n_neurons, n_axes); None if neurons have no position."""
        return None

    @property
    def _bridge_parameters(self) -> list[Parameter]:
        """The parameters ``read_in`` and ``readout``, if the encoder and the decoder need them."""
        genes = []
        if self.read_in_shape is not None:
            genes.append(Parameter("read_in", self.read_in_shape, -20.0, 20.0, f"{READ_IN_UNIT_PA:g} pA", (-5.0, 5.0)))
        if self.readout_shape is not None:
            genes.append(Parameter("readout", self.readout_shape, -10.0, 10.0, "1", (-1.0, 1.0)))
        return genes

    def _bridge_weights(self, genome: Genome) -> dict[str, np.ndarray | None]:
        """Return the network's read-in and read-out weights, by name."""
        read_in = None if self.read_in_shape is None else genome["read_in"] * READ_IN_UNIT_PA
        readout = None if self.readout_shape is None else genome["readout"]
        return {"readout": readout, "read_in": read_in}

    @abstractmethod
    def network(self, genome: Genome) -> Network:
        """Return the network that a genome describes."""

    @property
    def holds_learned(self) -> bool:
        """Whether a genome can hold a learned weight for each synapse, as :meth:`with_learned` needs."""
        return False

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome of the network that has these learned weights.

        Weights without a gene are ignored. Genes that set no weight stay. All genes are clipped to their bounds.

        Parameters
        ----------
        genome : Genome
            The genome before learning.
        weights_pa : sequence of array
            Weights of each projection of the network, shape (n_synapses,), in pA.

        Raises
        ------
        ConfigurationError
            When the genes of the model cannot express learned weights.
        ShapeError
            When the number of projections or synapses differs.
        """
        raise ConfigurationError(
            f"{type(self).__name__} cannot turn learned weights into genes. Use model.name = 'feed-forward' or "
            "'sensorimotor'."
        )

    @staticmethod
    def _check_learned(network: Network, weights_pa: Sequence[np.ndarray]) -> None:
        """Raise unless there is one array for each projection, with one weight for each synapse."""
        check_shape("weights_pa: projections", np.zeros(len(weights_pa)), (len(network.projections),))
        for projection, weights in zip(network.projections, weights_pa, strict=True):
            check_shape(f"{projection.label}: weights_pa", np.asarray(weights), (projection.n_synapses,))

    def _within_bounds(self, genome: Genome) -> Genome:
        """Return the genome with the model's arrays clipped to their bounds; they may be flattened.

        Arrays that do not belong to the model, such as parameters of a learning rule, stay as they are.
        """
        own = {p.name: genome[p.name] for p in self.parameters.parameters}
        clipped = self.parameters.clip(self.parameters.to_vector(own))
        return {**genome, **self.parameters.to_genome(clipped)}


def with_cached_facts(network: Network) -> Network:
    """Return the network after computing the cached properties that all networks made from it share."""
    # `Network.with_weights` hands these cached values on, so each is computed once for a whole run.
    assert network.first_neuron
    assert network.delay_range_steps
    _ = network.plays_alone, network.input_neurons, network.output_neurons
    return network


def check_untied(mirror: bool) -> None:
    """Raise if the mirror ties weights: synapses learn one by one, so tied weights would drift apart.

    Raises
    ------
    ConfigurationError
    """
    if mirror:
        raise ConfigurationError(
            "model.mirror = true ties weights, but learning changes each weight separately. Set model.mirror = false."
        )


def check_joint(name: str, n_neurons: int, n_inputs: int, n_outputs: int) -> None:
    """Raise unless the encoder and the decoder both use all neurons of a model's only population.

    Raises
    ------
    ConfigurationError
    """
    for key, n in (("encoder", n_inputs), ("decoder", n_outputs)):
        if n != n_neurons:
            raise ConfigurationError(
                f"model {name} has {n_neurons} neurons, but {key}.n_neurons = {n}. Set {key}.n_neurons = 0, which "
                "uses the model's number."
            )
