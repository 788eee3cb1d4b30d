"""Our optimizees in L2L's own Experiment, with L2L's own runner and workers."""

import os
import sys
from pathlib import Path

import psutil
import pytest
from l2l.optimizers.evolution import GeneticAlgorithmOptimizer, GeneticAlgorithmParameters
from l2l.utils.experiment import Experiment

from neurosim_rl.optimizees import TASKS, Configuration
from neurosim_rl.optimizers import GeneticOptimizer, GeneticParameters
from neurosim_rl.training.configure import configure

GENERATIONS = 2
POPULATION = 2


def config() -> Configuration:
    return configure("cart-pole", {"episodes": 2, "generations": GENERATIONS})


@pytest.fixture
def ended_workers():
    """End the workers that L2L's runner leaves behind."""
    before = set(psutil.Process().children(recursive=True))
    yield
    left = [p for p in psutil.Process().children(recursive=True) if p not in before]
    for process in left:
        process.kill()
    _, alive = psutil.wait_procs(left, timeout=10)
    assert not alive


def run_in_l2l(folder: Path, optimizer_class, parameters) -> list[tuple[dict, int, int, float]]:
    """Run L2L's Experiment; return (individual, generation, index, fitness) of each evaluation."""
    experiment = Experiment(root_dir_path=str(folder))
    trajectory, _ = experiment.prepare_experiment(
        name="L2L", log_stdout=False, runner_params={"exec": sys.executable, "max_workers": POPULATION}
    )
    optimizee = TASKS["cart-pole"](trajectory, config())
    optimizer = optimizer_class(
        trajectory,
        optimizee_create_individual=optimizee.create_individual,
        optimizee_fitness_weights=(1.0,),
        parameters=parameters,
        optimizee_bounding_func=optimizee.bounding_func,
    )
    experiment.run_experiment(optimizer=optimizer, optimizee=optimizee)
    experiment.end_experiment(optimizer)
    results = trajectory.results.all_results
    return [
        (trajectory.individuals[g][index].params, g, index, fitness[0])
        for g in range(GENERATIONS)
        for index, fitness in results[g]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["l2l", "ours"])
def test_an_optimizee_runs_in_l2l_s_experiment_and_gives_our_fitness(name, tmp_path, ended_workers) -> None:
    if name == "l2l":
        parameters = GeneticAlgorithmParameters(
            seed=1, pop_size=POPULATION, cx_prob=1.0, mut_prob=1.0, n_iteration=GENERATIONS,
            ind_prob=0.5, tourn_size=2, mate_par=0.5, mut_par=1.0,
        )  # fmt: skip
        evaluations = run_in_l2l(tmp_path, GeneticAlgorithmOptimizer, parameters)
    else:
        ours = GeneticParameters(seed=1, n_iteration=GENERATIONS, population=POPULATION, elites=1)
        evaluations = run_in_l2l(tmp_path, GeneticOptimizer, ours)
    assert len(evaluations) == GENERATIONS * POPULATION
    optimizee = TASKS["cart-pole"](None, config())
    for individual, generation, index, fitness in evaluations:
        genome = {key.removeprefix("individual."): value for key, value in individual.items()}
        vector = optimizee.parameters.to_vector(genome)
        episodes = optimizee.play([vector], optimizee.training_elements(generation, [index])).episodes
        assert optimizee.scores(episodes).mean() == fitness
    assert os.environ.get("PYNEST_QUIET") == "1"
