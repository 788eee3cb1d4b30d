"""Optimizers driven as L2L's environment drives them, on genomes without bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from l2l.utils.trajectory import Trajectory

from neurosim_rl.optimizers import OPTIMIZERS
from tests.optimizers.sphere import Sphere

Told = Callable[[np.ndarray], np.ndarray]


def unbounded(name: str, weights: tuple[float, ...] = (1.0,), **options: Any) -> tuple[Any, Trajectory]:
    """Return an optimizer without a bounding function, and its trajectory."""
    trajectory = Trajectory(name="test")
    parameters = OPTIMIZERS[name](**{"seed": 3, "n_iteration": 1000, **options})
    return parameters.optimizer(trajectory, Sphere().create_individual, weights, parameters), trajectory


def genomes(optimizer: Any) -> np.ndarray:
    """Return what the optimizer offers, shape (n, 4)."""
    return np.stack([Sphere.parameters.to_vector(individual) for individual in optimizer.eval_pop])


def step(optimizer: Any, trajectory: Trajectory, fitness: Told) -> np.ndarray:
    """Tell the fitness, shape (n,) or (n, n_objectives), and return the next genomes."""
    told = np.asarray(fitness(genomes(optimizer)), float)
    results = [(index, tuple(np.atleast_1d(value).tolist())) for index, value in enumerate(told)]
    trajectory.current_results = results
    optimizer.post_process(trajectory, results)
    return genomes(optimizer)
