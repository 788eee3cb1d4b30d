"""The sensorimotor network of Hasegan et al. 2022: excitatory areas in a row, each with two kinds of interneurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.spiking import SpikingModel, check_untied
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option

MEMBRANE = {"C_m": 250.0, "tau_m": 20.0, "tau_syn_ex": 5.3, "tau_syn_in": 9.1}
"""Of all neurons: pF and ms. Decay times of AMPA and GABA at the soma are the published ones."""
CELLS = {
    "E": {**MEMBRANE, "E_L": -65.0, "V_m": -65.0, "V_reset": -65.0, "V_th": -40.0, "t_ref": 5.0},
    "I": {**MEMBRANE, "E_L": -63.0, "V_m": -63.0, "V_reset": -63.0, "V_th": -40.0, "t_ref": 2.5},
    "IL": {**MEMBRANE, "E_L": -65.0, "V_m": -65.0, "V_reset": -65.0, "V_th": -47.0, "t_ref": 2.5},
}
"""Excitatory cells, fast and low-threshold interneurons: published resting potentials, thresholds, refractory times."""
AREA = {"EA": "E", "IA": "I", "IAL": "IL", "EM": "E", "IM": "I", "IML": "IL"}
"""Kind of cell in each population behind the sensory one."""
N_ASSOCIATION, N_INTERNEURONS = 40, 10
EXCITATORY_PA, INHIBITORY_PA = 76.2, 53.0
"""Current in pA whose postsynaptic potential peaks at 1 mV, with the time constants of `MEMBRANE`."""
STIMULUS_MV = 40.0
"""What an input spike gives to its sensory neuron: one spike, and no second."""
FAST_MS, SLOW_MS, STIMULUS_MS = (1.8, 2.2), (3.0, 12.0), (1.8, 2.2)
"""Ranges of delays: of most synapses, of low-threshold interneurons, and of the input."""


@dataclass(frozen=True)
class Pathway:
    """One row of the published table of connections.

    Parameters
    ----------
    source, target : str
        Populations.
    convergence : int
        Source neurons of each target neuron.
    weight : float
        Published weight times its gain (E to E 2, E to I 3, I to E 2, I to I 1), read as mV; negative: inhibitory.
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


LEARNT = {
    "weights_sensory": Pathway("ES", "EA", 25, 5.0 * 2),
    "weights_motor": Pathway("EA", "EM", 20, 3.25 * 2),
}
"""Pathways whose weights are genes."""


def _local(e: str, i: str, il: str, n_fast: int, to_fast: float, to_low: float) -> tuple[Pathway, ...]:
    """Return the pathways within an area: excitation of interneurons, then inhibition (with 10 sources, 0.4 is 4)."""
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
    *LEARNT.values(),
    *_local("EA", "IA", "IAL", 15, 1.95, 1.98),
    *_local("EM", "IM", "IML", 16, 1.95, 0.98),
)


