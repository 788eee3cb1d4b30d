"""Fitness: episodes to scores, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees.fitness import FITNESSES, MaxObservation, Return, ReturnWithProgress
from neurosim_rl.rollout import Episodes


def episodes(returns: list[float], highest: list[list[float]]) -> Episodes:
    n = len(returns)
    flags = np.zeros(n, bool)
    counts = np.zeros((n, 1), np.int64)
    return Episodes(np.arange(n), np.array(returns), np.ones(n, np.int64), flags, flags, np.array(highest), counts)


PLAYED = episodes([-110.0, -200.0, -200.0], [[0.52, 0.07], [0.5, 0.01], [-0.3, 0.02]])


@pytest.mark.parametrize("name", FITNESSES)
def test_every_fitness_gives_each_episode_a_finite_score_of_its_own(name: str) -> None:
    scores = FITNESSES[name]().scores(PLAYED)
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()
    for row in range(3):
        alone = episodes([PLAYED.returns[row]], [PLAYED.observation_max[row].tolist()])
        assert FITNESSES[name]().scores(alone)[0] == scores[row]


def test_return_is_the_sum_of_rewards() -> None:
    assert Return().scores(PLAYED).tolist() == [-110, -200, -200]


def test_max_observation_is_the_largest_value_of_its_variable() -> None:
    assert MaxObservation().scores(PLAYED).tolist() == [0.52, 0.5, -0.3]
    assert MaxObservation(index=1).scores(PLAYED).tolist() == [0.07, 0.01, 0.02]


def test_progress_counts_only_what_was_missing() -> None:
    np.testing.assert_allclose(ReturnWithProgress(goal=0.5, gain=50.0).scores(PLAYED), [-110, -200, -240])


@given(st.floats(-1.2, 0.6), st.floats(-1.2, 0.6), st.floats(0, 100))
def test_progress_never_raises_a_score_and_nearer_is_never_worse(one: float, other: float, gain: float) -> None:
    fitness = ReturnWithProgress(goal=0.5, gain=gain)
    near, far = fitness.scores(episodes([-200, -200], [[max(one, other)], [min(one, other)]]))
    assert far <= near <= -200


@pytest.mark.parametrize("fitness", [MaxObservation(index=2), ReturnWithProgress(index=5)])
def test_a_variable_that_does_not_exist_is_refused(fitness: MaxObservation | ReturnWithProgress) -> None:
    with pytest.raises(ConfigurationError, match=rf"fitness\.index = {fitness.index}; there are 2 observed variables"):
        fitness.scores(PLAYED)
