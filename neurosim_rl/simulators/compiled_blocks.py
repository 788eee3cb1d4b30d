"""The state of a batch in blocks of lanes: at rest, and after elements have ended and the others closed ranks."""

from __future__ import annotations

import numpy as np

from neurosim_rl.simulators.compiled_lanes import DRIVE, N_LANES, V
from neurosim_rl.simulators.compiled_layout import DistinctNetworks
from neurosim_rl.simulators.compiled_neurons import n_state_of
from neurosim_rl.simulators.compiled_state import Layout, State


def blocks(elements: np.ndarray) -> np.ndarray:
    """Return elements in blocks of lanes, shape (n_blocks, N_LANES); -1 where there is none."""
    in_blocks = np.full((-(-len(elements) // N_LANES), N_LANES), -1)
    in_blocks.ravel()[: len(elements)] = elements
    return in_blocks


def at_rest(
    distinct: DistinctNetworks, layout: Layout, elements: np.ndarray, n_synaptic: int, pending_shape: tuple[int, int]
) -> State:
    """Return the state of a batch at rest.

    Parameters
    ----------
    distinct : DistinctNetworks
    layout : Layout
    elements : int array, shape (n_blocks, N_LANES)
    n_synaptic : int
        Neurons that are numbered as having synapses.
    pending_shape : tuple of int
        Shape of the array that holds a block's spikes on their way.
    """
    n_neurons, n_blocks = distinct.networks[0].n_neurons, len(elements)
    neurons = [s.neurons for s in distinct.structures]
    initial_mv = np.stack([n.initial_mv for n in neurons])[distinct.of_element]
    drive_mv = np.stack([n.drive_mv for n in neurons])[distinct.of_element]
    # Lanes without an element, -1, take the values of the last: they are integrated, and nobody reads them.
    lanes = np.zeros((n_blocks, n_neurons, n_state_of(layout.kind), N_LANES))
    lanes[:, :, V // N_LANES] = initial_mv[elements].swapaxes(1, 2)
    lanes[:, :, DRIVE // N_LANES] = drive_mv[elements].swapaxes(1, 2)
    return State(
        lanes=_flat(lanes),
        constants=_lane_constants(layout, elements),
        asleep_since=np.full((n_blocks, n_neurons, N_LANES), -1),
        pending=np.zeros((n_blocks, *pending_shape)),
        arriving=np.zeros((n_synaptic + 1, 0)),
    )


def close_ranks(state: State, layout: Layout, before: np.ndarray, elements: np.ndarray) -> State:
    """Return the state of elements that stood in other blocks before; both of shape (n_blocks, N_LANES)."""
    place_of = np.zeros(len(layout.network_of) + 1, np.int64)  # the last is for lanes without an element
    place_of[before] = np.arange(before.size).reshape(-1, N_LANES)
    block, lane = np.divmod(place_of[elements], N_LANES)
    return state._replace(
        lanes=_gather(state.lanes, block, lane),
        pending=_gather(state.pending, block, lane),
        asleep_since=_gather(state.asleep_since, block, lane),
        constants=_lane_constants(layout, elements),
    )


def one_for_all(state: State, layout: Layout, before: np.ndarray, element: int, elements: np.ndarray) -> State:
    """Return the state of one element for all elements, in arrays of their own; `before`, `elements` as above."""
    (block,), (lane,) = np.nonzero(before == element)
    everywhere = np.full(elements.shape, block), np.full(elements.shape, lane)
    return state._replace(
        lanes=_gather(state.lanes, *everywhere),
        pending=_gather(state.pending, *everywhere),
        asleep_since=_gather(state.asleep_since, *everywhere),
        constants=_lane_constants(layout, elements),
        arriving=state.arriving.copy(),
    )


def _lane_constants(layout: Layout, elements: np.ndarray) -> np.ndarray:
    """Return the constants of all neurons for each lane; one block if all networks share them."""
    constants = layout.constants
    if (constants == constants[:1]).all():
        return _flat(np.repeat(constants[:1, :, :, np.newaxis], N_LANES, axis=3))
    return _flat(np.moveaxis(constants[layout.network_of[elements]], 1, 3))


def _flat(values: np.ndarray) -> np.ndarray:
    """Return an array of shape (n_blocks, n_neurons, n_values, N_LANES) with its last two axes as one."""
    n_blocks, n_neurons, n_values, n_lanes = values.shape
    return np.ascontiguousarray(values).reshape(n_blocks, n_neurons, n_values * n_lanes)


def _gather(flat: np.ndarray, block: np.ndarray, lane: np.ndarray) -> np.ndarray:
    """Return a flat array with its lanes taken from elsewhere; block, lane: shape (n_blocks, N_LANES)."""
    n_blocks, n_neurons, width = flat.shape
    values = flat.reshape(n_blocks, n_neurons, width // N_LANES, N_LANES)
    return _flat(np.moveaxis(values[block, :, :, lane], 1, 3))
