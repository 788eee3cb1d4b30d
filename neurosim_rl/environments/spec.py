"""Gymnasium environments: options, creation, and the facts that the bridge needs (bounds, action space, limit)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Space

from neurosim_rl.environments.action_parts import with_bounds
from neurosim_rl.environments.box2d import require_box2d, with_new_worlds
from neurosim_rl.environments.mujoco import loading_quietly
from neurosim_rl.environments.neurogym import with_seeds
from neurosim_rl.environments.observed import Observed
from neurosim_rl.environments.returned_values import INTERFACE, is_of_gym
from neurosim_rl.environments.wrappers import wrapped
from neurosim_rl.errors import EnvironmentSetupError, NeurosimError
from neurosim_rl.settings.checks import nearest
from neurosim_rl.settings.frozen_table import plain
from neurosim_rl.settings.named_modules import OWN_PACKAGES
from neurosim_rl.settings.options import Options, option
from neurosim_rl.settings.plugin_checks import require_environment
from neurosim_rl.settings.plugin_loading import load_plugins
from neurosim_rl.settings.plugins import require
from neurosim_rl.settings.registered_environments import user_module
from neurosim_rl.settings.user_code import note_code, reason_of

LONGEST = 2**31
"""Number of steps that no episode reaches."""
REFUSALS = (ArithmeticError, AssertionError, LookupError, OSError, ValueError)
"""Errors of environments for unsuitable arguments. Other errors come from MuJoCo if it cannot draw."""


@dataclass(frozen=True)
class EnvironmentOptions(Options):
    """The table ``[environment]`` of a configuration."""

    id: str = option("", "Gymnasium id, such as MountainCar-v0")
    max_steps: int = option(0, "step limit of training episodes; 0 = the environment's own limit", low=0)
    first_steps: int = option(
        0, "curriculum: step limit of training episodes in the first generation; 0 = no curriculum", low=0
    )
    growth: float = option(1.1, "curriculum: factor of this limit from generation to generation", low=1.0)
    observation_low: tuple = option((), "lower bounds for the encoder; empty = the environment's own")
    observation_high: tuple = option((), "upper bounds for the encoder; empty = the environment's own")
    action_low: tuple = option((), "lower bounds of Box actions for the decoder; empty = the environment's own")
    action_high: tuple = option((), "upper bounds of Box actions for the decoder; empty = the environment's own")
    kwargs: dict = option({}, "keyword arguments of gymnasium.make")
    wrappers: tuple = option(
        (),
        "wrappers around the environment, the first innermost: names of gymnasium.wrappers or module:Class, or tables "
        "of name and keyword arguments",
        items=dict,
    )
    engine: str = option("gymnasium", "library that steps training episodes", choices=("gymnasium", "envpool"))

    def curriculum_steps(self, generation: int) -> int:
        """Return the curriculum's step limit of training episodes in a generation; 0 = no curriculum.

        ``first_steps * growth^generation``, in whole steps. Source: Vasilache et al. 2025 (``src/train.py`` of
        github.com/Alex-Vasilache/Spatial-SNNs), with 10 steps at first and 10 % more in each generation. (A counter
        there should lengthen the intervals between increases, but it advances with the generations, so only the second
        increase is skipped.)
        """
        if not self.first_steps:
            return 0
        # A power of float64 becomes infinite after many generations, where Python's float would raise.
        with np.errstate(over="ignore"):
            steps = self.first_steps * np.float64(self.growth) ** generation
        return int(min(steps, LONGEST))


@dataclass(frozen=True)
class EnvironmentSpec:
    """Facts about an environment that the bridge and the loop need.

    Parameters
    ----------
    options : EnvironmentOptions
    observation_low, observation_high : array, shape (n_observations,)
        Bounds of the flattened observation; infinite if unknown (see `neurosim_rl.environments.spaces.bounds_of`).
    action_space : gymnasium.spaces.Space
        As the environment's own; a ``Box`` has the configured bounds: of whole numbers if its own are, else float64.
    own_action_space : gymnasium.spaces.Space
        That of the environment, with its type and bounds.
    step_limit : int
        The environment's own step limit, or ``max_steps`` if it has none.
    observed : Observed
        The observed variables of the environment's observation space.
    has_limit : bool
        Whether the step limit is the environment's own.
    """

    options: EnvironmentOptions
    observation_low: np.ndarray
    observation_high: np.ndarray
    action_space: Space
    own_action_space: Space
    step_limit: int
    observed: Observed
    has_limit: bool = True

    @classmethod
    def of(cls, options: EnvironmentOptions) -> EnvironmentSpec:
        """Return the facts about an environment; it is created once in a process and remembered.

        An id that is registered again is another environment. The action space is a copy for the caller, because a
        draw from a space changes the space.
        """
        load_plugins()  # plugins register environments, too
        registered = gymnasium.registry.get(options.id)
        known = _KNOWN.get(options)
        if known is None or known[0] is not registered:
            known = _KNOWN[options] = (registered, cls._read(options))
        return replace(known[1], action_space=deepcopy(known[1].action_space))

    @classmethod
    def _read(cls, options: EnvironmentOptions) -> EnvironmentSpec:
        env = make(options)
        env.close()
        _note_code_of_user(options.id, env)
        for space in (env.observation_space, env.action_space):
            _refuse_gym(options.id, space)
        observed = Observed(options.id, env.observation_space)
        limit = env.spec.max_episode_steps if env.spec is not None else None
        has_limit = limit is not None
        if limit is None:
            if not options.max_steps:
                raise EnvironmentSetupError(f"{options.id} has no step limit of its own. Set environment.max_steps.")
            limit = options.max_steps
        low = observed.bounds("observation_low", options.observation_low)
        high = observed.bounds("observation_high", options.observation_high)
        action_space = with_bounds(options.id, env.action_space, options.action_low, options.action_high)
        return cls(options, low, high, action_space, env.action_space, limit, observed, has_limit)

    def make(self, **kwargs: Any) -> gymnasium.Env:
        """Make one environment (see the function `make`)."""
        return make(self.options, **kwargs)


def _note_code_of_user(name: str, env: gymnasium.Env) -> None:
    """Let errors of an environment of the user's have file and line, also where a notebook's cell defines it."""
    if user_module(name.rpartition(":")[2]).partition(".")[0] in ("", *OWN_PACKAGES):
        return
    code = getattr(type(env.unwrapped).step, "__code__", None)
    note_code(None if code is None else code.co_filename)


_KNOWN: dict[EnvironmentOptions, tuple[object, EnvironmentSpec]] = {}
"""Environments that this process has created once: the registration at that time, and the facts."""


@contextmanager
def setup_errors(what: str, advice: str, kinds: tuple[type[Exception], ...] = (Exception,)) -> Iterator[None]:
    """Turn errors of an environment into one-line errors of this package, with advice.

    Parameters
    ----------
    what : str
        The action that failed, such as ``"cannot make 'X-v0'"``.
    advice : str
        A sentence.
    kinds : tuple of type
        Errors to turn; an environment may raise anything.

    Raises
    ------
    EnvironmentSetupError
        For such an error. Errors of this package pass unchanged.
    """
    try:
        yield
    except NeurosimError:
        raise
    except kinds as error:
        raise EnvironmentSetupError(f"{what}: {reason_of(error).rstrip('.')}. {advice}") from error


def make(options: EnvironmentOptions, **kwargs: Any) -> gymnasium.Env:
    """Create one environment.

    Raises
    ------
    EnvironmentSetupError
        When the id is unknown (with the nearest match), its package is missing, or it refuses its arguments.
    MissingExtraError
        When the environment needs MuJoCo or Box2D, and it is not installed.
    ConfigurationError
        For a wrapper that there is not.
    PluginError
        When it is of a module, or takes a path, that only a file names (see `neurosim_rl.settings.plugins`).
    """
    load_plugins()
    require({"environment": {"id": options.id, "kwargs": options.kwargs, "wrappers": options.wrappers}})
    if options.id not in gymnasium.registry and ":" not in options.id:
        require_environment(options.id)
        match = nearest(options.id, gymnasium.registry)
        hint = f" Did you mean {match!r}?" if match else ""
        raise EnvironmentSetupError(
            f"unknown environment {options.id!r}.{hint} gymnasium.registry lists {len(gymnasium.registry)} ids."
        )
    if "render_mode" in options.kwargs:
        # Hundreds of environments would each open a window; without a display, MuJoCo's library ends the process.
        raise EnvironmentSetupError(
            f"environment.kwargs.render_mode = {options.kwargs['render_mode']!r}: expected none, because training "
            "draws nothing. Leave it out; neurosim-rl record makes films."
        )
    require_box2d(options.id)
    try:
        kinds = REFUSALS if kwargs else (*REFUSALS, AttributeError)  # MuJoCo raises it, too, where it cannot draw
        refused = setup_errors(f"cannot make {options.id!r}", "Check environment.kwargs.", kinds)
        with warnings.catch_warnings(), loading_quietly(options.id), refused:
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.filterwarnings("ignore", ".*render_modes")  # nothing is drawn
            env = gymnasium.make(options.id, disable_env_checker=True, **plain(options.kwargs), **kwargs)
    except (gymnasium.error.Error, ImportError, TypeError) as error:
        # Gymnasium's own words for an environment of gym, or of another base class.
        advice = f". {INTERFACE}" if "gymnasium.Env" in str(error) else ""
        if isinstance(error, ModuleNotFoundError):
            advice = f". {_advice_without_module(options.id)}"
        raise EnvironmentSetupError(f"cannot make {options.id!r}: {str(error).rstrip('.')}{advice or '.'}") from error
    return wrapped(with_seeds(with_new_worlds(env, options.id)), options.wrappers)


def _advice_without_module(environment_id: str) -> str:
    """Return what to do where a module is missing: the one that registers an environment, or one that it imports."""
    module, colon, name = environment_id.rpartition(":")
    if colon and (module.endswith(".py") or "/" in module):
        return f"A file is no module: name the environment {name}, and add --plugin {module}."
    return "Run the command in the folder of the module, or install the package that the environment needs."


def _refuse_gym(name: str, space: Space) -> None:
    if is_of_gym(space):
        raise EnvironmentSetupError(
            f"{name} has a space of gym ({type(space).__name__}); expected one of gymnasium.spaces. It follows the "
            f"interface of gym before 0.26. {INTERFACE}"
        )
