"""What every model offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.parameters import ParameterSpace

Reflections = Callable[[], tuple[Reflection, Reflection]]
"""Returns what a task's mirror does to what enters a model and to what leaves it, or raises if the task has none."""


def no_reflections() -> tuple[Reflection, Reflection]:
    """Raise: a model that is made for no task has no mirror."""
    raise ConfigurationError("model.mirror = true needs reflections, which tell what the task's mirror does.")


@dataclass(frozen=True)
class Model(ABC):
    """Gives a genome its meaning: that of a spiking network, or of a policy without neurons."""

    @property
    @abstractmethod
    def parameters(self) -> ParameterSpace:
        """What a genome holds."""

    @property
    def sizes_from_task(self) -> dict[str, Any]:
        """Options whose default depends on the task, with the values that follow from it."""
        return {}
