"""Who becomes champion, decided on hand-made generations."""

import dataclasses

import numpy as np
import pytest

from neurosim_rl.records.history import History, nothing_learned
from neurosim_rl.runs.candidate import Candidate, best_of, better, finalists
from neurosim_rl.training.configure import configure


def generation(number: int, fitness: list[float], validation: float) -> History:
    n, best = len(fitness), int(np.argmax(fitness))
    values = np.array(fitness)
    return History(
        generation=np.full(n, number),
        individual=np.arange(n),
        genomes=np.arange(n)[:, None] + 10.0 * number,
        learned=nothing_learned(n),
        behaviour=np.zeros((n, 0)),
        fitness=values,
        returns=values[:, None],
        lengths=np.ones((n, 1), np.int64),
        terminated=np.zeros((n, 1), bool),
        failure=np.full(n, "", dtype=object),
        number=np.array([number]),
        best_fitness=values[[best]],
        mean_fitness=np.array([values.mean()]),
        best_individual=np.array([best]),
        validation_return=np.array([validation]),
        seconds=np.zeros(1),
    )


def winner(*generations: History, champion: str = "validation") -> Candidate:
    config = configure("mountain-car", {"champion": champion})
    found = best_of(History.join(generations), config)
    assert found is not None
    return found


def test_the_first_generation_s_best_is_the_first_candidate() -> None:
    found = better(None, generation(0, [1.0, 3.0, 2.0], 7.0), configure("mountain-car"))
    assert (found.generation, found.individual, found.fitness, found.validation_return) == (0, 1, 3.0, 7.0)
    np.testing.assert_array_equal(found.vector, [1.0])


def test_the_higher_validation_return_wins_whatever_the_fitness() -> None:
    assert winner(generation(0, [9.0], 5.0), generation(1, [1.0], 6.0)).generation == 1
    assert winner(generation(0, [1.0], 6.0), generation(1, [9.0], 5.0)).generation == 0


def test_equal_validation_is_decided_by_fitness() -> None:
    assert winner(generation(0, [9.0], 5.0), generation(1, [1.0], 5.0)).generation == 0
    assert winner(generation(0, [1.0], 5.0), generation(1, [9.0], 5.0)).generation == 1


def test_of_equals_the_later_wins_because_it_survived_more_starts() -> None:
    assert winner(*(generation(k, [500.0], 500.0) for k in range(4))).generation == 3


@pytest.mark.parametrize("validation", [0.0, np.nan])
def test_by_fitness_the_earlier_of_equals_wins(validation: float) -> None:
    rows = [generation(k, [value], validation) for k, value in enumerate((0.4, 0.5, 0.5, 0.2))]
    assert winner(*rows, champion="fitness").generation == 1


def test_of_nothing_there_is_no_candidate() -> None:
    nothing = generation(0, [1.0], 1.0).of(1)
    assert best_of(nothing, configure("mountain-car")) is None


def test_finalists_are_the_best_in_validation_in_order() -> None:
    history = History.join([generation(k, [f], v) for k, (f, v) in enumerate([(9, 1), (1, 5), (2, 5), (3, 4), (1, 5)])])
    assert [c.generation for c in finalists(history, 4)] == [2, 4, 1, 3]
    assert [c.generation for c in finalists(history, 1)] == [winner(history).generation]
    assert len(finalists(history, 9)) == 5
    assert finalists(history, 0) == []


def test_a_genome_is_a_finalist_once_with_its_latest_fitness() -> None:
    again = dataclasses.replace(generation(1, [7.0], 5.0), genomes=generation(0, [1.0], 5.0).genomes)
    (found,) = finalists(History.join([generation(0, [1.0], 5.0), again]), 3)
    assert (found.generation, found.fitness) == (1, 7.0)


def test_a_genome_that_saw_otherwise_normalised_observations_is_another_finalist() -> None:
    again = dataclasses.replace(generation(1, [7.0], 4.0), genomes=generation(0, [1.0], 5.0).genomes)
    history = History.join([generation(0, [1.0], 5.0), again])
    observing = dataclasses.replace(history, observed=np.ones((2, 3)))
    assert [found.generation for found in finalists(observing, 3)] == [0, 1]
