"""Layers of neurons, each fully connected to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from neurosim_rl.bridge.reflection import Reflection, TiedWeights
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import LONGEST_DELAY_MS, SpikingModel, check_untied
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class FeedForward(SpikingModel):
    """A feed-forward network whose genome is its synaptic weights.

    The defaults are those of Yegenoglu et al. 2022 (Front. Comput. Neurosci. 16:885207): ``iaf_psc_alpha``
    with a refractory time of 1 ms and NEST's defaults elsewhere, 5 hidden neurons, weights of +-20 times 100 pA.
    With 60 inputs and 3 outputs that makes 315 weights.

    Genome
    ------
    ``weights_0``, ``weights_1``, ...: from each layer to the next, shape (n_source, n_target). With ``mirror`` only the
    free ones, shape (n_free,): a mirrored observation then gets the mirrored action, and evolution need not find out.
    ``read_in``, ``readout``: weights of observations and of output spikes, if encoder or decoder want them, shapes
    (n_observations, n_inputs) and (n_outputs, n_actions).
    """

    hidden: tuple = option((5,), "neurons in each hidden layer; empty: none", low=1)
    neuron: str = option("iaf_psc_alpha", "NEST's name of the neuron model")
    neuron_parameters: dict = option({"t_ref": 1.0}, "NEST's parameters of all neurons (ms, mV, pF, pA)")
    weight_unit_pa: float = option(100.0, "weight in pA that a gene of 1 stands for", low=1e-9)
    weight_limit: float = option(20.0, "genes lie between minus and plus this", low=1e-9)
    initial_limit: float = option(20.0, "first genes are drawn between minus and plus this", low=0)
    delay_ms: float = option(1.0, "synaptic delay in ms", low=1e-3, high=LONGEST_DELAY_MS)
    mirror: bool = option(False, "tie weights that are each other's mirror image (tasks with a mirror symmetry only)")

    def __post_init__(self) -> None:
        """Check that layers hold whole numbers of neurons."""
        for n in self.hidden:
            if n != int(n):
                raise ConfigurationError(f"model.hidden = {list(self.hidden)}: expected whole numbers, got {n}.")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, input and output included."""
        return (self.n_inputs, *(int(n) for n in self.hidden), self.n_outputs)

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights between layers, and of the read-out."""
        limit = self.weight_limit
        start = min(self.initial_limit, limit)
        unit = f"{self.weight_unit_pa:g} pA"
        shapes: list[tuple[int, ...]] = list(pairwise(self.sizes))
        if self.mirror:
            shapes = [(tied.n_genes,) for tied in self._ties]
        weights = [Parameter(f"weights_{k}", s, -limit, limit, unit, (-start, start)) for k, s in enumerate(shapes)]
        return ParameterSpace(*weights, *self._bridge_parameters)

    def network(self, genome: Genome) -> Network:
        """Return the layered network with the genome's weights."""
        genes = [genome[f"weights_{k}"] for k in range(len(self.sizes) - 1)]
        if self.mirror:
            genes = [tied.expand(free) for tied, free in zip(self._ties, genes, strict=True)]
        weights = [weights.ravel() * self.weight_unit_pa for weights in genes]
        return self._template.with_weights(weights, **self._bridge_weights(genome))

    @property
    def holds_learned(self) -> bool:
        """Whether a genome can hold the weight of each synapse: tied weights, once they have learned, cannot be."""
        return not self.mirror

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome with the weights of all projections; refused with ``mirror``, which ties them."""
        check_untied(self.mirror)
        self._check_learned(self._template, weights_pa)
        learned = {f"weights_{k}": weights / self.weight_unit_pa for k, weights in enumerate(weights_pa)}
        return self._within_bounds({**genome, **learned})

    @cached_property
    def _ties(self) -> list[TiedWeights]:
        """What ties the weights of each projection; hidden neurons change places with those from the other end."""
        first, last = self.reflections()
        layers = [first, *map(Reflection.reversing, self.sizes[1:-1]), last]
        return [TiedWeights.between(source, target) for source, target in pairwise(layers)]

    @cached_property
    def _template(self) -> Network:
        """The network with weights of zero."""
        names = ["input", *(f"hidden_{k}" for k in range(1, len(self.sizes) - 1)), "output"]
        populations = [
            Population(name, size, self.neuron, self.neuron_parameters)
            for name, size in zip(names, self.sizes, strict=True)
        ]
        if self.spiking_input:
            populations[0] = Population("input", self.n_inputs, SPIKE_SOURCE)
        projections = [
            Projection.all_to_all(a.name, b.name, np.zeros((a.size, b.size)), self.delay_ms)
            for a, b in pairwise(populations)
        ]
        network = Network(
            tuple(populations), tuple(projections), input="input", output="output", resolution_ms=self.resolution_ms
        )
        # Computed once here, for all networks made from it.
        assert network.first_neuron
        assert network.delay_range_ms
        return network
