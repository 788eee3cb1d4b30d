"""Background: spikes that reach a network besides its input, and tell nothing about the observation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from neurosim_rl.bridge.drive import Drive, SpikeTrains
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.unchecked import copy_unchecked
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.options import option
from neurosim_rl.settings.registry import Registry

BACKGROUND = "background"
"""Name of the population that emits background spikes."""
MOST_KEPT = 64
"""Number of layouts of networks that a background remembers."""


@dataclass
class Background:
    """No background: the network gets its input only. Other backgrounds derive from this class.

    Parameters
    ----------
    resolution_ms : float
        Grid of the simulator.
    """

    resolution_ms: float

    is_silent = True
    """Whether there are no background spikes."""

    def added_to(self, network: Network) -> Network:
        """Return the network with the sources of its background spikes."""
        return network

    def start(self, networks: Sequence[Network]) -> None:
        """Prepare for new episodes, one for each network."""

    def phases(
        self, phases: list[tuple[Drive, float]], active: np.ndarray, rngs: Sequence[np.random.Generator]
    ) -> list[tuple[Drive, float]]:
        """Return the drives of a window, each with its duration in ms, with background spikes.

        Parameters
        ----------
        phases : list of (Drive, float)
            What the encoder gives.
        active : int array, shape (n_rows,)
            Index in the batch of each row.
        rngs : sequence of numpy.random.Generator
            One for each element of the batch (index with `active`).
        """
        return phases


@dataclass
class PoissonBackground(Background):
    """Poisson spikes into each neuron of some populations, of its own source and independent of all others.

    The package draws the spikes, from the random stream of each element: a step contains a spike with probability rate
    times step. So they are the same in every simulator, in any batch and on any worker; NEST's ``poisson_generator``
    would need a kernel for each element. They arrive after the network's smallest delay.

    Source: independent Poisson input to each neuron as in Brunel 2000, J. Comput. Neurosci. 8:183.
    """

    rate_hz: float = option(100.0, "firing rate in Hz of the source of each neuron; at most one spike in a step", low=0)
    weight_pa: float = option(
        100.0, "weight of each spike, in the unit of the target's model (pA, mV or nS); below 0 it inhibits"
    )
    into: tuple = option((), "names of the populations that get the spikes; empty: all that have neurons", items=str)
    _n_sources: int = field(init=False, default=0)
    _sources: dict = field(init=False, repr=False, compare=False, default_factory=dict)

    is_silent = False

    def __post_init__(self) -> None:
        """Check that the rate fits the grid.

        Raises
        ------
        ConfigurationError
            For a rate of more than one spike in a step.
        """
        highest_hz = 1000.0 / self.resolution_ms
        if self.rate_hz > highest_hz:
            raise ConfigurationError(
                f"background.rate_hz = {self.rate_hz:g}; expected at most {highest_hz:g} Hz, one spike in each step of "
                f"{self.resolution_ms:g} ms. Set a smaller rate and a larger background.weight_pa."
            )

    @property
    def spikes_per_step(self) -> float:
        """Probability of a spike in a grid step, rounded to 1e-12."""
        # Rounded, as in RateEncoder: no last bit of a product decides on a spike.
        return round(self.rate_hz * self.resolution_ms * 1e-3, 12)

    def added_to(self, network: Network) -> Network:
        """Return the network with one more population, of a source for each target neuron, and its projections.

        Raises
        ------
        UnknownNameError
            For a population that the network does not have, with the nearest match.
        ConfigurationError
            For a population that emits given spikes.
        """
        populations, projections = self._sources_of(network)
        first = {**network.first_neuron, BACKGROUND: network.n_neurons}
        return copy_unchecked(
            network,
            populations=populations,
            projections=(*network.projections, *projections),
            background=BACKGROUND,
            first_neuron=first,
        )

    def _sources_of(self, network: Network) -> tuple[tuple[Population, ...], tuple[Projection, ...]]:
        """Return all populations, and the projections of the sources.

        They are the same objects for networks that differ in weights only: a simulator then prepares these once.
        """
        delay_ms = network.delay_range_ms[0]
        key = id(network.populations), delay_ms
        if key not in self._sources:
            if len(self._sources) == MOST_KEPT:  # a model may make other populations for each genome
                self._sources.clear()
            # The populations are kept, so that no others get their identity.
            self._sources[key] = network.populations, *self._made_for(network, delay_ms)
        return self._sources[key][1:]

    def _made_for(self, network: Network, delay_ms: float) -> tuple[tuple[Population, ...], tuple[Projection, ...]]:
        projections, n_sources = [], 0
        for population in self._targets(network):
            post = np.arange(population.size)
            weight_pa, delays_ms = np.full(post.size, self.weight_pa), np.full(post.size, delay_ms)
            projections.append(Projection(BACKGROUND, population.name, n_sources + post, post, weight_pa, delays_ms))
            n_sources += population.size
        populations = (*network.populations, Population(BACKGROUND, n_sources, SPIKE_SOURCE))
        whole = (*network.projections, *projections)
        replace(network, populations=populations, projections=whole, background=BACKGROUND)  # checks names and delays
        return populations, tuple(projections)

    def _targets(self, network: Network) -> list[Population]:
        by_name = {p.name: p for p in network.populations}
        if not self.into:
            return [p for p in network.populations if not p.is_source]
        targets = []
        for name in dict.fromkeys(self.into):
            population = lookup("population in background.into", name, by_name)
            if population.is_source:
                raise ConfigurationError(
                    f"background.into: population {name!r} emits given spikes; expected neurons. Leave it out."
                )
            targets.append(population)
        return targets

    def start(self, networks: Sequence[Network]) -> None:
        """Take the number of sources, which all networks of a batch share."""
        self._n_sources = networks[0].population(BACKGROUND).size

    def phases(
        self, phases: list[tuple[Drive, float]], active: np.ndarray, rngs: Sequence[np.random.Generator]
    ) -> list[tuple[Drive, float]]:
        """Return the drives of a window with background spikes, drawn for one after the other."""
        with_spikes: list[tuple[Drive, float]] = []
        for drive, part_ms in phases:
            spikes = self._spikes(round(part_ms / self.resolution_ms), active, rngs)
            with_spikes.append((replace(drive, background=spikes), part_ms))
        return with_spikes

    def _spikes(self, n_steps: int, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return spikes from one Bernoulli draw for each source and grid step."""
        places = []
        for row, element in enumerate(active.tolist()):
            source, step = np.nonzero(rngs[element].random((self._n_sources, n_steps)) < self.spikes_per_step)
            places.append((np.full(len(source), row), source, step + 1))
        row, source, step = np.concatenate(places, axis=1)
        return SpikeTrains(row, source, step, len(active))


BACKGROUNDS: Registry[type[Background]] = Registry(
    "background", Background, {"none": Background, "poisson": PoissonBackground}
)
