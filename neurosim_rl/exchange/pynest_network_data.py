"""A network and its kernel as tables of data for a PyNEST script."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.exchange.pynest_piece import unsupported
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection


def network_constants(network: Network) -> dict[str, Any]:
    """Return the constants that describe a network, by name.

    Raises
    ------
    ExchangeError
        For a network that scripts cannot hold; says why.
    """
    _check_expressible(network)
    grid = network.grid
    slice_steps, longest = network.delay_range_steps
    # NEST's slices are as long as the smallest delay. The order of sums over simultaneous spikes depends on them.
    kernel = {
        "resolution": grid.step_ms,
        "min_delay": grid.ms(slice_steps),
        "max_delay": grid.ms(max(slice_steps, longest)),
    }
    return {
        "KERNEL": kernel,
        "INPUT": network.inputs[0],
        "OUTPUT": network.outputs[0],
        "POPULATIONS": [_population(population) for population in network.populations],
        "PROJECTIONS": [_projection(network, p) for p in network.projections if p.n_synapses],
    }


def _check_expressible(network: Network) -> None:
    for kind, names in (("input", network.inputs), ("output", network.outputs)):
        if len(names) > 1:
            raise unsupported(f"the {kind} populations {', '.join(names)}", f"scripts have one {kind} population")
    if network.nest_modules:
        raise unsupported("the network", "it needs extension modules of NEST (nest_modules)")
    if network.bridge_genes:
        raise unsupported("the network", "genes of its encoder or decoder would be missing")
    for projection in network.projections:
        if not projection.has_delay:
            raise unsupported(projection.label, f"{projection.synapse} has no delay")


def _population(population: Population) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for name in sorted(population.parameters):
        value = np.asarray(population.parameters[name])
        if value.ndim > 1:
            raise unsupported(f"the list {name} of population {population.name!r}", "its parameters are single numbers")
        parameters[name] = value.item() if value.ndim == 0 else value
    return {"name": population.name, "model": population.model, "size": population.size, "parameters": parameters}


def _projection(network: Network, projection: Projection) -> dict[str, Any]:
    if projection.modulator is not None:
        raise unsupported(projection.label, f"{projection.synapse} needs a volume transmitter")
    grid = network.grid
    delay_ms = np.asarray(grid.ms(grid.steps(projection.delay_ms)))
    table: dict[str, Any] = {"source": projection.source, "target": projection.target}
    if projection.synapse != "static_synapse":
        table["synapse_model"] = projection.synapse
    table |= projection.parameters
    table["delay"] = delay_ms[0].item() if (delay_ms == delay_ms[0]).all() else delay_ms
    shape = network.population(projection.source).size, network.population(projection.target).size
    weight = np.asarray(projection.weight_pa, np.float64)
    if _is_complete(projection, shape):
        return {**table, "weight": weight.reshape(shape)}
    return {**table, "pre": np.asarray(projection.pre), "post": np.asarray(projection.post), "weight": weight}


def _is_complete(projection: Projection, shape: tuple[int, int]) -> bool:
    """Return whether there is a synapse from each neuron of the source to each of the target, in their order."""
    pre, post = np.indices(shape).reshape(2, -1)
    return np.array_equal(projection.pre, pre) and np.array_equal(projection.post, post)
