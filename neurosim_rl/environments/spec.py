"""Gymnasium environments: options, making one, and what the bridge needs to know of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.environments.mujoco import loading_quietly
from neurosim_rl.errors import EnvironmentSetupError, NeurosimError
from neurosim_rl.settings.checks import check_shape, nearest
from neurosim_rl.settings.frozen_table import plain
from neurosim_rl.settings.options import Options, option

LONGEST = 2**31
"""Steps that no episode has."""
REFUSALS = (ArithmeticError, AssertionError, LookupError, OSError, ValueError)
"""What environments raise where arguments do not suit them. Others come where MuJoCo cannot draw."""


@dataclass(frozen=True)
class EnvironmentOptions(Options):
    """The table ``[environment]`` of a configuration."""

    id: str = option("", "Gymnasium id, such as MountainCar-v0")
    max_steps: int = option(0, "steps after which an episode is cut in training; 0: the environment's own limit", low=0)
    first_steps: int = option(
        0, "curriculum: steps after which training episodes of the first generation are cut; 0: none", low=0
    )
    growth: float = option(1.1, "curriculum: by which factor episodes may last longer in each generation", low=1.0)
    observation_low: tuple = option((), "lower bounds for the encoder; empty: the environment's own")
    observation_high: tuple = option((), "upper bounds for the encoder; empty: the environment's own")
    action_low: tuple = option((), "lower bounds of Box actions for the decoder; empty: the environment's own")
    action_high: tuple = option((), "upper bounds of Box actions for the decoder; empty: the environment's own")
    kwargs: dict = option({}, "keyword arguments for gymnasium.make")
    engine: str = option("gymnasium", "what steps training episodes", choices=("gymnasium", "envpool"))

    def curriculum_steps(self, generation: int) -> int:
        """Return after how many steps the curriculum cuts training episodes of a generation; 0: it does not.

        ``first_steps * growth^generation``, whole steps. Source: Vasilache et al. 2025 (``src/train.py`` of
        github.com/Alex-Vasilache/Spatial-SNNs), with 10 steps at first and 10 % more each generation: a counter there
        that should make intervals longer moves along with the generations, so that only the second is skipped.
        """
        if not self.first_steps:
            return 0
        with np.errstate(over="ignore"):
            steps = self.first_steps * np.float64(self.growth) ** generation
        return int(min(steps, LONGEST))


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
        """Return the spaces and limits of an environment, which is made once in a process.

        An id that is registered anew is another environment. The action space is a copy of the caller's own, since
        drawing from a space changes it.
        """
        registered = gymnasium.registry.get(options.id)
        known = _KNOWN.get(options)
        if known is None or known[0] is not registered:
            known = _KNOWN[options] = (registered, cls._read(options))
        return replace(known[1], action_space=deepcopy(known[1].action_space))

    @classmethod
    def _read(cls, options: EnvironmentOptions) -> EnvironmentSpec:
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


_KNOWN: dict[EnvironmentOptions, tuple[object, EnvironmentSpec]] = {}
"""Environments that this process has looked at: their registration then, and what they are."""


@contextmanager
def setup_errors(what: str, advice: str, kinds: tuple[type[Exception], ...] = (Exception,)) -> Iterator[None]:
    """Tell in one line what an environment raises, which may be anything, and what to do about it.

    Parameters
    ----------
    what : str
        What cannot be done.
    advice : str
        A sentence.
    kinds : tuple of type
        Errors that are told so.

    Raises
    ------
    EnvironmentSetupError
        For such an error; those of this package go on as they are.
    """
    try:
        yield
    except NeurosimError:
        raise
    except kinds as error:
        raise EnvironmentSetupError(f"{what}: {type(error).__name__}: {error}. {advice}") from error


def make(options: EnvironmentOptions, **kwargs: Any) -> gymnasium.Env:
    """Make one environment.

    Raises
    ------
    EnvironmentSetupError
        When the id is unknown (with the nearest match), its package is missing, or it refuses its arguments.
    MissingExtraError
        When it needs MuJoCo and that is missing.
    """
    if options.id not in gymnasium.registry and ":" not in options.id:
        match = nearest(options.id, gymnasium.registry)
        hint = f" Did you mean {match!r}?" if match else ""
        raise EnvironmentSetupError(
            f"unknown environment {options.id!r}.{hint} gymnasium.registry lists {len(gymnasium.registry)} ids."
        )
    try:
        refused = setup_errors(f"cannot make {options.id!r}", "Check environment.kwargs.", REFUSALS)
        with warnings.catch_warnings(), loading_quietly(options.id), refused:
            warnings.simplefilter("ignore", DeprecationWarning)
            return gymnasium.make(options.id, disable_env_checker=True, **plain(options.kwargs), **kwargs)
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


def _check_ordered(low: np.ndarray, high: np.ndarray) -> None:
    bad = np.flatnonzero(~(low < high))
    if len(bad):
        raise EnvironmentSetupError(
            f"action[{bad[0]}] has bounds [{low[bad[0]]:g}, {high[bad[0]]:g}]; expected the lower one to be below the "
            "upper one. Check environment.action_low and environment.action_high."
        )


def _action_space(space: Space, options: EnvironmentOptions) -> Space:
    if isinstance(space, Discrete):
        return space
    if isinstance(space, Box):
        low = _override("action_low", space.low, options.action_low).reshape(space.shape)
        high = _override("action_high", space.high, options.action_high).reshape(space.shape)
        if options.action_low or options.action_high:
            _check_ordered(low.ravel(), high.ravel())
        return Box(low.astype(np.float64), high.astype(np.float64), dtype=np.float64)
    raise EnvironmentSetupError(f"{options.id} takes {space}; expected a Discrete or Box action space.")
