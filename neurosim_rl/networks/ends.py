"""Checks of what a network connects: its populations for input and output, and the ends of its projections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import STATIC


def check_ends(populations: Sequence[Population], inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    """Raise unless the populations for input and output exist, and can be that.

    Raises
    ------
    NetworkError
    """
    by_name = {p.name: p for p in populations}
    for role, ends in (("input", inputs), ("output", outputs)):
        for name in ends:
            if name not in by_name:
                raise NetworkError(f"{role} population {name!r} does not exist; populations: {list(by_name)}.")
        if not ends or len(set(ends)) != len(ends):
            raise NetworkError(f"{role} populations are {ends}; expected at least one, and each once.")
    for name in outputs:
        if by_name[name].is_source:
            raise NetworkError(f"output population {name!r} emits given spikes; expected a neuron model.")
    if len({by_name[name].is_source for name in inputs}) > 1:
        raise NetworkError(
            f"input populations {inputs}: some emit given spikes, others are neurons. Use one kind: an encoder gives "
            "spikes or currents."
        )


def check_projection(projection: Projection, populations: Sequence[Population]) -> None:
    """Raise unless a projection's populations exist, its indices are theirs, and its modulator is one of them.

    Raises
    ------
    NetworkError
    """
    by_name = {p.name: p for p in populations}
    for role, name, index in (
        ("source", projection.source, projection.pre),
        ("target", projection.target, projection.post),
    ):
        if name not in by_name:
            raise NetworkError(f"{projection.label}: {role} does not exist; populations: {list(by_name)}.")
        size = by_name[name].size
        if len(index) and not (np.min(index) >= 0 and np.max(index) < size):
            raise NetworkError(f"{projection.label}: {role} index out of range; {name!r} has {size} neurons.")
    if by_name[projection.target].is_source:
        raise NetworkError(f"{projection.label}: a spike source cannot receive synapses.")
    modulator = projection.modulator
    if modulator is not None and (modulator not in by_name or by_name[modulator].is_source):
        raise NetworkError(
            f"{projection.label}: modulator {modulator!r} is not a population of neurons; expected one of "
            f"{[p.name for p in populations if not p.is_source]}. To use given spikes, put a population of "
            "parrot_neuron in between."
        )
    if by_name[projection.source].is_source and projection.synapse != STATIC:
        raise NetworkError(
            f"{projection.label}: {projection.synapse} cannot start at a spike_generator (NEST refuses it). Put a "
            "population of parrot_neuron in between, with a static synapse to each of its neurons."
        )
