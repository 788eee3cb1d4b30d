"""Searches with every registered optimizer: seeds, bounds, NaN, progress, and no trace in global generators."""

# ruff: noqa: NPY002  # the global generator is the subject

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from l2l.utils.trajectory import Trajectory

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.optimizers import OPTIMIZERS, Search
from tests.components import search_of
from tests.optimizers.sphere import BEST, Sphere, sphere

Told = Callable[[np.ndarray], np.ndarray]
TOLD_MORE = ("inherit", "map-elites")
"""Optimizers that are told more than fitness: what was learned, and how individuals behave."""
SEARCHES = [name for name in OPTIMIZERS if name not in TOLD_MORE]
every_optimizer = pytest.mark.parametrize("name", SEARCHES)
every_searching_optimizer = pytest.mark.parametrize("name", [name for name in SEARCHES if name != "l2l-grid-search"])
every_optimizer_of_any_sign = pytest.mark.parametrize(
    "name", [name for name in SEARCHES if name not in ("l2l-grid-search", "multiplicative-es")]
)

SMALL: dict[str, dict[str, Any]] = {
    "genetic": {"population": 12},
    "l2l-cross-entropy": {"population": 12},
    "l2l-evolution-strategies": {"population": 13},
    "l2l-face": {"population": 12, "max_population": 20, "n_expand": 4, "n_elite": 4},
    "l2l-grid-search": {"genes": [0, 3], "n_steps": 3},
}
"""Options that make a small generation, where not just ``population = 12`` does."""

ROUGH: dict[str, dict[str, Any]] = {
    "ars": {"noise": 50.0, "step_size": 50.0},
    "cma-es": {"sigma": 50.0},
    "ensemble-kalman": {"perturbation": 50.0, "target": 1e6, "gamma": 1e-9},
    "genetic": {"mutation_sigma": 50.0, "blend_alpha": 3.0},
    "l2l-cross-entropy": {"noise_magnitude": 1e4},
    "l2l-evolution-strategies": {"noise_std": 50.0, "learning_rate": 1e6},
    "l2l-face": {"noise_magnitude": 1e4},
    "l2l-genetic": {"mut_par": 50.0, "mate_par": 3.0},
    "l2l-grid-search": {"low": -100.0, "high": 100.0},
    "l2l-natural-evolution-strategies": {"sigma": 50.0},
    "l2l-parallel-tempering": {"noisy_step": 50.0, "hottest": 100.0},
    "l2l-simulated-annealing": {"noisy_step": 50.0},
    "multiplicative-es": {"sigma": 50.0, "learning_rate": 50.0},
    "openai-es": {"sigma": 50.0, "learning_rate": 50.0},
    "structured-genetic": {"change_value": 1.0},
}
"""Options with which each optimizer would leave the bounds of the sphere."""

WITHIN = {"structured-genetic"}
"""Optimizers that never leave the bounds, whatever their options."""

DESCEND = (
    "cma-es", "ensemble-kalman", "genetic", "structured-genetic",
    "l2l-cross-entropy", "l2l-face", "l2l-genetic", "l2l-parallel-tempering", "l2l-simulated-annealing",
)  # fmt: skip
"""Optimizers that make a generation from the genomes of the last one, not from a centre and remembered steps."""

SAME_SIZE = {"cma-es", "ensemble-kalman", "l2l-cross-entropy", "l2l-evolution-strategies", "l2l-grid-search"} | {
    "genetic", "l2l-natural-evolution-strategies", "l2l-parallel-tempering", "l2l-simulated-annealing", "openai-es",
    "multiplicative-es", "structured-genetic", "ars",
}  # fmt: skip


def search(name: str, seed: int = 1, generations: int = 10, **options: Any) -> Search:
    small = SMALL.get(name, {"population": 12})
    return search_of({"name": name, **small, **options}, Sphere(), seed, generations)


def needs_space(name: str) -> bool:
    return OPTIMIZERS[name].needs_space


def by_default(name: str, generations: int) -> Search:
    return search_of({"name": name}, Sphere(), 1, generations)


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


@pytest.mark.parametrize("name", DESCEND)
def test_the_next_generation_descends_from_adopted_genomes(name: str) -> None:
    asked, resumed, moved = evolve(search(name), 3), search(name), 1e-4
    for genomes in asked[:2]:
        resumed.ask()
        resumed.adopt(genomes - moved * np.sign(genomes))
        resumed.tell(sphere(genomes))
    distance = np.abs(resumed.ask() - asked[2])
    assert 0.1 * moved < distance.mean() < 10 * moved


