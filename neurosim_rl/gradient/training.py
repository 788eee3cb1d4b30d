"""Training of an optimizee's network by PPO; a generation is a function of the state after the previous one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from torch import Tensor, nn

from neurosim_rl.bridge.actions import finite_bounds
from neurosim_rl.environments import EnvironmentBatch, Step, create_batch
from neurosim_rl.gradient.agent import Agent, create_agent, create_model
from neurosim_rl.gradient.conversion import create_network, features
from neurosim_rl.gradient.joined_adam import JoinedAdam
from neurosim_rl.gradient.networks import ActorCritic
from neurosim_rl.learning import PPO
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.seeds import Purpose, stream, training_start

Arrays = dict[str, np.ndarray]
"""State of a training: parameters of actor and critic, and the moments of Adam."""
Create = Callable[[ClosedLoop], ActorCritic]
"""A function that returns the network to train, with random weights."""


@dataclass(frozen=True)
class Trained:
    """Results of one generation.

    Parameters
    ----------
    network : ActorCritic
        Network after the generation.
    state : dict of str to array
        State for the next generation.
    returns : array, shape (n_environments,)
        Mean return of the episodes that ended in each environment; if none ended, the rewards so far.
    lengths : int array, shape (n_environments,)
        Number of steps in each environment.
    terminated : bool array, shape (n_environments,)
        Whether the task ended an episode in each environment.
    n_ended : int
        Number of episodes that ended.
    observed : array, shape (n_environments, 2, n_observations)
        Sums of the observations after each step in each environment, and of their squares.
    """

    network: ActorCritic
    state: Arrays
    returns: np.ndarray
    lengths: np.ndarray
    terminated: np.ndarray
    n_ended: int
    observed: np.ndarray


def train_generation(
    optimizee: ClosedLoop, generation: int, state: Mapping[str, np.ndarray] | None, create: Create = create_network
) -> Trained:
    """Train for one generation.

    The result depends only on the configuration, its seed, the number of the generation and the state. One thread
    computes it, so sums always have the same order.

    Parameters
    ----------
    optimizee : ClosedLoop
        Optimizee with the learning rule `PPO`.
    generation : int
    state : dict of str to array, or None
        State after the previous generation; None = the first generation, with random weights.
    create : callable
        Creates the network; by default the PyTorch network of the optimizee's model.
    """
    with one_torch_thread():
        return _train(optimizee, generation, state, create)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Use one thread, and restore PyTorch's random generator and number of threads at the end."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(n_threads)


def _seed(optimizee: ClosedLoop, *key: int) -> None:
    """Seed PyTorch's random generator from the run's seed and a key."""
    sequence = stream(optimizee.config.seed, Purpose.GRADIENT, *key)
    word = sequence.generate_state(1, np.uint64)[0]
    torch.manual_seed(int(word >> np.uint64(1)))  # 63 bits, which fit PyTorch's signed seed


def _train(optimizee: ClosedLoop, generation: int, state: Mapping[str, np.ndarray] | None, create: Create) -> Trained:
    options = optimizee.learning
    assert isinstance(options, PPO)
    # The first weights have a stream of their own: every generation creates the same network, then loads a state.
    _seed(optimizee, 0)
    network = create(optimizee)
    n_inputs = len(optimizee.environment.observation_low)
    space = optimizee.environment.action_space
    sizes = options.environments, options.rollouts
    model = create_model(network, space, n_inputs, *sizes, deviation=options.deviation)
    agent = create_agent(model, *sizes, _settings(options, generation / optimizee.config.generations))
    if state is not None:
        _load(model, agent.optimizer, state)
    _seed(optimizee, 1, generation)
    with create_batch(optimizee.environment, options.environments, training=True) as environments:
        log = _interact(optimizee, agent, environments, generation)
    return Trained(network, _save(model, agent.optimizer), *log.result())


def _settings(options: PPO, done: float) -> dict[str, Any]:
    """Return the options as fields of skrl's ``PPO_CFG``; `done` is the share of the run before this generation."""
    return {
        "learning_epochs": options.epochs,
        "mini_batches": options.mini_batches,
        "learning_rate": options.learning_rate * (1 - options.annealing * done),
        "discount_factor": options.discount,
        "gae_lambda": options.gae_lambda,
        "ratio_clip": options.ratio_clip,
        "kl_threshold": options.kl_threshold,
        "value_clip": options.value_clip,
        "value_loss_scale": options.value_loss_scale,
        "entropy_loss_scale": options.entropy_loss_scale,
        "grad_norm_clip": options.gradient_clip,
        "time_limit_bootstrap": False,  # the agent adds the value of the last observation, which skrl does not see
    }


