"""Sub-controllers side by side, each between some observed variables and output neurons of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import LONGEST_DELAY_MS, SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class SubControllers(SpikingModel):
    """Sub-controllers without hidden layers, whose genome is their synaptic weights; the first can take over.

    Each sees some observed variables, in their order, and has all-to-all synapses onto output neurons of its own: of
    n sub-controllers, number c has outputs c, c + n, c + 2 n, ... With a multiple of n neurons for each
    action or side, the decoder adds up what they say.

    With ``near_fields`` the first takes over while something is near: the neurons of its variables' lowest receptive
    fields drive an interneuron, which silences the outputs of all others. These synapses are fixed. The encoder's
    neurons must come variable by variable, as with Gaussian, one-hot, linear and signed tuning.

    Genome
    ------
    ``weights``: of all synapses from input to output neurons, by input neuron, shape (n_synapses,). ``read_in``,
    ``readout``: weights of observations and of output spikes, if encoder or decoder want them, shapes (n_observations,
    n_inputs) and (n_outputs, n_actions).
    """

    variables: tuple = option((1, 1), "observed variables of each sub-controller, in the order of observations", low=1)
    near_fields: int = option(0, "lowest fields of the first one's variables that let it take over; 0: never", low=0)
    near_weight_pa: float = option(300.0, "weight in pA from each of these to the interneuron", low=0)
    inhibition_pa: float = option(3000.0, "weight in pA with which the interneuron inhibits the others", low=0)
    neuron: str = option("iaf_psc_alpha", "NEST's name of the neuron model")
    neuron_parameters: dict = option({"t_ref": 1.0}, "NEST's parameters of all neurons (ms, mV, pF, pA)")
    output_current_pa: float = option(0.0, "constant current in pA into output neurons, besides")
    weight_unit_pa: float = option(100.0, "weight in pA that a gene of 1 stands for", low=1e-9)
    weight_limit: float = option(20.0, "genes lie between minus and plus this", low=1e-9)
    initial_limit: float = option(20.0, "first genes are drawn between minus and plus this", low=0)
    delay_ms: float = option(1.0, "synaptic delay in ms", low=1e-3, high=LONGEST_DELAY_MS)

    def __post_init__(self) -> None:
        """Check that there are inputs and outputs for each."""
        for n in self.variables:
            if n != int(n):
                raise ConfigurationError(
                    f"model.variables = {list(self.variables)}: expected whole numbers of variables, got {n}."
                )
        if not self.variables or self.n_inputs % sum(self.variables):
            raise ConfigurationError(
                f"model.variables = {list(self.variables)}: {self.n_inputs} input neurons are not equally many for "
                "each variable. Expected as many variables as the environment observes."
            )
        if self.n_outputs < len(self.variables):
            raise ConfigurationError(
                f"model.variables = {list(self.variables)}: {self.n_outputs} output neurons are too few for "
                f"{len(self.variables)} sub-controllers. Set more of them in the decoder."
            )
        if self.near_fields > self._n_fields:
            raise ConfigurationError(
                f"model.near_fields = {self.near_fields}: the encoder gives {self._n_fields} neurons to each variable."
            )

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights from input to output neurons, and of the read-out."""
        limit, start = self.weight_limit, min(self.initial_limit, self.weight_limit)
        shape, unit = (len(self._ends[0]),), f"{self.weight_unit_pa:g} pA"
        weights = [Parameter("weights", shape, -limit, limit, unit, (-start, start))]
        return ParameterSpace(*weights, *self._bridge_parameters)

    def network(self, genome: Genome) -> Network:
        """Return the network with the genome's weights from input to output."""
        fixed = [p.weight_pa for p in self._template.projections[1:]]
        weights = [genome["weights"] * self.weight_unit_pa, *fixed]
        return self._template.with_weights(weights, **self._bridge_weights(genome))

    @property
    def holds_learned(self) -> bool:
        """Each synapse from input to output has its own gene."""
        return True

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome with the weights from input to output; the interneuron's stay the model's."""
        self._check_learned(self._template, weights_pa)
        return self._within_bounds({**genome, "weights": np.asarray(weights_pa[0]) / self.weight_unit_pa})

    @property
    def _n_fields(self) -> int:
        """Input neurons of each variable."""
        return self.n_inputs // int(sum(self.variables))

    @cached_property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Source and target of each synapse from input to output, shape (n_synapses,), sorted by source."""
        variable = np.repeat(np.arange(len(self.variables)), np.array(self.variables, np.int64))
        of_input = np.repeat(variable, self._n_fields)
        of_output = np.arange(self.n_outputs) % len(self.variables)
        pre, post = np.nonzero(of_input[:, None] == of_output)
        return pre, post

    @cached_property
    def _template(self) -> Network:
        """The network with weights of zero from input to output."""
        current = {"I_e": self.neuron_parameters.get("I_e", 0.0) + self.output_current_pa}
        populations = [
            Population("input", self.n_inputs, SPIKE_SOURCE)
            if self.spiking_input
            else Population("input", self.n_inputs, self.neuron, self.neuron_parameters),
            Population("output", self.n_outputs, self.neuron, {**self.neuron_parameters, **current}),
        ]
        pre, post = self._ends
        projections = [self._projection("input", "output", pre, post, 0.0)]
        if self.near_fields:
            populations.insert(1, Population("interneuron", 1, self.neuron, self.neuron_parameters))
            near = np.flatnonzero(
                np.arange(int(self.variables[0]) * self._n_fields) % self._n_fields < self.near_fields
            )
            others = np.flatnonzero(np.arange(self.n_outputs) % len(self.variables))
            nobody = np.zeros_like
            projections += [
                self._projection("input", "interneuron", near, nobody(near), self.near_weight_pa),
                self._projection("interneuron", "output", nobody(others), others, -self.inhibition_pa),
            ]
        network = Network(
            tuple(populations), tuple(projections), input="input", output="output", resolution_ms=self.resolution_ms
        )
        # Computed once here, for all networks made from it.
        assert network.first_neuron
        assert network.delay_range_ms
        return network

    def _projection(self, source: str, target: str, pre: np.ndarray, post: np.ndarray, weight_pa: float) -> Projection:
        """Return synapses of one weight."""
        return Projection(
            source, target, pre, post, np.full(len(pre), weight_pa), np.full(len(pre), float(self.delay_ms))
        )
