"""The genetic algorithm: elites, operators, the last generation, L2L's conventions."""

from typing import Any

import numpy as np
import pytest
from l2l.utils.trajectory import Trajectory

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers import GeneticOptimizer, GeneticParameters, Search
from tests.components import search_of
from tests.optimizers.sphere import Sphere, sphere


def search(generations: int = 10, **options: Any) -> Search:
    return search_of({"name": "genetic", "population": 10, **options}, Sphere(), 3, generations)


def by_l2l(weights: tuple[float, ...], bounded: bool = True, **parameters: Any) -> tuple[GeneticOptimizer, Trajectory]:
    """Return an optimizer built as L2L's own experiment builds it."""
    trajectory, optimizee = Trajectory(name="test"), Sphere()
    chosen = GeneticParameters(**{"seed": 3, "n_iteration": 5, "population": 10, **parameters})
    bounding = optimizee.bounding_func if bounded else None
    return GeneticOptimizer(trajectory, optimizee.create_individual, weights, chosen, bounding), trajectory


def vectors(optimizer: GeneticOptimizer) -> np.ndarray:
    return np.stack([Sphere.parameters.to_vector(individual) for individual in optimizer.eval_pop])


def test_the_first_generation_is_what_the_optimizee_creates() -> None:
    optimizee = Sphere()
    expected = [Sphere.parameters.to_vector(optimizee.create_individual()) for _ in range(10)]
    np.testing.assert_array_equal(search().ask(), np.stack(expected))


@pytest.mark.parametrize("elites", [0, 1, 3])
def test_elites_pass_on_unchanged_and_in_order(elites: int) -> None:
    running = search(elites=elites)
    for _ in range(5):
        genomes = running.ask()
        assert len(genomes) == 10
        best = genomes[np.argsort(-sphere(genomes))[:elites]]
        running.tell(sphere(genomes))
        np.testing.assert_array_equal(running.ask()[:elites], best)


def test_with_elites_the_best_never_gets_worse() -> None:
    running, best = search(generations=15), []
    for _ in range(15):
        genomes = running.ask()
        best.append(sphere(genomes).max())
        running.tell(sphere(genomes))
    assert best == sorted(best)


def test_without_crossover_and_mutation_children_are_copies_of_tournament_winners() -> None:
    running = search(crossover_probability=0.0, mutation_probability=0.0, tournament=10, elites=0)
    first = running.ask()
    running.tell(sphere(first))
    children = {tuple(child) for child in running.ask().tolist()}
    assert children <= {tuple(genome) for genome in first.tolist()}
    assert len(children) < 6


def test_mutation_changes_the_given_share_of_genes_by_the_given_deviation() -> None:
    table = {"name": "genetic", "population": 400, "elites": 0, "tournament": 1, "crossover_probability": 0.0}
    rates = {"mutation_probability": 1.0, "gene_probability": 0.25, "mutation_sigma": 1e-3}
    running = search_of({**table, **rates}, Sphere(), 3, 2)
    first = running.ask()
    running.tell(sphere(first))
    distance = np.abs(running.ask()[:, None, :] - first[None, :, :])
    change = distance[np.arange(400), distance.max(axis=2).argmin(axis=1)]
    assert abs((change > 0).mean() - 0.25) < 0.05
    assert change[change > 0].std() == pytest.approx(1e-3 * np.sqrt(1 - 2 / np.pi), rel=0.2)


def test_blend_crossover_stays_within_the_parents_extended_box() -> None:
    running = search(blend_alpha=0.0, crossover_probability=1.0, mutation_probability=0.0, elites=0)
    first = running.ask()
    running.tell(sphere(first))
    children = running.ask()
    assert (children >= first.min(axis=0) - 1e-12).all()
    assert (children <= first.max(axis=0) + 1e-12).all()


def test_after_the_last_generation_nothing_more_is_bred() -> None:
    running = search(generations=2)
    running.tell(sphere(running.ask()))
    last = running.ask()
    running.tell(sphere(last))
    np.testing.assert_array_equal(running.ask(), last)


def test_the_hall_of_fame_remembers_the_best_of_all_generations() -> None:
    running, seen = search(hall_of_fame=3), []
    for _ in range(5):
        seen.append(running.ask())
        running.tell(sphere(seen[-1]))
    unique = np.unique(np.concatenate(seen), axis=0)
    best = np.sort(sphere(unique))[::-1][:3]
    hall_of_fame = running._optimizer.hall_of_fame
    assert [individual.fitness.values[0] for individual in hall_of_fame] == best.tolist()


def test_a_negative_weight_minimizes() -> None:
    maximizing, first = by_l2l((1.0,))
    minimizing, second = by_l2l((-1.0,))
    for _ in range(3):
        fitness = sphere(vectors(maximizing))
        maximizing.post_process(first, [(k, (value,)) for k, value in enumerate(fitness)])
        minimizing.post_process(second, [(k, (-value,)) for k, value in enumerate(fitness)])
    np.testing.assert_array_equal(vectors(maximizing), vectors(minimizing))


def test_the_trajectory_holds_what_l2l_evaluates_next() -> None:
    optimizer, trajectory = by_l2l((1.0,))
    assert trajectory.n_iteration == 5
    optimizer.post_process(trajectory, [(k, (value,)) for k, value in enumerate(sphere(vectors(optimizer)))])
    assert (optimizer.g, len(trajectory.individuals[1])) == (1, 10)
    offered = [Sphere.parameters.to_vector({"a": i.a, "b": i.b}) for i in trajectory.individuals[1]]
    np.testing.assert_array_equal(np.stack(offered), vectors(optimizer))


def test_without_a_bounding_function_children_may_leave_the_bounds() -> None:
    optimizer, trajectory = by_l2l((1.0,), bounded=False, mutation_sigma=100.0)
    optimizer.post_process(trajectory, [(k, (value,)) for k, value in enumerate(sphere(vectors(optimizer)))])
    assert np.abs(vectors(optimizer)).max() > 5


def test_two_objectives_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"expects one objective; got weights \(1\.0, -1\.0\)"):
        by_l2l((1.0, -1.0))


def test_elites_that_are_not_evaluated_again_keep_their_fitness_and_breed() -> None:
    running = search(generations=6, elites=3, reevaluate_elites=False)
    first = running.ask()
    running.tell(sphere(first))
    elites = first[np.argsort(-sphere(first))[:3]]
    for _ in range(4):
        children = running.ask()
        assert len(children) == 7
        running.tell(np.full(7, -1e6))
        held = running._optimizer.population[:3]
        np.testing.assert_array_equal(np.array([list(elite) for elite in held]), elites)
        assert [elite.fitness.values[0] for elite in held] == sphere(elites).tolist()
