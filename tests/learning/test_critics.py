"""Critics, on windows that can be judged by hand."""

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.decoders import LinearReadout, RateDifference, WinnerTakesAll
from neurosim_rl.environments import Step
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.critics import CRITICS, Critic, Verdict
from tests.components import create

ACTIVE = np.arange(2)
BEFORE = np.array([[3.0, 0.0], [0.0, 1.0]])
AFTER = np.array([[0.0, 4.0], [0.0, 0.5]])
ACTIONS = np.array([0, 1])
STEP = Step(AFTER, np.array([1.0, 1.0]), np.array([False, True]), np.array([False, False]))


def critic(name: str, decoder: Decoder | None = None, **options: Any) -> Critic:
    made = create(
        "learning.critic",
        CRITICS,
        {"name": name, **options},
        decoder=decoder or WinnerTakesAll(Discrete(2), 20.0, tie="first", neurons_per_action=2),
        teach=lambda observations: np.zeros(len(observations), np.int64),
    )
    made.start(2)
    return made


def judged(*arguments: Any, **options: Any) -> Verdict:
    return critic(*arguments, **options).assess(ACTIVE, BEFORE, ACTIONS, STEP)


def test_the_loss_is_what_the_state_came_nearer_to_zero() -> None:
    verdict = judged("loss", limit=10.0)
    assert verdict.overall.tolist() == [3 - 4, 1 - 0.5]


def test_what_spoke_for_the_action_gets_the_reward_and_the_others_the_opposite() -> None:
    verdict = judged("loss", limit=10.0)
    assert verdict.outputs.tolist() == [[-1, -1, 1, 1], [-0.5, -0.5, 0.5, 0.5]]
    assert judged("loss", limit=10.0, credit="chosen").outputs.tolist() == [[-1, -1, 0, 0], [0, 0, 0.5, 0.5]]
    assert judged("loss", limit=10.0, credit="global").outputs.tolist() == [[-1] * 4, [0.5] * 4]


def test_gain_bias_and_limit() -> None:
    assert judged("loss", gain=3.0, positive_bias=1.5, limit=2.0).overall.tolist() == [-2.0, 2.0]
    assert judged("loss", gain=0.5, positive_bias=1.5, limit=2.0).overall.tolist() == [-0.5, 0.375]


def test_products_of_variables_count_in_the_loss() -> None:
    moved = Step(np.array([[1.0, 1.0], [1.0, -1.0]]), STEP.rewards, STEP.terminated, STEP.truncated)
    made = critic("loss", weights=[1.0, 1.0], cross=[0.5], limit=10.0)
    verdict = made.assess(ACTIVE, np.zeros((2, 2)), ACTIONS, moved)
    np.testing.assert_allclose(verdict.overall, [-np.sqrt(3.0), -1.0])


def test_what_begins_balanced_is_not_judged_and_what_ends_balanced_gets_the_limit() -> None:
    still, near = np.array([[0.001, 5.0], [3.0, 5.0]]), np.array([[2.0, 5.0], [0.001, 9.0]])
    made = critic("loss", weights=[1.0, 0.0], balanced=0.01, gain=2.0, limit=0.7)
    verdict = made.assess(ACTIVE, still, ACTIONS, Step(near, STEP.rewards, STEP.terminated, STEP.truncated))
    assert verdict.overall.tolist() == [0.0, 0.7]


def test_a_form_of_another_size_is_told() -> None:
    with pytest.raises(ConfigurationError, match="weights has 3 values; expected 2, for 2 observed variables"):
        judged("loss", weights=[1.0, 1.0, 1.0])
    with pytest.raises(ConfigurationError, match="cross has 2 values; expected 1, for 2 observed variables"):
        judged("loss", cross=[1.0, 1.0])


def test_the_reward_s_surprise_is_its_distance_from_the_running_mean() -> None:
    made = critic("reward", mean_tau=2.0, at_end=-5.0, limit=100.0)
    assert made.assess(ACTIVE, BEFORE, ACTIONS, STEP).overall.tolist() == [0.0, 0.0]  # the first is the mean
    later = Step(AFTER, np.array([3.0, -4.0]), np.array([False, False]), np.array([False, False]))
    assert made.assess(ACTIVE, BEFORE, ACTIONS, later).overall.tolist() == [2.0, 0.0]
    assert made.assess(ACTIVE, BEFORE, ACTIONS, later).overall.tolist() == [1.0, 0.0]


def test_the_teacher_gives_what_is_lacking() -> None:
    verdict = judged("teacher", gain=2.0)
    assert verdict.outputs.tolist() == [[0, 0, 0, 0], [2, 2, -2, -2]]
    assert verdict.overall.tolist() == [0.0, -2.0]


def test_strength_in_a_box_is_credited_to_both_sides() -> None:
    box = Box(np.array([-2.0, 0.0]), np.array([2.0, 4.0]), dtype=np.float64)
    decoder = RateDifference(box, 20.0, neurons_per_side=2)
    credit = decoder.credit(np.array([[1.0, 4.0]]))
    assert credit.tolist() == [[0.5, 0.5, -0.5, -0.5, 1, 1, -1, -1]]


def test_neurons_without_an_action_of_their_own_cannot_be_told() -> None:
    box = Box(np.array([-2.0]), np.array([2.0]), dtype=np.float64)
    with pytest.raises(ConfigurationError, match="credit = 'global'"):
        critic("loss", LinearReadout(box, 20.0)).assess(ACTIVE, BEFORE, np.zeros((2, 1)), STEP)
