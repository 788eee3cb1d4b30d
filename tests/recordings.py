"""A small synthetic recording and its network: two observed variables, three actions, nine neurons."""

import numpy as np

from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.records.episodes import Traces
from neurosim_rl.records.recording import Recording
from neurosim_rl.records.spikes import Spikes

LENGTHS = np.array([4, 6])


def nine_neurons() -> Network:
    """Return a network of nine neurons without synapses."""
    populations = (Population("input", 4), Population("hidden_1", 2), Population("output", 3))
    return Network(populations, (), input="input", output="output")


def two_episodes() -> Recording:
    """Return two episodes of 4 and 6 steps; padding as rollout makes it."""
    n_windows = int(LENGTHS.max())
    steps = np.arange(n_windows)
    ended = steps >= LENGTHS[:, None]
    observations = np.stack([np.linspace(0, 1, n_windows + 1), np.linspace(1, -1, n_windows + 1)], axis=-1)
    observations = np.where(np.arange(n_windows + 1)[None, :, None] > LENGTHS[:, None, None], np.nan, observations)
    counts = np.stack([steps % 3, steps % 2, np.full(n_windows, 4)], axis=-1)
    traces = Traces(
        observations=observations,
        actions=np.where(ended, np.nan, steps % 3)[..., None],
        counts=np.where(ended[..., None], -1, counts),
        rewards=np.where(ended, np.nan, 1.0),
    )
    spikes = Spikes(
        element=np.array([0, 0, 0, 0, 1]),
        neuron=np.array([0, 8, 5, 0, 3]),
        step=np.array([10, 20, 30, 400, 50]),
        resolution_ms=0.2,
    )
    seeds = np.array([11, 12])
    return Recording("nest", seeds, LENGTHS.astype(float), LENGTHS, LENGTHS[:, None], traces, spikes)
