"""Facts of a task: default settings, labels, symmetry, and its measure of success."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.records.episodes import Episodes


class Task:
    """Facts of a task that need no environment. A task's class sets those that differ from the defaults.

    They are facts about the task's own environment, ``environment.id`` of its defaults. Whoever reads them takes
    `neurosim_rl.optimizees.parts.Parts.facts`: in another environment they do not apply.
    """

    defaults: ClassVar[Mapping[str, Any]] = {}
    """The task's layer of settings."""
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Layers above the defaults for learning instead of evolution, by learner."""
    settings_of_environment: ClassVar[tuple[str, ...]] = (
        "environment",
        "fitness",
        "model.mirror",
        "model.variables",
        "normalisation.bound",
        "normalisation.mean",
        "normalisation.deviation",
        "encoder.tuning.means",
        "encoder.tuning.deviations",
        "decoder.neutral_action",
        "learning.critic",
        "learning.reward_scale",
    )
    """Keys of the defaults and of the learners' layers with facts about the task's own environment.

    They are left out in another environment. The number of their values, their units or their meaning belongs to the
    observations, actions and rewards of the one for which they were chosen."""
    observation_labels: ClassVar[tuple[str, ...]] = ()
    """Name and unit of each observed variable, for figures."""
    action_labels: ClassVar[tuple[str, ...]] = ()
    """Name of each action, for figures."""
    map_axes: ClassVar[tuple[int, int]] = (0, 1)
    """Observed variables on the axes of response maps."""
    map_fixed: ClassVar[tuple[float, ...]] = ()
    """Values of the observed variables that a response map does not vary; empty: the middle of their bounds."""
    mirrored: ClassVar[tuple[int, ...]] = ()
    """Observed variables that change sign in the task's mirror symmetry; empty: no symmetry.

    With these signs changed and the action mirrored, the environment behaves in the same way. A mirrored action of
    ``Discrete`` is in reversed order, one of ``Box`` has the other sign."""
    solved_return: float | None = None
    """Mean return at which Gymnasium calls the task solved."""
    reward_part: ClassVar[str] = ""
    """Entry of Gymnasium's ``info``. Reports show its sum over an episode beside the return; empty: none."""
    rule_label: ClassVar[str] = ""
    """Short description of :meth:`rule`, for tables; empty: there is no rule."""

    @classmethod
    def own_environment(cls) -> str:
        """Return the id of the environment that the facts are about; empty: the defaults leave it open."""
        return str(cls.defaults.get("environment", {}).get("id", ""))

    @classmethod
    def is_at_home(cls, environment_id: object) -> bool:
        """Return whether an environment is the task's own. Its keyword arguments may differ."""
        return cls.own_environment() in ("", environment_id)

    @property
    def defines_success(self) -> bool:
        """Whether `successes` tells success from failure."""
        return self.solved_return is not None or type(self).successes is not Task.successes

    def successes(self, episodes: Episodes) -> np.ndarray | None:
        """Return whether each episode succeeded, shape (n_episodes,); by default: reached `solved_return`.

        None where there is no `solved_return`: success is not defined.
        """
        if self.solved_return is None:
            return None
        return episodes.returns >= self.solved_return

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return the actions of the best known simple rule, for comparison; shape as of the decoder's actions.

        Raises
        ------
        ConfigurationError
            When the task has none.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no simple rule; expected a task with one. Write its method rule, or use "
            "another critic (learning.critic.name)."
        )
