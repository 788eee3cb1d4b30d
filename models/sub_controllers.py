"""Several sub-controllers in one network: each connects some observed variables with its own output neurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import LONGEST_DELAY_MS, SpikingModel, with_cached_facts
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.units import weight_unit
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class SubControllers(SpikingModel):
    """Sub-controllers without hidden layers. Their genome is their synaptic weights; the first can silence the others.

    Each sub-controller gets some observed variables, in their order, and has all-to-all synapses onto its own output
    neurons: of n sub-controllers, number c has outputs c, c + n, c + 2 n, ... With a multiple of n neurons for each
    action or side, the decoder sums the outputs of all sub-controllers.

    With ``near_fields``, the first sub-controller takes over while one of its variables is small, such as the distance
    to an obstacle: the neurons of the lowest receptive fields of its variables drive an interneuron, which inhibits the
    outputs of all other sub-controllers. These synapses are fixed. The encoder's neurons must be sorted by variable, as
    with Gaussian, one-hot, linear and signed tuning.

    Source: after Bing et al. 2019, Front. Neurorobot. 13:18, without its hidden layers.

    Genome
    ------
    ``weights``: all synapses from input to output neurons, sorted by input neuron, shape (n_synapses,).
    ``read_in``: weights of observations, shape (n_observations, n_inputs), if the encoder needs them.
    ``readout``: weights of output spikes, shape (n_outputs, n_actions), if the decoder needs them.
    """

    variables: tuple = option(
        (1, 1), "number of observed variables of each sub-controller, in the order of observations", low=1
    )
    near_fields: int = option(
        0,
        "number of lowest receptive fields, of each variable of the first sub-controller, that silence the others; "
        "0 = none",
        low=0,
    )
    near_weight_pa: float = option(300.0, "weight in pA from each of these fields to the interneuron", low=0)
    inhibition_pa: float = option(
        3000.0, "weight in pA of the interneuron onto outputs of the other sub-controllers, without its sign", low=0
    )
    neuron: str = option("iaf_psc_alpha", "NEST's name of the neuron model")
    neuron_parameters: dict = option({"t_ref": 1.0}, "NEST parameters of all neurons (ms, mV, pF, pA)")
    output_current_pa: float = option(0.0, "constant current in pA into output neurons")
    weight_unit_pa: float = option(
        100.0, "weight of a gene of 1, in the unit of the neuron model (pA, mV or nS)", low=1e-9
    )
    weight_limit: float = option(20.0, "largest absolute value of a gene", low=1e-9)
    initial_limit: float = option(20.0, "largest absolute value of a gene in the first generation", low=0)
    delay_ms: float = option(1.0, "synaptic delay in ms", low=1e-3, high=LONGEST_DELAY_MS)

    def __post_init__(self) -> None:
        """Check that each sub-controller has inputs and outputs."""
        for n in self.variables:
            if n != int(n):
                raise ConfigurationError(
                    f"model.variables = {list(self.variables)}: expected whole numbers of variables, got {n}."
                )
        if not self.variables or self.n_inputs % sum(self.variables):
            raise ConfigurationError(
                f"model.variables = {list(self.variables)} does not divide {self.n_inputs} input neurons equally; "
                "expected numbers that sum to the number of observed variables. Change model.variables."
            )
        if self.n_outputs < len(self.variables):
            raise ConfigurationError(
                f"model.variables = {list(self.variables)} needs at least {len(self.variables)} output neurons, one "
                f"for each sub-controller; got {self.n_outputs}. Set more output neurons in the decoder."
            )
        if self.near_fields > self._n_fields:
            raise ConfigurationError(
                f"model.near_fields = {self.near_fields}; expected at most {self._n_fields}, the encoder's neurons for "
                "each variable. Set a smaller number."
            )

    @property
    def counts(self) -> tuple[int, int]:
        """Number of neurons and of synapses, those of the interneuron included."""
        n_controllers, n_synapses = len(self.variables), 0
        for controller, n_variables in enumerate(self.variables):
            n_synapses += int(n_variables) * self._n_fields * len(range(controller, self.n_outputs, n_controllers))
        if not self.near_fields:
            return self.n_inputs + self.n_outputs, n_synapses
        n_near = int(self.variables[0]) * self.near_fields
        n_others = self.n_outputs - len(range(0, self.n_outputs, n_controllers))
        return self.n_inputs + 1 + self.n_outputs, n_synapses + n_near + n_others

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights from input to output neurons, read-in and read-out."""
        limit, start = self.weight_limit, min(self.initial_limit, self.weight_limit)
        pre, _ = self._ends
        weights = Parameter(
            "weights", pre.shape, -limit, limit, f"{self.weight_unit_pa:g} {weight_unit(self.neuron)}", (-start, start)
        )
        return ParameterSpace(weights, *self._bridge_parameters)

    def network(self, genome: Genome) -> Network:
        """Return the network with the genome's weights from input to output."""
        fixed = [p.weight_pa for p in self._template.projections[1:]]
        weights = [genome["weights"] * self.weight_unit_pa, *fixed]
        return self._template.with_weights(weights, **self._bridge_weights(genome))

    @property
    def holds_learned(self) -> bool:
        """Whether a genome can hold a learned weight for each synapse: yes, from input to output."""
        return True

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome with the learned weights from input to output; weights of the interneuron are ignored."""
        self._check_learned(self._template, weights_pa)
        return self._within_bounds({**genome, "weights": np.asarray(weights_pa[0]) / self.weight_unit_pa})

    @property
    def _n_fields(self) -> int:
        """Input neurons of each variable."""
        return self.n_inputs // int(sum(self.variables))

    @cached_property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Source and target of each synapse from input to output, shape (n_synapses,), sorted by source."""
        n_controllers = len(self.variables)
        controller_of_variable = np.repeat(np.arange(n_controllers), np.array(self.variables, np.int64))
        controller_of_input = np.repeat(controller_of_variable, self._n_fields)
        controller_of_output = np.arange(self.n_outputs) % n_controllers
        pre, post = np.nonzero(controller_of_input[:, None] == controller_of_output)
        return pre, post

    @cached_property
    def _template(self) -> Network:
        """The network with weights of 0 from input to output."""
        source = Population("input", self.n_inputs, self.neuron, self.neuron_parameters)
        if self.spiking_input:
            source = Population("input", self.n_inputs, SPIKE_SOURCE)
        current = {"I_e": self.neuron_parameters.get("I_e", 0.0) + self.output_current_pa}
        output = Population("output", self.n_outputs, self.neuron, {**self.neuron_parameters, **current})
        pre, post = self._ends
        # The projection that learns comes first: `network` and `with_learned` rely on it.
        projections = [self._projection("input", "output", pre, post, 0.0)]
        populations = [source, output]
        if self.near_fields:
            populations = [source, Population("interneuron", 1, self.neuron, self.neuron_parameters), output]
            projections += self._interneuron_projections()
        network = Network(
            tuple(populations), tuple(projections), input="input", output="output", resolution_ms=self.resolution_ms
        )
        return with_cached_facts(network)

    def _interneuron_projections(self) -> list[Projection]:
        """Return the fixed synapses from the lowest fields to the interneuron, and from it to the other outputs."""
        field = np.arange(int(self.variables[0]) * self._n_fields) % self._n_fields
        near = np.flatnonzero(field < self.near_fields)
        # Outputs with number 0 modulo the number of sub-controllers belong to the first one.
        others = np.flatnonzero(np.arange(self.n_outputs) % len(self.variables))
        return [
            self._projection("input", "interneuron", near, np.zeros_like(near), self.near_weight_pa),
            self._projection("interneuron", "output", np.zeros_like(others), others, -self.inhibition_pa),
        ]

    def _projection(self, source: str, target: str, pre: np.ndarray, post: np.ndarray, weight_pa: float) -> Projection:
        """Return synapses that all have the same weight."""
        return Projection(
            source, target, pre, post, np.full(len(pre), weight_pa), np.full(len(pre), float(self.delay_ms))
        )
