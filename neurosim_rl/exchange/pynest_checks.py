"""What a PyNEST script cannot hold, with the reason in one line."""

from __future__ import annotations

from typing import Any

import gymnasium

from neurosim_rl.exchange.pynest_piece import unsupported
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.settings.options import default_of, option_fields

TOLD = {"id", "kwargs", "action_low", "action_high", "observation_low", "observation_high", "wrappers"}
"""Options of the environment that a script holds, by itself or in encoder and decoder."""
OF_TRAINING = {"max_steps", "first_steps", "growth", "engine"}
"""Options of the environment that concern training only."""


def check_exportable(optimizee: ClosedLoop) -> None:
    """Raise for a champion that a script cannot hold.

    Raises
    ------
    ExchangeError
        With the reason.
    """
    config = optimizee.config
    if not optimizee.has_neurons:
        raise unsupported(f"model {config.model.name!r}", "it has no neurons, so NEST has nothing to simulate")
    if optimizee.learns(training=False):
        raise unsupported(
            f"learning {config.learning.name!r}", "weights change in every trial (learning.when = 'always')"
        )
    _check_environment(optimizee)


def _check_environment(optimizee: ClosedLoop) -> None:
    options = optimizee.config.environment
    kind: Any = type(options)
    for name, field in option_fields(kind).items():
        if name not in TOLD | OF_TRAINING and getattr(options, name) != default_of(field):
            raise unsupported(f"environment.{name}", "scripts make the environment without it")
    registered = gymnasium.registry.get(options.id)
    home = options.id.partition(":")[0] if ":" in options.id else _module(registered)
    if home.split(".")[0] == "neurosim_rl":
        raise unsupported(f"environment {options.id!r}", "it is a part of neurosim-rl, which the script does without")
    if ":" not in options.id and home.split(".")[0] != "gymnasium":
        raise unsupported(
            f"environment {options.id!r}",
            f"a script cannot find it; environment.id = '{home}:{options.id}' can be found",
        )
    for wrapper in options.wrappers:
        if ":" in wrapper["name"]:
            raise unsupported(f"wrapper {wrapper['name']!r}", "scripts know those of gymnasium.wrappers")


def _module(registered: gymnasium.envs.registration.EnvSpec | None) -> str:
    """Return the module of a registered environment; empty: not known."""
    entry = None if registered is None else registered.entry_point
    if isinstance(entry, str):
        return entry.partition(":")[0]
    return str(getattr(entry, "__module__", ""))
