"""CMA-ES: ranks only, correlations, restarts, the choice of covariance."""

from typing import Any

import numpy as np
import pytest
from cmaes import CMA, SepCMA
from l2l.utils.trajectory import Trajectory

from neurosim_rl.optimizers import CMAESOptimizer, CMAESParameters
from tests.components import search_of
from tests.optimizers.driven import step, unbounded
from tests.optimizers.sphere import Sphere, sphere


def evolve(fitness: Any, generations: int, **options: Any) -> list[np.ndarray]:
    running, asked = search_of({"name": "cma-es", **options}, Sphere(), 1, generations), []
    for _ in range(generations):
        asked.append(running.ask())
        running.tell(fitness(asked[-1]))
    return asked


def test_fitness_counts_by_its_order_alone() -> None:
    plain, bent = evolve(sphere, 6), evolve(lambda genomes: -(sphere(genomes) ** 2) - 1e6, 6)
    np.testing.assert_array_equal(np.stack(plain), np.stack(bent))


@pytest.mark.parametrize("covariance", ["full", "separable"])
def test_a_narrow_oblique_valley_wants_the_full_covariance(covariance: str) -> None:
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0]

    def valley(genomes: np.ndarray) -> np.ndarray:
        return -(((genomes - 1.0) @ rotation * np.array([1.0, 10.0, 100.0, 1000.0])) ** 2).sum(axis=1)

    best = max(valley(genomes).max() for genomes in evolve(valley, 160, covariance=covariance, restarts=False)[-5:])
    assert (best > -1e-6) == (covariance == "full")


def test_after_convergence_it_starts_anew() -> None:
    spreads = {}
    for restarts in (True, False):
        asked = evolve(sphere, 200, restarts=restarts)
        spreads[restarts] = [np.ptp(genomes, axis=0).max() for genomes in asked]
    collapsed = int(np.argmax(np.array(spreads[True]) < 1e-6))
    assert collapsed > 10
    assert max(spreads[True][collapsed:]) > 1.0
    assert max(spreads[False][collapsed:]) < 1e-5


@pytest.mark.parametrize(
    ("n_genes", "covariance", "expected"),
    [(200, "auto", CMA), (201, "auto", SepCMA), (201, "full", CMA), (4, "separable", SepCMA)],
)
def test_many_genes_have_no_correlations_unless_asked_for(n_genes: int, covariance: str, expected: type) -> None:
    trajectory, rng = Trajectory(name="test"), np.random.default_rng(1)
    parameters = CMAESParameters(1, 5, population=4, covariance=covariance)
    optimizer = CMAESOptimizer(trajectory, lambda: {"a": rng.normal(size=n_genes)}, (1.0,), parameters)
    optimizer.post_process(trajectory, [(k, (float(k),)) for k in range(4)])
    assert isinstance(optimizer._strategy, expected)


def test_the_first_mean_can_be_the_best_or_the_centre() -> None:
    for start in ("best", "centre"):
        optimizer, trajectory = unbounded("cma-es", population=500, sigma=0.1, start=start)
        first = optimizer.genomes
        mean = step(optimizer, trajectory, sphere).mean(axis=0)
        expected = first[np.argmax(sphere(first))] if start == "best" else first.mean(axis=0)
        np.testing.assert_allclose(mean, expected, atol=0.1)


def test_the_mean_is_the_candidate_and_better_than_the_luckiest_sample() -> None:
    noise = np.random.default_rng(3)
    running = search_of({"name": "cma-es", "offer_mean": True, "population": 13}, Sphere(), 1, 60)
    assert running.candidate is None  # the first generation is of created individuals
    means: list[float] = []
    fittest: list[float] = []
    for _ in range(60):
        genomes = running.ask()
        true = sphere(genomes)
        seen = true + noise.normal(scale=5.0, size=len(true))
        if running.candidate is not None:
            assert running.candidate == len(genomes) - 1
            means.append(true[-1])
            fittest.append(true[seen.argmax()])
        running.tell(seen)
    assert np.mean(means[20:]) > np.mean(fittest[20:])


@pytest.mark.parametrize("covariance", ["full", "separable"])
def test_the_means_own_fitness_has_no_effect(covariance: str) -> None:
    n_told = 0

    def praise_the_mean(genomes: np.ndarray) -> np.ndarray:
        nonlocal n_told
        n_told += 1
        fitness = sphere(genomes)
        if n_told > 1:  # the first generation has no mean
            fitness[-1] = 1e9
        return fitness

    options = {"covariance": covariance, "offer_mean": True, "population": 5}
    honest, praised = evolve(sphere, 6, **options), evolve(praise_the_mean, 6, **options)
    np.testing.assert_array_equal(np.stack(honest), np.stack(praised))


def test_offering_the_mean_does_not_change_the_samples() -> None:
    plain = evolve(sphere, 5, population=6, start="centre")
    offering = evolve(sphere, 5, population=7, start="centre", offer_mean=True)
    for without, with_mean in zip(plain[1:], offering[1:], strict=True):
        np.testing.assert_array_equal(without, with_mean[:-1])


def test_few_individuals_are_all_samples() -> None:
    plain, offering = evolve(sphere, 4, population=4), evolve(sphere, 4, population=4, offer_mean=True)
    np.testing.assert_array_equal(np.stack(plain), np.stack(offering))
