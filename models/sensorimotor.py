"""The sensorimotor network of Hasegan et al. 2022: sensory, association and motor neurons, with interneurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import SpikingModel, check_untied, with_cached_facts
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option

MEMBRANE = {"C_m": 250.0, "tau_m": 20.0, "tau_syn_ex": 5.3, "tau_syn_in": 9.1}
"""Parameters of all neurons in pF and ms. The decay times are the published ones of AMPA and GABA at the soma."""
CELLS = {
    "E": {**MEMBRANE, "E_L": -65.0, "V_m": -65.0, "V_reset": -65.0, "V_th": -40.0, "t_ref": 5.0},
    "I": {**MEMBRANE, "E_L": -63.0, "V_m": -63.0, "V_reset": -63.0, "V_th": -40.0, "t_ref": 2.5},
    "IL": {**MEMBRANE, "E_L": -65.0, "V_m": -65.0, "V_reset": -65.0, "V_th": -47.0, "t_ref": 2.5},
}
"""Parameters of excitatory cells (E), fast (I) and low-threshold interneurons (IL): published potentials and times."""
AREA = {"EA": "E", "IA": "I", "IAL": "IL", "EM": "E", "IM": "I", "IML": "IL"}
"""Kind of cell in each population except the sensory one."""
N_ASSOCIATION, N_INTERNEURONS = 40, 10
EXCITATORY_PA, INHIBITORY_PA = 76.2, 53.0
"""Weight in pA of a postsynaptic potential with a peak of 1 mV, given the time constants of `MEMBRANE`."""
STIMULUS_MV = 40.0
"""Peak potential of an input spike in its sensory neuron: enough for one spike, not for two."""
FAST_MS, SLOW_MS, STIMULUS_MS = (1.8, 2.2), (3.0, 12.0), (1.8, 2.2)
"""Ranges of delays: of most synapses, of synapses from low-threshold interneurons, and of the input."""


@dataclass(frozen=True)
class Pathway:
    """One row of the published table of connections.

    Parameters
    ----------
    source, target : str
        Populations.
    convergence : int
        Number of source neurons of each target neuron.
    weight : float
        Published weight times its gain (E to E 2, E to I 3, I to E 2, I to I 1), taken as mV; negative = inhibitory.
    """

    source: str
    target: str
    convergence: int
    weight: float

    @property
    def delays_ms(self) -> tuple[float, float]:
        """Range of delays."""
        return SLOW_MS if self.source in ("IAL", "IML") else FAST_MS

    @property
    def weight_pa(self) -> float:
        """Weight in pA."""
        return self.weight * (EXCITATORY_PA if self.weight > 0 else INHIBITORY_PA)


LEARNED = {
    "weights_sensory": Pathway("ES", "EA", 25, 5.0 * 2),
    "weights_motor": Pathway("EA", "EM", 20, 3.25 * 2),
}
"""Pathways that learn: their weights are genes."""


def _local(e: str, i: str, il: str, n_fast: int, to_fast: float, to_low: float) -> tuple[Pathway, ...]:
    """Return the pathways within an area: excitation of interneurons, then inhibition.

    A published connection probability of 0.4 from 10 interneurons is a convergence of 4.
    """
    return (
        Pathway(e, i, n_fast, to_fast * 3),
        Pathway(e, il, n_fast, to_low * 3),
        Pathway(i, e, 4, -9.0 * 2),
        Pathway(i, i, 1, -4.5),
        Pathway(i, il, 2, -4.5),
        Pathway(il, e, 4, -2.5 * 2),
        Pathway(il, i, 2, -2.25),
        Pathway(il, il, 1, -5.5),
    )


PATHWAYS = (
    *LEARNED.values(),
    *_local("EA", "IA", "IAL", 15, 1.95, 1.98),
    *_local("EM", "IM", "IML", 16, 1.95, 0.98),
)


@dataclass(frozen=True)
class Sensorimotor(SpikingModel):
    """Sensory, association and motor neurons in a chain. Only the weights between these three are genes.

    After Hasegan et al. 2022 (Front. Comput. Neurosci. 16:1017284; their CartPole network, ``config-seed6623146.json``
    of github.com/NathanKlineInstitute/netpyne-STDP). Sensory cells: ES, one for each input (published: 80). Association
    cells: EA (40), with fast (IA) and low-threshold (IAL) interneurons (10 each). Motor cells: EM, one for each output
    (published: 40), with interneurons IM and IML (10 each). Numbers of cells, convergence, weights, gains, delays,
    resting potentials, thresholds and refractory times are the published ones. A population smaller than a convergence
    is fully connected.

    Differences from the published network: The cells are ``iaf_psc_exp`` with a membrane time constant of 20 ms; the
    published cells are event-driven INTF7, with a potential that jumps at a spike. A published weight is the peak of
    the postsynaptic potential in mV at any potential; in the original it shrinks towards the reversal potential.
    Excitation decays with 5.3 ms and inhibition with 9.1 ms everywhere; in the original, dendrites have 20 ms. There
    are no NMDA receptors, no after-hyperpolarisation (published: 400 ms) and no noise. Delays are rounded to the grid.
    Input spikes have the delays of most synapses. Genes are bounded.

    In random play with genomes of the first generation, EA fires at about 5 Hz and EM at about 6 Hz; the published
    targets are 5.5 and 6 Hz.

    Genome
    ------
    ``weights_sensory`` (ES to EA), shape (25 n_EA,), and ``weights_motor`` (EA to EM), shape (20 n_EM,): multiples of
    the published weight of the pathway, at least 0, sorted by target neuron. With 80 inputs and 40 outputs these are
    1000 and 800 genes. ``read_in``: weights of observations, shape (n_observations, n_inputs), if the encoder needs
    them. ``readout``: weights of output spikes, shape (n_outputs, n_actions), if the decoder needs them.

    With ``mirror`` (not published), one half of each population is the mirror image of the other half in wiring,
    weights and delays. There are half as many genes, and a mirrored observation gets the mirrored action.
    """

    wiring_seed: int = option(1, "seed of connections and delays, independent of the run's seed", low=0)
    weight_scale: float = option(1.0, "factor of all weights between neurons; 1 = published weights", low=1e-9)
    weight_limit: float = option(20.0, "largest gene; the smallest is 0", low=1e-9)
    initial_spread: float = option(
        0.5, "genes of the first generation are drawn between 1 minus this and 1 plus this", low=0, high=1
    )
    mirror: bool = option(
        False, "make one half of the network the mirror image of the other (only for tasks with a mirror)"
    )

    @property
    def sizes(self) -> dict[str, int]:
        """Neurons in each population except the spike sources."""
        sizes = dict.fromkeys(AREA, N_INTERNEURONS)
        sizes["EA"] = N_ASSOCIATION
        return {"ES": self.n_inputs, **sizes, "EM": self.n_outputs}

    @property
    def counts(self) -> tuple[int, int]:
        """Number of neurons, spike sources included, and of synapses."""
        n_neurons, n_synapses = sum(self.sizes.values()), 0
        for pathway in PATHWAYS:
            n_synapses += self.sizes[pathway.target] * self._convergence(pathway)
        if self.spiking_input:
            return n_neurons + self.n_inputs, n_synapses + self.n_inputs
        return n_neurons, n_synapses

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights of the two pathways that learn, read-in and read-out."""
        limit = self.weight_limit
        start = (min(1.0 - self.initial_spread, limit), min(1.0 + self.initial_spread, limit))
        genes = []
        for name, pathway in LEARNED.items():
            unit = f"{self._nominal_pa(pathway):g} pA"
            genes.append(Parameter(name, (self._n_genes(pathway),), 0.0, limit, unit, start))
        return ParameterSpace(*genes, *self._bridge_parameters)

    def network(self, genome: Genome) -> Network:
        """Return the network with the genome's weights."""
        weights = [p.weight_pa for p in self._template.projections]
        for place, (name, pathway) in enumerate(LEARNED.items()):
            genes = genome[name].reshape(-1, self._convergence(pathway))
            _, drawn_of = self._drawn(pathway.target)
            weights[place] = genes[drawn_of].ravel() * self._nominal_pa(pathway)
        return self._template.with_weights(weights, **self._bridge_weights(genome))

    @property
    def holds_learned(self) -> bool:
        """Whether a genome can hold a learned weight for each synapse: not with ``mirror``, which ties weights."""
        return not self.mirror

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome with the learned weights of the two pathways that learn; an error with ``mirror``."""
        check_untied(self.mirror)
        self._check_learned(self._template, weights_pa)
        learned = {}
        for place, (name, pathway) in enumerate(LEARNED.items()):
            learned[name] = weights_pa[place] / self._nominal_pa(pathway)
        return self._within_bounds({**genome, **learned})

    def _convergence(self, pathway: Pathway) -> int:
        return min(pathway.convergence, self.sizes[pathway.source])

    def _n_genes(self, pathway: Pathway) -> int:
        return len(self._drawn(pathway.target)[0]) * self._convergence(pathway)

    @cached_property
    def _mirrored(self) -> dict[str, np.ndarray]:
        """Mirror image of each neuron, by population, shape (n_neurons,); without ``mirror``, the neuron itself."""
        if not self.mirror:
            return {name: np.arange(n) for name, n in self.sizes.items()}
        first, last = self.reflections()
        mirrored = {name: np.arange(n)[::-1] for name, n in self.sizes.items()}
        return {**mirrored, "ES": first.places, "EM": last.places}

    def _drawn(self, target: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the neurons of a population with drawn synapses, and for each neuron the index of its original.

        Of a neuron and its mirror image only the one with the lower number is drawn; the other is a copy.
        """
        mirrored = self._mirrored[target]
        itself = np.arange(len(mirrored))
        if self.mirror and (mirrored == itself).any():
            raise ConfigurationError(
                f"model.mirror = true needs pairs of mirrored neurons; got {len(mirrored)} neurons of {target}, some "
                "of which are their own mirror image. Use a task with an even number of actions, or set model.mirror = "
                "false."
            )
        return np.unique(np.minimum(mirrored, itself), return_inverse=True)

    def _nominal_pa(self, pathway: Pathway) -> float:
        """Return the weight in pA of a gene of 1."""
        return pathway.weight_pa * self.weight_scale

    @cached_property
    def _template(self) -> Network:
        """The network with published weights: pathways that learn come first, then the others, then the input."""
        kinds = {"ES": "E", **AREA}
        populations = [Population(name, n, "iaf_psc_exp", CELLS[kinds[name]]) for name, n in self.sizes.items()]
        projections = [self._wire(place, pathway) for place, pathway in enumerate(PATHWAYS)]
        if self.spiking_input:
            populations.insert(0, Population("input", self.n_inputs, SPIKE_SOURCE))
            projections.append(self._stimulus())
        network = Network(
            tuple(populations),
            tuple(projections),
            input=populations[0].name,
            output="EM",
            resolution_ms=self.resolution_ms,
        )
        return with_cached_facts(network)

    def _wire(self, place: int, pathway: Pathway) -> Projection:
        """Return the synapses of a pathway; the sources of each target neuron are drawn separately."""
        # Each pathway has a random stream of its own, so a change of one leaves the wiring of the others.
        rng = generator(self.wiring_seed, Purpose.WIRING, place)
        n_source, n_target = self.sizes[pathway.source], self.sizes[pathway.target]
        n = self._convergence(pathway)
        pre = np.array([np.sort(rng.permutation(n_source)[:n]) for _ in range(n_target)])
        delay_ms = self._on_grid(rng.uniform(*pathway.delays_ms, pre.shape))
        drawn, drawn_of = self._drawn(pathway.target)
        original = drawn[drawn_of]
        # All neurons are drawn, so that `mirror` does not shift the stream; then copies overwrite their own draws.
        is_copy = original != np.arange(n_target)
        pre[is_copy] = self._mirrored[pathway.source][pre[original][is_copy]]
        weight_pa = np.full(pre.size, self._nominal_pa(pathway))
        post = np.repeat(np.arange(n_target), n)
        return Projection(pathway.source, pathway.target, pre.ravel(), post, weight_pa, delay_ms[original].ravel())

    def _stimulus(self) -> Projection:
        """Return the input synapses: one onto each sensory neuron."""
        rng = generator(self.wiring_seed, Purpose.WIRING, len(PATHWAYS))
        each = np.arange(self.n_inputs)
        original = np.minimum(each, self._mirrored["ES"])
        delay_ms = self._on_grid(rng.uniform(*STIMULUS_MS, each.size))[original]
        return Projection("input", "ES", each, each, np.full(each.size, STIMULUS_MV * EXCITATORY_PA), delay_ms)

    def _on_grid(self, delay_ms: np.ndarray) -> np.ndarray:
        """Return delays rounded to the grid, at least one step."""
        return np.maximum(np.round(delay_ms / self.resolution_ms), 1.0) * self.resolution_ms
