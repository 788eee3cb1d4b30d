"""Networks that a function of the user makes in NEST's kernel, because they cannot be expressed as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from neurosim_rl.networks.network import Network


def _nothing() -> None:
    pass


@dataclass(frozen=True, repr=False)
class LiveNetwork(Network):
    """A network that a function makes anew in an empty kernel each time; NEST plays it, alone in the kernel.

    Its populations and projections describe it for labels and figures; they do not build it.

    Parameters
    ----------
    construct : callable
        Makes all nodes and connections in the open kernel, always the same.
    node_ids : mapping of str to int array, shape (size,)
        Nodes of each population that the function makes.
    reason : str
        What data cannot express.
    """

    construct: Callable[[], None] = field(default=_nothing, compare=False)
    node_ids: Mapping[str, np.ndarray] = field(default_factory=dict, compare=False)
    reason: str = ""

    @cached_property
    def random_models(self) -> tuple[str, ...]:
        """Models that draw random numbers; always some name: the function may hide one."""
        return super().random_models or ("the network of a function",)

    @cached_property
    def plays_alone(self) -> str:
        """Reason why the network needs a kernel of NEST for itself."""
        return f"a function makes the network in NEST's kernel, because data cannot express it ({self.reason})"
