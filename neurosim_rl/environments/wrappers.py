"""Wrappers of environments, as the option ``environment.wrappers`` names them."""

from __future__ import annotations

import importlib
import inspect
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium

from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError
from neurosim_rl.settings.checks import unknown_name
from neurosim_rl.settings.frozen_table import plain
from neurosim_rl.settings.user_code import reason_of

DRAWING = ("AddRenderObservation", "HumanRendering", "RecordVideo", "RenderCollection")
"""Wrappers of Gymnasium that open windows or write files: not in training, and not because a file says so."""

MOST_VALUES = 10_000_000
"""Most values that a wrapper may hold in each environment: 80 MB of observations."""
COUNTS_OF_STEPS = ("max_episode_steps",)
"""Arguments of Gymnasium's wrappers that may be any number: nothing is held or repeated so often."""


def wrapped(env: gymnasium.Env, wrappers: Sequence[Mapping[str, Any]]) -> gymnasium.Env:
    """Return an environment in wrappers, the first one innermost.

    Parameters
    ----------
    env : gymnasium.Env
    wrappers : sequence of mapping
        ``name``, a class of ``gymnasium.wrappers`` or ``module:Class``, and keyword arguments.

    Raises
    ------
    ConfigurationError, UnknownNameError
        For a wrapper without a name, or one that there is not, or a number that makes observations too large.
    EnvironmentSetupError
        When a wrapper refuses the environment or its arguments.
    """
    for table in wrappers:
        arguments = dict(plain(table))
        name = arguments.pop("name", "")
        wrapper = _class_of(name)
        _check_numbers(str(name), wrapper, arguments, env.observation_space)
        try:
            env = wrapper(env, **{key: _with_tuples(value) for key, value in arguments.items()})
        except Exception as error:  # a wrapper may raise anything
            raise EnvironmentSetupError(
                f"environment.wrappers: {name} cannot wrap {env}: {reason_of(error)}. Check its "
                "arguments, and the order of the wrappers."
            ) from error
    return env


def _check_numbers(
    name: str, wrapper: type[gymnasium.Wrapper], arguments: Mapping[str, Any], space: gymnasium.Space
) -> None:
    """Raise if a whole number makes one of Gymnasium's own wrappers hold more values than `MOST_VALUES`.

    Which arguments are whole numbers, Gymnasium's annotations tell. Wrappers of users answer for themselves.
    """
    if not wrapper.__module__.startswith("gymnasium."):
        return
    for key, parameter in inspect.signature(wrapper.__init__).parameters.items():
        if key in COUNTS_OF_STEPS or not re.search(r"\bint\b", str(parameter.annotation)):
            continue
        n_values = _n_held(arguments.get(key), _n_values(space))
        if n_values > MOST_VALUES:
            raise ConfigurationError(
                f"environment.wrappers: {name} with {key} = {arguments[key]} holds about {n_values:.3g} values; "
                f"expected at most {MOST_VALUES:,}. Set a smaller {key}.".replace(",", " ")
            )


def _n_held(value: Any, n_observed: int) -> int:
    """Return the number of values for an argument: of a shape its product, of one number that many observations."""
    if isinstance(value, list | tuple):
        return math.prod(abs(item) for item in value if isinstance(item, int) and item)
    return abs(value) * n_observed if isinstance(value, int) else 0


def _n_values(space: gymnasium.Space) -> int:
    """Return the number of values in an observation, at least 1."""
    if isinstance(space, gymnasium.spaces.Dict):
        return max(sum(map(_n_values, space.spaces.values())), 1)
    if isinstance(space, gymnasium.spaces.Tuple):
        return max(sum(map(_n_values, space.spaces)), 1)
    return max(math.prod(space.shape or ()), 1)


def _with_tuples(value: Any) -> Any:
    """Return a value with tuples for lists: files have lists only, and Gymnasium's wrappers ask for tuples."""
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


def _class_of(name: object) -> type[gymnasium.Wrapper]:
    if not isinstance(name, str) or not name:
        raise ConfigurationError(
            "environment.wrappers has an entry without a name; expected a name, such as 'FlattenObservation', or a "
            'table, such as { name = "TimeLimit", max_episode_steps = 100 }.'
        )
    module, colon, attribute = name.partition(":")
    found = _from_module(module, attribute) if colon else _of_gymnasium(name)
    if not _is_wrapper(found):
        raise ConfigurationError(f"environment.wrappers: {name} is {found!r}; expected a class of gymnasium.Wrapper.")
    if issubclass(found, tuple(getattr(gymnasium.wrappers, key) for key in DRAWING)):
        raise ConfigurationError(
            f"environment.wrappers: {name} draws, and training draws nothing. Leave it out; neurosim-rl record makes "
            "films."
        )
    wrapper: type[gymnasium.Wrapper] = found
    return wrapper


def _of_gymnasium(name: str) -> Any:
    known = {key: value for key, value in vars(gymnasium.wrappers).items() if _is_wrapper(value)}
    if name not in known:
        raise unknown_name("wrapper of gymnasium.wrappers", name, set(known) - set(DRAWING))
    return known[name]


def _from_module(module: str, attribute: str) -> Any:
    """Return an attribute of a module that the user has allowed."""
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"environment.wrappers: cannot load {module}:{attribute}: {error}. Expected module:Class, with a module "
            "that Python finds."
        ) from error


def _is_wrapper(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, gymnasium.Wrapper)
