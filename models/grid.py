"""Possible edges between neurons on a grid. Near neurons are more likely and more strongly connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.bridge.elementary import exponential
from neurosim_rl.networks.grid import SELF_DISTANCE, grid_positions, pair_distances


@dataclass(frozen=True)
class Edges:
    """Possible connections, sorted by source. All arrays have shape (n_edges,).

    Parameters
    ----------
    source, target : int array
    probability : array
        Probability that the edge exists in a new genome.
    strength : array
        Factor of the edge's weight.
    distance : array
        Distance in steps of the grid.
    """

    source: np.ndarray
    target: np.ndarray
    probability: np.ndarray
    strength: np.ndarray
    distance: np.ndarray

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.source)

    @classmethod
    def uniform(cls, source: np.ndarray, target: np.ndarray, probability: float) -> Edges:
        """Return edges that differ only in their ends: strength 1, the same probability and distance for all."""
        ones = np.ones(len(source))
        return cls(source, target, probability * ones, ones, SELF_DISTANCE * ones)

    @classmethod
    def all_pairs(cls, n_source: int, n_target: int, probability: float) -> Edges:
        """Return an edge from each source to each target, all with the same probability."""
        source, target = np.divmod(np.arange(n_source * n_target), n_target)
        return cls.uniform(source, target, probability)

    @classmethod
    def drawn_pairs(cls, n_source: int, n_target: int, probability: float, rng: np.random.Generator) -> Edges:
        """Return edges of probability 1, drawn from all pairs; the arrays of all pairs are never made."""
        n_pairs = n_source * n_target
        n_edges = rng.binomial(n_pairs, probability)
        pairs = np.sort(rng.choice(n_pairs, n_edges, replace=False, shuffle=False))
        source, target = np.divmod(pairs, n_target)
        return cls.uniform(source, target, 1.0)

    @classmethod
    def on_grid(cls, shape: Sequence[int], reach: float) -> Edges:
        """Return the edges between neurons of a grid up to a distance, each neuron's edge to itself included.

        The probability is ``exp(-d)^2`` and the strength ``exp(1 - d)^2``, where d is the Euclidean distance in steps
        of the grid. An edge from a neuron to itself counts as distance `SELF_DISTANCE`.
        Source: Vasilache et al. 2025, ICANN (github.com/Alex-Vasilache/Spatial-SNNs, ``util/net.py``).

        Parameters
        ----------
        shape : sequence of int
            Neurons along each axis; the index along the last axis runs fastest.
        reach : float
            Longest distance; 0 = no limit.
        """
        from scipy.spatial import cKDTree  # imported here because few models need it

        positions = grid_positions(shape)
        n = len(positions)
        longest = reach or np.hypot.reduce(np.array(shape))
        # The tree compares squared distances. The next larger number keeps edges of exactly this length: the square of
        # `longest` itself may be rounded down.
        longest = np.nextafter(longest, np.inf)
        near = cKDTree(positions).query_pairs(longest, output_type="ndarray")
        itself = np.tile(np.arange(n)[:, None], (1, 2))
        pairs = np.concatenate([near, near[:, ::-1], itself])
        # The tree gives pairs in an order of its own: sort by source, then by target, as genomes need it.
        by_source_and_target = np.lexsort((pairs[:, 1], pairs[:, 0]))
        source, target = pairs[by_source_and_target].T.astype(np.int64)
        distance = np.linalg.norm(positions[source] - positions[target], axis=1)
        distance[source == target] = SELF_DISTANCE
        return cls(source, target, exponential(-distance) ** 2, exponential(1 - distance) ** 2, distance)

    def drawn(self, rng: np.random.Generator) -> Edges:
        """Return the edges that one random draw selects; their probability is then 1."""
        chosen = rng.random(len(self)) < self.probability
        certain = np.ones(int(chosen.sum()))
        return Edges(self.source[chosen], self.target[chosen], certain, self.strength[chosen], self.distance[chosen])


def mean_probability(shape: Sequence[int], reach: float = 0.0) -> float:
    """Return the mean probability of an edge over all pairs of a grid; pairs beyond reach count as probability 0.

    The pairs include each neuron with itself. Probabilities within reach are those of `Edges.on_grid`. For the
    parameters see `pair_distances`.
    """
    distance, n_pairs = pair_distances(shape, reach)
    distance[0] = SELF_DISTANCE
    return float((n_pairs * exponential(-2 * distance)).sum() / np.prod(shape) ** 2)
