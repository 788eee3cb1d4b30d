"""Base class of learning rules, and the rule that changes nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from neurosim_rl.networks.parameters import Parameter
from neurosim_rl.settings.options import option


class Rule(ABC):
    """Base class of learning rules: options that a configuration sets under ``learning``.

    Rules that change weights while a network plays derive from
    `neurosim_rl.learning.plasticity_rule.PlasticityRule`, and so do rules of one's own.
    """

    learns: ClassVar[bool] = False
    """Whether weights change while a network plays."""
    trains: ClassVar[bool] = False
    """Whether gradients change weights between generations."""
    has_teacher: ClassVar[bool] = False
    """Whether a network learns from a teacher, which the option ``teacher`` names."""
    method: ClassVar[str] = ""
    """Short name of the method in tables of results; empty: that of evolution, or of plasticity."""

    @property
    @abstractmethod
    def when(self) -> str:
        """``"training"``: weights change in training only; ``"always"``: in validation and reports, too."""

    @property
    @abstractmethod
    def episodes(self) -> int:
        """Number of episodes of a trial."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Constants of the rule that the genome holds."""
        return ()


@dataclass(frozen=True)
class NoLearning(Rule):
    """No learning: weights are those of the genome. Trials may have several episodes, for comparison with learning."""

    episodes: int = option(1, "episodes of a trial, in training, validation and reports", low=1)

    @property
    def when(self) -> str:
        """Always: trials of validation and reports have as many episodes as those of training."""
        return "always"
