"""One layer of neurons, without synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from neurosim_rl.bridge.reflection import Reflection, TiedWeights
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import SpikingModel, check_joint
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class SingleLayer(SpikingModel):
    """One layer of neurons, without synapses: they get weighted observations, and their weighted spikes act.

    It needs the encoder ``weighted`` and the decoder ``linear``, whose weights are all its genes: with n neurons
    n (n_observations + n_actions) of them. With ``n_neurons = 0``, these two take as many as the model has.

    Genome
    ------
    ``read_in``, shape (n_observations, n_neurons), and ``readout``, shape (n_neurons, n_actions). With ``opponents`` or
    ``mirror`` only the free ones, shape (n_free,). Then the last neuron is the partner of the first, the one before
    that of the second, and so on: with ``opponents`` partners have opposite weights, as ON and OFF cells, so that
    actions are odd functions of normalised observations about the middle of their bounds, much like those of a linear
    policy; with ``mirror`` they are each other's image in the task's mirror, which changes the sign of some
    observations and of all actions.
    """

    neurons: int = option(16, "how many", low=1)
    neuron: str = option("iaf_psc_exp", "NEST's name of the neuron model")
    neuron_parameters: dict = option({"t_ref": 0.0}, "NEST's parameters of all neurons (ms, mV, pF, pA)")
    opponents: bool = option(False, "tie weights of pairs of neurons that answer to opposite observations")
    mirror: bool = option(False, "tie weights that are each other's mirror image (tasks with a mirror symmetry only)")

    def __post_init__(self) -> None:
        """Check that encoder and decoder fit around one layer."""
        if self.read_in_shape is None or self.readout_shape is None:
            raise ConfigurationError(
                "model single-layer has no synapses; its genes are the weights of encoder.name = 'weighted' and "
                "decoder.name = 'linear'. Use both, or another model."
            )
        if self.mirror and self.opponents:
            raise ConfigurationError(
                "model.mirror and model.opponents both tie pairs of neurons. Set one of them to false."
            )
        if self._is_tied and self.neurons % 2:
            tie = "mirror" if self.mirror else "opponents"
            raise ConfigurationError(
                f"model.{tie} = true pairs neurons, and model.neurons = {self.neurons} is odd. Set an even number."
            )
        check_joint("single-layer", self.neurons, self.n_inputs, self.n_outputs)

    @classmethod
    def n_joint(cls, options: Mapping[str, Any]) -> int:
        """Return the number of neurons."""
        return int(options["neurons"])

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights of the read-in and the read-out."""
        genes = self._bridge_parameters
        if self._is_tied:
            genes = [replace(gene, shape=(self._ties[gene.name].n_genes,)) for gene in genes]
        return ParameterSpace(*genes)

    def network(self, genome: Genome) -> Network:
        """Return the layer with the genome's read-in and read-out."""
        if self._is_tied:
            genome = {name: self._ties[name].expand(genes) for name, genes in genome.items()}
        return self._template.with_weights([], **self._bridge_weights(genome))

    @property
    def _is_tied(self) -> bool:
        return self.mirror or self.opponents

    @cached_property
    def _ties(self) -> dict[str, TiedWeights]:
        """What ties the weights; neurons change places with those from the other end."""
        if self.mirror:
            first, last = self.outer_reflections()
        else:
            assert self.read_in_shape is not None
            assert self.readout_shape is not None
            first, last = (Reflection.of_signs((-1,) * n) for n in (self.read_in_shape[0], self.readout_shape[1]))
        neurons = Reflection.reversing(self.neurons)
        return {"read_in": TiedWeights.between(first, neurons), "readout": TiedWeights.between(neurons, last)}

    @cached_property
    def _template(self) -> Network:
        population = Population("neurons", self.neurons, self.neuron, self.neuron_parameters)
        network = Network((population,), (), input="neurons", output="neurons", resolution_ms=self.resolution_ms)
        # Computed once here, for all networks made from it.
        assert network.first_neuron
        assert network.delay_range_ms
        return network
