"""Size of a network, and the memory that it needs at least, by arithmetic, before anything is allocated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution.memory import memory_bytes
from neurosim_rl.models import Model, Policy, SpikingModel

NEURON_BYTES, SYNAPSE_BYTES = 600, 100
"""A neuron and a synapse in NEST, with their description in Python; rough values, from below."""
LARGEST_COUNT = 10**100
WEIGHT_BYTES = 16
"""A weight outside NEST, with its gene."""


@dataclass(frozen=True)
class Need:
    """Memory that a part of a run needs.

    Parameters
    ----------
    what : str
        Subject of the message, in the plural.
    n_bytes : float
    advice : str
        A sentence.
    """

    what: str
    n_bytes: float
    advice: str


def check_memory(needs: Sequence[Need]) -> None:
    """Raise if the sum of all needs exceeds the memory of this process.

    Raises
    ------
    ConfigurationError
        With the largest need.
    """
    available = memory_bytes()
    if sum(need.n_bytes for need in needs) <= available:
        return
    largest = max(needs, key=lambda need: need.n_bytes)
    raise ConfigurationError(
        f"{largest.what} need about {_gigabytes(largest.n_bytes)}; expected at most {_gigabytes(available)} for the "
        f"whole run, the memory of this process. {largest.advice}"
    )


def _gigabytes(n_bytes: float) -> str:
    return f"{readable(n_bytes / 1e9)} GB"


def readable(number: float) -> str:
    """Return a number with three digits: ``2.5``, ``600``, ``5 000 000``; as a power of ten where it is very large.

    Examples
    --------
    >>> readable(1.234e6), readable(5e13)
    ('1 230 000', '5e+13')
    """
    rounded = float(f"{number:.3g}")
    if not 1000 <= rounded < 1e12:
        return f"{rounded:g}"
    return f"{rounded:,.0f}".replace(",", " ")


def check_network_size(model: Model) -> None:
    """Raise if one network of a model does not fit into memory.

    Raises
    ------
    ConfigurationError
        With the estimate.
    """
    check_memory([network_need(model)])


def network_need(model: Model) -> Need:
    """Return the memory of one network."""
    weights = n_weights(model)
    advice = "Set a smaller network: see the sizes of model, encoder and decoder."
    if not isinstance(model, SpikingModel):
        return Need(f"{readable(weights)} weights", weights * WEIGHT_BYTES, advice)
    n_neurons = n_units(model)
    n_bytes = NEURON_BYTES * n_neurons + SYNAPSE_BYTES * weights
    return Need(f"{readable(n_neurons)} neurons with {readable(weights)} weights", n_bytes, advice)


def n_units(model: Model) -> float:
    """Return the number of neurons of a model, or of the units of a policy."""
    if isinstance(model, Policy):
        return as_float(sum(model.sizes))
    assert isinstance(model, SpikingModel)
    return as_float(model.counts[0])


def n_weights(model: Model) -> float:
    """Return the number of weights of a model, tied ones counted each."""
    if isinstance(model, Policy):
        return as_float(sum((n_source + 1) * n_target for n_source, n_target in pairwise(model.sizes)))
    assert isinstance(model, SpikingModel)
    weights = as_float(model.counts[1])
    for shape in (model.read_in_shape, model.readout_shape):
        if shape is not None:
            weights += as_float(math.prod(shape))
    return weights


def as_float(count: int) -> float:
    """Return a number of things; a whole number may be too large for a float."""
    return float(min(count, LARGEST_COUNT))
