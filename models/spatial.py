"""Recurrent spiking networks on a grid, with connections that depend on distance, and random networks to compare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.grid import Edges
from neurosim_rl.models.possible_edges import PossibleEdges
from neurosim_rl.models.published_lif import input_unit_pa, neuron_parameters, weight_unit_pa
from neurosim_rl.models.spiking import LONGEST_DELAY_MS, SpikingModel, check_joint
from neurosim_rl.networks.grid import grid_positions
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import EDGE, SIGN, Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.settings.options import option

WEIGHTS, LEAKS_MV, RATES_HZ = (0.1, 127.0), (0.0, 127.0), (10.0, 990.0)
"""Ranges of weights, resting potentials and inverse time constants in the first generation and of all genes.

Weights may later become 0 as well: then the edge does not exist.
"""
LOWEST_THRESHOLD_MV = 0.1
READOUT_UNIT = 200.0 / 32_000.0
"""Read-out weight of a published read-out weight of 1.

In the original, an action is 1 if the weighted spikes sum to 32 in each step of 1 ms, which is 32 000 Hz. Here the same
holds with the default ``decoder.full_scale_hz`` of 200, at any resolution.
"""
NEURONS = "neurons"


@dataclass(frozen=True)
class Spatial(SpikingModel):
    """Recurrent neurons on a grid of 1, 2 or 3 dimensions. Near neurons are connected more often and more strongly.

    After Vasilache et al. 2025, ICANN (github.com/Alex-Vasilache/Spatial-SNNs). There, edges have any length
    (``reach = 0``). The default reach of 3 steps leaves out 1.4 % of the edges of an 8 x 8 grid.

    All neurons are both input and output: the encoder ``weighted`` gives them currents, and the decoder ``linear``
    reads their spikes. The weights of both are edges as well. In a new genome, an edge exists with probability
    ``exp(-d)^2``, and its weight is multiplied by ``exp(1 - d)^2``, where d is the distance in steps of the grid.
    Inputs and outputs are one step away from every neuron, and so is a neuron from itself. The sign of a neuron is the
    sign of its weights onto other neurons and of its read-out; the sign of an input is the sign of its weights. Neurons
    are those of ``published_lif``, which also explains how NEST computes them.

    With ``wiring = "random"``, neurons have no position: all pairs are connected with the same probability, weights
    have no factor, and all delays are equal.

    Genome
    ------
    ``weights``, shape (n_edges,): edges between neurons, sorted by source, then by target. ``read_in``: the
    n_observations x n_neurons edges from inputs. ``readout``: the n_neurons x n_actions edges to outputs. All are in
    published units (`weight_unit_pa`, `input_unit_pa`, `READOUT_UNIT`), in [0, 127]; 0 means that the edge does not
    exist. With ``structure = "evolved"``, all pairs of neurons within reach have genes (with random wiring: all pairs).
    With ``structure = "drawn"``, ``wiring_seed`` draws the edges of all three, and only these have genes.
    ``sign``, shape (n_neurons,), and ``input_sign``, shape (n_observations,), in [-1, 1]: inhibitory below 0.
    ``v_th``, in [0.1, ``v_th_limit``] mV, ``v_leak``, in [0, 127] mV, ``tau_mem_inv`` and ``tau_syn_inv``, in
    [10, 990] / s: shape (n_neurons,) each. Each gene is owned by a neuron or an input; the owner of an edge is its
    source.
    """

    grid: tuple = option((8, 8), "neurons along each axis; 1 to 3 axes", low=1)
    wiring: str = option("spatial", "connection by distance, or at random", choices=("spatial", "random"))
    structure: str = option(
        "evolved",
        "evolved = edges appear and disappear in evolution; drawn = edges are drawn once and stay",
        choices=("evolved", "drawn"),
    )
    wiring_seed: int = option(1, "seed of drawn edges (structure = 'drawn'), independent of the run's seed", low=0)
    reach: float = option(3.0, "longest edge between neurons in steps of the grid; 0 = no limit, as published", low=0)
    random_probability: float = option(
        0.0,
        "random wiring: probability of each edge; 0 = the mean probability on the grid within reach (published: 0.1)",
        low=0,
        high=1,
    )
    inhibitory_share: float = option(
        0.2, "share of inhibitory neurons and inputs in the first generation", low=0, high=1
    )
    v_th_limit: float = option(1000.0, "highest threshold in mV", low=1.0)
    delay_ms: float = option(1.0, "delay in ms between neurons one step apart", low=1e-3)
    delay_per_step_ms: float = option(0.0, "additional delay in ms for each further step", low=0)
    prune: bool = option(True, "leave out edges and silence neurons that cannot influence an output; actions stay")

    def __post_init__(self) -> None:
        """Check the grid, the encoder and the decoder."""
        if not 1 <= len(self.grid) <= 3 or any(n != int(n) for n in self.grid):
            raise ConfigurationError(
                f"model.grid = {list(self.grid)}: expected 1, 2 or 3 whole numbers, such as [8, 8] or [4, 4, 4]."
            )
        if self.read_in_shape is None or self.readout_shape is None:
            raise ConfigurationError(
                "model spatial needs encoder.name = 'weighted' and decoder.name = 'linear': their weights are its "
                "edges. Set both, or use another model."
            )
        check_joint("spatial", self.n_neurons, self.n_inputs, self.n_outputs)
        self.edges.check_neurons()
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
    def counts(self) -> tuple[int, int]:
        """Number of neurons, and of synapses if all edges exist."""
        return self.n_neurons, len(self.edges.between)

    @property
    def positions(self) -> np.ndarray | None:
        """Position of each neuron on the grid, shape (n_neurons, n_axes); None if wiring is random."""
        return grid_positions(self.edges.grid) if self.wiring == "spatial" else None

    @cached_property
    def edges(self) -> PossibleEdges:
        """The edges that a genome may have."""
        assert self.read_in_shape is not None
        assert self.readout_shape is not None
        return PossibleEdges(
            grid=tuple(int(n) for n in self.grid),
            n_observations=self.read_in_shape[0],
            n_actions=self.readout_shape[1],
            wiring=self.wiring,
            structure=self.structure,
            reach=self.reach,
            random_probability=self.random_probability,
            seed=self.wiring_seed,
        )

    def _check_delays(self) -> None:
        longest = self.delay_ms
        if self.wiring == "spatial":
            across = math.hypot(*(n - 1 for n in self.grid))
            longest += self.delay_per_step_ms * max(0.0, min(self.reach or across, across) - 1.0)
        if longest > LONGEST_DELAY_MS:
            raise ConfigurationError(
                f"model.delay_ms = {self.delay_ms:g} and model.delay_per_step_ms = {self.delay_per_step_ms:g} make "
                f"delays of {longest:g} ms; expected at most {LONGEST_DELAY_MS:g} ms. Set smaller values."
            )

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Edges, signs, and parameters of neurons."""
        # Owners are numbered: inputs first, then neurons.
        edges = self.edges
        n_observations = edges.n_observations
        neurons = n_observations + np.arange(self.n_neurons)
        edges.check_genes(len(edges.between) + len(edges.read_in) + len(edges.readout))
        return ParameterSpace(
            *self._edge_genes("weights", edges.between, n_observations),
            *self._edge_genes("read_in", edges.read_in, 0),
            *self._edge_genes("readout", edges.readout, n_observations),
            self._signs("sign", neurons),
            self._signs("input_sign", np.arange(n_observations)),
            _of_each("v_th", neurons, (LOWEST_THRESHOLD_MV, self.v_th_limit), "mV"),
            _of_each("v_leak", neurons, LEAKS_MV, "mV"),
            _of_each("tau_mem_inv", neurons, RATES_HZ, "1/s"),
            _of_each("tau_syn_inv", neurons, RATES_HZ, "1/s"),
        )

    @staticmethod
    def _edge_genes(name: str, edges: Edges, first_owner: int) -> list[Parameter]:
        """Return the weights of edges as one parameter; an empty list without edges."""
        if not len(edges):
            return []
        owner = first_owner + edges.source
        return [Parameter(name, (len(edges),), 0.0, WEIGHTS[1], "1", WEIGHTS, EDGE, edges.probability, owner)]

    def _signs(self, name: str, owner: np.ndarray) -> Parameter:
        return Parameter(name, owner.shape, -1.0, 1.0, "1", (-1.0, 1.0), SIGN, 1.0 - self.inhibitory_share, owner)

    def network(self, genome: Genome) -> Network:
        """Return the network with the genome's edges and neurons."""
        h, edges = self.resolution_ms, self.edges
        sign = np.where(genome["sign"] < 0, -1.0, 1.0)
        input_sign = np.where(genome["input_sign"] < 0, -1.0, 1.0)
        between = _signed(genome.get("weights"), edges.between, sign)
        read_in = _signed(genome.get("read_in"), edges.read_in, input_sign)
        readout = _signed(genome.get("readout"), edges.readout, sign)
        kept = between != 0
        heard = np.ones(self.n_neurons, bool)
        if self.prune:
            heard = self._influential(kept, readout)
        kept &= heard[edges.between.target]
        # A pruned neuron rests at 0 mV, below the threshold, and receives nothing: it never spikes.
        v_leak = np.where(heard, genome["v_leak"], 0.0)
        neurons = neuron_parameters(genome["v_th"], v_leak, genome["tau_mem_inv"], genome["tau_syn_inv"], h)
        unit_pa = weight_unit_pa(genome["tau_mem_inv"], genome["tau_syn_inv"], h)
        source, target = edges.between.source[kept], edges.between.target[kept]
        synapses = Projection(NEURONS, NEURONS, source, target, between[kept] * unit_pa[target], self._delays_ms[kept])
        currents = _dense(read_in, edges.read_in, (edges.n_observations, self.n_neurons))
        return Network(
            (Population(NEURONS, self.n_neurons, "iaf_psc_exp", neurons),),
            (synapses,),
            input=NEURONS,
            output=NEURONS,
            resolution_ms=h,
            min_delay_ms=float(self._on_grid(self.delay_ms)),
            read_in=currents * (heard * input_unit_pa(genome["tau_syn_inv"])),
            readout=READOUT_UNIT * _dense(readout, edges.readout, (self.n_neurons, edges.n_actions)),
        )

    def _influential(self, kept: np.ndarray, readout: np.ndarray) -> np.ndarray:
        """Return which neurons influence an output, directly or through other neurons, shape (n_neurons,)."""
        influential = np.zeros(self.n_neurons, bool)
        # Search backwards from the neurons with a read-out weight, along all kept edges.
        found = np.unique(self.edges.readout.source[readout != 0])
        source, target = self.edges.between.source[kept], self.edges.between.target[kept]
        while len(found):
            influential[found] = True
            found = np.unique(source[influential[target] & ~influential[source]])
        return influential

    @cached_property
    def _delays_ms(self) -> np.ndarray:
        """Delay of each edge between neurons."""
        return self._on_grid(self.delay_ms + self.delay_per_step_ms * (self.edges.between.distance - 1.0))

    def _on_grid(self, delay_ms: np.ndarray | float) -> np.ndarray:
        """Return delays rounded to the grid, at least one step."""
        return np.maximum(np.round(np.asarray(delay_ms) / self.resolution_ms), 1.0) * self.resolution_ms


def _of_each(name: str, owner: np.ndarray, ends: tuple[float, float], unit: str) -> Parameter:
    """Return a parameter with one value for each owner; the bounds are also the range of first values."""
    return Parameter(name, owner.shape, *ends, unit, ends, owner=owner)


def _signed(genes: np.ndarray | None, edges: Edges, sign: np.ndarray) -> np.ndarray:
    """Return the weights of edges with the sign of their source, in published units, shape (n_edges,)."""
    if genes is None:  # a genome has no such array if the model has no such edge
        return np.zeros(0)
    return genes * edges.strength * sign[edges.source]


def _dense(weights: np.ndarray, edges: Edges, shape: tuple[int, int]) -> np.ndarray:
    """Return weights as a matrix, shape (n_source, n_target); 0 without an edge."""
    matrix = np.zeros(shape)
    matrix[edges.source, edges.target] = weights
    return matrix
