"""What a run's champion went through when it learned: one trial, played once more and watched, and all of training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurosim_rl.learning import LearningRecorder, RewardModulatedSTDP
from neurosim_rl.optimizees import ClosedLoop, Element, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.records.learning_record import LearningRecord, WeightHistory
from neurosim_rl.runs.champion import ChampionRecord

WATCHED_EPISODES = 3
"""Episodes of a trial that are played again: the first ones show what learning does."""


def replay_learning_trial(
    optimizee: ClosedLoop, champion: ChampionRecord, history: History | None
) -> LearningRecord | None:
    """Return the first episodes of the trial in which the champion learned; None if it did not, or the run is gone.

    What networks learn in training and pass on was learned in a generation of the run; networks that always learn
    do so in each trial, of which the first recorded one is watched.
    """
    if optimizee.learns(training=False):
        start = int(champion.recording.start_seeds[0])
        return watch(optimizee, champion.vector, optimizee.evaluation_elements([start])[0])
    if not optimizee.learns(training=True) or history is None:
        return None
    generation = history.of(champion.generation)
    (row,) = np.flatnonzero(generation.individual == champion.individual)
    element = optimizee.training_elements(champion.generation, [champion.individual])[0]
    return watch(optimizee, generation.genomes[row], element, training=True)


def watch(optimizee: ClosedLoop, vector: np.ndarray, element: Element, *, training: bool = False) -> LearningRecord:
    """Play the first episodes of a trial, and return what the network went through.

    Parameters
    ----------
    optimizee : ClosedLoop
        One that learns.
    vector : array, shape (n_genes,)
        The genome with which the trial begins.
    element : Element
        Which trial; its individual does not matter.
    training : bool
        Whether it is one of training.
    """
    config = optimizee.config
    n_episodes = min(WATCHED_EPISODES, optimizee.n_trial_episodes(training))
    shorter = create_optimizee(config.replace(learning=config.learning.replace(episodes=n_episodes)))
    recorder = LearningRecorder()
    alone = replace(element, individual=0)
    shorter.play([vector], [alone], training=training, recorder=recorder)
    return recorder.record()


def weights_in_training(optimizee: ClosedLoop, history: History, line: int) -> tuple[WeightHistory, ...]:
    """Return the weights of a line of networks before training and after each trial, by projection that learns.

    Parameters
    ----------
    optimizee : ClosedLoop
        One whose networks pass on what they have learned in training.
    history : History
    line : int
        Number of the individuals.
    """
    assert isinstance(optimizee.learning, RewardModulatedSTDP)
    rows = history.individual == line
    networks = [optimizee.network(vector) for vector in (history.genomes[rows][0], *history.learned[rows])]
    first = networks[0]
    return tuple(
        WeightHistory(
            projection.source,
            projection.target,
            np.asarray(projection.pre),
            np.asarray(projection.post),
            first.population(projection.source).size,
            first.population(projection.target).size,
            np.stack([network.projections[number].weight_pa for network in networks]),
        )
        for number in optimizee.learning.plastic(first)
        for projection in (first.projections[number],)
    )