@dataclass(frozen=True)
class Sensorimotor(SpikingModel):
    """Sensory, association and motor neurons in a row; only the weights between them are genes.

    After Hasegan et al. 2022 (Front. Comput. Neurosci. 16:1017284; their CartPole network, ``config-seed6623146.json``
    of github.com/NathanKlineInstitute/netpyne-STDP): sensory cells ES (as many as inputs, theirs 80), association cells
    EA (40) with fast (IA) and low-threshold (IAL) interneurons (10 each), motor cells EM (as many as outputs, theirs
    40) with IM and IML (10 each). Numbers of cells, convergence, weights, gains, delays, resting potentials, thresholds
    and refractory times are theirs. A population smaller than a convergence is fully connected.

    What differs from theirs: the cells are ``iaf_psc_exp`` with a membrane time constant of 20 ms instead of the
    event-driven INTF7, whose potential jumps at a spike; a published weight is the peak of the postsynaptic potential
    in mV, whatever the potential (theirs shrinks towards the reversal potential). Excitation decays with 5.3 ms and
    inhibition with 9.1 ms everywhere, also in the dendrites, where theirs have 20 ms. There are no NMDA receptors, no
    after-hyperpolarisation (theirs: 400 ms) and no noise. Delays are rounded to the grid;
    input spikes have those of most synapses. Genes are bounded.

    At random play the first genomes give EA about 5 Hz and EM about 6 Hz; their targets are 5.5 and 6 Hz.

    Genome
    ------
    ``weights_sensory`` (ES to EA), shape (25 n_EA,), and ``weights_motor`` (EA to EM), shape (20 n_EM,): each a
    multiple of its pathway's published weight, synapses target by target; 0 and above. With 80 inputs and 40 outputs
    1000 and 800. ``read_in``, ``readout``: weights of observations and of output spikes, if encoder or decoder want
    them, shapes (n_observations, n_inputs) and (n_outputs, n_actions).

    With ``mirror`` (not theirs) half of each population is the mirror image of the other half in wiring, weights and
    delays, and there are half as many genes: a mirrored observation gets the mirrored action.
    """

    wiring_seed: int = option(1, "which neurons are connected, and delays, descend from this alone", low=0)
    weight_scale: float = option(1.0, "all weights between neurons, in published weights", low=1e-9)
    weight_limit: float = option(20.0, "genes lie between 0 and this", low=1e-9)
    initial_spread: float = option(0.5, "first genes are drawn from 1 minus this to 1 plus this", low=0, high=1)
    mirror: bool = option(False, "make one half of the network the other's mirror image (tasks with a mirror symmetry)")

    @property
    def sizes(self) -> dict[str, int]:
        """Neurons in each population behind the input."""
        sizes = {name: N_ASSOCIATION if name == "EA" else N_INTERNEURONS for name in AREA}
        return {"ES": self.n_inputs, **sizes, "EM": self.n_outputs}

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights of the two learnt pathways, and of the read-out."""
        limit = self.weight_limit
        start = (min(1.0 - self.initial_spread, limit), min(1.0 + self.initial_spread, limit))
        genes = [
            Parameter(name, (self._n_genes(p),), 0.0, limit, f"{self._nominal_pa(p):g} pA", start)
            for name, p in LEARNT.items()
        ]
        return ParameterSpace(*genes, *self._bridge_parameters)

    def network(self, genome: Genome) -> Network:
        """Return the wired network with the genome's weights."""
        weights = [p.weight_pa for p in self._template.projections]
        for place, (name, pathway) in enumerate(LEARNT.items()):
            genes = genome[name].reshape(-1, self._convergence(pathway))
            weights[place] = genes[self._drawn(pathway.target)[1]].ravel() * self._nominal_pa(pathway)
        return self._template.with_weights(weights, **self._bridge_weights(genome))

    @property
    def holds_learned(self) -> bool:
        """Whether a genome can hold what networks have learned: weights of learnt pathways are genes, unless tied."""
        return not self.mirror

    def with_learned(self, genome: Genome, weights_pa: Sequence[np.ndarray]) -> Genome:
        """Return the genome with the weights of the two learnt pathways; refused with ``mirror``, which ties them."""
        check_untied(self.mirror)
        self._check_learned(self._template, weights_pa)
        learned = {
            name: weights_pa[place] / self._nominal_pa(pathway) for place, (name, pathway) in enumerate(LEARNT.items())
        }
        return self._within_bounds({**genome, **learned})

    def _convergence(self, pathway: Pathway) -> int:
        return min(pathway.convergence, self.sizes[pathway.source])

    def _n_genes(self, pathway: Pathway) -> int:
        return len(self._drawn(pathway.target)[0]) * self._convergence(pathway)

    @cached_property
    def _mirrored(self) -> dict[str, np.ndarray]:
        """Each population's neurons in the mirror, shape (n_neurons,); without ``mirror`` all stay in place."""
        if not self.mirror:
            return {name: np.arange(n) for name, n in self.sizes.items()}
        first, last = self.reflections()
        return {**{name: np.arange(n)[::-1] for name, n in self.sizes.items()}, "ES": first.places, "EM": last.places}

    def _drawn(self, target: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the neurons of a population whose synapses are drawn, and which of these each neuron takes after."""
        mirrored = self._mirrored[target]
        if self.mirror and (mirrored == np.arange(len(mirrored))).any():
            raise ConfigurationError(
                f"model.mirror = true with {len(mirrored)} neurons of {target}, some of which are in the middle; "
                "expected pairs, as an even number of actions has them. Set model.mirror = false."
            )
        return np.unique(np.minimum(mirrored, np.arange(len(mirrored))), return_inverse=True)

    def _nominal_pa(self, pathway: Pathway) -> float:
        return pathway.weight_pa * self.weight_scale

    @cached_property
    def _template(self) -> Network:
        """The network with published weights: learnt pathways first, then the others, then the input."""
        cells = {"ES": "E", **AREA}
        populations = [Population(name, n, "iaf_psc_exp", CELLS[cells[name]]) for name, n in self.sizes.items()]
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
        # Computed once here, for all networks made from it.
        assert network.first_neuron
        assert network.delay_range_ms
        return network

    def _wire(self, place: int, pathway: Pathway) -> Projection:
        """Return a pathway in which every target neuron has its own draw of sources."""
        rng = generator(self.wiring_seed, Purpose.WIRING, place)
        n_source, n_target = self.sizes[pathway.source], self.sizes[pathway.target]
        n = self._convergence(pathway)
        pre = np.array([np.sort(rng.permutation(n_source)[:n]) for _ in range(n_target)])
        delay_ms = self._on_grid(rng.uniform(*pathway.delays_ms, pre.shape))
        drawn, like = self._drawn(pathway.target)
        is_copy = drawn[like] != np.arange(n_target)
        pre[is_copy] = self._mirrored[pathway.source][pre[drawn[like]][is_copy]]
        weight_pa = np.full(pre.size, self._nominal_pa(pathway))
        post = np.repeat(np.arange(n_target), n)
        return Projection(pathway.source, pathway.target, pre.ravel(), post, weight_pa, delay_ms[drawn[like]].ravel())

    def _stimulus(self) -> Projection:
        """Return the input: one synapse to each sensory neuron."""
        rng = generator(self.wiring_seed, Purpose.WIRING, len(PATHWAYS))
        each = np.arange(self.n_inputs)
        delay_ms = self._on_grid(rng.uniform(*STIMULUS_MS, each.size))[np.minimum(each, self._mirrored["ES"])]
        return Projection("input", "ES", each, each, np.full(each.size, STIMULUS_MV * EXCITATORY_PA), delay_ms)

    def _on_grid(self, delay_ms: np.ndarray) -> np.ndarray:
        """Return delays rounded to the grid, at least one step."""
        return np.maximum(np.round(delay_ms / self.resolution_ms), 1.0) * self.resolution_ms
