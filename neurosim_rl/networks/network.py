"""A spiking network as data: populations, projections, and the populations for input and output.

This module knows no simulator. All models and parameters have NEST's names; each simulator translates from there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.delays import check_delays, check_min_delay, delay_range_ms
from neurosim_rl.networks.ends import check_ends, check_projection
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.randomness import random_models, reason_to_play_alone
from neurosim_rl.networks.time_grid import TimeGrid
from neurosim_rl.networks.unchecked import copy_unchecked
from neurosim_rl.networks.units import weight_unit
from neurosim_rl.settings.checks import check_shape


@dataclass(frozen=True)
class Network:
    """Populations and projections, with the populations for input and output.

    Parameters
    ----------
    populations : tuple of Population
        Their order gives the neurons' numbers: neurons are counted through all populations.
    projections : tuple of Projection
        The simulators connect them in this order.
    input, output : str, or tuple of str
        Names of the population that receives the drive, and of the population for the spike counts. Several
        populations are joined in their order.
    resolution_ms : float
        Step of the simulation grid, in ms: a whole number of NEST's ticks of 1e-3 ms.
    min_delay_ms : float or None
        Time that a simulator advances without an exchange of spikes, in ms; None: the smallest delay of all synapses.
        The order of the sum over simultaneous spikes depends on it, and with the order the last bits of the sum. A
        model with delays in its genome therefore sets it to the smallest possible delay. Then the spikes of a network
        do not depend on the other networks in its batch.
    readout : array of shape (n_outputs, n_actions) or None
        Weights of a linear read-out, for decoders with weights in the genome.
    read_in : array of shape (n_observations, n_inputs) or None
        Current in pA into each input neuron for one unit of each observed variable, for encoders with weights in the
        genome.
    bias_carrier : int or None
        Neuron of the input population that carries biases: it spikes in every tick, so that its synapses add a constant
        input to the neurons of later populations. The biases of the input population itself are the last row of
        `read_in`. None: no neuron does so.
    bridge_genes : dict of str to array
        Genes of the encoder and the decoder themselves, by name.
    background : str or None
        Name of the population of spike sources that emits background spikes; it is the last, and so are its
        projections. None: there are no such spikes.
    nest_modules : tuple of NestModule
        NEST's extension modules that hold its models, in the order in which NEST installs them.
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    input: str | tuple[str, ...]
    output: str | tuple[str, ...]
    resolution_ms: float = 0.1
    min_delay_ms: float | None = None
    readout: np.ndarray | None = None
    read_in: np.ndarray | None = None
    bias_carrier: int | None = None
    background: str | None = None
    bridge_genes: Mapping[str, np.ndarray] = field(default_factory=dict)
    nest_modules: tuple[NestModule, ...] = ()

    def __post_init__(self) -> None:
        """Check names, indices, resolution and delays."""
        names = [p.name for p in self.populations]
        if len(set(names)) != len(names):
            raise NetworkError(f"population names must be unique; got {names}.")
        check_ends(self.populations, self.inputs, self.outputs)
        grid = self.grid  # refuses a resolution that is no whole number of ticks
        for projection in self.projections:
            check_projection(projection, self.populations)
            check_delays(projection, grid, self.resolution_ms)
        if self.min_delay_ms is not None:
            smallest_ms, _ = delay_range_ms(self.projections, grid, default_ms=np.inf)
            check_min_delay(self.min_delay_ms, smallest_ms, grid, self.resolution_ms)

    @classmethod
    def from_pynest(
        cls,
        build: Callable[..., Any],
        genome: Mapping[str, np.ndarray] | None = None,
        *,
        seed: int | np.random.SeedSequence = 1,
        resolution_ms: float = 0.1,
        **options: Any,
    ) -> Network:
        """Return the network that a PyNEST function makes (see `neurosim_rl.models.PyNEST`).

        Parameters
        ----------
        build : callable
            ``build(nest, genome, rng, **arguments) -> inputs, outputs``.
        genome : mapping of str to array, or None
        seed : int or numpy.random.SeedSequence
            Of the random numbers of NEST and of `rng`.
        resolution_ms : float
        **options
            ``arguments``, ``how``, ``name`` and ``nest_modules`` of `neurosim_rl.simulators.network_of_function`.

        Raises
        ------
        NetworkError
            When the function fails.
        SimulatorError
            When NEST's kernel holds nodes that somebody else made.
        """
        # By name: this room knows no simulator.
        simulators = import_module("neurosim_rl.simulators")
        sequence = np.random.SeedSequence(seed) if isinstance(seed, int) else seed
        found = {"name": getattr(build, "__name__", "the function"), **options}
        network: Network = simulators.network_of_function(
            build, genome or {}, seed=sequence, resolution_ms=resolution_ms, **found
        )
        return network

    def with_modules(self, modules: tuple[NestModule, ...]) -> Network:
        """Return the same network, for a NEST with these extension modules."""
        network = copy_unchecked(self, nest_modules=modules)
        for name in ("random_models", "plays_alone"):  # cached facts that depend on the modules
            network.__dict__.pop(name, None)
        return network

    def weight_unit(self, projection: Projection) -> str:
        """Return the unit of a projection's weights: that of the target's neuron model."""
        return weight_unit(self.population(projection.target).model)

    def with_weights(
        self,
        weights_pa: Sequence[np.ndarray],
        readout: np.ndarray | None = None,
        read_in: np.ndarray | None = None,
    ) -> Network:
        """Return the same network with other weights; everything else is shared, and not checked again.

        Parameters
        ----------
        weights_pa : sequence of array
            Weights of each projection, shape (n_synapses,).
        readout, read_in : array or None
            As in :class:`Network`.
        """
        # Only the weights are checked. Names, indices and delays were checked with the original, and a model calls this
        # once for each genome.
        projections = tuple(p.with_weights(w) for p, w in zip(self.projections, weights_pa, strict=True))
        return copy_unchecked(self, projections=projections, readout=readout, read_in=read_in)

    def with_bridge_genes(self, genes: Mapping[str, np.ndarray]) -> Network:
        """Return the network with these genes of the encoder and the decoder."""
        return copy_unchecked(self, bridge_genes=genes) if genes else self

    def bridge_gene(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Return a gene of the encoder or the decoder.

        Parameters
        ----------
        name : str
        shape : tuple of int
            The shape that it must have.

        Raises
        ------
        NetworkError
            When the network has no such gene.
        ShapeError
            When it has another shape.
        """
        if name not in self.bridge_genes:
            raise NetworkError(
                f"the network has no gene {name!r} for the encoder or decoder; it has {sorted(self.bridge_genes)}. "
                "Make the network through a task, or pass bridge_genes."
            )
        values = np.asarray(self.bridge_genes[name], np.float64)
        check_shape(name, values, shape)
        return values

    @property
    def structure(self) -> tuple[Hashable, ...]:
        """Key that is equal for networks that differ in weights only, such as those from :meth:`with_weights`.

        Arrays are compared by identity, which is fast, and right because :meth:`with_weights` shares them. Compare
        keys only while the networks exist: Python gives the identity of a deleted array to another one.
        """
        key = (id(self.populations), self.input, self.output, self.resolution_ms, self.min_delay_ms)
        return (*key, *(projection.structure for projection in self.projections))

    def population(self, name: str) -> Population:
        """Return the population with a name."""
        return next(p for p in self.populations if p.name == name)

    @property
    def n_neurons(self) -> int:
        """Number of neurons, spike sources included."""
        return sum(p.size for p in self.populations)

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return sum(p.n_synapses for p in self.projections)

    @property
    def own_projections(self) -> tuple[Projection, ...]:
        """Projections of the model: all but those of background spikes."""
        return tuple(p for p in self.projections if p.source != self.background)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the populations that receive the drive."""
        return (self.input,) if isinstance(self.input, str) else tuple(self.input)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the populations for the spike counts."""
        return (self.output,) if isinstance(self.output, str) else tuple(self.output)

    @cached_property
    def input_neurons(self) -> np.ndarray:
        """Neurons that receive the drive, counted through the populations, shape (n_inputs,)."""
        return self.neurons_of(self.inputs)

    @cached_property
    def output_neurons(self) -> np.ndarray:
        """Neurons of the spike counts, counted through the populations, shape (n_outputs,)."""
        return self.neurons_of(self.outputs)

    def neurons_of(self, names: Sequence[str]) -> np.ndarray:
        """Return the neurons of some populations, counted through all, shape (n,).

        Parameters
        ----------
        names : sequence of str
            Names of the populations; the result has their order.
        """
        parts = [self.first_neuron[name] + np.arange(self.population(name).size) for name in names]
        return np.concatenate(parts)

    @property
    def n_inputs(self) -> int:
        """Number of neurons that receive the drive."""
        return len(self.input_neurons)

    @property
    def n_outputs(self) -> int:
        """Number of neurons of the spike counts."""
        return len(self.output_neurons)

    @property
    def is_driven_by_spikes(self) -> bool:
        """Whether the input populations emit given spikes; else their neurons receive currents."""
        return self.population(self.inputs[0]).is_source

    @cached_property
    def first_neuron(self) -> dict[str, int]:
        """Index of each population's first neuron, within the network."""
        first: dict[str, int] = {}
        n_before = 0
        for population in self.populations:
            first[population.name] = n_before
            n_before += population.size
        return first

    @cached_property
    def grid(self) -> TimeGrid:
        """Grid of ticks and steps on which the simulators compute."""
        return TimeGrid.of(self.resolution_ms)

    @cached_property
    def delay_range_steps(self) -> tuple[int, int]:
        """Steps of NEST's slices, which are as long as the smallest delay, and steps of the largest delay."""
        smallest_ms, largest_ms = self.delay_range_ms
        return int(self.grid.steps(smallest_ms)), int(self.grid.steps(largest_ms))

    @cached_property
    def delay_range_ms(self) -> tuple[float, float]:
        """Smallest delay that a simulator must respect, and largest delay of all synapses, in ms."""
        smallest, largest = delay_range_ms(self.projections, self.grid, default_ms=self.resolution_ms)
        return smallest if self.min_delay_ms is None else self.min_delay_ms, largest

    @cached_property
    def random_models(self) -> tuple[str, ...]:
        """Models that draw random numbers in NEST, by name; such a network plays alone in its kernel."""
        return random_models(self.populations, self.projections, self.nest_modules)

    @cached_property
    def plays_alone(self) -> str:
        """Reason why the network needs a kernel of NEST for itself; empty: a batch of them may share one."""
        return reason_to_play_alone(self.random_models, self.projections)

    def __repr__(self) -> str:
        """Return one line."""
        sizes = [f"{population.name} {population.size}" for population in self.populations]
        counts = f"{self.n_neurons} neurons and {self.n_synapses} synapses"
        more = ", ..." if len(sizes) > 6 else ""
        return f"<Network of {counts}, on a grid of {self.resolution_ms:g} ms: {', '.join(sizes[:6])}{more}>"
