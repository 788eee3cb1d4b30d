"""One of our optimizees and one of our optimizers in L2L's own Experiment, with L2L's own runner and workers."""

import os
import sys
from pathlib import Path

import pytest
from l2l.utils.experiment import Experiment

from neurosim_rl.optimizees import TASKS, Configuration
from neurosim_rl.optimizers import GeneticOptimizer, GeneticParameters
from neurosim_rl.training.configure import configure
from tests.l2l_experiments.faulty import short_naps
from tests.l2l_experiments.scripts import END_WITH_US, processes_of
from tests.leftovers import end

GENERATIONS = 2
POPULATION = 2


def config() -> Configuration:
    return configure("cart-pole", {"episodes": 2, "generations": GENERATIONS})


def run_in_l2l(folder: Path) -> list[tuple[dict, int, int, float]]:
    """Run L2L's Experiment; return (individual, generation, index, fitness) of each evaluation."""
    experiment = Experiment(root_dir_path=str(folder))
    runner = {"exec": f"{END_WITH_US}{sys.executable}", "max_workers": POPULATION}
    trajectory, _ = experiment.prepare_experiment(name="L2L", log_stdout=False, runner_params=runner)
    optimizee = TASKS["cart-pole"](trajectory, config())
    parameters = GeneticParameters(seed=1, n_iteration=GENERATIONS, population=POPULATION, elites=1)
    optimizer = GeneticOptimizer(
        trajectory,
        optimizee_create_individual=optimizee.create_individual,
        optimizee_fitness_weights=(1.0,),
        parameters=parameters,
        optimizee_bounding_func=optimizee.bounding_func,
    )
    with short_naps():
        experiment.run_experiment(optimizer=optimizer, optimizee=optimizee)
    experiment.end_experiment(optimizer)
    results = trajectory.results.all_results
    return [
        (trajectory.individuals[g][index].params, g, index, fitness[0])
        for g in range(GENERATIONS)
        for index, fitness in results[g]
    ]


def test_an_optimizee_runs_in_l2l_s_experiment_and_gives_our_fitness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    try:
        evaluations = run_in_l2l(tmp_path)
    finally:
        end(processes_of(tmp_path))  # L2L leaves its workers behind
    assert len(evaluations) == GENERATIONS * POPULATION
    optimizee = TASKS["cart-pole"](None, config())
    for individual, generation, index, fitness in evaluations:
        genome = {key.removeprefix("individual."): value for key, value in individual.items()}
        vector = optimizee.parameters.to_vector(genome)
        episodes = optimizee.play([vector], optimizee.training_elements(generation, [index])).episodes
        assert optimizee.scores(episodes).mean() == fitness
    assert os.environ.get("PYNEST_QUIET") == "1"
