"""Training of an optimizee's network by PPO; a generation is a function of the state after the previous one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from torch import Tensor

from neurosim_rl.bridge.actions import finite_bounds
from neurosim_rl.environments import EnvironmentBatch, create_batch
from neurosim_rl.gradient.agent import Agent, create_agent, create_model
from neurosim_rl.gradient.conversion import create_network, features
from neurosim_rl.gradient.networks import ActorCritic
from neurosim_rl.gradient.one_thread import one_torch_thread, seed_torch
from neurosim_rl.gradient.trained import Trained, TrainingLog
from neurosim_rl.gradient.training_state import load_state, saved_state
from neurosim_rl.learning import PPO
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.seeds import training_start

Create = Callable[[ClosedLoop], ActorCritic]
"""A function that returns the network to train, with random weights."""


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


def _train(optimizee: ClosedLoop, generation: int, state: Mapping[str, np.ndarray] | None, create: Create) -> Trained:
    options = optimizee.learning
    assert isinstance(options, PPO)
    # The first weights have a stream of their own: every generation creates the same network, then loads a state.
    seed_torch(optimizee, 0)
    network = create(optimizee)
    n_inputs = len(optimizee.environment.observation_low)
    space = optimizee.environment.action_space
    sizes = options.environments, options.rollouts
    model = create_model(network, space, n_inputs, *sizes, deviation=options.deviation)
    agent = create_agent(model, *sizes, _settings(options, generation / optimizee.config.generations))
    if state is not None:
        load_state(model, agent.optimizer, state)
    seed_torch(optimizee, 1, generation)
    with create_batch(optimizee.environment, options.environments, training=True) as environments:
        log = _interact(optimizee, agent, environments, generation)
    return Trained(network, saved_state(model, agent.optimizer), *log.result())


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


def _interact(optimizee: ClosedLoop, agent: Agent, environments: EnvironmentBatch, generation: int) -> TrainingLog:
    """Play and learn for all updates of a generation; after the end of an episode another one begins."""
    options = optimizee.learning
    assert isinstance(options, PPO)
    n, n_steps = options.environments, options.updates * options.rollouts
    everywhere, log = np.arange(n), TrainingLog(n, len(optimizee.environment.observation_low))
    to_environment = _actions_of(optimizee)
    seeds = [training_start(optimizee.config.seed, generation, k) for k in range(n)]
    observed = features(optimizee, environments.reset(seeds))
    for timestep in range(n_steps):
        where = {"timestep": timestep, "timesteps": n_steps}
        with torch.no_grad():
            actions, _ = agent.act(observed, None, **where)
        step = environments.step(everywhere, to_environment(actions))
        log.add(step)
        next_observed = features(optimizee, environments.following(step))
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
