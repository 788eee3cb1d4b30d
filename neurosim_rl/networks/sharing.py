"""Networks of one structure that were made one by one: they share equal arrays afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection


def sharing_arrays(network: Network, template: Network | None) -> Network:
    """Return a network that shares with a template all arrays that are equal, so that simulators prepare them once."""
    if template is None or type(network) is not Network or type(template) is not Network:
        return network
    same = len(network.projections) == len(template.projections) and _same_populations(network, template)
    for mine, theirs in zip(network.projections, template.projections, strict=False):
        same = same and _same_but_weights(mine, theirs)
    if not same or (network.input, network.output) != (template.input, template.output):
        return network
    return template.with_weights([p.weight_pa for p in network.projections])


def _same_populations(one: Network, other: Network) -> bool:
    if [(p.name, p.size, p.model) for p in one.populations] != [(p.name, p.size, p.model) for p in other.populations]:
        return False
    pairs = zip(one.populations, other.populations, strict=True)
    return all(_same_values(a.parameters, b.parameters) for a, b in pairs)


def _same_but_weights(one: Projection, other: Projection) -> bool:
    if (one.source, one.target, one.synapse) != (other.source, other.target, other.synapse):
        return False
    arrays = (np.array_equal(getattr(one, name), getattr(other, name)) for name in ("pre", "post", "delay_ms"))
    return all(arrays) and _same_values(one.parameters, other.parameters)


def _same_values(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return set(one) == set(other) and all(np.array_equal(one[key], other[key]) for key in one)
