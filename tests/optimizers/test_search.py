"""Searches with every registered optimizer: seeds, bounds, NaN, progress, and no trace in global generators."""

# ruff: noqa: NPY002  # the global generator is the subject

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim_rl.errors import ConfigurationError, ShapeError, UnknownNameError
from neurosim_rl.optimizers import OPTIMIZERS, Search
from tests.optimizers.sphere import BEST, Sphere, sphere

Told = Callable[[np.ndarray], np.ndarray]
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def search(name: str, seed: int = 1, generations: int = 10, **options: Any) -> Search:
    return Search({"name": name, "population": 12, **options}, Sphere(), seed, generations)


def evolve(running: Search, generations: int, fitness: Told = sphere) -> list[np.ndarray]:
    """Return the genomes of each generation."""
    asked = []
    for _ in range(generations):
        asked.append(running.ask())
        running.tell(fitness(asked[-1]))
    return asked


def assert_same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@every_optimizer
def test_told_the_same_a_search_asks_the_same(name: str) -> None:
    assert_same(evolve(search(name), 8), evolve(search(name), 8))


@every_optimizer
def test_asking_twice_changes_nothing(name: str) -> None:
    running = search(name)
    np.testing.assert_array_equal(running.ask(), running.ask())


@every_optimizer
def test_another_seed_searches_elsewhere(name: str) -> None:
    one, other = evolve(search(name, seed=1), 2), evolve(search(name, seed=2), 2)
    np.testing.assert_array_equal(one[0], other[0])  # the optimizee, not the optimizer, draws the first generation
    assert one[1].shape != other[1].shape or (one[1] != other[1]).any()


@every_optimizer
def test_other_fitness_leads_elsewhere(name: str) -> None:
    one, other = evolve(search(name), 2), evolve(search(name), 2, lambda genomes: -sphere(genomes))
    assert one[1].shape != other[1].shape or (one[1] != other[1]).any()


@every_optimizer
def test_global_generators_are_neither_used_nor_changed(name: str) -> None:
    undisturbed = evolve(search(name), 4)
    random.seed(5)
    np.random.seed(5)
    running = search(name)
    disturbed = []
    for _ in range(4):
        disturbed += evolve(running, 1)
        random.random()
        np.random.random()
    assert_same(disturbed, undisturbed)
    expected_python, expected_numpy = random.Random(5), np.random.RandomState(5)
    for _ in range(4):
        expected_python.random()
        expected_numpy.random_sample()
    assert random.random() == expected_python.random()
    assert np.random.random() == expected_numpy.random_sample()


@every_optimizer
@settings(max_examples=10)
@given(seed=st.integers(0, 2**64))
def test_every_genome_lies_within_the_bounds(name: str, seed: int) -> None:
    rough: dict[str, dict[str, Any]] = {
        "genetic": {"mutation_sigma": 50.0, "blend_alpha": 3.0},
        "l2l-genetic": {"mut_par": 50.0, "mate_par": 3.0},
    }
    for genomes in evolve(search(name, seed, **rough.get(name, {})), 4):
        assert np.abs(genomes).max() <= 5.0


@every_optimizer
def test_the_sphere_is_descended(name: str) -> None:
    best = [sphere(genomes).max() for genomes in evolve(search(name, generations=40, population=30), 40)]
    assert best[0] < -2
    assert max(best[-5:]) > best[0] / 10
    assert np.abs(BEST).max() < 5


@every_optimizer
@pytest.mark.parametrize("bad", [np.nan, -np.inf, np.inf])
def test_a_fitness_that_is_not_finite_is_never_best(name: str, bad: float) -> None:
    def diverging(genomes: np.ndarray) -> np.ndarray:
        return np.where(genomes[:, 0] > 0, bad, sphere(genomes))

    running = search(name, generations=15, population=30)
    generations = evolve(running, 15, diverging)
    finite = np.concatenate([sphere(g)[g[:, 0] <= 0] for g in generations])
    hall_of_fame = running._optimizer.hall_of_fame
    assert hall_of_fame[0].fitness.values[0] == finite.max()
    share = [np.mean(g[:, 0] > 0) for g in generations]
    assert np.mean(share[-5:]) < 0.6 * share[0]


@every_optimizer
def test_a_generation_of_nothing_but_nan_does_not_stop_the_search(name: str) -> None:
    generations = evolve(search(name), 5, lambda genomes: np.full(len(genomes), np.nan))
    assert all(np.isfinite(genomes).all() for genomes in generations)


@every_optimizer
def test_the_table_names_every_option(name: str) -> None:
    table = search(name).table
    assert table["name"] == name
    assert table["population"] == 12
    assert Search(table, Sphere(), 1, 2).table == table


@every_optimizer
def test_a_number_of_fitnesses_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ShapeError, match=r"fitness has shape \(11,\); expected \(12,\)"):
        search(name).tell(np.zeros(11))


@every_optimizer
def test_old_generations_are_forgotten(name: str) -> None:
    running = search(name)
    evolve(running, 6)
    assert len(running._trajectory.individuals) <= 1


@every_optimizer
@pytest.mark.parametrize("population", [2, 5])
def test_small_and_odd_populations_work(name: str, population: int) -> None:
    elites = {"elites": 1} if name == "genetic" else {}
    generations = evolve(search(name, population=population, **elites), 5)
    assert all(1 <= len(genomes) <= population for genomes in generations)


def test_an_unknown_optimizer_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown optimizer 'genetik'\. Did you mean 'genetic'"):
        Search({"name": "genetik"}, Sphere(), 1, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population": 1}, r"optimizer\.population = 1 is out of range"),
        ({"crossover_probability": 1.5}, "expected 0 to 1"),
        ({"elites": 12}, r"optimizer\.elites = 12 leaves no offspring; expected less than population = 12"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        search("genetic", **options)
