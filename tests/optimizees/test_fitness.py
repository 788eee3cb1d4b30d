"""Fitness: episodes to scores, worked out by hand."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.optimizees.fitness import (
    AGGREGATES,
    FITNESSES,
    MaxObservation,
    Return,
    ReturnWithoutBonus,
    ReturnWithProgress,
)
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.components import create


def episodes(returns: list[float], highest: list[list[float]]) -> Episodes:
    n = len(returns)
    flags = np.zeros(n, bool)
    counts = np.zeros((n, 1), np.int64)
    lengths, none = np.ones(n, np.int64), np.zeros(n)
    rest = none[:, None], counts, np.zeros((n, 2, 2))
    return Episodes(np.arange(n), np.array(returns), lengths, flags, flags, np.array(highest), counts, none, *rest)


PLAYED = episodes([-110.0, -200.0, -200.0], [[0.52, 0.07], [0.5, 0.01], [-0.3, 0.02]])


def test_return_is_the_sum_of_rewards() -> None:
    assert Return().scores(PLAYED).tolist() == [-110, -200, -200]


def test_without_the_bonus_long_episodes_earn_nothing_by_being_long() -> None:
    played = dataclasses.replace(PLAYED, lengths=np.array([10, 200, 0]))
    assert ReturnWithoutBonus(bonus=2.0).scores(played).tolist() == [-130, -600, -200]
    ended = dataclasses.replace(played, terminated=np.array([True, False, False]))
    assert ReturnWithoutBonus(bonus=2.0).scores(ended).tolist() == [-128, -600, -200]
    assert ReturnWithoutBonus(bonus=0.0).scores(played).tolist() == Return().scores(played).tolist()


def test_figures_show_scores_beside_returns_only_where_they_are_on_their_scale() -> None:
    assert {name for name, fitness in FITNESSES.items() if fitness.is_return} == {"return"}


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


SCORES = np.array([[-100.0, -200.0, -120.0, -140.0], [-130.0, -130.0, -130.0, -130.0]])


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("mean", [-140, -130]),
        ("median", [-130, -130]),
        ("worst", [-200, -130]),
        ("mean-minus-sd", [-140 - np.sqrt((40**2 + 60**2 + 20**2) / 4), -130]),
    ],
)
def test_an_individual_s_fitness_is_the_chosen_aggregate_of_its_scores(aggregate: str, expected: list[float]) -> None:
    for fitness in (Return(aggregate=aggregate), MaxObservation(aggregate=aggregate)):
        np.testing.assert_allclose(fitness.of_individuals(SCORES), expected)


def test_the_mean_is_the_default() -> None:
    assert Return().of_individuals(SCORES).tolist() == SCORES.mean(axis=1).tolist()


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_an_individual_s_fitness_depends_on_no_other_and_a_single_episode_gives_its_score(aggregate: str) -> None:
    scores = np.random.default_rng(0).normal(size=(20, 7))
    fitness = Return(aggregate=aggregate)
    together = fitness.of_individuals(scores)
    for row in range(20):
        assert fitness.of_individuals(scores[[row]])[0] == together[row]
        assert fitness.of_individuals(scores[[row], :1])[0] == scores[row, 0]


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_a_score_that_is_no_number_touches_its_own_individual_only(aggregate: str, bad: float) -> None:
    found = Return(aggregate=aggregate).of_individuals(np.array([[bad, -1.0, -3.0], [-1.0, -2.0, -3.0]]))
    assert np.isfinite(found[1])
    if np.isnan(bad):
        assert np.isnan(found[0])


def test_an_unknown_aggregate_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"fitness\.aggregate 'wurst'\. Did you mean 'worst'"):
        create("fitness", FITNESSES, {"name": "return", "aggregate": "wurst"})


def test_in_a_run_the_recorded_fitness_is_the_aggregate_of_the_recorded_returns(tmp_path) -> None:
    layer = {"generations": 1, "episodes": 4, "validation_episodes": 1, "workers": 1, "optimizer": {"population": 8}}
    config = configure("cart-pole", layer, {"model": {"name": "linear"}, "fitness": {"aggregate": "worst"}})
    folder = RunFolder.create(tmp_path / "run", config)
    run_to_end(config, folder)
    history = folder.history()
    assert history is not None
    assert history.fitness.tolist() == history.returns.min(axis=1).tolist()
    assert history.fitness.tolist() != history.returns.mean(axis=1).tolist()
