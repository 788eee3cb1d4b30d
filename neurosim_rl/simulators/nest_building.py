"""Steps that build a batch in NEST's kernel: its grid, nodes that a function makes, and the currents of inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.delays import longest_steps
from neurosim_rl.networks.live_network import LiveNetwork
from neurosim_rl.networks.network import Network
from neurosim_rl.simulators.nest_library import nest, nestkernel_api


def prepare_kernel(networks: Sequence[Network]) -> None:
    """Set the grid and the range of delays of a batch in an empty kernel."""
    first = networks[0]
    grid, slice_steps = first.grid, first.delay_range_steps[0]
    largest = max(slice_steps, *(n.delay_range_steps[1] for n in networks))
    largest = longest_steps(first.projections, grid, largest)
    nest.resolution = grid.step_ms
    # A function may connect devices with other delays: NEST finds the range by itself.
    if not isinstance(first, LiveNetwork):
        nest.set(min_delay=grid.ms(slice_steps), max_delay=grid.ms(largest))


def construct(network: Network) -> dict[str, np.ndarray]:
    """Let the function of a live network make it; return its nodes by population, shape (1, size) each."""
    if not isinstance(network, LiveNetwork):
        return {}
    network.construct()
    return {name: np.asarray(ids)[None] for name, ids in network.node_ids.items()}


def own_currents(network: Network) -> np.ndarray:
    """Return the constant currents of the input neurons, which the drive replaces, in pA, shape (n_inputs,)."""
    parts = []
    for name in network.inputs:
        population = network.population(name)
        parts.append(np.broadcast_to(population.parameters.get("I_e", 0.0), population.size))
    return np.concatenate(parts).astype(np.float64)


@contextmanager
def errors_of_nest(clear: Callable[[], None]) -> Iterator[None]:
    """Turn an error of NEST in a simulation into one line, after `clear`: NEST cannot simulate any more after it."""
    try:
        yield
    except nestkernel_api.NESTErrors.KernelException as error:
        clear()
        said = str(error).strip().rstrip(".")
        raise SimulatorError(
            f"NEST gave up: {type(error).__name__}: {said}. Check currents, weights and the neurons' parameters."
        ) from error
