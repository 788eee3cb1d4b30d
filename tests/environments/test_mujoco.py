"""Gymnasium's MuJoCo environments: the extra, quiet loading, and batches that do not remember."""

import sys
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch, make
from neurosim_rl.environments.mujoco import needs_mujoco
from neurosim_rl.errors import MissingExtraError


def test_mujoco_is_needed_by_its_environments_only() -> None:
    assert needs_mujoco("HalfCheetah-v5")
    assert needs_mujoco("InvertedPendulum-v4")
    assert not needs_mujoco("CartPole-v1")
    assert not needs_mujoco("no such environment")


def test_without_mujoco_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(MissingExtraError, match=r"'mujoco' is not installed .* pip install 'neurosim-rl\[mujoco\]'"):
        make(EnvironmentOptions(id="Swimmer-v5"))
    make(EnvironmentOptions(id="CartPole-v1")).close()


@pytest.mark.mujoco
def test_loading_a_model_says_nothing_and_leaves_no_file(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HalfCheetah's has an attribute that MuJoCo calls deprecated."""
    mujoco = pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    monkeypatch.chdir(tmp_path)
    make(EnvironmentOptions(id="HalfCheetah-v5")).close()
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
    assert mujoco.get_mju_user_warning() is None


@pytest.mark.mujoco
@pytest.mark.parametrize("name", ["Swimmer-v5", "Hopper-v5"])
def test_an_environment_of_the_pool_plays_like_a_new_one_of_gymnasium(name: str) -> None:
    """Its solver begins with the last step's solution; a reset has to forget that too."""
    pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    spec = EnvironmentSpec.of(EnvironmentOptions(id=name))
    rng = np.random.default_rng(3)
    assert spec.action_space.shape is not None
    actions = rng.uniform(-1, 1, (30, 2, *spec.action_space.shape))
    for seeds in ([5, 6], [7, 8]):  # the second round takes the environments of the first
        with GymnasiumBatch(spec, 2) as batch:
            played = [batch.reset(seeds)]
            active, rewards = np.arange(2), np.zeros(2)
            for action in actions:
                step = batch.step(active, action)
                played.append(step.observations)
                rewards += step.rewards
    env = gymnasium.make(name).unwrapped
    env.reset(seed=7)
    total = 0.0
    for k, action in enumerate(actions[:, 0]):
        observation, reward, *_ = env.step(action.astype(np.float32))
        np.testing.assert_array_equal(observation, played[k + 1][0])
        total += float(reward)
    assert total == rewards[0]
