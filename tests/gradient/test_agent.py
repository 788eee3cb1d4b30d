"""What skrl's agent remembers of acting is what it learns from."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.environments import create_batch
from neurosim_rl.optimizees import configure, create_optimizee, learner_settings

pytestmark = pytest.mark.gradient

N_ENVIRONMENTS, N_ROLLOUTS = 4, 8


@pytest.mark.parametrize("mini_batches", [1, 2])
def test_each_rollout_is_learned_from_with_the_states_that_acted(mini_batches: int) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra [gradient]")
    from neurosim_rl.gradient.agent import create_agent, create_model
    from neurosim_rl.gradient.training import _interact
    from neurosim_rl.gradient.twins import create_network

    learning = {
        "updates": 4,
        "environments": N_ENVIRONMENTS,
        "rollouts": N_ROLLOUTS,
        "epochs": 1,
        "mini_batches": mini_batches,
    }
    layers: dict[str, Any] = {"learning": learning, "environment": {"kwargs": {"max_episode_steps": 12}}}
    optimizee = create_optimizee(configure("cart-pole", learner_settings("cart-pole", "ppo", "snn"), layers))
    torch.manual_seed(1)
    network = create_network(optimizee)
    model = create_model(network, optimizee.environment.action_space, 4, N_ENVIRONMENTS, N_ROLLOUTS)
    settings = {"learning_epochs": 1, "mini_batches": mini_batches, "learning_rate": 1e-2}
    agent = create_agent(model, N_ENVIRONMENTS, N_ROLLOUTS, settings)
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

    agent.act, agent.update = acting, updating  # type: ignore[method-assign]
    with create_batch(optimizee.environment, N_ENVIRONMENTS, training=True) as environments:
        _interact(optimizee, agent, environments, 0)
    assert len(updated) == 4
    assert max(updated[1:]) > 0  # state was carried into a rollout: what is compared is not all zero
