"""A genome as a policy: its actions at the observations of some environments that somebody else steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurosim_rl.loop.rollout import play_window
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.seeds import LazyGenerators, Purpose
from neurosim_rl.simulators import create_simulator

Answer = Callable[[np.ndarray], np.ndarray]
"""A function from the observations of all environments, shape (n, n_observations), to their actions."""


def acting(optimizee: ClosedLoop, vector: np.ndarray, n_environments: int) -> Answer:
    """Return the function by which a genome acts in a number of environments.

    A spiking network plays in its simulator. As in a trial of several episodes, nothing is reset between them.

    Parameters
    ----------
    optimizee : ClosedLoop
    vector : array, shape (n_genes,)
    n_environments : int
    """
    rows = np.arange(n_environments)
    normalise, model = optimizee.normalisation.apply, optimizee.model
    if isinstance(model, Policy):
        act = model.act([optimizee.parameters.to_genome(vector)], [0] * n_environments)
        return lambda observations: act(normalise(observations), rows)
    networks = [optimizee.network(vector)] * n_environments
    simulator, encoder, decoder = create_simulator(optimizee.config.simulator), optimizee.encoder, optimizee.decoder
    simulator.build(networks, window_spikes_of=decoder.watches(networks[0]))
    for part in (encoder, decoder, optimizee.background):
        part.start(networks)
    keys = [(int(Purpose.EVALUATION_ELEMENT), k) for k in range(n_environments)]
    rngs = LazyGenerators([optimizee.config.seed] * n_environments, keys)

    def answer(observations: np.ndarray) -> np.ndarray:
        drive = encoder.encode(normalise(observations), rows, rngs)
        return play_window(simulator, encoder, decoder, drive, rows, rngs, optimizee.background)[1]

    return answer
