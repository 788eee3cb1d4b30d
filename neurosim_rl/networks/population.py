"""Populations: neurons of one model, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    parameters : mapping of str to float, tuple, or array of shape (size,)
        NEST's parameter names and units (ms, mV, pF, pA). Parameters without a name here keep NEST's default. A
        number is the value of all neurons, an array has one for each. A tuple is one value of all neurons, for a
        parameter that is a list in NEST: ``{"tau_syn": (2.0, 5.0)}``. An array of shape (size, n_values) has such a
        list for each neuron. ``tau_minus``, the time constant of depression of plastic synapses onto these neurons,
        belongs here too.
    """

    name: str
    size: int
    model: str = "iaf_psc_alpha"
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check sizes and values."""
        if self.size < 1:
            raise NetworkError(f"population {self.name!r} has {self.size} neurons; expected at least 1.")
        if any(isinstance(value, tuple) for value in self.parameters.values()):
            object.__setattr__(self, "parameters", {k: _without_tuple(v) for k, v in self.parameters.items()})
        for key, value in self.parameters.items():
            # Only shapes and types: NEST checks names and ranges when it creates the neurons.
            shape = np.shape(value)
            is_list = len(shape) == 2 and shape[0] in (1, self.size)
            if shape not in ((), (self.size,)) and not is_list:
                raise NetworkError(
                    f"population {self.name!r}: {key} has shape {shape}; expected () or ({self.size},), or "
                    "(1, n_values) or a tuple for a parameter that is a list in NEST."
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


def _without_tuple(value: float | tuple | np.ndarray) -> float | np.ndarray:
    """Return a value; a tuple becomes an array of shape (1, n_values), so that no size can make it one per neuron."""
    return np.array([value]) if isinstance(value, tuple) else value
