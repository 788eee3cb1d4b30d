"""A small dense network without spikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models.layers import ACTIVATIONS
from neurosim_rl.models.policy import Policy
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class Dense(Policy):
    """A dense network of tanh, ReLU or ELU units without spikes, by default as large as the task's spiking network.

    Source: Such et al. 2017, arXiv:1712.06567 (evolved weights of dense networks); Salimans et al. 2017,
    arXiv:1703.03864.

    Genome, Parameters
    ------------------
    As for every `Policy`.
    """

    sized_names: ClassVar[tuple[str, ...]] = ("hidden",)

    hidden: tuple = option(
        (), "units in each hidden layer; empty = one layer, its size chosen to match n_parameters", low=1
    )
    n_parameters: int = option(
        0,
        "approximate number of weights and biases if hidden is empty; 0 = the number in the task's spiking network",
        low=0,
    )
    activation: str = option("tanh", "activation function of hidden units", choices=tuple(ACTIVATIONS))

    def __post_init__(self) -> None:
        """Check that layers hold whole numbers of units."""
        super().__post_init__()
        for n in self.hidden:
            if n != int(n):
                raise ConfigurationError(f"model.hidden = {list(self.hidden)}: expected whole numbers, got {n}.")

    @cached_property
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units in each hidden layer: as configured, or one layer that best matches the wanted number of parameters."""
        if self.hidden:
            return tuple(int(n) for n in self.hidden)
        wanted = self.n_parameters
        if not wanted:
            # With a mirror each gene sets two weights, so the same number of genes means twice as many weights.
            wanted = self.n_spiking_genes() * (2 if self.mirror else 1)
        # One hidden unit adds its incoming weights, its bias and its outgoing weights.
        per_unit = len(self.low) + 1 + self.n_outputs
        n_output_biases = self.n_outputs
        return (max(1, round((wanted - n_output_biases) / per_unit)),)

    @property
    def activate(self) -> Callable[[np.ndarray], np.ndarray]:
        """The configured activation function."""
        return ACTIVATIONS[self.activation]

    @property
    def sizes_from_task(self) -> dict[str, Any]:
        """The hidden layers."""
        return {"hidden": self.hidden_sizes}
