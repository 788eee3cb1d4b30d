"""Firing rates of neurons under constant currents, measured in a simulator."""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge import Currents
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.seeds import Purpose, noise_seed
from neurosim_rl.simulators import create_simulator

RATES_MS = 2000.0
"""Simulated time of the measurement in ms."""


def rates_hz(optimizee: ClosedLoop, neurons: Population, currents_pa: np.ndarray) -> np.ndarray:
    """Return firing rates in Hz, measured over 2 s with the optimizee's simulator and resolution.

    Parameters
    ----------
    optimizee : ClosedLoop
    neurons : Population
        One neuron for each current.
    currents_pa : array, any shape

    Returns
    -------
    array, shape as of `currents_pa`
    """
    resolution_ms = optimizee.config.resolution_ms
    network = Network((neurons,), (), input=neurons.name, output=neurons.name, resolution_ms=resolution_ms)
    with create_simulator(optimizee.config.simulator) as simulator:
        key = (int(Purpose.EVALUATION_ELEMENT), 0)
        simulator.build([network], noise_seeds=[noise_seed(optimizee.config.seed, key)])
        counts = simulator.advance(Currents(currents_pa.reshape(1, -1)), RATES_MS, np.arange(1))
    return counts.reshape(currents_pa.shape) * (1e3 / RATES_MS)
