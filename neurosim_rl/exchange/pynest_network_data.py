"""A network and its kernel as tables of data for a PyNEST script."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.exchange.pynest_piece import unsupported
from neurosim_rl.networks.delays import longest_steps
from neurosim_rl.networks.live_network import LiveNetwork
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import GAP_JUNCTION


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
    longest = longest_steps(network.projections, grid, max(slice_steps, longest))
    # NEST's slices are as long as the smallest delay. The order of sums over simultaneous spikes depends on them.
    kernel = {
        "resolution": grid.step_ms,
        "min_delay": grid.ms(slice_steps),
        "max_delay": grid.ms(longest),
    }
    return {
        "KERNEL": kernel,
        "INPUTS": list(network.inputs),
        "OUTPUTS": list(network.outputs),
        "POPULATIONS": [_population(population) for population in network.populations],
        "PROJECTIONS": [_projection(network, p) for p in network.projections if p.n_synapses],
    }


def _check_expressible(network: Network) -> None:
    if isinstance(network, LiveNetwork):
        raise unsupported("the network", f"a function makes it, because data cannot express it ({network.reason})")
    for projection in network.projections:
        if projection.modulator is not None:
            raise unsupported(projection.label, f"{projection.synapse} needs a volume transmitter")


def _population(population: Population) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for name in sorted(population.parameters):
        value = np.asarray(population.parameters[name])
        if value.ndim == 2 and len(value) == 1:
            parameters[name] = value[0].tolist()  # a list that all neurons have
        else:
            parameters[name] = value.item() if value.ndim == 0 else value
    return {"name": population.name, "model": population.model, "size": population.size, "parameters": parameters}


def _projection(network: Network, projection: Projection) -> dict[str, Any]:
    table: dict[str, Any] = {"source": projection.source, "target": projection.target}
    if projection.synapse != "static_synapse":
        table["synapse_model"] = projection.synapse
    table |= projection.parameters
    if projection.synapse == GAP_JUNCTION:
        table["make_symmetric"] = True
    if projection.has_delay:
        delay_ms = np.asarray(network.grid.ms(network.grid.steps(projection.delay_ms)))
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
