"""Models that do in the mirror what they do outside, in the tasks that have one."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from neurosim_rl.bridge.actions import reflected_actions
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.configure import configure

MIRRORED = ("acrobot", "cart-pole", "pendulum")


def mirrored(task: str, model: str = "feed-forward") -> ClosedLoop:
    return create_optimizee(configure(task, {"model": {"name": model, "mirror": True}}))


def observations_and_their_mirror_images(optimizee: ClosedLoop, n: int) -> tuple[np.ndarray, np.ndarray]:
    spec = optimizee.environment
    low, high = spec.observation_low, spec.observation_high
    observations = np.random.default_rng(1).uniform(low, high, (n, len(low)))
    signs = np.ones(observations.shape[1])
    signs[list(optimizee.mirrored)] = -1
    return observations, observations * signs


@pytest.mark.parametrize("task", MIRRORED)
def test_the_environment_itself_is_the_same_in_the_mirror(task: str) -> None:
    optimizee = create_optimizee(configure(task))
    environment: Any
    twin: Any
    environment, twin = (gymnasium.make(optimizee.environment.options.id).unwrapped for _ in range(2))
    environment.reset(seed=3)
    twin.reset(seed=4)
    # The state: what changes sign in it does so for these tasks in all its variables (angles and velocities).
    twin.state = -np.asarray(environment.state)
    reflection = reflected_actions(environment.action_space)
    rng, signs = np.random.default_rng(5), np.ones(len(optimizee.environment.observation_low))
    signs[list(optimizee.mirrored)] = -1
    for _ in range(20):
        if hasattr(environment.action_space, "n"):
            number = int(rng.integers(environment.action_space.n))
            actions: tuple[Any, Any] = (number, reflection.order[number])
        else:
            torque = rng.uniform(-2, 2, 1)
            actions = torque, reflection.apply(torque)
        one, reward, *_ = environment.step(actions[0])
        other, mirrored_reward, *_ = twin.step(actions[1])
        np.testing.assert_allclose(other, one * signs, atol=1e-5)
        assert mirrored_reward == pytest.approx(reward, abs=1e-5)


def test_the_swimmer_is_the_same_in_the_mirror() -> None:
    pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    optimizee = create_optimizee(configure("swimmer"))
    environment: Any
    twin: Any
    environment, twin = (gymnasium.make("Swimmer-v5").unwrapped for _ in range(2))
    environment.reset(seed=3)
    twin.reset(seed=4)
    position, velocity = environment.data.qpos.copy(), environment.data.qvel.copy()
    twin.set_state(np.r_[position[0], -position[1:]], np.r_[velocity[0], -velocity[1:]])  # x stays
    rng, signs = np.random.default_rng(5), np.ones(8)
    signs[list(optimizee.mirrored)] = -1
    for _ in range(50):
        torques = rng.uniform(-1, 1, 2)
        one, reward, *_ = environment.step(torques)
        other, mirrored_reward, *_ = twin.step(-torques)
        np.testing.assert_allclose(other, one * signs, atol=1e-9)
        assert mirrored_reward == pytest.approx(reward, abs=1e-9)


@pytest.mark.parametrize("task", MIRRORED)
def test_a_spiking_network_answers_a_mirrored_observation_with_mirrored_spikes(task: str) -> None:
    optimizee = mirrored(task)
    rng = np.random.default_rng(2)
    networks = [optimizee.network(optimizee.parameters.sample(rng)) for _ in range(30)]
    observations, images = observations_and_their_mirror_images(optimizee, 30)
    rows = np.arange(60)
    with create_simulator("compiled") as simulator:
        simulator.build([*networks, *networks])
        for _ in range(3):
            drive = optimizee.encoder.encode(np.concatenate([observations, images]), rows, [])
            counts = simulator.advance(drive, 20.0, rows)
    assert counts.any()
    np.testing.assert_array_equal(counts[30:], optimizee.decoder.reflection().apply(counts[:30]))


@pytest.mark.parametrize("model", ["dense", "linear"])
@pytest.mark.parametrize("task", MIRRORED)
def test_a_policy_does_too(task: str, model: str) -> None:
    optimizee = mirrored(task, model)
    assert isinstance(optimizee.model, Policy)
    genome = optimizee.parameters.to_genome(optimizee.parameters.sample(np.random.default_rng(2)))
    observations, images = observations_and_their_mirror_images(optimizee, 50)
    rows = np.arange(50)
    act = optimizee.model.act([genome], [0] * 50)
    one, other = act(observations, rows), act(images, rows)
    reflection = reflected_actions(optimizee.environment.action_space)
    if one.ndim == 1:
        np.testing.assert_array_equal(other, np.array(reflection.order)[one])
    else:
        np.testing.assert_allclose(other, reflection.apply(one), atol=1e-9)


def test_a_mirrored_network_has_half_the_genes_and_a_dense_one_as_many() -> None:
    whole = create_optimizee(configure("pendulum", {"model": {"mirror": False}}))
    assert 2 * mirrored("pendulum").parameters.size == whole.parameters.size
    assert mirrored("pendulum", "dense").parameters.size == pytest.approx(mirrored("pendulum").parameters.size, abs=5)


@pytest.mark.parametrize("model", ["feed-forward", "dense", "linear"])
def test_a_task_without_a_mirror_says_so(model: str) -> None:
    with pytest.raises(ConfigurationError, match="task 'mountain-car' has no mirror symmetry"):
        assert mirrored("mountain-car", model).parameters
