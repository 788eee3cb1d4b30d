"""Names that figures write on their axes: observed variables, actions, input neurons, output neurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Labels:
    """Names for figures.

    Parameters
    ----------
    observations : tuple of str
        Name and unit of each observed variable.
    actions : tuple of str
        Discrete actions: the name of each action. Box actions: name and unit of each dimension.
    inputs : tuple of str
        Observed variable to which each input neuron responds. Empty: each input neuron responds to all variables, or
        the policy has no neurons.
    outputs : tuple of str
        Name of each output neuron: the action for which it spikes. Empty: the decoder reads membranes, or the policy
        has no neurons.
    discrete : bool
        Whether actions are discrete.
    first_action : int
        Number of the first discrete action.
    """

    observations: tuple[str, ...]
    actions: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    discrete: bool
    first_action: int = 0


def without_unit(label: str) -> str:
    """Return a label without the unit in parentheses at its end.

    Examples
    --------
    >>> without_unit("pole angle (rad)")
    'pole angle'
    """
    return label.rpartition(" (")[0] or label


def unit_of(label: str) -> str:
    """Return the unit in parentheses at the end of a label; empty: there is none.

    Examples
    --------
    >>> unit_of("pole angle (rad)")
    'rad'
    """
    if " (" not in label or not label.endswith(")"):
        return ""
    return label.rpartition(" (")[2].removesuffix(")")


def common_unit(labels: Sequence[str]) -> str:
    """Return the unit that all labels have; empty: they differ, or have none."""
    units = {unit_of(label) for label in labels}
    return units.pop() if len(units) == 1 else ""
