"""A spiking network as data: populations, projections, and the populations for input and output.

This module knows no simulator. All models and parameters have NEST's names; each simulator translates from there.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.randomness import is_random_node, is_random_synapse
from neurosim_rl.networks.synapses import STATIC
from neurosim_rl.networks.time_grid import MOST_DELAY_STEPS, TimeGrid
from neurosim_rl.networks.unchecked import copy_unchecked
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
    input, output : str
        Names of the population that receives the drive, and of the population for the spike counts.
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
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    input: str
    output: str
    resolution_ms: float = 0.1
    min_delay_ms: float | None = None
    readout: np.ndarray | None = None
    read_in: np.ndarray | None = None
    bias_carrier: int | None = None
    background: str | None = None
    bridge_genes: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check names, indices, resolution and delays."""
        names = [p.name for p in self.populations]
        if len(set(names)) != len(names):
            raise NetworkError(f"population names must be unique; got {names}.")
        for role, name in (("input", self.input), ("output", self.output)):
            if name not in names:
                raise NetworkError(f"{role} population {name!r} does not exist; populations: {names}.")
        if self.population(self.output).is_source:
            raise NetworkError(f"output population {self.output!r} emits given spikes; expected a neuron model.")
        grid = self.grid  # refuses a resolution that is no whole number of ticks
        for projection in self.projections:
            self._check_projection(projection, names)
            self._check_delays(projection, grid)
        self._check_min_delay(grid)

    def _check_projection(self, projection: Projection, names: list[str]) -> None:
        """Check a projection's populations, indices, modulator and delays; `names` are those of all populations."""
        for role, name, index in (
            ("source", projection.source, projection.pre),
            ("target", projection.target, projection.post),
        ):
            if name not in names:
                raise NetworkError(f"{projection.label}: {role} does not exist; populations: {names}.")
            size = self.population(name).size
            if len(index) and not (np.min(index) >= 0 and np.max(index) < size):
                raise NetworkError(f"{projection.label}: {role} index out of range; {name!r} has {size} neurons.")
        if self.population(projection.target).is_source:
            raise NetworkError(f"{projection.label}: a spike source cannot receive synapses.")
        modulator = projection.modulator
        if modulator is not None and (modulator not in names or self.population(modulator).is_source):
            raise NetworkError(
                f"{projection.label}: modulator {modulator!r} is not a population of neurons; expected one of "
                f"{[p.name for p in self.populations if not p.is_source]}. To use given spikes, put a population of "
                "parrot_neuron in between."
            )
        if self.population(projection.source).is_source and projection.synapse != STATIC:
            raise NetworkError(
                f"{projection.label}: {projection.synapse} cannot start at a spike_generator (NEST refuses it). Put a "
                "population of parrot_neuron in between, with a static synapse to each of its neurons."
            )

    def _check_delays(self, projection: Projection, grid: TimeGrid) -> None:
        if not grid.holds(projection.delay_ms):
            raise NetworkError(
                f"{projection.label}: delays must be multiples of the resolution, {self.resolution_ms} ms, and above 0."
            )
        longest = np.max(grid.steps(projection.delay_ms), initial=0)
        if longest > MOST_DELAY_STEPS:
            raise NetworkError(
                f"{projection.label}: a delay has {longest} steps; NEST holds at most {MOST_DELAY_STEPS}, "
                f"{grid.ms(MOST_DELAY_STEPS):g} ms here. Shorten it, or set a larger resolution."
            )

    def _check_min_delay(self, grid: TimeGrid) -> None:
        if self.min_delay_ms is None:
            return
        # A simulator that advances further than the smallest delay would deliver spikes too late.
        smallest = float(min(map(np.min, self._delays_ms()), default=np.inf))
        if not grid.holds(self.min_delay_ms) or self.min_delay_ms > smallest + 0.5 * self.resolution_ms:
            raise NetworkError(
                f"min_delay_ms = {self.min_delay_ms}; expected a multiple of the resolution, {self.resolution_ms} ms, "
                f"and at most the smallest delay, {smallest} ms."
            )

    def _delays_ms(self) -> list[np.ndarray]:
        """Return the delays of each projection with synapses."""
        return [p.delay_ms for p in self.projections if p.n_synapses]

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
        key: list[Hashable] = [id(self.populations), self.input, self.output, self.resolution_ms, self.min_delay_ms]
        for p in self.projections:
            parameters = id(p.parameters) if p.parameters else 0
            arrays = id(p.pre), id(p.post), id(p.delay_ms), parameters
            key.append((p.source, p.target, p.synapse, p.modulator, *arrays))
        return tuple(key)

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
    def n_inputs(self) -> int:
        """Size of the input population."""
        return self.population(self.input).size

    @property
    def n_outputs(self) -> int:
        """Size of the output population."""
        return self.population(self.output).size

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
        delays = self._delays_ms()
        largest = float(max(map(np.max, delays), default=self.resolution_ms))
        if self.min_delay_ms is not None:
            return self.min_delay_ms, largest
        smallest = float(min(map(np.min, delays), default=self.resolution_ms))
        return smallest, largest

    @cached_property
    def random_models(self) -> tuple[str, ...]:
        """Models that draw random numbers in NEST, by name; such a network plays alone in its kernel."""
        names = [p.model for p in self.populations if is_random_node(p.model, p.parameters)]
        names += [p.synapse for p in self.projections if is_random_synapse(p.synapse)]
        return tuple(dict.fromkeys(names))

    def __repr__(self) -> str:
        """Return one line."""
        sizes = [f"{population.name} {population.size}" for population in self.populations]
        counts = f"{self.n_neurons} neurons and {self.n_synapses} synapses"
        more = ", ..." if len(sizes) > 6 else ""
        return f"<Network of {counts}, on a grid of {self.resolution_ms:g} ms: {', '.join(sizes[:6])}{more}>"
