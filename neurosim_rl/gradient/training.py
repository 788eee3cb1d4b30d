"""Training an optimizee's network by PPO, generation by generation: each is a function of the state before it."""

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
from neurosim_rl.gradient.joined_adam import JoinedAdam
from neurosim_rl.gradient.networks import ActorCritic
from neurosim_rl.gradient.twins import create_network, features
from neurosim_rl.learning import PPO
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.seeds import Purpose, stream, training_start

Arrays = dict[str, np.ndarray]
"""What training goes on from: parameters of actor and critic, and the optimizer's moments."""
Create = Callable[[ClosedLoop], ActorCritic]
"""Makes the network that is trained, with random weights."""


@dataclass(frozen=True)
class Trained:
    """What came of a generation.

    Parameters
    ----------
    network : ActorCritic
        As it is after it.
    state : dict of str to array
        What the next generation goes on from.
    returns : array, shape (n_environments,)
        Mean return of the episodes that ended in each environment; where none did, what was collected.
    lengths : int array, shape (n_environments,)
        Steps made in each environment.
    terminated : bool array, shape (n_environments,)
        Whether an episode there was ended by the task.
    n_ended : int
        Episodes that ended.
    observed : array, shape (n_environments, 2, n_observations)
        Sums of what was observed after each step there, and of its squares.
    """

    network: ActorCritic
    state: Arrays
    returns: np.ndarray
    lengths: np.ndarray
    terminated: np.ndarray
    n_ended: int
    observed: np.ndarray


def train(
    optimizee: ClosedLoop, generation: int, state: Mapping[str, np.ndarray] | None, create: Create = create_network
) -> Trained:
    """Train through one generation.

    The result depends on the configuration, its seed, the generation's number and the state, on nothing else in the
    process; it is computed in one thread, so that sums are added up in one order.

    Parameters
    ----------
    optimizee : ClosedLoop
        One whose ``learning`` is `PPO`.
    generation : int
    state : dict of str to array, or None
        Of the generation before; None: the first one begins, with random weights.
    create : callable
        Makes the network; by default the twin of the optimizee's model.
    """
    with one_torch_thread():
        return _train(optimizee, generation, state, create)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Use one thread, and leave PyTorch's random generator as it was."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(n_threads)


def _seed(optimizee: ClosedLoop, *key: int) -> None:
    sequence = stream(optimizee.config.seed, Purpose.GRADIENT, *key)
    torch.manual_seed(int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1)))


def _train(optimizee: ClosedLoop, generation: int, state: Mapping[str, np.ndarray] | None, create: Create) -> Trained:
    options = optimizee.learning
    assert isinstance(options, PPO)
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
    """Return the options as fields of skrl's ``PPO_CFG``, when a share of the run is done."""
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
        "time_limit_bootstrap": True,
    }


class _Log:
    """Returns of training episodes, and what was observed in them, by environment."""

    def __init__(self, n: int, n_observations: int) -> None:
        self._running, self._sum, self._n_ended = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
        self._terminated, self._n_steps = np.zeros(n, bool), 0
        self._observed = np.zeros((n, 2, n_observations))

    def add(self, step: Step) -> None:
        """Add a step of all environments."""
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
    """Collect and learn through all updates; an episode that ends is followed by another."""
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
        following = step.observations
        if step.ended.any():
            again = np.flatnonzero(step.ended)
            following = following.copy()
            following[again] = environments.restart(again)
        after = features(optimizee, following)
        with torch.no_grad():
            agent.record_transition(
                observations=observed,
                states=None,
                actions=actions,
                rewards=_column(step.rewards * options.reward_scale),
                next_observations=after,
                next_states=None,
                # skrl cuts advantages at terminations only. At a truncation it adds to the reward the discounted value
                # of the observation before the step, for that of what is cut off: they have to be cut there as well.
                terminated=_column(step.ended),
                truncated=_column(step.truncated & ~step.terminated),
                infos={},
                **where,
            )
        agent.post_interaction(**where)
        observed = after
    return log


def _column(values: np.ndarray) -> Tensor:
    tensor = torch.as_tensor(values)
    return (tensor if tensor.dtype == torch.bool else tensor.float())[:, None]


def _actions_of(optimizee: ClosedLoop) -> Any:
    """Return what turns skrl's actions into those of the environment."""
    space = optimizee.environment.action_space
    if isinstance(space, Discrete):
        return lambda actions: actions[:, 0].numpy().astype(np.int64) + int(space.start)
    assert isinstance(space, Box)
    low, high = finite_bounds(space)
    return lambda actions: np.clip(actions.numpy().astype(np.float64), low, high)


def _save(model: nn.Module, optimizer: JoinedAdam) -> Arrays:
    """Return parameters and Adam's moments as arrays."""
    arrays: Arrays = {}
    for name, parameter in model.named_parameters():
        arrays[f"parameter.{name}"] = parameter.detach().numpy().copy()
        for key, value in optimizer.moments(parameter).items():
            arrays[f"adam.{key}.{name}"] = value.detach().numpy().copy()
    return arrays


def _load(model: nn.Module, optimizer: JoinedAdam, arrays: Mapping[str, np.ndarray]) -> None:
    """Take parameters and Adam's moments from arrays."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(np.array(arrays[f"parameter.{name}"])))
            moments = {key: f"adam.{key}.{name}" for key in ("step", "exp_avg", "exp_avg_sq")}
            if moments["step"] in arrays:
                optimizer.load_moments(
                    parameter, {k: torch.from_numpy(np.array(arrays[v])) for k, v in moments.items()}
                )
