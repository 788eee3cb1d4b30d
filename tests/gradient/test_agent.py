"""What skrl's agent remembers of acting is what it learns from."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.environments import create_batch
from neurosim_rl.optimizees import ClosedLoop, create_optimizee, learner_settings
from neurosim_rl.training.configure import configure

pytestmark = pytest.mark.gradient

N_ENVIRONMENTS, N_ROLLOUTS, N_UPDATES = 4, 8, 4


def create(network: str, mini_batches: int) -> tuple[ClosedLoop, Any, Any]:
    """Return cart-pole, skrl's model of a network for it, and skrl's agent."""
    torch = pytest.importorskip("torch", reason="needs the extra [gradient]")
    from neurosim_rl.gradient.agent import create_agent, create_model
    from neurosim_rl.gradient.conversion import create_network

    learning = {
        "updates": N_UPDATES,
        "environments": N_ENVIRONMENTS,
        "rollouts": N_ROLLOUTS,
        "epochs": 1,
        "mini_batches": mini_batches,
    }
    layers: dict[str, Any] = {"learning": learning, "environment": {"kwargs": {"max_episode_steps": 12}}}
    optimizee = create_optimizee(configure("cart-pole", learner_settings("cart-pole", "ppo", network), layers))
    torch.manual_seed(1)
    sizes = (4, N_ENVIRONMENTS, N_ROLLOUTS)
    model = create_model(create_network(optimizee), optimizee.environment.action_space, *sizes)
    settings = {"learning_epochs": 1, "mini_batches": mini_batches, "learning_rate": 1e-2}
    return optimizee, model, create_agent(model, N_ENVIRONMENTS, N_ROLLOUTS, settings)


def interact(optimizee: ClosedLoop, agent: Any) -> None:
    from neurosim_rl.gradient.training import _interact

    with create_batch(optimizee.environment, N_ENVIRONMENTS, training=True) as environments:
        _interact(optimizee, agent, environments, 0)


@pytest.mark.parametrize("mini_batches", [1, 2])
def test_each_rollout_is_learned_from_with_the_states_that_acted(mini_batches: int) -> None:
    optimizee, model, agent = create("snn", mini_batches)
    import torch

    acted_from, updated = [], []
    act, update = agent.act, agent.update

    def acting(observations: Any, states: Any, **where: int) -> Any:
        acted_from.append(agent._rnn_initial_states["policy"][0].clone())
        return act(observations, states, **where)

    def updating(**where: int) -> None:
        kept = agent.memory.get_tensor_by_name("rnn_policy_0")
        assert torch.equal(kept[:, :, 0], torch.stack([state[0] for state in acted_from[-N_ROLLOUTS:]]))
        names = ["observations", "actions", "terminated", "truncated", "log_prob", "rnn_policy_0"]
        for batch in agent.memory.sample_all(names, mini_batches=mini_batches, sequence_length=N_ROLLOUTS):
            inputs: dict[str, Any] = dict(zip(names, batch, strict=True))
            inputs |= {"taken_actions": inputs["actions"], "rnn": [inputs["rnn_policy_0"].transpose(0, 1)]}
            _, outputs = model.act(inputs, role="policy")
            model._value = None
            np.testing.assert_allclose(outputs["log_prob"].detach(), inputs["log_prob"], atol=1e-5)
        updated.append(kept[0].abs().max().item())
        update(**where)

    agent.act, agent.update = acting, updating
    interact(optimizee, agent)
    assert len(updated) == N_UPDATES
    assert max(updated[1:]) > 0  # state was carried into a rollout: what is compared is not all zero


@pytest.mark.parametrize("network", ["snn", "ann"])
def test_mini_batches_hold_all_steps_of_some_environments(network: str) -> None:
    optimizee, model, agent = create(network, mini_batches=2)
    learned_from = []
    act = model.act

    def acting(inputs: dict[str, Any], *, role: str = "") -> Any:
        if "taken_actions" in inputs and role == "policy":
            learned_from.append(inputs["observations"])
        return act(inputs, role=role)

    model.act = acting
    interact(optimizee, agent)
    last = agent.memory.get_tensor_by_name("observations")  # of the last update: steps, environments, variables
    expected = [part.flatten(0, 1) for part in last.transpose(0, 1).chunk(2)]
    assert len(learned_from) == 2 * N_UPDATES
    for given, part in zip(learned_from[-2:], expected, strict=True):
        np.testing.assert_array_equal(given, part)


def test_continuous_actions_begin_with_the_deviation_that_is_asked_for() -> None:
    torch = pytest.importorskip("torch", reason="needs the extra [gradient]")
    from neurosim_rl.gradient.training import train_generation

    short = {"environments": 4, "updates": 1, "rollouts": 2, "learning_rate": 0.0, "deviation": 1.5}
    layers: dict[str, Any] = {"learning": {**short, "mini_batches": 1}}
    optimizee = create_optimizee(configure("pendulum", learner_settings("pendulum", "ppo"), layers))
    log_std = train_generation(optimizee, 0, None).state["parameter.log_std"]
    torch.testing.assert_close(np.exp(log_std), np.array([1.5 * 2.0], np.float32))  # torques span [-2, 2]
