"""Spiking networks of one layer, without synapses between neurons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from neurosim_rl.bridge.reflection import Reflection, TiedWeights
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import SpikingModel, check_joint, with_cached_facts
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class SingleLayer(SpikingModel):
    """One layer of neurons without synapses: weighted observations drive them, their weighted spikes give actions.

    The model needs the encoder ``weighted`` and the decoder ``linear``. Their weights are all its genes: n neurons have
    n (n_observations + n_actions) genes. With ``n_neurons = 0``, encoder and decoder use the model's number of neurons.

    Source: a design of this package.

    Genome
    ------
    ``read_in``, shape (n_observations, n_neurons), and ``readout``, shape (n_neurons, n_actions). With ``opponents`` or
    ``mirror`` they hold only the free weights, shape (n_free,), and neurons are pairs: the first and the last, the
    second and the last but one, and so on. With ``opponents``, the neurons of a pair have opposite weights, like ON and
    OFF cells; an action is then an odd function of normalised observations about the middle of their bounds, as in a
    linear policy. With ``mirror``, the neurons of a pair are images of each other in the task's mirror, which changes
    the sign of some observations and of all actions.
    """

    neurons: int = option(16, "number of neurons", low=1)
    neuron: str = option("iaf_psc_exp", "NEST's name of the neuron model")
    neuron_parameters: dict = option({"t_ref": 0.0}, "NEST parameters of all neurons (ms, mV, pF, pA)")
    opponents: bool = option(False, "tie the weights of pairs of neurons, so that they answer opposite observations")
    mirror: bool = option(False, "tie weights that are mirror images of each other (only for tasks with a mirror)")

    def __post_init__(self) -> None:
        """Check that the encoder and the decoder fit the layer."""
        if self.read_in_shape is None or self.readout_shape is None:
            raise ConfigurationError(
                "model single-layer needs encoder.name = 'weighted' and decoder.name = 'linear': their weights are its "
                "genes. Set both, or use another model."
            )
        if self.mirror and self.opponents:
            raise ConfigurationError(
                "model.mirror and model.opponents both tie pairs of neurons; expected at most one. Set one to false."
            )
        if self._is_tied and self.neurons % 2:
            tie = "mirror" if self.mirror else "opponents"
            raise ConfigurationError(
                f"model.{tie} = true needs pairs of neurons, but model.neurons = {self.neurons} is odd. Set an even "
                "number."
            )
        check_joint("single-layer", self.neurons, self.n_inputs, self.n_outputs)

    @classmethod
    def n_joint(cls, options: Mapping[str, Any]) -> int:
        """Return the number of neurons."""
        return int(options["neurons"])

    @property
    def counts(self) -> tuple[int, int]:
        """Number of neurons; there are no synapses."""
        return self.neurons, 0

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights of the read-in and of the read-out."""
        parameters = self._bridge_parameters
        if self._is_tied:
            parameters = [replace(p, shape=(self._ties[p.name].n_genes,)) for p in parameters]
        return ParameterSpace(*parameters)

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
        """Ties between weights; in the mirror, neurons come in reversed order."""
        if self.mirror:
            first, last = self.outer_reflections()
        else:
            assert self.read_in_shape is not None
            assert self.readout_shape is not None
            # Opponents: a mirror that changes the sign of all observations and all actions.
            first = Reflection.of_signs((-1,) * self.read_in_shape[0])
            last = Reflection.of_signs((-1,) * self.readout_shape[1])
        neurons = Reflection.reversing(self.neurons)
        return {"read_in": TiedWeights.between(first, neurons), "readout": TiedWeights.between(neurons, last)}

    @cached_property
    def _template(self) -> Network:
        population = Population("neurons", self.neurons, self.neuron, self.neuron_parameters)
        network = Network((population,), (), input="neurons", output="neurons", resolution_ms=self.resolution_ms)
        return with_cached_facts(network)
