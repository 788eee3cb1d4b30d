"""Base class of training by gradients: options only; :mod:`neurosim_rl.gradient` does the training."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from neurosim_rl.learning.rule import Rule

SURROGATE_NAMES = ("arctan", "gaussian", "polynomial", "rectangular", "sigmoid")
"""Smooth curves in place of a spike's step (`neurosim_rl.gradient.surrogates`)."""


class GradientRule(Rule):
    """Base class of rules by which gradients change the weights of one network between generations.

    They train the models ``lif`` (spiking) and ``dense`` (without spikes), with options for the surrogate gradient.
    """

    trains: ClassVar[bool] = True

    if TYPE_CHECKING:
        surrogate: str
        width: float
        learn_width: bool

    @property
    def when(self) -> str:
        """In training: gradients change weights between generations."""
        return "training"

    @property
    def episodes(self) -> int:
        """One: a spiking network's state does not outlast an episode."""
        return 1
