"""Mirror symmetry of a task: reflections of its observations and actions."""

from __future__ import annotations

from collections.abc import Sequence

from gymnasium.spaces import Space

from neurosim_rl.bridge import Normalisation
from neurosim_rl.bridge.actions import reflected_actions
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.bridge.tuned_encoders import check_symmetric
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees.configuration import Settings


def check_has_mirror(mirrored: Sequence[int], config: Settings, normalisation: Normalisation) -> None:
    """Raise unless the task has a mirror symmetry that its normalisation keeps.

    Parameters
    ----------
    mirrored : sequence of int
        Observed variables that change sign in the task's mirror; empty: the task has none.
    config : Settings
    normalisation : Normalisation

    Raises
    ------
    ConfigurationError
    """
    if not mirrored:
        raise ConfigurationError(f"task {config.task!r} has no mirror symmetry. Set model.mirror = false.")
    if not normalisation.keeps_mirror:
        raise ConfigurationError(
            f"normalisation {config.normalisation.name!r} does not keep the mirror symmetry. Use 'bounds', or set "
            "model.mirror = false."
        )


def outer_reflections(
    mirrored: Sequence[int], config: Settings, normalisation: Normalisation, action_space: Space
) -> tuple[Reflection, Reflection]:
    """Return the reflections of normalised observations and of actions; errors as of `check_has_mirror`."""
    check_has_mirror(mirrored, config, normalisation)
    low, high = normalisation.bounds
    check_symmetric(low, high, mirrored)
    signs = [-1 if index in mirrored else 1 for index in range(len(low))]
    return Reflection.of_signs(signs), reflected_actions(action_space)
