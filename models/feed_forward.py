"""Feed-forward spiking networks: layers of neurons, each fully connected to the next layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from neurosim_rl.bridge.reflection import Reflection, TiedWeights
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import LONGEST_DELAY_MS, SpikingModel, check_untied, with_cached_facts
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.units import weight_unit
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class FeedForward(SpikingModel):
    """A feed-forward spiking network. Its genome is its synaptic weights.

    The defaults are those of Yegenoglu et al. 2022 (Front. Comput. Neurosci. 16:885207): ``iaf_psc_alpha``
    with a refractory time of 1 ms and otherwise NEST's defaults, 5 hidden neurons, and weights of +-20 times 100 pA.
    A network with 60 inputs and 3 outputs has 315 weights.

    Genome
    ------
    ``weights_0``, ``weights_1``, ...: from each layer to the next, shape (n_source, n_target). With ``mirror`` they
    hold only the free weights, shape (n_free,). The network then answers a mirrored observation with the mirrored
    action from the start; evolution does not have to find this.
    ``read_in``: weights of observations, shape (n_observations, n_inputs), if the encoder needs them.
    ``readout``: weights of output spikes, shape (n_outputs, n_actions), if the decoder needs them.
    """

    hidden: tuple = option((5,), "neurons in each hidden layer; empty = no hidden layer", low=1)
    neuron: str = option("iaf_psc_alpha", "NEST's name of the neuron model")
    neuron_parameters: dict = option({"t_ref": 1.0}, "NEST parameters of all neurons (ms, mV, pF, pA)")
    weight_unit_pa: float = option(
        100.0, "weight of a gene of 1, in the unit of the neuron model (pA, mV or nS)", low=1e-9
    )
    weight_limit: float = option(20.0, "largest absolute value of a gene", low=1e-9)
    initial_limit: float = option(20.0, "largest absolute value of a gene in the first generation", low=0)
    delay_ms: float = option(1.0, "synaptic delay in ms", low=1e-3, high=LONGEST_DELAY_MS)
    mirror: bool = option(False, "tie weights that are mirror images of each other (only for tasks with a mirror)")

    def __post_init__(self) -> None:
        """Check that the numbers of neurons are whole."""
        for n in self.hidden:
            if n != int(n):
                raise ConfigurationError(f"model.hidden = {list(self.hidden)}: expected whole numbers, got {n}.")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, with input and output."""
        return (self.n_inputs, *(int(n) for n in self.hidden), self.n_outputs)

    @property
    def counts(self) -> tuple[int, int]:
        """Number of neurons and of synapses."""
        return sum(self.sizes), sum(a * b for a, b in pairwise(self.sizes))

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights between layers, read-in and read-out."""
        limit = self.weight_limit
        start = min(self.initial_limit, limit)
        unit = f"{self.weight_unit_pa:g} {weight_unit(self.neuron)}"
        shapes: list[tuple[int, ...]] = list(pairwise(self.sizes))
        if self.mirror:
            shapes = [(tied.n_genes,) for tied in self._ties]
        weights = []
        for k, shape in enumerate(shapes):
            weights.append(Parameter(f"weights_{k}", shape, -limit, limit, unit, (-start, start)))
        return ParameterSpace(*weights, *self._bridge_parameters)

    def network(self, genome: Genome) -> Network:
        """Return the layered network with the genome's weights."""
        weights = []
        for k in range(len(self.sizes) - 1):
            genes = genome[f"weights_{k}"]
            if self.mirror:
                genes = self._ties[k].expand(genes)
            weights.append(genes.ravel() * self.weight_unit_pa)
        return self._template.with_weights(weights, **self._bridge_weights(genome))

    @property
    def holds_learned(self) -> bool:
        """Whether a genome can hold a learned weight for each synapse: not with ``mirror``, which ties weights."""
        return not self.mirror

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome with the learned weights of all projections; an error with ``mirror``."""
        check_untied(self.mirror)
        self._check_learned(self._template, weights_pa)
        learned = {f"weights_{k}": weights / self.weight_unit_pa for k, weights in enumerate(weights_pa)}
        return self._within_bounds({**genome, **learned})

    @cached_property
    def _ties(self) -> list[TiedWeights]:
        """Ties between the weights of each projection; in the mirror, hidden neurons come in reversed order."""
        first, last = self.reflections()
        layers = [first, *map(Reflection.reversing, self.sizes[1:-1]), last]
        return [TiedWeights.between(source, target) for source, target in pairwise(layers)]

    @cached_property
    def _template(self) -> Network:
        """The network with all weights 0."""
        n_hidden = len(self.sizes) - 2
        names = ["input", *(f"hidden_{k}" for k in range(1, n_hidden + 1)), "output"]
        populations = []
        for name, size in zip(names, self.sizes, strict=True):
            populations.append(Population(name, size, self.neuron, self.neuron_parameters))
        if self.spiking_input:
            populations[0] = Population("input", self.n_inputs, SPIKE_SOURCE)
        projections = []
        for source, target in pairwise(populations):
            no_weights = np.zeros((source.size, target.size))
            projections.append(Projection.all_to_all(source.name, target.name, no_weights, self.delay_ms))
        network = Network(
            tuple(populations), tuple(projections), input="input", output="output", resolution_ms=self.resolution_ms
        )
        return with_cached_facts(network)
