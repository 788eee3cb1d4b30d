"""Environments: making, bounds, how episodes end, seeds, and reuse."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.environments import EnvironmentBatch, EnvironmentOptions, EnvironmentSpec, GymnasiumBatch, Step, make
from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError, PluginError, ShapeError
from neurosim_rl.settings import plugins
from neurosim_rl.settings.frozen_table import FrozenTable


def spec(name: str, **options: Any) -> EnvironmentSpec:
    return EnvironmentSpec.of(EnvironmentOptions.read({"id": name, **options}, "environment"))


def play(batch: EnvironmentBatch, seeds: list[int], action: int, n_steps: int) -> list[np.ndarray]:
    """Return first observations and those after each step, all elements running."""
    active = np.arange(len(seeds))
    observations = [batch.reset(seeds)]
    return observations + [batch.step(active, np.full(len(seeds), action)).observations for _ in range(n_steps)]


# --- curriculum ---


def test_a_curriculum_lengthens_episodes_by_a_factor_each_generation() -> None:
    """From 10 steps by a tenth, as published: 10, 11, 12.1, 13.31, 14.641, ..."""
    options = EnvironmentOptions.read({"id": "CartPole-v1", "first_steps": 10}, "environment")
    assert [options.curriculum_steps(g) for g in range(6)] == [10, 11, 12, 13, 14, 16]
    assert options.curriculum_steps(49) > 1000 > options.curriculum_steps(48)
    assert options.curriculum_steps(10**6) > 10**9


def test_without_a_curriculum_nothing_is_cut() -> None:
    assert EnvironmentOptions.read({"id": "CartPole-v1"}, "environment").curriculum_steps(0) == 0


def test_each_element_is_cut_where_its_curriculum_says_but_never_later_than_the_limit() -> None:
    with GymnasiumBatch(spec("MountainCar-v0"), 4, max_steps=9) as batch:
        batch.cut([3, 0, 7, 999])
        batch.reset([1, 2, 3, 4])
        active, lengths = np.arange(4), np.zeros(4, int)
        while active.size:
            lengths[active] += 1
            active = active[~batch.step(active, np.ones(len(active), int)).truncated]
    assert lengths.tolist() == [3, 9, 7, 9]


# --- making ---


def test_what_an_environment_raises_while_it_is_made_is_told() -> None:
    with pytest.raises(EnvironmentSetupError, match=r"ValueError: .*-5\. Check environment\.kwargs"):
        spec("CartPole-v1", kwargs={"max_episode_steps": -5})


def test_what_an_environment_raises_while_it_begins_an_episode_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(*_: Any, **__: Any) -> None:
        raise ValueError("high - low < 0")

    monkeypatch.setattr("gymnasium.envs.classic_control.CartPoleEnv.reset", raising)
    message = r"CartPole-v1 cannot begin an episode: .*ValueError: high - low < 0\. Check environment\.kwargs"
    with pytest.raises(EnvironmentSetupError, match=message), GymnasiumBatch(spec("CartPole-v1"), 2) as batch:
        batch.reset([1, 2])


@pytest.mark.parametrize("bounds", [([3.0], [-3.0]), ([0.0], [0.0]), ([5.0], [])])
def test_bounds_of_actions_that_are_not_ordered_are_refused(bounds: tuple[list[float], list[float]]) -> None:
    low, high = bounds
    with pytest.raises(EnvironmentSetupError, match=r"action\[0\] has bounds .* Check environment\.action_low"):
        spec("Pendulum-v1", action_low=low, action_high=high)


def test_a_spec_holds_the_spaces_and_the_limit() -> None:
    car = spec("MountainCar-v0")
    np.testing.assert_allclose(car.observation_low, [-1.2, -0.07], rtol=1e-7)
    np.testing.assert_allclose(car.observation_high, [0.6, 0.07], rtol=1e-7)
    assert car.action_space == Discrete(3)
    assert car.step_limit == 200


def test_configured_bounds_replace_those_of_the_environment() -> None:
    pole = spec("CartPole-v1", observation_low=[-1, -2, -3, -4], observation_high=[1, 2, 3, 4])
    assert pole.observation_low.tolist() == [-1, -2, -3, -4]
    assert pole.observation_high.tolist() == [1, 2, 3, 4]
    assert not np.isfinite(spec("CartPole-v1").observation_low).all()


def test_configured_action_bounds_keep_the_shape_of_the_space(toys: None) -> None:
    lever = spec("Lever-v0", action_low=[-2.0] * 6, action_high=[2.0] * 6)
    assert isinstance(lever.action_space, Box)
    assert lever.action_space.shape == (2, 3)
    assert np.unique(lever.action_space.high).tolist() == [2.0]


@pytest.mark.parametrize("key", ["observation_low", "observation_high"])
def test_bounds_of_the_wrong_length_are_refused(key: str) -> None:
    with pytest.raises(ShapeError, match=rf"environment\.{key} has shape \(3,\); expected \(4,\)"):
        spec("CartPole-v1", **{key: [1, 2, 3]})


def test_keyword_arguments_reach_the_environment() -> None:
    assert spec("CartPole-v1", kwargs={"max_episode_steps": 33}).step_limit == 33


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("MountanCar-v0", r"unknown environment 'MountanCar-v0'\. Did you mean 'MountainCar-v0'\?"),
        ("CartPole-v99", r"Did you mean 'CartPole-v\d'"),
        ("", r"unknown environment ''\. gymnasium\.registry lists \d+ ids"),
    ],
)
def test_an_unknown_id_is_refused_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(EnvironmentSetupError, match=message):
        spec(name)


def test_a_module_that_nobody_allowed_is_not_imported() -> None:
    with pytest.raises(PluginError, match="needs module 'no_such_module'"):
        spec("no_such_module:CartPole-v1")


def test_an_allowed_module_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(plugins.VARIABLE, "no_such_module")
    with pytest.raises(PluginError, match="there is no module 'no_such_module'"):
        spec("no_such_module:CartPole-v1")


def test_a_module_that_the_user_names_in_an_id_and_is_missing_is_told_in_sentences(no_plugins: Path) -> None:
    plugins.permit("no_such_module")
    message = (
        r"cannot make 'no_such_module:CartPole-v1': .*[^.]\. Run the command in the folder of the module, or install"
    )
    with pytest.raises(EnvironmentSetupError, match=message):
        spec("no_such_module:CartPole-v1")


def test_an_unknown_keyword_argument_is_refused() -> None:
    with pytest.raises(EnvironmentSetupError, match=r"cannot make 'CartPole-v1': .*gravitee"):
        make(EnvironmentOptions(id="CartPole-v1", kwargs={"gravitee": 1}))


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"unknown key in \[environment\] 'max_step'. Did you mean 'max_steps'"
    ):
        spec("CartPole-v1", max_step=3)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Speaking-v0", r"observation is of type Text, which has no fixed number of values; expected Box, Discrete"),
        ("Spoken-v0", r"has the action space Text.*; expected Discrete, Box, MultiDiscrete"),
        ("EndlessCorridor-v0", r"has no step limit of its own\. Set environment\.max_steps"),
    ],
)
def test_an_environment_that_does_not_fit_the_loop_is_refused(toys: None, name: str, message: str) -> None:
    with pytest.raises(EnvironmentSetupError, match=message):
        spec(name)


# --- episodes ---


def test_episodes_equal_those_of_plain_gymnasium() -> None:
    seeds = [5, 17, 2**32 - 1]
    with GymnasiumBatch(spec("CartPole-v1"), 3) as batch:
        ours = np.stack(play(batch, seeds, 1, 6))
    for element, seed in enumerate(seeds):
        env = gymnasium.make("CartPole-v1")
        plain = [env.reset(seed=seed)[0]] + [env.step(1)[0] for _ in range(6)]
        np.testing.assert_array_equal(ours[:, element], np.stack(plain))


def test_the_same_seed_gives_the_same_start_in_every_element() -> None:
    with GymnasiumBatch(spec("MountainCar-v0"), 3) as batch:
        first = batch.reset([4, 5, 4])
    np.testing.assert_array_equal(first[0], first[2])
    assert (first[0] != first[1]).any()


def test_reused_environments_give_the_same_episodes_as_fresh_ones() -> None:
    car = spec("MountainCar-v0", kwargs={"goal_velocity": 0.01})
    runs = []
    for _ in range(3):
        with GymnasiumBatch(car, 2) as batch:
            made = list(batch._environments)
            runs.append((made, play(batch, [1, 2], 2, 5)))
        with GymnasiumBatch(car, 3) as other:
            play(other, [7, 8, 9], 0, 3)
    assert set(map(id, runs[1][0])) & set(map(id, runs[0][0]))
    for _, observations in runs[1:]:
        np.testing.assert_array_equal(np.stack(observations), np.stack(runs[0][1]))


def test_an_environment_left_in_mid_episode_starts_afresh(toys: None) -> None:
    corridor = spec("Corridor-v0")
    with suppress(KeyboardInterrupt), GymnasiumBatch(corridor, 1) as batch:
        play(batch, [3], 1, 9)
        raise KeyboardInterrupt
    with GymnasiumBatch(corridor, 1) as batch:
        batch.reset([0])
        ended = [bool(batch.step(np.zeros(1, int), np.ones(1)).ended[0]) for _ in range(10)]
    assert ended == [False] * 9 + [True]


def corridor_steps(batch: EnvironmentBatch, seed: int, action: int) -> list[Step]:
    batch.reset([seed])
    steps: list[Step] = []
    while not (steps and steps[-1].ended[0]):
        assert len(steps) < 20, "the episode has no end"
        steps.append(batch.step(np.zeros(1, int), np.array([action])))
    return steps


@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_reaching_the_goal_terminates_and_the_best_return_is_known(toys: None, start: int) -> None:
    with GymnasiumBatch(spec("Corridor-v0"), 1) as batch:
        steps = corridor_steps(batch, start, 2)
    assert sum(step.rewards[0] for step in steps) == start - 4
    assert (steps[-1].terminated[0], steps[-1].truncated[0]) == (True, False)


@pytest.mark.parametrize(
    ("name", "own_limit", "max_steps", "expected"),
    [
        ("Corridor-v0", {}, 0, 10),
        ("Corridor-v0", {}, 3, 3),
        ("Corridor-v0", {}, 99, 10),
        ("EndlessCorridor-v0", {"max_steps": 7}, 0, 7),
        ("EndlessCorridor-v0", {"max_steps": 7}, 5, 5),
    ],
)
def test_an_episode_that_never_arrives_is_truncated_at_the_nearest_limit(
    toys: None, name: str, own_limit: dict[str, int], max_steps: int, expected: int
) -> None:
    with GymnasiumBatch(spec(name, **own_limit), 1, max_steps) as batch:
        steps = corridor_steps(batch, 0, 1)
    assert len(steps) == expected
    assert (steps[-1].terminated[0], steps[-1].truncated[0]) == (False, True)


def test_an_episode_can_end_for_both_reasons_at_once(toys: None) -> None:
    with GymnasiumBatch(spec("Corridor-v0"), 1, max_steps=2) as batch:
        steps = corridor_steps(batch, 2, 2)
    assert len(steps) == 2
    assert (steps[-1].terminated[0], steps[-1].truncated[0], steps[-1].ended[0]) == (True, True, True)


def test_steps_are_counted_for_each_element_and_from_each_reset(toys: None) -> None:
    with GymnasiumBatch(spec("Corridor-v0"), 2, max_steps=3) as batch:
        batch.reset([0, 0])
        batch.step(np.array([0, 1]), np.ones(2))
        batch.step(np.array([1]), np.ones(1))
        assert batch.step(np.array([0, 1]), np.ones(2)).truncated.tolist() == [False, True]
        batch.reset([0, 0])
        assert batch.step(np.array([0, 1]), np.ones(2)).truncated.tolist() == [False, False]


def test_actions_reach_a_box_in_its_shape(toys: None) -> None:
    actions = np.linspace(-1, 1, 12).reshape(2, 6)
    with GymnasiumBatch(spec("Lever-v0"), 2) as batch:
        batch.reset([0, 0])
        rewards = batch.step(np.arange(2), actions).rewards
    np.testing.assert_allclose(rewards, actions.sum(axis=1), atol=1e-6)


# --- divergence ---


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"first": float("nan")}, r"Diverging-v0 returned observation\[0\] = nan"),
        ({"second": float("nan")}, r"observation\[1\] = nan; expected a number\. Its physics may have diverged"),
        ({"first": float("inf"), "second": float("nan")}, r"observation\[1\] = nan"),
        ({"reward": float("nan")}, "returned reward = nan"),
    ],
)
def test_nan_from_an_environment_stops_the_run_with_advice(toys: None, kwargs: dict[str, float], message: str) -> None:
    with GymnasiumBatch(spec("Diverging-v0", kwargs=kwargs), 2) as batch:
        batch.reset([0, 1])
        with pytest.raises(EnvironmentSetupError, match=message):
            batch.step(np.arange(2), np.ones(2))


def test_an_infinite_observation_is_left_to_the_encoder(toys: None) -> None:
    with GymnasiumBatch(spec("Diverging-v0", kwargs={"first": float("inf")}), 1) as batch:
        batch.reset([0])
        assert batch.step(np.arange(1), np.ones(1)).observations.tolist() == [[np.inf, 0.0]]


@pytest.mark.parametrize("mode", ["human", "rgb_array"])
def test_an_environment_that_draws_is_refused_before_it_opens_a_window(mode: str) -> None:
    with pytest.raises(EnvironmentSetupError, match=f"render_mode = '{mode}': expected none, because training"):
        EnvironmentSpec.of(EnvironmentOptions(id="CartPole-v1", kwargs=FrozenTable({"render_mode": mode})))
