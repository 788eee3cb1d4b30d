"""Compiled steps of the classic tasks against Gymnasium's, bit by bit."""

from typing import Any

import numpy as np
import pytest
from gymnasium.envs.classic_control import AcrobotEnv, CartPoleEnv, MountainCarEnv
from gymnasium.spaces import Discrete

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch, create_batch
from neurosim_rl.environments.classic_batch import ClassicBatch, is_classic
from neurosim_rl.environments.classic_control import MountainCarDynamics

CASES: list[tuple[str, dict[str, Any]]] = [
    ("MountainCar-v0", {}),
    ("MountainCar-v0", {"goal_velocity": 0.01}),
    ("MountainCarContinuous-v0", {}),
    ("MountainCarContinuous-v0", {"goal_velocity": 0.02}),
    ("CartPole-v0", {}),
    ("CartPole-v1", {"sutton_barto_reward": True}),
    ("Pendulum-v1", {}),
    ("Pendulum-v1", {"g": 9.81}),
    ("Acrobot-v1", {}),
]
N = 32


def spec(name: str, kwargs: dict[str, Any] | None = None, **options: Any) -> EnvironmentSpec:
    return EnvironmentSpec.of(EnvironmentOptions.read({"id": name, "kwargs": kwargs or {}, **options}, "environment"))


def drawn(rng: np.random.Generator, step: int, space: Any) -> np.ndarray:
    """Return actions: at random, and for long stretches the same extreme one, so that walls and limits are met."""
    extreme = (step // 60) % 2
    if isinstance(space, Discrete):
        chosen = rng.integers(0, space.n, N)
        return np.where(step % 60 < 30, chosen, extreme * (space.n - 1))
    low, high = space.low[0], space.high[0]
    chosen = np.clip(rng.uniform(1.3 * low, 1.3 * high, (N, 1)), low, high)
    return chosen if step % 60 < 30 else np.full((N, 1), high if extreme else low)


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_each_step_has_gymnasiums_bits(name: str, kwargs: dict[str, Any]) -> None:
    facts = spec(name, kwargs)
    rng = np.random.default_rng(1)
    with GymnasiumBatch(facts, N, 170) as theirs, ClassicBatch(facts, N, 170) as ours:
        np.testing.assert_array_equal(ours.reset(range(N)), theirs.reset(range(N)))
        for step in range(400):
            active = np.sort(rng.permutation(N)[: N - step % 3])  # rows are not always all elements
            actions = drawn(rng, step, facts.action_space)[: len(active)]
            mine, its = ours.step(active, actions), theirs.step(active, actions)
            for what in ("observations", "rewards", "terminated", "truncated"):
                np.testing.assert_array_equal(getattr(mine, what), getattr(its, what), err_msg=f"{what}, step {step}")
                assert getattr(mine, what).dtype == getattr(its, what).dtype
            over = active[its.ended]
            if over.size:
                np.testing.assert_array_equal(ours.restart(over), theirs.restart(over))


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_the_classic_tasks_are_stepped_by_compiled_code_in_training_and_in_reports(name: str, kwargs: dict) -> None:
    for training in (True, False):
        assert isinstance(create_batch(spec(name, kwargs), 2, training=training), ClassicBatch)


def test_a_wrapper_or_another_class_steps_itself() -> None:
    wrapped = spec("MountainCar-v0", wrappers=[{"name": "ClipReward", "min_reward": -0.5}])
    changing = spec("neurosim_rl/ChangingCartPole-v0")
    for facts in (wrapped, changing):
        batch = create_batch(facts, 2, training=True)
        assert isinstance(batch, GymnasiumBatch)
        assert not isinstance(batch, ClassicBatch)


def test_a_noisy_acrobot_or_one_of_the_paper_steps_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("torque_noise_max", 0.1), ("book_or_nips", "nips")):
        with monkeypatch.context() as patch:
            patch.setattr(AcrobotEnv, name, value)
            assert not is_classic(spec("Acrobot-v1", max_steps=77 + len(name)))


def test_gymnasium_steps_where_compiled_code_differs_in_one_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    original = MountainCarDynamics.read
    monkeypatch.setattr(
        MountainCarDynamics, "read", staticmethod(lambda env: (np.nextafter(original(env)[0], 1.0), *original(env)[1:]))
    )
    assert not isinstance(create_batch(spec("MountainCar-v0", max_steps=191), 2, training=True), ClassicBatch)


def test_gymnasium_steps_where_its_equations_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    step = MountainCarEnv.step

    def slower(self: MountainCarEnv, action: int) -> Any:
        self.gravity = 0.0024
        return step(self, action)

    monkeypatch.setattr(MountainCarEnv, "step", slower)
    assert not is_classic(spec("MountainCar-v0", max_steps=192))


def test_the_semi_implicit_integrator_is_gymnasiums_too() -> None:
    """No keyword argument sets it, so the environments of both batches are changed."""
    facts = spec("CartPole-v1", max_steps=193)
    active = np.arange(4)
    with GymnasiumBatch(facts, 4) as theirs, GymnasiumBatch(facts, 4) as others:
        environments: list[Any] = [env.unwrapped for env in (*theirs._environments, *others._environments)]
        for env in environments:
            assert isinstance(env, CartPoleEnv)
            env.kinematics_integrator = "semi-implicit"
        ours = ClassicBatch(facts, 4)
        others.__exit__(None)
        with ours:
            np.testing.assert_array_equal(ours.reset(range(4)), theirs.reset(range(4)))
            for step in range(8):
                actions = np.full(4, step % 2)
                np.testing.assert_array_equal(
                    ours.step(active, actions).observations, theirs.step(active, actions).observations
                )
        for env in environments:
            env.kinematics_integrator = "euler"
