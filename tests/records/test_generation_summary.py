"""Generations in a few numbers."""

import math

import numpy as np
import pytest

from neurosim_rl.records.generation_summary import GenerationSummary, summaries
from neurosim_rl.records.history import History
from tests.histories import generation


def test_a_summary_has_the_numbers_of_its_generation_without_individuals_that_failed() -> None:
    whole = History.join([generation(0), generation(1)])
    [_, last] = summaries(whole)
    one = generation(1)  # individual 1 of it failed
    assert last.generation == 1
    assert last.worst_fitness == min(one.fitness[0], one.fitness[2])
    assert last.best_fitness == one.best_fitness[0]
    assert last.mean_return == pytest.approx(one.returns.mean())
    assert last.n_failed == 1
    assert (last.evaluations, last.steps, last.seconds) == (6, whole.lengths.sum(), 1.0)
    assert math.isnan(last.validation_return)
    assert "validation_return" not in last.curves()  # no point of a curve
    assert last.curves()["steps"] == whole.lengths.sum()


def test_summaries_go_on_from_the_one_before() -> None:
    parts = [generation(number, 5) for number in range(4)]
    whole = summaries(History.join(parts))
    found: list[GenerationSummary] = []
    for part in parts:
        found += summaries(part, found[-1] if found else None)
    for one, other in zip(whole, found, strict=True):
        np.testing.assert_equal(vars(one), vars(other))
