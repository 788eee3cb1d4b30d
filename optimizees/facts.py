"""Check of a task's facts against its environment: the rule acts, and labels are as many as variables and actions."""

from __future__ import annotations

import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.environments import create_batch
from neurosim_rl.environments.action_parts import column_labels
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.settings.user_code import reason_of

N_STARTS = 2
"""Starts of a rule's trial: a rule gets observations of several elements at once."""


def check_facts(optimizee: ClosedLoop, start_seed: int) -> None:
    """Raise if the task's rule cannot act in the environment, or if the task's labels do not fit it.

    Reports and figures need them after the last generation.

    Raises
    ------
    ConfigurationError
    """
    if optimizee.facts.rule_label:
        _check_rule(optimizee, start_seed)
    if optimizee.config.environment.table() == _own_environment(optimizee):
        _check_labels(optimizee)


def _check_rule(optimizee: ClosedLoop, start_seed: int) -> None:
    """Take one step by the rule."""
    active = np.arange(N_STARTS)
    with create_batch(optimizee.environment, N_STARTS, training=False) as environments:
        observations = environments.reset([start_seed + k for k in range(N_STARTS)])
        try:
            environments.step(active, np.asarray(optimizee.facts.rule(observations)))
        except Exception as error:
            config = optimizee.config
            raise ConfigurationError(
                f"the rule of task {config.task!r} ({optimizee.facts.rule_label}) fails in environment "
                f"{config.environment.id!r}: {reason_of(error)}. Use the task of this environment, or a "
                "task of your own without a rule."
            ) from error


def _own_environment(optimizee: ClosedLoop) -> dict[str, object]:
    """Return the table of the task's own environment."""
    own = dict(optimizee.defaults.get("environment", {}))
    return optimizee.config.environment.read(own, "environment").table()


def _check_labels(optimizee: ClosedLoop) -> None:
    """Raise for another number of labels; another environment has numbers instead."""
    space, n_observations = optimizee.environment.action_space, len(optimizee.environment.observation_low)
    n_actions = int(space.n) if isinstance(space, Discrete) else len(column_labels(space))
    for name, n in (("observation_labels", n_observations), ("action_labels", n_actions)):
        labels = getattr(optimizee.facts, name)
        if labels and len(labels) != n:
            raise ConfigurationError(
                f"task {optimizee.config.task!r} has {len(labels)} {name}; expected {n}, as its environment has. "
                f"Correct {type(optimizee).__name__}.{name}, or leave it empty."
            )
