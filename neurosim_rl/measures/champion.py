"""Measures of a champion: its size, and its activity in episodes."""

from __future__ import annotations

import numpy as np

from neurosim_rl.evaluation.replay import record
from neurosim_rl.measures.activity import Activity
from neurosim_rl.measures.measures import Measures, dense_measures, spiking_measures
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop, Settings, create_optimizee
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.seeds import DEFAULT_FIRST_SEED

TOGETHER = 10
"""Most episodes that are played and recorded at once: spikes of more episodes need much memory."""


def measures(champion: ChampionRecord, episodes: int = 0, *, first_seed: int = DEFAULT_FIRST_SEED) -> Measures:
    """Return the measures of a champion, with its activity over recorded episodes.

    Parameters
    ----------
    champion : ChampionRecord
        Champion with or without neurons.
    episodes : int
        Number of unseen starts to play; 0 = use the episodes recorded with the champion.
    first_seed : int
        Start seed of the first episode.
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
        return Activity.of(champion.recorded(), network, window_ms)
    n_batches = -(-episodes // TOGETHER)
    activities = []
    for seeds in np.array_split(np.arange(first_seed, first_seed + episodes), n_batches):
        recording = record(optimizee, champion.vector, seeds.tolist())
        activities.append(Activity.of(recording, network, window_ms))
    return Activity.join(activities)


def dense_twin(champion: ChampionRecord, n_weights: int) -> Measures:
    """Return the measures of a dense network for the same task, with about as many weights, none of which is 0.

    Parameters
    ----------
    champion : ChampionRecord
    n_weights : int
        Wanted number of weights and biases; the nearest number that model ``dense`` has with one hidden layer.
    """
    model_table = {"name": "dense", "n_parameters": max(n_weights, 1)}
    dense = {"model": model_table, "learning": {"name": "none"}, "background": {"name": "none"}}
    model = create_optimizee(Settings.read(champion.config.tables(), dense)).model
    assert isinstance(model, Policy)
    genes = model.parameters.size
    layers = model.layers(model.parameters.to_genome(np.ones(genes)))
    weights, biases = zip(*layers, strict=True)
    return dense_measures(weights, biases, genes=genes)