@every_searching_optimizer
def test_another_seed_searches_elsewhere(name: str) -> None:
    one, other = evolve(search(name, seed=1), 2), evolve(search(name, seed=2), 2)  # created individuals are the same
    assert one[1].shape != other[1].shape or (one[1] != other[1]).any()


@every_searching_optimizer
def test_other_fitness_leads_elsewhere(name: str) -> None:
    one, other = evolve(search(name), 3), evolve(search(name), 3, lambda genomes: -sphere(genomes))
    assert one[2].shape != other[2].shape or (one[2] != other[2]).any()


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
    generations = evolve(search(name, seed, **ROUGH[name]), 4)
    for genomes in generations:
        assert np.abs(genomes).max() <= 5.0
    assert np.abs(generations[-1]).max() == 5.0 or name in WITHIN


@every_optimizer_of_any_sign
def test_the_sphere_is_descended(name: str) -> None:
    best = [sphere(genomes).max() for genomes in evolve(by_default(name, 40), 40)]
    chance = np.median([sphere(Sphere(k).created(30)).max() for k in range(20)])
    assert chance < -2
    assert np.mean(best[-5:]) > chance / 3
    assert np.abs(BEST).max() < 5


@every_optimizer_of_any_sign
def test_a_noisy_fitness_of_which_only_ranks_mean_anything_is_climbed(name: str) -> None:
    rng = np.random.default_rng(3)

    def noisy_cube(genomes: np.ndarray) -> np.ndarray:
        return (sphere(genomes) + rng.normal(0, 1, len(genomes))) ** 3

    means = [sphere(genomes).mean() for genomes in evolve(by_default(name, 60), 60, noisy_cube)]
    assert np.mean(means[-5:]) > 0.5 * sphere(Sphere().created(1000)).mean()


@every_searching_optimizer
@pytest.mark.parametrize("bad", [np.nan, -np.inf, np.inf, -1e6])
def test_genes_that_fail_are_left(name: str, bad: float) -> None:
    def failing(genomes: np.ndarray) -> np.ndarray:
        return np.where(genomes[:, 0] > 2.5, bad, -((genomes - np.array([2.0, 0.0, 0.0, 0.0])) ** 2).sum(axis=1))

    share = [np.mean(genomes[:, 0] > 2.5) for genomes in evolve(by_default(name, 25), 25, failing)]
    assert np.mean(share[-5:]) < 0.5  # an infinity taken for best would draw everyone there


@every_optimizer
def test_extreme_finite_fitness_does_not_stop_the_search(name: str) -> None:
    generations = evolve(search(name), 6, lambda genomes: np.where(genomes[:, 0] > 0, -1e300, 1e300))
    assert all(np.isfinite(genomes).all() for genomes in generations)


@every_optimizer
def test_generations_have_the_declared_size(name: str) -> None:
    running = search(name)
    sizes = {len(genomes) for genomes in evolve(running, 10)}
    declared: Any = OPTIMIZERS[name](1, 1, **SMALL.get(name, {"population": 12}))
    if name in SAME_SIZE:
        assert sizes == {declared.population}
    elif name == "l2l-face":
        assert min(sizes) >= 12
        assert max(sizes) <= 20
    else:
        assert max(sizes) == declared.population


@every_optimizer
def test_after_the_last_generation_nothing_is_bred(name: str) -> None:
    running = search(name, generations=3)
    *_, last = evolve(running, 3)
    np.testing.assert_array_equal(running.ask(), last)
    assert running._optimizer.g == 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cma-es", {"sigma": 1e-6}),
        ("l2l-cross-entropy", {"temp_decay": 1e-3}),
        ("l2l-simulated-annealing", {"temp_decay": 1e-3}),
        ("l2l-simulated-annealing", {"cooling_schedule": "LINEAR_ADDAPTIVE"}),
        ("l2l-parallel-tempering", {"decay": 1e-3}),
        ("l2l-face", {}),
    ],
)
def test_a_search_goes_on_after_it_has_frozen_to_a_point(name: str, options: dict[str, Any]) -> None:
    running = search(name, generations=150, **options)
    generations = evolve(running, 150, lambda genomes: np.zeros(len(genomes)))
    assert all(np.isfinite(genomes).all() for genomes in generations)


@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, {}) for name in SEARCHES if OPTIMIZERS[name].ranks_failures), ("ensemble-kalman", {"shaping": "raw"})],
)
def test_how_large_a_penalty_is_does_not_matter(name: str, options: dict[str, Any]) -> None:
    mild, hard, blind = (search(name, **options) for _ in range(3))
    failed = np.arange(12) % 5 == 3
    for _ in range(3):
        asked = mild.ask()
        np.testing.assert_array_equal(hard.ask(), asked)
        mild.tell(np.where(failed, -1e3, sphere(asked)), failed=failed)
        hard.tell(np.where(failed, -1e9, sphere(asked)), failed=failed)
        blind.tell(np.where(failed, 1.0, sphere(asked)))
    assert (blind.ask() != mild.ask()).any()  # failures are heard


