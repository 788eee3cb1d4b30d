"""Networks as skrl's models, and skrl's PPO around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from gymnasium.spaces import Box, Discrete, Space
from torch import Tensor, nn
from torch.distributions import Categorical

from neurosim_rl.bridge.actions import finite_bounds
from neurosim_rl.gradient.joined_adam import JoinedAdam
from neurosim_rl.gradient.networks import ActorCritic
from neurosim_rl.settings.checks import require_extra

require_extra("skrl", "gradient")

from skrl import logger  # noqa: E402
from skrl.agents.torch.ppo import PPO_RNN  # noqa: E402
from skrl.memories.torch import RandomMemory  # noqa: E402
from skrl.models.torch import CategoricalMixin, DeterministicMixin, GaussianMixin, Model  # noqa: E402

logger.setLevel("WARNING")


class _Shared(Model):
    """One network in both of skrl's roles; what it computed for the policy is handed to the value.

    In training, skrl gives whole rollouts, environment by environment: the network goes through each in order, from the
    state with which it began, which is truncated back-propagation through time.

    Parameters
    ----------
    network : ActorCritic
    action_space : gymnasium.spaces.Space
    n_inputs, n_envs, n_rollouts : int
        Observed variables, environments, and steps between updates.
    """

    def __init__(self, network: ActorCritic, action_space: Space, n_inputs: int, n_envs: int, n_rollouts: int) -> None:
        observed = Box(-float("inf"), float("inf"), (n_inputs,))
        Model.__init__(self, observation_space=observed, action_space=action_space, device="cpu")
        self.network, self._n_envs, self._n_rollouts = network, n_envs, n_rollouts
        self._value: tuple[Tensor, dict[str, Any]] | None = None
        self._found: list[nn.Parameter] = []

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """Return all parameters, looked for once: skrl asks at each step of learning, to clip the gradient."""
        if not recurse:
            return super().parameters(recurse=False)  # type: ignore[no-any-return]
        self._found = self._found or list(super().parameters())
        return iter(self._found)

    def get_specification(self) -> dict[str, Any]:
        """Return what skrl keeps between steps: a state for each environment, and how long sequences are.

        Mini-batches hold whole sequences, of networks without a state too, so that all learn from the same parts.
        """
        sizes = [(1, self._n_envs, self.network.n_state)] if self.network.n_state else []
        return {"rnn": {"sequence_length": self._n_rollouts, "sizes": sizes}}

    def compute(self, inputs: dict[str, Any], role: str = "") -> tuple[Tensor, dict[str, Any]]:
        """Return the network's outputs (role ``"policy"``) or its values (role ``"value"``)."""
        if role == "value" and self._value is not None:
            value, self._value = self._value, None
            return value
        outputs, values, extra = self._forward(inputs)
        if role == "value":
            return values, extra
        self._value = values, dict(extra)
        return self._head(outputs, extra)

    def _forward(self, inputs: dict[str, Any]) -> tuple[Tensor, Tensor, dict[str, Any]]:
        observations = inputs["observations"]
        if not self.network.n_state:
            outputs, values, _ = self.network(observations[None], observations[:, :0], None)
            return outputs[0], values[0], {}
        state = inputs["rnn"][0][0]
        n_steps = self._n_rollouts if self.training else 1
        in_order = observations.view(-1, n_steps, observations.shape[1]).transpose(0, 1)
        ended = None
        if self.training:
            state = state.view(-1, n_steps, state.shape[1])[:, 0]
            ended = (inputs["terminated"] | inputs["truncated"]).view(-1, n_steps).transpose(0, 1)
        outputs, values, state = self.network(in_order, state, ended)
        n_rows = len(observations)
        as_given = (o.transpose(0, 1).reshape(n_rows, -1) for o in (outputs, values))
        return (*as_given, {"rnn": [state[None]]})

    def _head(self, outputs: Tensor, extra: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        return outputs, extra


class _Discrete(CategoricalMixin, DeterministicMixin, _Shared):
    """Outputs are unnormalised log-probabilities of the actions."""

    def __init__(self, *arguments: Any) -> None:
        _Shared.__init__(self, *arguments)
        CategoricalMixin.__init__(self, role="policy")
        DeterministicMixin.__init__(self, role="value")

    def act(self, inputs: dict[str, Any], *, role: str = "") -> tuple[Tensor, dict[str, Any]]:
        """Return actions or values, and what skrl wants beside them."""
        if role == "policy" and "taken_actions" in inputs:
            return self._judge(inputs, inputs["taken_actions"])
        mixin = CategoricalMixin if role == "policy" else DeterministicMixin
        return mixin.act(self, inputs, role=role)  # type: ignore[no-any-return]

    def _judge(self, inputs: dict[str, Any], taken: Tensor) -> tuple[Tensor, dict[str, Any]]:
        """Return what the mixin does of actions that were taken; it would draw others as well, which nobody uses."""
        outputs, extra = self.compute(inputs, "policy")
        self._c_distribution = Categorical(logits=outputs)
        # What the mixin's draw takes from the random generator, so that what is drawn next does not depend on this.
        torch.empty_like(outputs).exponential_()
        log_prob = self._c_distribution.log_prob(taken.view(-1)).unsqueeze(-1)
        return taken, {**extra, "log_prob": log_prob, "net_output": outputs}


class _Continuous(GaussianMixin, DeterministicMixin, _Shared):
    """Actions are normal about the hyperbolic tangent of each output, which spans the action's bounds."""

    def __init__(self, *arguments: Any, deviation: float) -> None:
        _Shared.__init__(self, *arguments)
        GaussianMixin.__init__(self, clip_actions=False, role="policy")
        DeterministicMixin.__init__(self, role="value")
        low, high = (torch.as_tensor(bound, dtype=torch.float32) for bound in finite_bounds(self.action_space))
        self._middle, self._half_range = (low + high) / 2, (high - low) / 2
        self.log_std = nn.Parameter(torch.log(self._half_range * deviation))

    def act(self, inputs: dict[str, Any], *, role: str = "") -> tuple[Tensor, dict[str, Any]]:
        """Return actions or values, and what skrl wants beside them."""
        mixin = GaussianMixin if role == "policy" else DeterministicMixin
        return mixin.act(self, inputs, role=role)  # type: ignore[no-any-return]

    def _head(self, outputs: Tensor, extra: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        return self._middle + self._half_range * torch.tanh(outputs), {**extra, "log_std": self.log_std}


def create_model(
    network: ActorCritic, space: Space, n_inputs: int, n_envs: int, n_rollouts: int, *, deviation: float = 0.5
) -> Model:
    """Return skrl's model of a network that acts in a space, ``Discrete`` or bounded ``Box``.

    In the latter, `deviation` is that of actions before training, in halves of their range.
    """
    if isinstance(space, Discrete):
        return _Discrete(network, Discrete(space.n), n_inputs, n_envs, n_rollouts)
    return _Continuous(network, space, n_inputs, n_envs, n_rollouts, deviation=deviation)


class Agent(PPO_RNN):
    """skrl's PPO, which remembers the state that acted.

    From the second step on, skrl 2.1 holds the states before and after an action in one dictionary, so that what it
    writes into its memory is the state after the action; a rollout would be learned from as if it had begun one
    observation late.
    """

    def act(self, *arguments: Any, **where: Any) -> tuple[Tensor, dict[str, Any]]:
        """Return actions and what the model gave beside them; the state after them is kept apart from that before."""
        self._rnn_final_states: dict[str, list[Tensor]] = {"policy": [], "value": []}
        return super().act(*arguments, **where)  # type: ignore[no-any-return]


def create_agent(model: Model, n_envs: int, n_rollouts: int, settings: dict[str, Any]) -> Agent:
    """Return skrl's PPO with an empty memory around a model; it writes no files.

    Parameters
    ----------
    model : Model
        From `create_model`.
    settings : dict
        Fields of skrl's ``PPO_CFG``.
    """
    quiet = {"write_interval": 0, "checkpoint_interval": 0}
    agent = Agent(
        models={"policy": model, "value": model},
        memory=RandomMemory(memory_size=n_rollouts, num_envs=n_envs, device="cpu"),
        observation_space=model.observation_space,
        action_space=model.action_space,
        device="cpu",
        cfg={**settings, "rollouts": n_rollouts, "experiment": quiet},
    )
    agent.optimizer = JoinedAdam(model.parameters(), lr=agent.cfg.learning_rate[0])
    agent.init()
    agent.enable_training_mode(True)
    return agent
