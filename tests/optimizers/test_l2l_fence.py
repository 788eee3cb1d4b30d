"""L2L's algorithms behind the fence: generation by generation those of L2L's own classes, under the same seeds."""

# ruff: noqa: NPY002  # the global generator is the subject

import random
import warnings
from typing import Any

import numpy as np
import pytest
from l2l.utils.trajectory import Trajectory

from neurosim_rl.optimizers import OPTIMIZERS
from neurosim_rl.seeds import Purpose, stream
from tests.components import search_of
from tests.optimizers.sphere import Sphere, sphere

SEED, GENERATIONS = 21, 8
ALONE: dict[str, dict[str, Any]] = {
    "l2l-cross-entropy": {"temp_decay": 0.9},
    "l2l-evolution-strategies": {},
    "l2l-face": {},
    "l2l-natural-evolution-strategies": {},
    "l2l-parallel-tempering": {"population": 6},
    "l2l-simulated-annealing": {"population": 6, "cooling_schedule": "LOGARITHMIC"},
}


def by_l2l_alone(name: str, options: dict[str, Any]) -> list[np.ndarray]:
    """Return each generation's genomes of L2L's class, driven as L2L's runner drives it."""
    words = stream(SEED, Purpose.LIBRARY).generate_state(8)
    random.seed(int.from_bytes(words.tobytes(), "little"))
    np.random.seed(words)
    trajectory, optimizee = Trajectory(name="plain"), Sphere()
    parameters: Any = OPTIMIZERS[name](seed=SEED, n_iteration=GENERATIONS, **options)
    l2l_class: Any = parameters.optimizer.__mro__[2]
    assert l2l_class.__module__.startswith("l2l.")
    l2l_parameters = parameters.to_l2l(optimizee.create_individual)
    optimizer = l2l_class(
        trajectory, optimizee.create_individual, (1.0,), l2l_parameters, optimizee_bounding_func=optimizee.bounding_func
    )
    generations = []
    for _ in range(GENERATIONS):
        generations.append(np.stack([Sphere.parameters.to_vector(individual) for individual in optimizer.eval_pop]))
        results = [(k, (value,)) for k, value in enumerate(sphere(generations[-1]))]
        trajectory.current_results = list(results)
        optimizer.post_process(trajectory, results)
    return generations


@pytest.mark.parametrize("name", ALONE)
def test_it_searches_as_l2ls_class_does(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = by_l2l_alone(name, ALONE[name])
    running = search_of({"name": name, **ALONE[name]}, Sphere(), SEED, GENERATIONS)
    for genomes in expected:
        # NumPy's products and exponentials, which L2L's class uses alone, differ from ours in last bits.
        np.testing.assert_allclose(running.ask(), genomes, rtol=1e-9, atol=1e-9)
        running.tell(sphere(genomes))


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name.startswith("l2l-")])
def test_records_do_not_grow_with_the_generations(name: str) -> None:
    running = search_of({"name": name}, Sphere(), SEED, GENERATIONS)
    for _ in range(GENERATIONS):
        running.tell(sphere(running.ask()))
    kept = running._trajectory.results["generation_params"]
    assert {key for key in kept.keys() if "generation_" in key} <= {f"generation_{GENERATIONS - 1}"}  # noqa: SIM118


def test_where_l2l_gives_up_face_goes_on() -> None:
    running = search_of({"name": "l2l-face", "max_population": 48, "n_expand": 8}, Sphere(), SEED, 12)
    sizes = []
    for _ in range(12):
        genomes = running.ask()
        sizes.append(len(genomes))
        running.tell(np.full(len(genomes), -1.0))
    assert sizes == [32, 32, 40, 48, *[48] * 8]


def test_l2ls_parallel_tempering_never_exchanges() -> None:
    """If this fails, L2L has mended it, and the class docstring has to change."""
    running = search_of({"name": "l2l-parallel-tempering", "population": 8}, Sphere(), SEED, 30)
    for _ in range(30):
        running.tell(sphere(running.ask()))
    assert running._optimizer.parallel_indices == list(range(8))


def test_the_grid_has_every_combination_of_the_chosen_genes_and_one_value_of_the_others() -> None:
    table = {"name": "l2l-grid-search", "genes": [3, 1], "n_steps": 2, "low": -4.0, "high": 4.0}
    running = search_of(table, Sphere(), SEED, 2)
    genomes = running.ask()
    base = Sphere().parameters.to_vector(Sphere().create_individual())
    assert {tuple(pair) for pair in genomes[:, [1, 3]].tolist()} == {(a, b) for a in (-4, 0, 4) for b in (-4, 0, 4)}
    np.testing.assert_array_equal(genomes[:, [0, 2]], np.tile(base[[0, 2]], (9, 1)))
    running.tell(sphere(genomes))
    np.testing.assert_array_equal(running.ask(), genomes)
    best = running._optimizer.best_individual
    values = genomes[np.argmax(sphere(genomes))]
    assert [best["gene_000000001"], best["gene_000000003"]] == values[[1, 3]].tolist()
