"""Data of the compiled loops: layout and state of a batch. Its drive, and values that are too small to keep."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators.compiled_lanes import CURRENT, DRIVE, N_LANES, V

TINY = 1e-200
"""mV or pA. A value below this is set to zero at the end of a window, long before it becomes subnormal."""


class Layout(NamedTuple):
    """Constant data: structure of all networks of a batch (n_distinct different ones)."""

    first: np.ndarray  # (n_populations + 1,) first neuron of each population
    kind: np.ndarray  # (n_populations,) place of its model in NEURON_MODELS, or SOURCE
    input: int  # population that receives the drive
    synaptic: np.ndarray  # (n_neurons,) number among the neurons with synapses; -1: no network has one onto it
    network_of: np.ndarray  # (n_batch,) which distinct network an element holds
    constants: np.ndarray  # (n_distinct, n_neurons, n_constants), columns as in compiled_lanes
    rest_mv: np.ndarray  # (n_distinct, n_neurons) E_L, which the state's membranes are relative to
    synapse_start: np.ndarray  # (n_distinct, n_neurons + 1) first synapse of each neuron
    target: np.ndarray  # (n_synapses,) number of the target times two, plus one if inhibitory
    weight: np.ndarray  # (n_synapses,) pA, or mV where the model takes jumps of the membrane
    delay: np.ndarray  # (n_synapses,) steps
    output: np.ndarray  # (2,) first output neuron, and the one behind the last


class State(NamedTuple):
    """Changing data, in blocks of N_LANES elements."""

    lanes: np.ndarray  # (n_blocks, n_neurons, n_state * N_LANES), columns as in compiled_lanes
    constants: np.ndarray  # (n_blocks, or 1 if all networks share them, n_neurons, n_constants * N_LANES)
    asleep_since: np.ndarray  # (n_blocks, n_neurons, N_LANES) step since which decay is not computed yet; -1: awake
    pending: np.ndarray  # (n_blocks, n_synaptic, max_delay * 2 * N_LANES) summed weights, beyond the window
    arriving: np.ndarray  # (n_synaptic + 1, n_slots * 2 * N_LANES) the same within it; zero between blocks; last: none


@compiled
def forget_tiny(states):
    """Set negligibly small values to zero: arithmetic becomes some ten times slower below 2e-308.

    No spike depends on a value so small: adding it to any other value of a neuron changes no bit.
    """
    # Drive and refractory steps come before V and do not decay.
    for neuron in range(states.shape[0]):
        for k in range(V, states.shape[1]):
            states[neuron, k] = states[neuron, k] if abs(states[neuron, k]) > TINY else 0.0


@compiled
def set_drive(layout, state, block, lane_rows, currents):
    """Set the drive of all input neurons; the drive of other neurons never changes."""
    all_lanes, constants, first = state.lanes, state.constants, layout.first[layout.input]
    # There is only one block of constants where all networks share them.
    shared_or_own = min(block, constants.shape[0] - 1)
    for k in range(currents.shape[1]):
        for lane in range(N_LANES):
            if lane_rows[lane] >= 0:
                drive = constants[shared_or_own, first + k, CURRENT + lane] * currents[lane_rows[lane], k]
                all_lanes[block, first + k, DRIVE + lane] = drive
