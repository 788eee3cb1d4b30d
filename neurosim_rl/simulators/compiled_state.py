"""What the compiled loops read and change: layout and state of a batch, its drive, and what is too small to keep."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators.compiled_lanes import DRIVE, LEFT, N_LANES

SOURCE = -1
"""Kind of a population that emits given spikes."""

TINY = 1e-200
"""mV or pA. What is smaller at the end of a window is forgotten, long before it becomes subnormal."""


class Layout(NamedTuple):
    """What does not change: structure of all networks of a batch (n_distinct different ones)."""

    first: np.ndarray  # (n_populations + 1,) first neuron of each population
    kind: np.ndarray  # (n_populations,) SOURCE, ALPHA, EXP, DELTA
    input: int  # population that the drive goes to
    synaptic: np.ndarray  # (n_neurons,) number among the neurons with synapses; -1: no network has one onto it
    network_of: np.ndarray  # (n_batch,) which distinct network an element holds
    constants: np.ndarray  # (n_distinct, n_neurons, n_constants)
    synapse_start: np.ndarray  # (n_distinct, n_neurons + 1) first synapse of each neuron
    target: np.ndarray  # (n_synapses,) number of the target times two, plus one if inhibitory
    weight: np.ndarray  # (n_synapses,) pA (mV for delta)
    delay: np.ndarray  # (n_synapses,) steps
    output: np.ndarray  # (2,) first output neuron, and the one behind the last


class State(NamedTuple):
    """What changes, in blocks of N_LANES elements."""

    lanes: np.ndarray  # (n_blocks, n_neurons, N_STATE * N_LANES)
    constants: np.ndarray  # (n_blocks, or 1 if all networks share them, n_neurons, n_constants * N_LANES)
    asleep_since: np.ndarray  # (n_blocks, n_neurons, N_LANES) step since which decay is not computed yet; -1: awake
    pending: np.ndarray  # (n_blocks, n_synaptic, max_delay * 2 * N_LANES) summed weights, beyond the window
    arriving: np.ndarray  # (n_synaptic + 1, n_slots * 2 * N_LANES) the same within it; zero between blocks; last: none


@compiled
def forget_tiny(states):
    """Set what has decayed to next to nothing to zero: arithmetic becomes some ten times slower below 2e-308.

    No spike depends on it, as nothing that is added to a number so small is.
    """
    for neuron in range(states.shape[0]):
        for k in range(LEFT):
            states[neuron, k] = states[neuron, k] if abs(states[neuron, k]) > TINY else 0.0


@compiled
def set_drive(layout, state, block, lane_rows, currents):
    """Set the current's share of each step, of all input neurons; that of the others never changes."""
    all_lanes, constants, first = state.lanes, state.constants, layout.first[layout.input]
    shared_or_own = min(block, constants.shape[0] - 1)
    for k in range(currents.shape[1]):
        for lane in range(N_LANES):
            if lane_rows[lane] >= 0:
                drive = constants[shared_or_own, first + k, lane] * currents[lane_rows[lane], k]
                all_lanes[block, first + k, DRIVE + lane] = drive