@every_optimizer
def test_only_optimizers_of_l2l_are_told_the_penalty_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    running, told = search(name), []
    monkeypatch.setattr(running._optimizer, "post_process", lambda trajectory, results: told.extend(results))
    fitness = np.arange(len(running.ask()), dtype=float)
    running.tell(fitness, failed=fitness == 3)
    fitness[3] = 3.0 if name.startswith("l2l-") else -np.inf
    assert told == [(k, (value,)) for k, value in enumerate(fitness)]


@every_optimizer
def test_nothing_is_printed_or_warned_of(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evolve(search(name), 5)
    assert capfd.readouterr() == ("", "")


@every_optimizer
def test_it_runs_as_l2l_s_environment_drives_it(name: str) -> None:
    """L2L's loop: individuals from the trajectory, one list as current results and as argument, then the end."""
    trajectory, optimizee = Trajectory(name="test"), Sphere()
    options = {**SMALL.get(name, {"population": 12}), **({"space": Sphere.parameters} if needs_space(name) else {})}
    parameters = OPTIMIZERS[name](seed=1, n_iteration=5, **options)
    optimizer = parameters.optimizer(
        trajectory,
        optimizee_create_individual=optimizee.create_individual,
        optimizee_fitness_weights=(1.0,),
        parameters=parameters,
        optimizee_bounding_func=optimizee.bounding_func,
    )
    running = search(name, generations=5)
    for generation in range(trajectory.par["n_iteration"]):
        offered = [Sphere.parameters.to_vector({"a": i.a, "b": i.b}) for i in trajectory.individuals[generation]]
        np.testing.assert_array_equal(np.stack(offered), running.ask())
        results = [(index, (float(value),)) for index, value in enumerate(sphere(np.stack(offered)))]
        running.tell(np.array([fitness for _, (fitness,) in results]))
        trajectory.current_results = results
        optimizer.post_process(trajectory, results)
    optimizer.end(trajectory)
    assert sorted(trajectory.individuals) == list(range(5))


@every_optimizer
def test_old_generations_are_forgotten(name: str) -> None:
    running = search(name)
    evolve(running, 6)
    assert len(running._trajectory.individuals) <= 1


@pytest.mark.parametrize("population", [2, 5])
@pytest.mark.parametrize("name", ["genetic", "l2l-genetic", "l2l-parallel-tempering", "openai-es"])
def test_small_and_odd_populations_work(name: str, population: int) -> None:
    elites = {"elites": 1} if name == "genetic" else {}
    generations = evolve(search(name, population=population, **elites), 5)
    assert all(1 <= len(genomes) <= population for genomes in generations)


def test_an_unknown_optimizer_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown optimizer 'genetik'\. Did you mean 'genetic'"):
        search_of({"name": "genetik"}, Sphere(), 1, 2)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("genetic", {"population": 1}, r"optimizer\.population = 1 is out of range"),
        ("genetic", {"crossover_probability": 1.5}, "expected 0 to 1"),
        ("genetic", {"elites": 12}, r"optimizer\.elites = 12 leaves no offspring; expected less than population = 12"),
        ("cma-es", {"covariance": "ful"}, "Did you mean 'full'"),
        ("l2l-cross-entropy", {"rho": 0.1}, "makes 1 elite; expected at least 2"),
        ("l2l-evolution-strategies", {"population": 12}, r"population = 12: expected an odd number .* Set 13"),
        ("l2l-natural-evolution-strategies", {"population": 13}, r"population = 13: expected an even number"),
        ("l2l-face", {"n_elite": 13}, "expected n_elite <= population <= max_population"),
        ("l2l-parallel-tempering", {"coldest": 2.0}, "coldest = 2.0 .*; expected coldest at most hottest"),
        ("l2l-grid-search", {"genes": [4]}, "expected indices below 4, the number of genes"),
        ("l2l-grid-search", {"genes": [1, 1]}, "expected different whole numbers"),
        ("l2l-grid-search", {"genes": [0, 1, 2, 3], "n_steps": 20}, "194481 individuals; expected at most 10000"),
        ("l2l-grid-search", {"low": 5.0}, "expected low below high"),
    ],
)
def test_options_that_make_no_sense_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        search(name, **options)