class _Log:
    """Returns, lengths and sums of observations of the training episodes, by environment."""

    def __init__(self, n: int, n_observations: int) -> None:
        self._running, self._sum, self._n_ended = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
        self._terminated, self._n_steps = np.zeros(n, bool), 0
        self._observed = np.zeros((n, 2, n_observations))

    def add(self, step: Step) -> None:
        """Add one step of all environments."""
        self._n_steps += 1
        self._running += step.rewards
        self._terminated |= step.terminated
        self._observed[:, 0] += step.observations
        self._observed[:, 1] += np.square(step.observations, dtype=np.float64)
        ended = step.ended
        self._sum[ended] += self._running[ended]
        self._n_ended[ended] += 1
        self._running[ended] = 0.0

    def result(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, np.ndarray]:
        """Return returns, lengths, terminated, n_ended and observed (see `Trained`)."""
        returns = np.where(self._n_ended > 0, self._sum / np.maximum(self._n_ended, 1), self._running)
        lengths = np.full(len(returns), self._n_steps)
        return returns, lengths, self._terminated, int(self._n_ended.sum()), self._observed


def _interact(optimizee: ClosedLoop, agent: Agent, environments: EnvironmentBatch, generation: int) -> _Log:
    """Play and learn for all updates of a generation; after the end of an episode another one begins."""
    options = optimizee.learning
    assert isinstance(options, PPO)
    n, n_steps = options.environments, options.updates * options.rollouts
    everywhere, log = np.arange(n), _Log(n, len(optimizee.environment.observation_low))
    to_environment = _actions_of(optimizee)
    seeds = [training_start(optimizee.config.seed, generation, k) for k in range(n)]
    observed = features(optimizee, environments.reset(seeds))
    for timestep in range(n_steps):
        where = {"timestep": timestep, "timesteps": n_steps}
        with torch.no_grad():
            actions, _ = agent.act(observed, None, **where)
        step = environments.step(everywhere, to_environment(actions))
        log.add(step)
        next_observations = step.observations
        if step.ended.any():
            ended = np.flatnonzero(step.ended)
            next_observations = next_observations.copy()
            next_observations[ended] = environments.restart(ended)
        next_observed = features(optimizee, next_observations)
        rewards = _column(step.rewards * options.reward_scale)
        truncated = _column(step.truncated & ~step.terminated)
        with torch.no_grad():
            if truncated.any():
                rewards = agent.rewards_at_limit(rewards, truncated, features(optimizee, step.observations))
            agent.record_transition(
                observations=observed,
                states=None,
                actions=actions,
                rewards=rewards,
                next_observations=next_observed,
                next_states=None,
                # skrl stops the sum of advantages only at terminations. At a truncation the reward already holds what
                # would follow, so the sum has to stop there as well.
                terminated=_column(step.ended),
                truncated=truncated,
                infos={},
                **where,
            )
        agent.post_interaction(**where)
        observed = next_observed
    return log


def _column(values: np.ndarray) -> Tensor:
    """Return values as a column, shape (n, 1), of type bool or float32."""
    tensor = torch.as_tensor(values)
    if tensor.dtype != torch.bool:
        tensor = tensor.float()
    return tensor[:, None]


def _actions_of(optimizee: ClosedLoop) -> Any:
    """Return the function from skrl's actions to actions of the environment."""
    space = optimizee.environment.action_space
    if isinstance(space, Discrete):
        return lambda actions: actions[:, 0].numpy().astype(np.int64) + int(space.start)
    assert isinstance(space, Box)
    low, high = finite_bounds(space)
    return lambda actions: np.clip(actions.numpy().astype(np.float64), low, high)


def _save(model: nn.Module, optimizer: JoinedAdam) -> Arrays:
    """Return the parameters and the moments of Adam as arrays."""
    arrays: Arrays = {}
    for name, parameter in model.named_parameters():
        arrays[f"parameter.{name}"] = parameter.detach().numpy().copy()
        for key, value in optimizer.moments(parameter).items():
            arrays[f"adam.{key}.{name}"] = value.detach().numpy().copy()
    return arrays


def _load(model: nn.Module, optimizer: JoinedAdam, arrays: Mapping[str, np.ndarray]) -> None:
    """Set the parameters and the moments of Adam from arrays."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(np.array(arrays[f"parameter.{name}"])))
            if f"adam.step.{name}" not in arrays:
                continue
            moments = {}
            for key in ("step", "exp_avg", "exp_avg_sq"):
                moments[key] = torch.from_numpy(np.array(arrays[f"adam.{key}.{name}"]))
            optimizer.load_moments(parameter, moments)
