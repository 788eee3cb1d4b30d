"""Advantages, against generalised advantage estimation written out in loops."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.environments import create_batch
from neurosim_rl.learning import PPO
from neurosim_rl.seeds import training_start

from .test_agent import N_ENVIRONMENTS, N_UPDATES, create

pytestmark = pytest.mark.gradient
GAMMA, LAMBDA = 0.99, 0.95


class Watched:
    """Environments that keep their steps: last observations, rewards, ends, and first observations of new episodes."""

    def __init__(self, environments: Any) -> None:
        self._environments = environments
        self.steps: list[Any] = []

    def reset(self, seeds: Any) -> np.ndarray:
        return self._environments.reset(seeds)

    def step(self, everywhere: np.ndarray, actions: np.ndarray) -> Any:
        step = self._environments.step(everywhere, actions)
        self.steps.append(step)
        return step

    def following(self, step: Any) -> np.ndarray:
        observations = self._environments.following(step)
        ended = np.flatnonzero(step.ended)
        if ended.size:
            self.steps[-1] = (step, dict(zip(ended.tolist(), observations[ended], strict=True)))
        return observations


def written_out(rewards: Any, ended: Any, limited: Any, values: Any, values_after: Any) -> np.ndarray:
    """Return advantages as defined: discounted sums of temporal differences until the episode or rollout ends."""
    n_steps, n = rewards.shape
    advantages = np.zeros((n_steps, n))
    for k in range(n):
        for begin in range(n_steps):
            weight = 1.0
            for step in range(begin, n_steps):
                goes_on = not ended[step, k] or limited[step, k]
                error = rewards[step, k] + GAMMA * goes_on * values_after[step, k] - values[step, k]
                advantages[begin, k] += weight * error
                if ended[step, k]:
                    break
                weight *= GAMMA * LAMBDA
    return advantages


@pytest.mark.parametrize("network", ["snn", "ann"])
def test_an_episode_cut_at_its_step_limit_is_worth_its_last_observation(
    network: str,
) -> None:
    optimizee, model, agent = create(network, mini_batches=1)
    import torch

    from neurosim_rl.gradient import training
    from neurosim_rl.gradient.conversion import features

    options = optimizee.learning
    assert isinstance(options, PPO)
    differences, n_limited = [], 0
    with create_batch(optimizee.environment, N_ENVIRONMENTS, training=True) as environments:
        watched = Watched(environments)
        state: Any = torch.zeros(N_ENVIRONMENTS, model.network.n_state)
        seen = [
            features(optimizee, environments.reset([training_start(optimizee.config.seed, 0, k) for k in range(4)]))
        ]
        update = agent.update

        def look(observations: Any, state: Any) -> tuple[np.ndarray, Any]:
            """Return values and the state after, by a pass of the network that skrl takes no part in."""
            with torch.no_grad():
                _, values, after = model.network(observations[None], state, None)
            return values[0, :, 0].double().numpy(), after

        def updating(**where: int) -> None:
            nonlocal state, n_limited
            values, values_after, rewards, ended, limited = [], [], [], [], []
            for step, begun in [kept if isinstance(kept, tuple) else (kept, {}) for kept in watched.steps]:
                value, state = look(seen[0], state)
                following = features(optimizee, step.observations)
                values.append(value)
                values_after.append(look(following, state)[0])
                rewards.append(step.rewards * options.reward_scale)
                ended.append(step.ended)
                limited.append(step.truncated & ~step.terminated)
                for element, observation in begun.items():
                    following[element] = features(optimizee, observation[None])[0]
                    state[element] = 0.0
                seen[0] = following
            watched.steps.clear()
            n_limited += int(np.sum(limited))
            expected = written_out(*(np.array(each) for each in (rewards, ended, limited, values, values_after)))
            update(**where)
            given = agent.memory.get_tensor_by_name("returns")[..., 0].double().numpy() - np.array(values)
            differences.append(np.abs(given - expected).max())

        agent.update = updating
        training._interact(optimizee, agent, watched, 0)  # type: ignore[arg-type]
    assert len(differences) == N_UPDATES
    assert n_limited > 0  # the limit of 12 steps was met, not only falls
    assert max(differences) <= 1e-5
