"""Tasks in an environment that is not their own: no fact about the task's own environment applies there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees.task import Task


def reward_threshold(environment_id: str) -> float | None:
    """Return the mean return at which Gymnasium calls an environment solved; None: not registered, or not defined.

    No environment is made, and no module is imported.
    """
    registered = gymnasium.registry.get(environment_id.rpartition(":")[2])
    if registered is None or registered.reward_threshold is None:
        return None
    return float(registered.reward_threshold)


class OtherEnvironment(Task):
    """Facts of an environment for which no task was made: only its registered return of success is known.

    Variables and actions are numbered, response maps show the first two variables, there is no mirror symmetry, no
    simple rule, and no part of the reward that reports show.

    Parameters
    ----------
    environment_id, own_id : str
        The configured environment, and the task's own; empty: it has none.
    """

    def __init__(self, environment_id: str, own_id: str) -> None:
        self.solved_return = reward_threshold(environment_id)
        self._difference = f"environment.id is {environment_id!r}, and the task's own is {own_id!r}"
        if not own_id:
            self._difference = f"no task was made for environment {environment_id!r}"

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Raise: the task's rule is for its own environment.

        Raises
        ------
        ConfigurationError
        """
        raise ConfigurationError(
            f"there is no rule to learn from: {self._difference}; expected a task in its own environment. Use another "
            "critic (learning.critic.name)."
        )


def layers_in(environment_id: object, task: type[Task], layers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a task's own layers of settings for an environment: in another one than its own, without facts about that.

    Parameters
    ----------
    environment_id : object
        The ``environment.id`` of all layers of a run together.
    task : type
        Class of the task.
    layers : sequence of mapping
        The task's defaults, and its layer for a learner.
    """
    if task.is_at_home(environment_id):
        return list(layers)
    return [_without(layer, task.settings_of_environment) for layer in layers]


def _without(layer: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return a layer without some keys, such as ``encoder.tuning.means``."""
    kept: dict[str, Any] = dict(layer)
    for key in keys:
        first, _, rest = key.partition(".")
        if not rest:
            kept.pop(first, None)
        elif isinstance(kept.get(first), Mapping):
            kept[first] = _without(kept[first], [rest])
    return kept
