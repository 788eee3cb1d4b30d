"""Mirror symmetry of a task: reflections of its observations and actions."""

from __future__ import annotations

from gymnasium.spaces import Space

from neurosim_rl.bridge import Normalisation
from neurosim_rl.bridge.actions import reflected_actions
from neurosim_rl.bridge.bounds import check_symmetric
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees.configuration import Settings
from neurosim_rl.optimizees.task import Task


def check_has_mirror(facts: Task, config: Settings, normalisation: Normalisation) -> None:
    """Raise unless the task has a mirror symmetry that its normalisation keeps.

    Parameters
    ----------
    facts : Task
        Facts about the configured environment.
    config : Settings
    normalisation : Normalisation

    Raises
    ------
    ConfigurationError
    """
    if not facts.mirrored:
        raise ConfigurationError(
            f"task {config.task!r} has no mirror symmetry in environment {config.environment.id!r}. Set model.mirror = "
            "false."
        )
    if not normalisation.keeps_mirror:
        raise ConfigurationError(
            f"normalisation {config.normalisation.name!r} does not keep the mirror symmetry. Use 'bounds', or set "
            "model.mirror = false."
        )


def outer_reflections(
    facts: Task, config: Settings, normalisation: Normalisation, action_space: Space
) -> tuple[Reflection, Reflection]:
    """Return the reflections of normalised observations and of actions; errors as of `check_has_mirror`."""
    check_has_mirror(facts, config, normalisation)
    low, high = normalisation.bounds
    check_symmetric(low, high, facts.mirrored)
    signs = [-1 if index in facts.mirrored else 1 for index in range(len(low))]
    return Reflection.of_signs(signs), reflected_actions(action_space)
