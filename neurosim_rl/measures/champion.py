"""Measuring a champion: what it is made of, and how active it is in episodes."""

from __future__ import annotations

import numpy as np

from neurosim_rl.evaluation.replay import record
from neurosim_rl.measures.activity import Activity
from neurosim_rl.measures.measures import Measures, dense_measures, spiking_measures
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.seeds import DEFAULT_FIRST_SEED

TOGETHER = 10
"""Episodes that are played and recorded at once: spikes of more need much memory."""


def measures(champion: ChampionRecord, episodes: int = 0, *, first_seed: int = DEFAULT_FIRST_SEED) -> Measures:
    """Return a champion's measures, over recorded episodes.

    Parameters
    ----------
    champion : ChampionRecord
        With neurons or without.
    episodes : int
        Unseen starts to play; 0: those that were recorded with the champion.
    first_seed : int
        Of these starts.
    """
    optimizee = champion.optimizee()
    genome = optimizee.parameters.to_genome(champion.vector)
    if isinstance(optimizee.model, Policy):
        weights, biases = zip(*optimizee.model.layers(genome), strict=True)
        return dense_measures(weights, biases, genes=optimizee.parameters.size)
    return spiking_measures(
        optimizee.network(champion.vector),
        _activity(champion, optimizee, episodes, first_seed),
        n_observations=len(optimizee.environment.observation_low),
        genes=optimizee.parameters.size,
    )


def _activity(champion: ChampionRecord, optimizee: ClosedLoop, episodes: int, first_seed: int) -> Activity:
    network, window_ms = optimizee.network(champion.vector), champion.config.window_ms
    if not episodes:
        return Activity.of(champion.recording, network, window_ms)
    parts = np.array_split(np.arange(first_seed, first_seed + episodes), -(-episodes // TOGETHER))
    recordings = (record(optimizee, champion.vector, seeds.tolist()) for seeds in parts)
    return Activity.join([Activity.of(recording, network, window_ms) for recording in recordings])


def dense_twin(champion: ChampionRecord, n_weights: int) -> Measures:
    """Return the measures of a dense network for the same task with about as many weights, none of them 0.

    Parameters
    ----------
    champion : ChampionRecord
    n_weights : int
        Weights and biases that it shall have; model ``dense`` with one hidden layer comes as near as it can.
    """
    config = champion.config.replace(
        model={"name": "dense", "n_parameters": max(n_weights, 1)}, learning={"name": "none"}, simulator="none"
    )
    model = create_optimizee(config).model
    assert isinstance(model, Policy)
    genes = model.parameters.size
    layers = model.layers(model.parameters.to_genome(np.ones(genes)))
    weights, biases = zip(*layers, strict=True)
    return dense_measures(weights, biases, genes=genes)
