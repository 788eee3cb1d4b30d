"""Networks as models of skrl, and skrl's PPO agent."""

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
    """One network as skrl's policy and skrl's value; one forward pass serves both.

    In training, skrl gives whole rollouts, sorted by environment. The network processes each rollout in order, from
    the state at its beginning: truncated back-propagation through time.

    Parameters
    ----------
    network : ActorCritic
    action_space : gymnasium.spaces.Space
    n_inputs, n_envs, n_rollouts : int
        Numbers of observed variables, of environments, and of steps between updates.
    """

    def __init__(self, network: ActorCritic, action_space: Space, n_inputs: int, n_envs: int, n_rollouts: int) -> None:
        observed = Box(-float("inf"), float("inf"), (n_inputs,))
        Model.__init__(self, observation_space=observed, action_space=action_space, device="cpu")
        self.network, self._n_envs, self._n_rollouts = network, n_envs, n_rollouts
        self._value: tuple[Tensor, dict[str, Any]] | None = None
        self._all_parameters: list[nn.Parameter] = []

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """Return all parameters; the list is cached, because skrl needs it at each learning step to clip gradients."""
        if not recurse:
            return super().parameters(recurse=False)  # type: ignore[no-any-return]
        self._all_parameters = self._all_parameters or list(super().parameters())
        return iter(self._all_parameters)

    def get_specification(self) -> dict[str, Any]:
        """Return skrl's specification: the state of each environment, and the length of sequences.

        Mini-batches hold whole sequences also for networks without a state, so all networks have the same mini-batches.
        """
        sizes = [(1, self._n_envs, self.network.n_state)] if self.network.n_state else []
        return {"rnn": {"sequence_length": self._n_rollouts, "sizes": sizes}}

    def compute(self, inputs: dict[str, Any], role: str = "") -> tuple[Tensor, dict[str, Any]]:
        """Return the network's outputs (role ``"policy"``) or its values (role ``"value"``)."""
        if role == "value" and self._value is not None:
            # skrl asks for the value directly after the policy, with the same inputs: use the result of that pass once.
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
        # Back to skrl's order of rows: environment by environment.
        outputs = outputs.transpose(0, 1).reshape(n_rows, -1)
        values = values.transpose(0, 1).reshape(n_rows, -1)
        return outputs, values, {"rnn": [state[None]]}

    def value_of(self, observations: Tensor, state: Tensor | None) -> Tensor:
        """Return the critic's values, shape (n_envs, 1), of observations that follow a network state.

        The value that :meth:`compute` keeps for skrl's next question is not touched.
        """
        inputs: dict[str, Any] = {"observations": observations}
        if state is not None:
            inputs["rnn"] = [state]
        return self._forward(inputs)[1]

    def _head(self, outputs: Tensor, extra: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        return outputs, extra


class _Discrete(CategoricalMixin, DeterministicMixin, _Shared):
    """Outputs are unnormalised log-probabilities of the actions."""

    def __init__(self, *arguments: Any) -> None:
        _Shared.__init__(self, *arguments)
        CategoricalMixin.__init__(self, role="policy")
        DeterministicMixin.__init__(self, role="value")

    def act(self, inputs: dict[str, Any], *, role: str = "") -> tuple[Tensor, dict[str, Any]]:
        """Return actions or values, with skrl's additional outputs."""
        if role == "policy" and "taken_actions" in inputs:
            return self._log_probability(inputs, inputs["taken_actions"])
        mixin = CategoricalMixin if role == "policy" else DeterministicMixin
        return mixin.act(self, inputs, role=role)  # type: ignore[no-any-return]

    def _log_probability(self, inputs: dict[str, Any], taken: Tensor) -> tuple[Tensor, dict[str, Any]]:
        """Return the log-probability of taken actions, as the mixin does, without its unused draw of other actions."""
        outputs, extra = self.compute(inputs, "policy")
        self._c_distribution = Categorical(logits=outputs)
        # The mixin's draw takes these numbers from the random generator; taking them as well keeps all later draws.
        torch.empty_like(outputs).exponential_()
        log_prob = self._c_distribution.log_prob(taken.view(-1)).unsqueeze(-1)
        return taken, {**extra, "log_prob": log_prob, "net_output": outputs}


class _Continuous(GaussianMixin, DeterministicMixin, _Shared):
    """Actions are normally distributed about the hyperbolic tangent of each output, scaled to the action's bounds."""

    def __init__(self, *arguments: Any, deviation: float) -> None:
        _Shared.__init__(self, *arguments)
        GaussianMixin.__init__(self, clip_actions=False, role="policy")
        DeterministicMixin.__init__(self, role="value")
        lower, upper = finite_bounds(self.action_space)
        low, high = torch.as_tensor(lower, dtype=torch.float32), torch.as_tensor(upper, dtype=torch.float32)
        self._middle, self._half_range = (low + high) / 2, (high - low) / 2
        self.log_std = nn.Parameter(torch.log(self._half_range * deviation))

    def act(self, inputs: dict[str, Any], *, role: str = "") -> tuple[Tensor, dict[str, Any]]:
        """Return actions or values, with skrl's additional outputs."""
        mixin = GaussianMixin if role == "policy" else DeterministicMixin
        return mixin.act(self, inputs, role=role)  # type: ignore[no-any-return]

    def _head(self, outputs: Tensor, extra: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        return self._middle + self._half_range * torch.tanh(outputs), {**extra, "log_std": self.log_std}


def create_model(
    network: ActorCritic, space: Space, n_inputs: int, n_envs: int, n_rollouts: int, *, deviation: float = 0.5
) -> Model:
    """Return skrl's model of a network for an action space, ``Discrete`` or bounded ``Box``.

    For a ``Box``, `deviation` is the initial standard deviation of actions, relative to half their range.
    """
    if isinstance(space, Discrete):
        return _Discrete(network, Discrete(space.n), n_inputs, n_envs, n_rollouts)
    return _Continuous(network, space, n_inputs, n_envs, n_rollouts, deviation=deviation)


class Agent(PPO_RNN):
    """skrl's PPO with two corrections.

    Its memory holds the state before each action. From the second step on, skrl 2.1 holds the states before and after
    an action in one dictionary, so it writes the state after the action into its memory. A rollout would then be
    trained as if it began one observation late.

    At a step limit, an episode's rewards continue with the value of its last observation. skrl 2.1 takes the value of
    the observation before, because it never sees the last one.
    """

    def act(self, *arguments: Any, **where: Any) -> tuple[Tensor, dict[str, Any]]:
        """Return actions and the model's additional outputs."""
        # A new dictionary keeps the state after the action apart from the state before it.
        self._rnn_final_states: dict[str, list[Tensor]] = {"policy": [], "value": []}
        return super().act(*arguments, **where)  # type: ignore[no-any-return]

    def rewards_at_limit(self, rewards: Tensor, truncated: Tensor, last_observations: Tensor) -> Tensor:
        """Return rewards, with the discounted value of the last observation added where a step limit ended an episode.

        Source: Pardo et al. 2018, Time limits in reinforcement learning, ICML, equation 7.

        Parameters
        ----------
        rewards : Tensor, shape (n_envs, 1)
        truncated : bool Tensor, shape (n_envs, 1)
            Where a step limit, and not the task, ended an episode.
        last_observations : Tensor, shape (n_envs, n_inputs)
            Observations after the step, before new episodes begin. The network sees them in the state that the last
            action left behind.
        """
        states = self._rnn_final_states["policy"]
        values = self.value.value_of(last_observations, states[0] if states else None)
        return rewards + self.cfg.discount_factor * values * truncated


def create_agent(model: Model, n_envs: int, n_rollouts: int, settings: dict[str, Any]) -> Agent:
    """Return skrl's PPO for a model, with an empty memory; it writes no files.

    Parameters
    ----------
    model : Model
        Result of `create_model`.
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
