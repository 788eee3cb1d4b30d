"""EnvPool steps as Gymnasium does, and is never the judge."""

import sys
from typing import Any

import gymnasium
import numpy as np
import pytest

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch, create_batch, make
from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError, MissingExtraError

pytestmark = pytest.mark.envpool
envpool = pytest.importorskip("envpool", reason="needs the extra [fast]")


def spec(name: str, **options: Any) -> EnvironmentSpec:
    return EnvironmentSpec.of(EnvironmentOptions.read({"id": name, "engine": "envpool", **options}, "environment"))


def acrobot_state(o: np.ndarray) -> np.ndarray:
    return np.array([np.arctan2(o[1], o[0]), np.arctan2(o[3], o[2]), o[4], o[5]])


STATE_OF: dict[str, Any] = {
    "MountainCar-v0": np.array,
    "MountainCarContinuous-v0": np.array,
    "CartPole-v1": np.array,
    "Acrobot-v1": acrobot_state,
    "Pendulum-v1": lambda o: np.array([np.arctan2(o[1], o[0]), o[2]]),
}


@pytest.mark.parametrize("name", STATE_OF)
def test_from_the_same_state_the_same_action_leads_to_the_same_state(name: str) -> None:
    """Gymnasium's environment is put into EnvPool's observed state before each step; float32 is the tolerance."""
    env: Any = gymnasium.make(name).unwrapped
    env.action_space.seed(1)
    env.reset(seed=0)
    n_ended = 0
    with create_batch(spec(name), 5, training=True) as batch:
        active, observations = np.arange(5), batch.reset([1, 2, 3, 4, 5])
        for _ in range(500):
            actions = np.array([env.action_space.sample() for _ in active])
            if name == "MountainCar-v0":  # so that some arrive
                actions = np.where(observations[:, 1] < 0, 0, 2)
            step = batch.step(active, actions)
            for row, action in enumerate(actions):
                env.state = STATE_OF[name](observations[row])
                if name == "CartPole-v1":
                    env.steps_beyond_terminated = None
                after, reward, terminated, *_ = env.step(action)
                np.testing.assert_allclose(step.observations[row], after, rtol=2e-5, atol=2e-5)
                np.testing.assert_allclose(step.rewards[row], reward, rtol=2e-4, atol=2e-4)
                assert step.terminated[row] == terminated
            n_ended += int(step.ended.sum())
            active, observations = active[~step.ended], step.observations[~step.ended]
            if not active.size:
                break
    assert n_ended or name == "MountainCarContinuous-v0"


HIDDEN_POSITIONS = {
    "InvertedPendulum-v5": 0,
    "Swimmer-v5": 2,
    "Hopper-v5": 1,
    "HalfCheetah-v5": 1,
    "Walker2d-v5": 1,
    "Ant-v5": 2,
}
"""Coordinates that a robot does not observe; nothing depends on them."""


@pytest.mark.mujoco
@pytest.mark.parametrize("name", HIDDEN_POSITIONS)
def test_robots_move_and_are_paid_as_in_gymnasium(name: str) -> None:
    """From the same start; after the ant's legs touched the ground, a solver's last digits soon make another move."""
    is_ant = name == "Ant-v5"
    options = spec(name, kwargs={"include_cfrc_ext_in_observation": False} if is_ant else {})
    robot: Any = make(options.options).unwrapped
    low, high, rng, paid = robot.action_space.low, robot.action_space.high, np.random.default_rng(1), 0.0
    tolerance = 2e-2 if is_ant else 1e-5
    with create_batch(options, 1, training=True) as batch:
        state = np.concatenate([np.zeros(HIDDEN_POSITIONS[name]), batch.reset([4])[0]])
        robot.reset(seed=0)
        robot.set_state(state[: robot.model.nq], state[robot.model.nq :])
        for _ in range(8 if is_ant else 50):
            action = rng.uniform(low, high)
            step = batch.step(np.arange(1), action[None])
            observation, reward, terminated, _, _ = robot.step(action.astype(np.float32))
            np.testing.assert_allclose(step.observations[0], observation, rtol=tolerance, atol=tolerance)
            np.testing.assert_allclose(step.rewards[0], reward, rtol=tolerance, atol=tolerance)
            assert step.terminated[0] == terminated
            paid += abs(reward)
            if terminated:
                break
    assert paid > 1.0
    assert terminated == (name in ("InvertedPendulum-v5", "Hopper-v5", "Walker2d-v5"))


@pytest.mark.mujoco
def test_the_ant_pays_for_contacts_that_it_does_not_observe() -> None:
    """Lying still on its legs it is paid 1 for its health, less than nothing for moving, and pays for contacts."""
    ant = spec("Ant-v5", kwargs={"include_cfrc_ext_in_observation": False})
    with create_batch(ant, 1, training=True) as batch:
        assert batch.reset([1]).shape == (1, 27)
        rewards = [batch.step(np.arange(1), np.zeros((1, 8))).rewards[0] for _ in range(300)]
    assert max(rewards[-50:]) < 0.9999


def test_starts_depend_on_the_seed_alone() -> None:
    car = spec("MountainCar-v0")
    with create_batch(car, 3, training=True) as batch:
        three = batch.reset([2**31 + 5, 2**32 - 1, 2**31 + 5])
    with create_batch(car, 1, training=True) as batch:
        one = batch.reset([2**32 - 1])
    np.testing.assert_array_equal(three[0], three[2])
    np.testing.assert_array_equal(three[1], one[0])
    assert (three[0] != three[1]).any()
    assert ((three[:, 0] >= -0.6) & (three[:, 0] <= -0.4)).all()


@pytest.mark.parametrize(("max_steps", "length"), [(0, 200), (7, 7), (999, 200)])
def test_episodes_end_at_the_nearest_limit(max_steps: int, length: int) -> None:
    with create_batch(spec("MountainCar-v0", max_steps=max_steps), 2, training=True) as batch:
        batch.reset([1, 2])
        for k in range(1, length + 1):
            step = batch.step(np.arange(2), np.ones(2, int))
            assert step.truncated.all() == (k == length)
            assert not step.terminated.any()


def test_what_is_reported_is_judged_by_gymnasium() -> None:
    with create_batch(spec("MountainCar-v0"), 1, training=False) as batch:
        assert isinstance(batch, GymnasiumBatch)


def test_an_environment_that_envpool_does_not_have_is_refused(toys: None) -> None:
    with pytest.raises(EnvironmentSetupError, match=r"EnvPool has no 'Corridor-v0'.*engine = 'gymnasium'"):
        create_batch(spec("Corridor-v0"), 1, training=True)


def test_keyword_arguments_that_envpool_would_not_obey_are_refused() -> None:
    with pytest.raises(EnvironmentSetupError, match=r"would not obey 'max_episode_steps'"):
        create_batch(spec("CartPole-v1", kwargs={"max_episode_steps": 9}), 1, training=True)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="envpool"):
        spec("CartPole-v1", engine="envpol")


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "envpool", None)
    with pytest.raises(MissingExtraError, match=r"neurosim-rl\[fast\]"):
        create_batch(spec("CartPole-v1"), 1, training=True)
