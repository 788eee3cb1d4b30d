"""What every model offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from neurosim_rl.parameters import ParameterSpace


@dataclass(frozen=True)
class Model(ABC):
    """Gives a genome its meaning: that of a spiking network, or of a policy without neurons."""

    @property
    @abstractmethod
    def parameters(self) -> ParameterSpace:
        """What a genome holds."""

    @property
    def settled(self) -> dict[str, Any]:
        """Options whose default depends on the task, with the values that they got."""
        return {}
