"""A problem whose best genome is known: minus the squared distance from a point, best 0."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurosim_rl.networks.parameters import Parameter, ParameterSpace

BEST = np.array([1.0, -2.0, 3.0, 0.5])


class Sphere:
    """What a search needs of an optimizee, without network or environment."""

    parameters = ParameterSpace(
        Parameter("a", (3,), -5.0, 5.0, "1", (-5.0, 5.0)), Parameter("b", (1,), -5.0, 5.0, "1", (-5.0, 5.0))
    )

    def __init__(self, seed: int = 1) -> None:
        self.rng = np.random.default_rng(seed)

    def created(self, n: int) -> np.ndarray:
        """Return random genomes, shape (n, 4)."""
        return np.stack([self.parameters.sample(self.rng) for _ in range(n)])

    def create_individual(self) -> dict[str, np.ndarray]:
        return self.to_individual(self.parameters.sample(self.rng))

    def bounding_func(self, individual: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return self.to_individual(self.parameters.clip(self.parameters.to_vector(individual)))

    def to_individual(self, vector: np.ndarray) -> dict[str, np.ndarray]:
        return {name: array.ravel() for name, array in self.parameters.to_genome(vector).items()}


def sphere(genomes: np.ndarray) -> np.ndarray:
    """Return the fitness of each genome, shape (n,)."""
    return -((genomes - BEST) ** 2).sum(axis=1)
