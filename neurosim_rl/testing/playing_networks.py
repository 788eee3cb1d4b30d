"""Playing of networks in a simulator, for checks: counts of windows with made-up input, spikes and membranes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.bridge import Currents, SpikeTrains
from neurosim_rl.bridge.drive import Drive
from neurosim_rl.networks.network import Network
from neurosim_rl.simulators import create_simulator

N_WINDOWS = 3
NOISE_SEED = 12345


def made_up_drive(network: Network, keys: Sequence[int], window: int, window_ms: float, peak_pa: float) -> Drive:
    """Return a drive of one row for each key; a row depends on its key and the window only.

    Parameters
    ----------
    network : Network
    keys : sequence of int
    window : int
    window_ms : float
    peak_pa : float
        Largest current, for neurons that receive currents.
    """
    rngs = [np.random.default_rng([7, key, window]) for key in keys]
    if not network.population(network.inputs[0]).is_source:
        return Currents(np.stack([np.round(rng.uniform(0, peak_pa, network.n_inputs), 6) for rng in rngs]))
    n_steps = round(window_ms / network.resolution_ms)
    draws = np.stack([rng.random((network.n_inputs, n_steps)) for rng in rngs])
    row, neuron, step = np.nonzero(draws < 0.3 * network.resolution_ms)  # 300 spikes/s
    return SpikeTrains(row, neuron, step + 1, len(keys))


def play_networks(
    simulator: str, networks: Sequence[Network], keys: Sequence[int], window_ms: float, peak_pa: float, membranes: bool
) -> list[np.ndarray]:
    """Return counts, and membranes if wanted, of each window, then all spikes (element, neuron, step)."""
    active, parts = np.arange(len(networks)), []
    with create_simulator(simulator) as opened:
        # Networks that draw random numbers play alone; others need no seed.
        opened.build(networks, record_spikes=True, noise_seeds=[NOISE_SEED] if networks[0].random_models else None)
        for window in range(N_WINDOWS):
            drive = made_up_drive(networks[0], keys, window, window_ms, peak_pa)
            parts.append(opened.advance(drive, window_ms, active))
            if membranes:
                parts.append(opened.output_mv())
        spikes = opened.spikes()
    return [*parts, np.stack([spikes.element, spikes.neuron, spikes.step])]
