"""Neurons on a grid, connected the more the nearer they are; and a random network to compare it with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.grid import Edges, mean_probability
from neurosim_rl.models.published_lif import input_unit_pa, neuron_parameters, weight_unit_pa
from neurosim_rl.models.spiking import LONGEST_DELAY_MS, SpikingModel, check_joint
from neurosim_rl.networks.grid import grid_positions, pair_distances
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import EDGE, SIGN, Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option

WEIGHTS, LEAKS_MV, RATES_HZ = (0.1, 127.0), (0.0, 127.0), (10.0, 990.0)
"""First values of weights, resting potentials and inverse time constants, which also bound them (weights: from 0)."""
LOWEST_THRESHOLD_MV = 0.1
NEIGHBOUR_PROBABILITY = math.exp(-1.0) ** 2
"""Of edges from inputs and to outputs, which all are one step away from every neuron."""
READOUT_UNIT = 200.0 / 32_000.0
"""What a published read-out weight of 1 is. There, an action is 1 where weighted spikes sum up to 32 in each step of
1 ms, 32 000 Hz; here it is so where ``decoder.full_scale_hz`` is 200, its default, whatever the resolution."""
MOST_GENES = 2_000_000
MOST_PAIRS = 20_000_000
"""Of neurons within reach, from which edges are drawn, and of inputs or outputs with neurons: some 3 GB."""
NEURONS = "neurons"


@dataclass(frozen=True)
class Spatial(SpikingModel):
    """Recurrent neurons on a grid of 1, 2 or 3 dimensions: the nearer, the likelier and the stronger connected.

    After Vasilache et al. 2025, ICANN (github.com/Alex-Vasilache/Spatial-SNNs), where edges reach any distance
    (``reach = 0``; beyond 3 steps, the default, are 1.4 % of those of an 8 x 8 grid). All neurons are input and output:
    the encoder ``weighted`` gives them currents, the decoder ``linear`` reads all of them, with weights that are edges
    of the same kind. Connections exist at first with probability ``exp(-d)^2``, and their weights are multiplied by
    ``exp(1 - d)^2``, where d is the distance in steps of the grid; inputs and outputs are one step away from every
    neuron, as is a neuron from itself. A neuron's sign is that of its weights onto others and of its read-out, an
    input's that of its weights. Neurons are those of ``published_lif``, which says how they become NEST's.

    With ``wiring = "random"`` neurons have no place: all pairs are connected with the same probability, all weights
    count as they are, and delays are the same.

    Genome
    ------
    ``weights``, shape (n_edges,): of edges between neurons, sorted by source and then by target; ``read_in``, the same
    of all n_observations x n_neurons edges from inputs, and ``readout`` of all n_neurons x n_actions to outputs. In
    published units (`weight_unit_pa`, `input_unit_pa`, `READOUT_UNIT`), in [0, 127]; 0 says that the edge is not there.
    Edges between neurons are all pairs within reach (``structure = "evolved"``; with random wiring all pairs). With
    ``structure = "drawn"`` only edges that ``wiring_seed`` draws have genes, of all three. ``sign``, shape
    (n_neurons,), and ``input_sign``, (n_observations,), in [-1, 1]: inhibitory below 0. ``v_th``, in [0.1,
    ``v_th_limit``] mV, ``v_leak``, in [0, 127] mV, ``tau_mem_inv`` and ``tau_syn_inv``, in [10, 990] / s, shape
    (n_neurons,) each. Each gene belongs to a neuron or an input: an edge to that at which it begins.
    """

    grid: tuple = option((8, 8), "neurons along each axis, 1 to 3 of them", low=1)
    wiring: str = option("spatial", "by distance, or at random", choices=("spatial", "random"))
    structure: str = option("evolved", "whether edges come and go, or a draw says which", choices=("evolved", "drawn"))
    wiring_seed: int = option(1, "which edges are drawn, where structure = 'drawn', descends from this alone", low=0)
    reach: float = option(3.0, "longest edge between neurons, in steps of the grid; 0: any, as published", low=0)
    random_probability: float = option(
        0.0,
        "random wiring: of each edge; 0: as within reach on the grid, on average (published: 0.1)",
        low=0,
        high=1,
    )
    inhibitory_share: float = option(0.2, "share of neurons and inputs that inhibit at first", low=0, high=1)
    v_th_limit: float = option(1000.0, "highest threshold in mV", low=1.0)
    delay_ms: float = option(1.0, "delay in ms between neurons that are one step apart", low=1e-3)
    delay_per_step_ms: float = option(0.0, "delay in ms for each further step", low=0)
    prune: bool = option(True, "leave out and silence what cannot influence an output; that changes no action")

    def __post_init__(self) -> None:
        """Check the grid, and that encoder and decoder fit around it."""
        if not 1 <= len(self.grid) <= 3 or any(n != int(n) for n in self.grid):
            raise ConfigurationError(
                f"model.grid = {list(self.grid)}: expected 1, 2 or 3 whole numbers, such as [8, 8] or [4, 4, 4]."
            )
        if self.read_in_shape is None or self.readout_shape is None:
            raise ConfigurationError(
                "model spatial needs encoder.name = 'weighted' and decoder.name = 'linear', which hold its edges."
            )
        check_joint("spatial", self.n_neurons, self.n_inputs, self.n_outputs)
        self._check_neurons()
        self._check_delays()

    @classmethod
    def n_joint(cls, options: Mapping[str, Any]) -> int:
        """Return the number of neurons on the grid."""
        return math.prod(int(n) for n in options["grid"])

    @property
    def n_neurons(self) -> int:
        """Number of neurons on the grid."""
        return math.prod(int(n) for n in self.grid)

    @property
    def _n_observations(self) -> int:
        assert self.read_in_shape is not None
        return self.read_in_shape[0]

    @property
    def _n_actions(self) -> int:
        assert self.readout_shape is not None
        return self.readout_shape[1]

    @property
    def positions(self) -> np.ndarray | None:
        """Place of each neuron on the grid, shape (n_neurons, n_axes); None where wiring is random."""
        return grid_positions([int(n) for n in self.grid]) if self.wiring == "spatial" else None

    # --- edges ---

    @cached_property
    def _between(self) -> Edges:
        """The edges between neurons."""
        n, is_drawn, rng = self.n_neurons, self.structure == "drawn", generator(self.wiring_seed, Purpose.WIRING, 0)
        shape = [int(k) for k in self.grid]
        if self.wiring == "spatial":
            self._check_pairs(int(pair_distances(shape, self.reach)[1].sum()))  # before they are made
            edges = Edges.on_grid(shape, self.reach)
            return edges.drawn(rng) if is_drawn else edges
        probability = self.random_probability or mean_probability(shape, self.reach)
        self._check_size(int(n * n * probability) if is_drawn else n * n)
        if is_drawn:
            return Edges.drawn_pairs(n, n, probability, rng)
        return Edges.all_pairs(n, n, probability)

    @cached_property
    def _read_in(self) -> Edges:
        return self._outer(self._n_observations, self.n_neurons, 1)

    @cached_property
    def _readout(self) -> Edges:
        return self._outer(self.n_neurons, self._n_actions, 2)

    def _outer(self, n_source: int, n_target: int, key: int) -> Edges:
        """Return edges from inputs, or to outputs."""
        probability = NEIGHBOUR_PROBABILITY if self.wiring == "spatial" else self.random_probability
        edges = Edges.all_pairs(n_source, n_target, probability or NEIGHBOUR_PROBABILITY)
        return edges.drawn(generator(self.wiring_seed, Purpose.WIRING, key)) if self.structure == "drawn" else edges

    def _check_neurons(self) -> None:
        """Raise where neurons alone are too many, before arrays of them are made."""
        most = MOST_PAIRS // max(1, self._n_observations, self._n_actions)
        if self.n_neurons > most:
            raise ConfigurationError(
                f"model.grid = {list(self.grid)} has {self.n_neurons} neurons; expected at most {most}, with "
                f"{self._n_observations} observed variables and {self._n_actions} actions. Set a smaller grid."
            )

    def _check_delays(self) -> None:
        longest = self.delay_ms
        if self.wiring == "spatial":
            across = math.hypot(*(n - 1 for n in self.grid))
            longest += self.delay_per_step_ms * max(0.0, min(self.reach or across, across) - 1.0)
        if longest > LONGEST_DELAY_MS:
            raise ConfigurationError(
                f"model.delay_ms = {self.delay_ms:g} and model.delay_per_step_ms = {self.delay_per_step_ms:g} make "
                f"delays of {longest:g} ms; expected at most {LONGEST_DELAY_MS:g} ms. Set smaller ones."
            )

    def _check_pairs(self, n_pairs: int) -> None:
        if self.structure != "drawn":
            self._check_size(n_pairs)
        elif n_pairs > MOST_PAIRS:
            raise ConfigurationError(
                f"model spatial has {n_pairs} pairs of neurons within reach, from which edges are drawn; expected at "
                f"most {MOST_PAIRS}. Set a smaller model.reach above 0, or a smaller model.grid."
            )

    def _check_size(self, n_genes: int) -> None:
        if n_genes > MOST_GENES:
            raise ConfigurationError(
                f"model spatial with {self.n_neurons} neurons has {n_genes} edges that could evolve; expected at most "
                f"{MOST_GENES}. Set model.structure = 'drawn', or a smaller model.reach with wiring = 'spatial', or a "
                "smaller model.random_probability with wiring = 'random'."
            )

    # --- genes ---

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Edges, signs, and the neurons' own parameters."""
        n_observations, neurons = self._n_observations, self._n_observations + np.arange(self.n_neurons)
        self._check_size(len(self._between) + len(self._read_in) + len(self._readout))
        return ParameterSpace(
            *self._edge_genes("weights", self._between, n_observations),
            *self._edge_genes("read_in", self._read_in, 0),
            *self._edge_genes("readout", self._readout, n_observations),
            self._signs("sign", neurons),
            self._signs("input_sign", np.arange(n_observations)),
            _of_each("v_th", neurons, (LOWEST_THRESHOLD_MV, self.v_th_limit), "mV"),
            _of_each("v_leak", neurons, LEAKS_MV, "mV"),
            _of_each("tau_mem_inv", neurons, RATES_HZ, "1/s"),
            _of_each("tau_syn_inv", neurons, RATES_HZ, "1/s"),
        )

    @staticmethod
    def _edge_genes(name: str, edges: Edges, first_owner: int) -> list[Parameter]:
        """Return the weights of edges as a parameter; none if there is no edge."""
        if not len(edges):
            return []
        owner = first_owner + edges.source
        return [Parameter(name, (len(edges),), 0.0, WEIGHTS[1], "1", WEIGHTS, EDGE, edges.probability, owner)]

    def _signs(self, name: str, owner: np.ndarray) -> Parameter:
        return Parameter(name, owner.shape, -1.0, 1.0, "1", (-1.0, 1.0), SIGN, 1.0 - self.inhibitory_share, owner)

    # --- the network ---

    def network(self, genome: Genome) -> Network:
        """Return the network of the genome's edges and neurons."""
        h = self.resolution_ms
        sign, input_sign = (np.where(genome[name] < 0, -1.0, 1.0) for name in ("sign", "input_sign"))
        between, read_in, readout = (
            _signed(genome.get(name), edges, signs)
            for name, edges, signs in (
                ("weights", self._between, sign),
                ("read_in", self._read_in, input_sign),
                ("readout", self._readout, sign),
            )
        )
        kept = between != 0
        heard = self._influential(kept, readout) if self.prune else np.ones(self.n_neurons, bool)
        kept &= heard[self._between.target]
        v_leak = np.where(heard, genome["v_leak"], 0.0)  # at rest below the threshold: who is not heard is silent
        neurons = neuron_parameters(genome["v_th"], v_leak, genome["tau_mem_inv"], genome["tau_syn_inv"], h)
        unit_pa = weight_unit_pa(genome["tau_mem_inv"], genome["tau_syn_inv"], h)
        source, target = self._between.source[kept], self._between.target[kept]
        synapses = Projection(NEURONS, NEURONS, source, target, between[kept] * unit_pa[target], self._delays_ms[kept])
        currents = _dense(read_in, self._read_in, (self._n_observations, self.n_neurons))
        return Network(
            (Population(NEURONS, self.n_neurons, "iaf_psc_exp", neurons),),
            (synapses,),
            input=NEURONS,
            output=NEURONS,
            resolution_ms=h,
            min_delay_ms=float(self._on_grid(self.delay_ms)),
            read_in=currents * (heard * input_unit_pa(genome["tau_syn_inv"])),
            readout=READOUT_UNIT * _dense(readout, self._readout, (self.n_neurons, self._n_actions)),
        )

    def _influential(self, kept: np.ndarray, readout: np.ndarray) -> np.ndarray:
        """Return which neurons an output can hear, by way of others or not, shape (n_neurons,)."""
        heard = np.zeros(self.n_neurons, bool)
        newly = np.unique(self._readout.source[readout != 0])
        source, target = self._between.source[kept], self._between.target[kept]
        while len(newly):
            heard[newly] = True
            newly = np.unique(source[heard[target] & ~heard[source]])
        return heard

    @cached_property
    def _delays_ms(self) -> np.ndarray:
        """Delay of each edge between neurons."""
        return self._on_grid(self.delay_ms + self.delay_per_step_ms * (self._between.distance - 1.0))

    def _on_grid(self, delay_ms: np.ndarray | float) -> np.ndarray:
        return np.maximum(np.round(np.asarray(delay_ms) / self.resolution_ms), 1.0) * self.resolution_ms


def _of_each(name: str, owner: np.ndarray, ends: tuple[float, float], unit: str) -> Parameter:
    return Parameter(name, owner.shape, *ends, unit, ends, owner=owner)


def _signed(genes: np.ndarray | None, edges: Edges, sign: np.ndarray) -> np.ndarray:
    """Return published weights of edges, signed by their source, shape (n_edges,)."""
    return np.zeros(0) if genes is None else genes * edges.strength * sign[edges.source]


def _dense(weights: np.ndarray, edges: Edges, shape: tuple[int, int]) -> np.ndarray:
    """Return weights as a matrix of sources by targets."""
    matrix = np.zeros(shape)
    matrix[edges.source, edges.target] = weights
    return matrix
