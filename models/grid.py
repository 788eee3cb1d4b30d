"""Neurons on a grid, and which of them may be connected: the nearer, the likelier and the stronger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.networks.grid import SELF_DISTANCE, grid_positions, pair_distances


@dataclass(frozen=True)
class Edges:
    """Connections that may be there, sorted by source; all arrays have shape (n_edges,).

    Parameters
    ----------
    source, target : int array
    probability : array
        That it is there at first.
    strength : array
        What its weight is multiplied by.
    distance : array
        In steps of the grid.
    """

    source: np.ndarray
    target: np.ndarray
    probability: np.ndarray
    strength: np.ndarray
    distance: np.ndarray

    def __len__(self) -> int:
        """Return their number."""
        return len(self.source)

    @classmethod
    def uniform(cls, source: np.ndarray, target: np.ndarray, probability: float) -> Edges:
        """Return edges that do not differ in anything but their ends."""
        ones = np.ones(len(source))
        return cls(source, target, probability * ones, ones, SELF_DISTANCE * ones)

    @classmethod
    def all_pairs(cls, n_source: int, n_target: int, probability: float) -> Edges:
        """Return an edge from each source to each target, all alike."""
        return cls.uniform(*np.divmod(np.arange(n_source * n_target), n_target), probability)

    @classmethod
    def drawn_pairs(cls, n_source: int, n_target: int, probability: float, rng: np.random.Generator) -> Edges:
        """Return edges that are certainly there, drawn from all pairs, without making all pairs."""
        n_pairs = n_source * n_target
        pairs = np.sort(rng.choice(n_pairs, rng.binomial(n_pairs, probability), replace=False, shuffle=False))
        return cls.uniform(*np.divmod(pairs, n_target), 1.0)

    @classmethod
    def on_grid(cls, shape: Sequence[int], reach: float) -> Edges:
        """Return the edges between neurons of a grid, themselves included, up to a distance.

        The probability is ``exp(-d)^2`` and the strength ``exp(1 - d)^2``, where d is the Euclidean distance in steps.
        Source: Vasilache et al. 2025, ICANN (github.com/Alex-Vasilache/Spatial-SNNs, ``util/net.py``).

        Parameters
        ----------
        shape : sequence of int
            Neurons along each axis; the last one's index runs fastest.
        reach : float
            Longest distance; 0: any.
        """
        from scipy.spatial import cKDTree  # here, since few models need it

        positions = grid_positions(shape)
        n = len(positions)
        farthest = np.nextafter(reach or np.hypot.reduce(np.array(shape)), np.inf)  # whose square does not round down
        near = cKDTree(positions).query_pairs(farthest, output_type="ndarray")
        itself = np.tile(np.arange(n)[:, None], (1, 2))
        pairs = np.concatenate([near, near[:, ::-1], itself])
        source, target = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].T.astype(np.int64)
        distance = np.linalg.norm(positions[source] - positions[target], axis=1)
        distance[source == target] = SELF_DISTANCE
        return cls(source, target, np.exp(-distance) ** 2, np.exp(1 - distance) ** 2, distance)

    def drawn(self, rng: np.random.Generator) -> Edges:
        """Return those that a draw lets be there, which are then certain."""
        there = rng.random(len(self)) < self.probability
        arrays = (self.source, self.target, np.ones(len(self)), self.strength, self.distance)
        return Edges(*(array[there] for array in arrays))


def mean_probability(shape: Sequence[int], reach: float = 0.0) -> float:
    """Return the mean probability of an edge over all pairs of a grid, of which those beyond reach have none.

    That of an edge within reach is given by `Edges.on_grid`; each neuron's edge to itself is among the pairs. For the
    parameters see `pair_distances`.
    """
    distance, n_pairs = pair_distances(shape, reach)
    distance[0] = SELF_DISTANCE
    return float((n_pairs * np.exp(-2 * distance)).sum() / np.prod(shape) ** 2)
