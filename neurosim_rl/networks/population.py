"""Populations: neurons of one model, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.errors import NetworkError

SPIKE_SOURCE = "spike_generator"
"""Model name of a population that emits given spikes."""


@dataclass(frozen=True)
class Population:
    """Neurons of one model.

    Parameters
    ----------
    name : str
        Unique within the network.
    size : int
        Number of neurons, at least 1.
    model : str
        NEST's name of the neuron model, or ``"spike_generator"`` for an input that emits given spikes.
    parameters : mapping of str to float or array of shape (size,)
        NEST's parameter names and units (ms, mV, pF, pA). Parameters without a name here keep NEST's default. A
        parameter that is a list in NEST, such as ``rate_times``, has shape (1, n_values), or (size, n_values).
        ``tau_minus``, the time constant of depression of plastic synapses onto these neurons, belongs here too.
    """

    name: str
    size: int
    model: str = "iaf_psc_alpha"
    parameters: Mapping[str, float | np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check sizes and values."""
        if self.size < 1:
            raise NetworkError(f"population {self.name!r} has {self.size} neurons; expected at least 1.")
        for key, value in self.parameters.items():
            # Only shapes and types: NEST checks names and ranges when it creates the neurons.
            shape = np.shape(value)
            is_list = len(shape) == 2 and shape[0] in (1, self.size)
            if shape not in ((), (self.size,)) and not is_list:
                raise NetworkError(
                    f"population {self.name!r}: {key} has shape {shape}; expected () or ({self.size},), or "
                    "(1, n_values) for a parameter that is a list in NEST."
                )
            if np.asarray(value).dtype.kind not in "biuf" or np.isnan(value).any():
                raise NetworkError(f"population {self.name!r}: {key} is {value!r}; expected a number.")

    @property
    def is_source(self) -> bool:
        """Whether the population emits given spikes instead of simulating neurons."""
        return self.model == SPIKE_SOURCE

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Population {self.name!r}: {self.size} {self.model}>"
