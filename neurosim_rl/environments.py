"""Gymnasium environments: making them, their bounds, seeds, and stepping a batch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.checks import check_shape, nearest
from neurosim_rl.errors import EnvironmentSetupError
from neurosim_rl.options import option, read_options


@dataclass(frozen=True)
class EnvironmentOptions:
    """The table ``[environment]`` of a configuration."""

    id: str = option("", "Gymnasium id, such as MountainCar-v0")
    max_steps: int = option(0, "steps after which an episode is cut in training; 0: the environment's own limit", low=0)
    observation_low: tuple = option((), "lower bounds for the encoder; empty: the environment's own")
    observation_high: tuple = option((), "upper bounds for the encoder; empty: the environment's own")
    action_low: tuple = option((), "lower bounds of Box actions for the decoder; empty: the environment's own")
    action_high: tuple = option((), "upper bounds of Box actions for the decoder; empty: the environment's own")
    kwargs: dict = option({}, "keyword arguments for gymnasium.make")

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> EnvironmentOptions:
        """Return the options of a configuration table, checked."""
        return cls(**read_options(cls, table, "environment"))


@dataclass(frozen=True)
class EnvironmentSpec:
    """What the bridge and the loop need to know of an environment.

    Parameters
    ----------
    options : EnvironmentOptions
    observation_low, observation_high : array, shape (n_observations,)
        Bounds of the flattened observation; infinite where unknown.
    action_space : gymnasium.spaces.Space
        ``Discrete``, or ``Box`` with the configured bounds.
    step_limit : int
        The environment's own limit.
    """

    options: EnvironmentOptions
    observation_low: np.ndarray
    observation_high: np.ndarray
    action_space: Space
    step_limit: int

    @classmethod
    def of(cls, options: EnvironmentOptions) -> EnvironmentSpec:
        """Make the environment once and read its spaces."""
        env = make(options)
        env.close()
        observed = env.observation_space
        if not isinstance(observed, Box):
            raise EnvironmentSetupError(
                f"{options.id} observes a {type(observed).__name__}; expected a Box. "
                "Register a version wrapped by gymnasium.wrappers.FlattenObservation."
            )
        limit = env.spec.max_episode_steps if env.spec is not None else None
        if limit is None:
            if not options.max_steps:
                raise EnvironmentSetupError(f"{options.id} has no step limit of its own. Set environment.max_steps.")
            limit = options.max_steps
        low = _override("observation_low", observed.low, options.observation_low)
        high = _override("observation_high", observed.high, options.observation_high)
        return cls(options, low, high, _action_space(env.action_space, options), limit)


def make(options: EnvironmentOptions, **kwargs: Any) -> gymnasium.Env:
    """Make one environment.

    Raises
    ------
    EnvironmentSetupError
        When the id is unknown (with the nearest match), or its package is missing.
    """
    if options.id not in gymnasium.registry and ":" not in options.id:
        match = nearest(options.id, gymnasium.registry)
        hint = f" Did you mean {match!r}?" if match else ""
        raise EnvironmentSetupError(
            f"unknown environment {options.id!r}.{hint} gymnasium.registry lists {len(gymnasium.registry)} ids."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return gymnasium.make(options.id, disable_env_checker=True, **options.kwargs, **kwargs)
    except (gymnasium.error.Error, ImportError, TypeError) as error:
        raise EnvironmentSetupError(f"cannot make {options.id!r}: {error}") from error


def _override(what: str, own: np.ndarray, configured: tuple) -> np.ndarray:
    """Return the configured bounds where there are any, else the environment's, shape (n,), float64."""
    own = own.ravel().astype(np.float64)
    if not configured:
        return own
    bounds = np.asarray(configured, dtype=np.float64)
    check_shape(f"environment.{what}", bounds, own.shape)
    return bounds


