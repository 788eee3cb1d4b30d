"""Edges that genomes of a spatial model may have: between neurons, from inputs, and to outputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.grid import Edges, mean_probability
from neurosim_rl.networks.grid import pair_distances
from neurosim_rl.seeds import Purpose, generator

NEIGHBOUR_PROBABILITY = math.exp(-1.0) ** 2
"""Probability of edges from inputs and to outputs: all are one step away from every neuron."""
MOST_GENES = 2_000_000
MOST_PAIRS = 20_000_000
"""Largest number of neuron pairs to draw edges from, and of pairs of inputs or outputs with neurons: about 3 GB."""


@dataclass(frozen=True)
class PossibleEdges:
    """Edges by the options of the model `neurosim_rl.models.Spatial`; arrays are made when they are needed.

    Parameters
    ----------
    grid : tuple of int
        Neurons along each axis.
    n_observations, n_actions : int
        Number of inputs and of outputs.
    wiring, structure, reach, random_probability
        Options of the model.
    seed : int
        Seed of drawn edges.
    """

    grid: tuple[int, ...]
    n_observations: int
    n_actions: int
    wiring: str
    structure: str
    reach: float
    random_probability: float
    seed: int

    @property
    def n_neurons(self) -> int:
        """Number of neurons on the grid."""
        return math.prod(self.grid)

    @cached_property
    def between(self) -> Edges:
        """The possible edges between neurons.

        Raises
        ------
        ConfigurationError
            When there are too many of them.
        """
        n, is_drawn = self.n_neurons, self.structure == "drawn"
        rng = generator(self.seed, Purpose.WIRING, 0)
        if self.wiring == "spatial":
            # Count the pairs first: arrays of too many pairs would fill the memory.
            _, n_pairs_by_distance = pair_distances(self.grid, self.reach)
            self._check_pairs(int(n_pairs_by_distance.sum()))
            edges = Edges.on_grid(self.grid, self.reach)
            return edges.drawn(rng) if is_drawn else edges
        probability = self.random_probability or mean_probability(self.grid, self.reach)
        if is_drawn:
            self.check_genes(int(n * n * probability))
            return Edges.drawn_pairs(n, n, probability, rng)
        self.check_genes(n * n)
        return Edges.all_pairs(n, n, probability)

    @cached_property
    def read_in(self) -> Edges:
        """The possible edges from inputs to neurons."""
        return self._outer(self.n_observations, self.n_neurons, 1)

    @cached_property
    def readout(self) -> Edges:
        """The possible edges from neurons to outputs."""
        return self._outer(self.n_neurons, self.n_actions, 2)

    def _outer(self, n_source: int, n_target: int, key: int) -> Edges:
        """Return edges from inputs (key 1) or to outputs (key 2), which have a random stream of their own."""
        probability = NEIGHBOUR_PROBABILITY
        if self.wiring == "random" and self.random_probability:
            probability = self.random_probability
        edges = Edges.all_pairs(n_source, n_target, probability)
        if self.structure == "drawn":
            return edges.drawn(generator(self.seed, Purpose.WIRING, key))
        return edges

    def check_neurons(self) -> None:
        """Raise if there are too many neurons, before any array of them is made.

        Raises
        ------
        ConfigurationError
        """
        most = MOST_PAIRS // max(1, self.n_observations, self.n_actions)
        if self.n_neurons > most:
            raise ConfigurationError(
                f"model.grid = {list(self.grid)} has {self.n_neurons} neurons; expected at most {most}, with "
                f"{self.n_observations} observed variables and {self.n_actions} actions. Set a smaller grid."
            )

    def _check_pairs(self, n_pairs: int) -> None:
        if self.structure != "drawn":
            self.check_genes(n_pairs)
        elif n_pairs > MOST_PAIRS:
            raise ConfigurationError(
                f"model spatial would draw its edges from {n_pairs} pairs of neurons within reach; expected at most "
                f"{MOST_PAIRS}. Set a smaller model.reach above 0, or a smaller model.grid."
            )

    def check_genes(self, n_genes: int) -> None:
        """Raise if there are more genes than a genome may have.

        Raises
        ------
        ConfigurationError
        """
        if n_genes > MOST_GENES:
            raise ConfigurationError(
                f"model spatial with {self.n_neurons} neurons has {n_genes} possible edges; expected at most "
                f"{MOST_GENES}. Set model.structure = 'drawn', or a smaller model.reach with wiring = 'spatial', or a "
                "smaller model.random_probability with wiring = 'random'."
            )
