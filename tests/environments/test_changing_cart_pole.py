"""The changing cart-pole: CartPole-v1's dynamics, a world for each seed, and that nothing observed tells of it."""

import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.classic_control import CartPoleEnv
from gymnasium.utils.env_checker import check_env

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch
from neurosim_rl.environments.changing_cart_pole import ChangingCartPoleEnv
from neurosim_rl.errors import ConfigurationError, UnknownNameError

ID = "neurosim_rl/ChangingCartPole-v0"


def world(env: ChangingCartPoleEnv) -> tuple[float, bool]:
    return env.length, env.flipped


@pytest.mark.parametrize("options", [{}, {"half_length_m": [0.3, 0.3], "flip_probability": 1.0}])
def test_gymnasium_s_checker_has_no_more_to_say_than_of_cart_pole(options: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*infinity")  # CartPole's velocities have no bounds
        check_env(gymnasium.make(ID, **options).unwrapped, skip_render_check=True)


def test_a_configuration_can_name_it_and_set_its_options() -> None:
    table = {"id": ID, "kwargs": {"half_length_m": [0.3, 0.6], "flip_probability": 0}}
    spec = EnvironmentSpec.of(EnvironmentOptions.read(table, "environment"))
    plain = EnvironmentSpec.of(EnvironmentOptions(id="CartPole-v1"))
    assert spec.step_limit == plain.step_limit == 500
    np.testing.assert_array_equal(spec.observation_high, plain.observation_high)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("half_length_m", [0.25, 0.5, 1.0])
def test_its_dynamics_are_cart_pole_s_with_that_pole_and_exchanged_actions(flipped: bool, half_length_m: float) -> None:
    env = ChangingCartPoleEnv(half_length_m=[half_length_m] * 2, flip_probability=float(flipped))
    plain = CartPoleEnv()
    plain.length, plain.polemass_length = half_length_m, 0.1 * half_length_m
    first, info = env.reset(seed=3)
    plain.reset(seed=3)
    plain.state = env.state
    assert info == {"half_length_m": pytest.approx(half_length_m), "flipped": flipped}
    assert np.abs(first).max() <= 0.05
    actions = np.random.default_rng(5).integers(2, size=200)
    n_steps = 0
    for action in actions:
        n_steps += 1
        mine, theirs = env.step(int(action)), plain.step(int(1 - action if flipped else action))
        np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-6)
        assert mine[1:4] == theirs[1:4]
        if mine[2]:
            break
    assert 5 < n_steps < 200


def test_an_action_that_is_none_is_refused_in_any_world() -> None:
    for probability in (0.0, 1.0):
        env = ChangingCartPoleEnv(flip_probability=probability)
        env.reset(seed=1)
        with pytest.raises(AssertionError, match="invalid"):
            env.step(2)


def test_a_reset_without_a_seed_begins_another_episode_in_the_same_world() -> None:
    env = ChangingCartPoleEnv()
    first, _ = env.reset(seed=4)
    mine = world(env)
    others = [env.reset()[0] for _ in range(5)]
    assert world(env) == mine
    assert len({tuple(start) for start in [first, *others]}) == 6


def test_a_seed_gives_one_world_and_one_series_of_starts_whatever_came_before() -> None:
    one, two = ChangingCartPoleEnv(), ChangingCartPoleEnv()
    two.reset(seed=9)
    two.reset()
    for env in (one, two):
        env.reset(seed=4)
    assert world(one) == world(two)
    np.testing.assert_array_equal(one.reset()[0], two.reset()[0])


def test_without_any_seed_there_is_a_world_and_it_stays() -> None:
    env = ChangingCartPoleEnv(half_length_m=[2.0, 3.0])
    env.reset()
    mine = world(env)
    assert 2.0 <= mine[0] <= 3.0
    env.reset()
    assert world(env) == mine


def test_lengths_are_log_uniform_and_half_of_the_worlds_are_flipped() -> None:
    env = ChangingCartPoleEnv(half_length_m=[0.25, 4.0])
    worlds = []
    for seed in range(2000):
        env.reset(seed=seed)
        worlds.append(world(env))
    lengths, flipped = np.array(worlds).T
    share = np.log(lengths / 0.25) / np.log(16.0)
    assert 0 <= share.min() < 0.01 < 0.99 < share.max() <= 1
    np.testing.assert_allclose(np.quantile(share, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.04)
    assert flipped.mean() == pytest.approx(0.5, abs=0.04)
    assert abs(np.corrcoef(share, flipped)[0, 1]) < 0.07


def test_a_batch_keeps_each_element_s_world_from_episode_to_episode() -> None:
    spec = EnvironmentSpec.of(EnvironmentOptions.read({"id": ID}, "environment"))
    with GymnasiumBatch(spec, 3) as batch:
        batch.reset([1, 2, 3])
        before = [world(env.unwrapped) for env in batch._environments]  # type: ignore[arg-type]
        starts = batch.restart(np.array([0, 2]))
        assert [world(env.unwrapped) for env in batch._environments] == before  # type: ignore[arg-type]
        assert len(set(before)) == 3
    assert np.abs(starts).max() <= 0.05
    assert starts.shape == (2, 4)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"half_length_m": [1.0, 0.5]}, ConfigurationError, "expected two numbers in rising order"),
        ({"half_length_m": [0.5]}, ConfigurationError, "expected two numbers in rising order"),
        ({"half_length_m": [0.0, 0.5]}, ConfigurationError, "out of range; expected 0.05 to 10"),
        ({"flip_probability": 1.5}, ConfigurationError, "out of range; expected 0 to 1"),
        ({"flip_probabilty": 0.5}, UnknownNameError, "flip_probability"),
        ({"render_mode": "text"}, UnknownNameError, "render_mode of ChangingCartPole"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ChangingCartPoleEnv(**options)
