"""L2L's own genetic algorithm, fenced: the same search as L2L's class under a seeded global generator, but silent."""

# ruff: noqa: NPY002  # the global generator is the subject

import contextlib
import io
import random
import warnings

import numpy as np
import pytest
from l2l.optimizers.evolution.optimizer import GeneticAlgorithmOptimizer
from l2l.utils.trajectory import Trajectory

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers import L2LGeneticOptimizer, L2LGeneticParameters, Search
from neurosim_rl.optimizers.l2l_fence import WORST
from neurosim_rl.seeds import Purpose, stream
from tests.components import search_of
from tests.optimizers.sphere import Sphere, sphere

OPTIONS = {"population": 14, "cx_prob": 0.6, "mut_prob": 0.5, "tourn_size": 3}
GENERATIONS, SEED = 8, 21


def by_l2l_alone() -> list[np.ndarray]:
    """Return each generation's genomes of L2L's class, driven as L2L's runner drives it."""
    words = stream(SEED, Purpose.LIBRARY).generate_state(8)
    random.seed(int.from_bytes(words.tobytes(), "little"))
    np.random.seed(words)
    trajectory, optimizee = Trajectory(name="plain"), Sphere()
    parameters = L2LGeneticParameters(SEED, GENERATIONS, **OPTIONS).to_l2l()  # type: ignore[arg-type]
    generations = []
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        optimizer = GeneticAlgorithmOptimizer(
            trajectory, optimizee.create_individual, (1.0,), parameters, optimizee.bounding_func
        )
        for _ in range(GENERATIONS):
            genomes = np.stack([Sphere.parameters.to_vector(individual) for individual in optimizer.eval_pop])
            generations.append(genomes)
            results = [(k, (float(value),)) for k, value in enumerate(sphere(genomes))]
            trajectory.current_results = results
            optimizer.post_process(trajectory, results)
    return generations


def test_it_searches_as_l2ls_class_does_under_the_same_seed() -> None:
    running = search_of({"name": "l2l-genetic", **OPTIONS}, Sphere(), SEED, GENERATIONS)
    for expected in by_l2l_alone():
        genomes = running.ask()
        np.testing.assert_array_equal(genomes, expected)
        running.tell(sphere(genomes))


def test_survivors_are_not_asked_again() -> None:
    running = search_of({"name": "l2l-genetic", **OPTIONS}, Sphere(), SEED, GENERATIONS)
    sizes = []
    for _ in range(GENERATIONS):
        sizes.append(len(running.ask()))
        running.tell(sphere(running.ask()))
    assert sizes[0] == 14
    assert min(sizes) < 14


def test_it_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    running = search_of({"name": "l2l-genetic", **OPTIONS}, Sphere(), SEED, GENERATIONS)
    running.tell(sphere(running.ask()))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.mark.filterwarnings("error")
def test_a_second_search_in_a_process_warns_of_nothing() -> None:
    for _ in range(2):
        search_of({"name": "l2l-genetic"}, Sphere(), SEED, GENERATIONS)


def test_options_go_to_l2l_under_its_names() -> None:
    parameters = L2LGeneticParameters(7, 9, population=6, cx_prob=0.1, mut_prob=0.2, ind_prob=0.3).to_l2l()
    assert parameters._asdict() == {
        "seed": 7,
        "pop_size": 6,
        "cx_prob": 0.1,
        "mut_prob": 0.2,
        "n_iteration": 9,
        "ind_prob": 0.3,
        "tourn_size": 4,
        "mate_par": 0.5,
        "mut_par": 1.0,
    }


@pytest.mark.parametrize(("weight", "worst"), [(1.0, -WORST), (-1.0, WORST)])
def test_nan_is_the_worst_whichever_way_is_better(weight: float, worst: float) -> None:
    optimizee, trajectory = Sphere(), Trajectory(name="test")
    parameters = L2LGeneticParameters(1, 3, population=4)
    optimizer = L2LGeneticOptimizer(trajectory, optimizee.create_individual, (weight,), parameters)
    first = list(optimizer.pop)
    results: list[tuple[int, tuple[float, ...]]] = [(0, (np.nan,)), (1, (1.0,)), (2, (2.0,)), (3, (np.inf,))]
    trajectory.current_results = results
    optimizer.post_process(trajectory, results)
    assert [individual.fitness.values[0] for individual in first] == [worst, 1.0, 2.0, worst]
    assert optimizer.hall_of_fame[0].fitness.values[0] == (2.0 if weight > 0 else 1.0)


def play(running: Search) -> None:
    for _ in range(GENERATIONS):
        running.tell(sphere(running.ask()))


def test_a_generation_without_a_new_individual_is_a_clear_error() -> None:
    table = {"name": "l2l-genetic", "population": 2, "cx_prob": 0.0, "mut_prob": 0.0, "tourn_size": 1}
    running = search_of(table, Sphere(), SEED, GENERATIONS)
    with pytest.raises(ConfigurationError, match="without any new individual"):
        play(running)
