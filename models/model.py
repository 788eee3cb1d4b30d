"""Base class of models: a model gives a genome its meaning."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.parameters import ParameterSpace

Reflections = Callable[[], tuple[Reflection, Reflection]]
"""Returns the effect of a task's mirror on the model's inputs and on its outputs; raises if the task has no mirror."""


def no_reflections() -> tuple[Reflection, Reflection]:
    """Raise: a model that was made without a task has no mirror."""
    raise ConfigurationError(
        "model.mirror = true needs the reflections of a task's inputs and outputs; got none. Create the model through "
        "a task, or set model.mirror = false."
    )


@dataclass(frozen=True)
class Model(ABC):
    """Turns a genome into a spiking network, or into a policy without neurons."""

    @property
    @abstractmethod
    def parameters(self) -> ParameterSpace:
        """The parameters that a genome holds."""

    sized_names: ClassVar[tuple[str, ...]] = ()
    """Options that `sizes_from_task` sets where a configuration leaves them empty."""

    @property
    def sizes_from_task(self) -> dict[str, Any]:
        """Values of the options that depend on the task by default, such as ``hidden`` of a dense network."""
        return {}