def _action_space(space: Space, options: EnvironmentOptions) -> Space:
    if isinstance(space, Discrete):
        return space
    if isinstance(space, Box):
        low = _override("action_low", space.low, options.action_low).reshape(space.shape)
        high = _override("action_high", space.high, options.action_high).reshape(space.shape)
        return Box(low.astype(np.float64), high.astype(np.float64), dtype=np.float64)
    raise EnvironmentSetupError(f"{options.id} takes {space}; expected a Discrete or Box action space.")


@dataclass(frozen=True)
class Step:
    """What a step of the running elements gave; all arrays have one row for each of them.

    ``terminated``: the task ended; ``truncated``: it was cut by the step limit (both may hold).
    """

    observations: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray

    @property
    def ended(self) -> np.ndarray:
        """Whether the episode is over, for either reason."""
        return self.terminated | self.truncated


_ADVICE = "Its physics may have diverged: check the actions' bounds and the environment's options."

_POOL: dict[str, list[gymnasium.Env]] = {}
"""Environments of this process that no batch uses now; making one costs as much as 50 steps."""


@dataclass
class EnvironmentBatch:
    """Independent copies of one environment, stepped together.

    Parameters
    ----------
    spec : EnvironmentSpec
    n_batch : int
        How many.
    max_steps : int
        Episodes are truncated after so many steps; 0: at the environment's own limit.
    """

    spec: EnvironmentSpec
    n_batch: int
    max_steps: int = 0
    _environments: list[gymnasium.Env] = field(init=False, default_factory=list)
    _n_steps: np.ndarray = field(init=False, default_factory=lambda: np.zeros(0, np.int64))

    def __enter__(self) -> EnvironmentBatch:
        """Take environments from this process's pool, or make them."""
        pool = _POOL.setdefault(repr(self.spec.options), [])
        self._environments = [pool.pop() if pool else make(self.spec.options) for _ in range(self.n_batch)]
        return self

    def __exit__(self, *exc: object) -> None:
        """Give the environments back, unless something went wrong: then they may be broken."""
        if exc[0] is None:
            _POOL[repr(self.spec.options)].extend(self._environments)
        self._environments = []

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Start an episode in each; return the observations, shape (n_batch, n_observations)."""
        self._n_steps = np.zeros(self.n_batch, np.int64)
        first = [env.reset(seed=int(seed))[0] for env, seed in zip(self._environments, seeds, strict=True)]
        return self._as_rows(first)

    def step(self, active: np.ndarray, actions: np.ndarray) -> Step:
        """Step the running environments.

        Parameters
        ----------
        active : int array, shape (n_rows,)
            Indices of the running environments.
        actions : array, shape (n_rows,) or (n_rows, n_dimensions)
        """
        results = [
            self._environments[index].step(self._as_action(action))
            for index, action in zip(active.tolist(), actions, strict=True)
        ]
        self._n_steps[active] += 1
        truncated = np.array([r[3] for r in results], dtype=bool)
        # The environment's own limit counts here as well: one without it would never end an evaluation.
        truncated |= self._n_steps[active] >= (self.max_steps or self.spec.step_limit)
        rewards = np.array([r[1] for r in results], dtype=np.float64)
        if np.isnan(rewards).any():
            raise EnvironmentSetupError(f"{self.spec.options.id} gave a reward of nan; expected a number. {_ADVICE}")
        return Step(
            observations=self._as_rows([r[0] for r in results]),
            rewards=rewards,
            terminated=np.array([r[2] for r in results], dtype=bool),
            truncated=truncated,
        )

    def _as_action(self, action: Any) -> Any:
        if isinstance(self.spec.action_space, Discrete):
            return int(action)
        assert self.spec.action_space.shape is not None
        return np.asarray(action, dtype=np.float32).reshape(self.spec.action_space.shape)

    def _as_rows(self, observations: list[Any]) -> np.ndarray:
        rows = np.array([np.ravel(o) for o in observations], dtype=np.float64)
        bad = np.argwhere(np.isnan(rows))
        if len(bad):
            raise EnvironmentSetupError(
                f"{self.spec.options.id} returned observation[{bad[0, 1]}] = nan; expected a number. {_ADVICE}"
            )
        return rows
