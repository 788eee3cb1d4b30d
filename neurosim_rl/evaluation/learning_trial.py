"""Weights of a network that learns: along one trial, and over the training of a line of networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurosim_rl.learning import LearningRecorder, RewardModulatedSTDP
from neurosim_rl.optimizees import ClosedLoop, Element, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.records.learning_record import LearningRecord, WeightHistory

FIRST_EPISODES = 3
"""Episodes of a trial that are recorded: the effect of learning shows in the first ones."""


def record_learning_trial(
    optimizee: ClosedLoop, vector: np.ndarray, element: Element, *, training: bool = False
) -> LearningRecord:
    """Play the first episodes of a trial, and return rewards, eligibility and weights along it.

    Parameters
    ----------
    optimizee : ClosedLoop
        A task in which networks learn.
    vector : array, shape (n_genes,)
        Genome at the start of the trial.
    element : Element
        Individual and seeds of the trial; the individual is ignored.
    training : bool
        Whether the trial is a training trial.
    """
    config = optimizee.config
    n_episodes = min(FIRST_EPISODES, optimizee.n_trial_episodes(training))
    shorter = create_optimizee(config.replace(learning={**config.learning, "episodes": n_episodes}))
    recorder = LearningRecorder()
    alone = replace(element, individual=0)
    shorter.play([vector], [alone], training=training, recorder=recorder)
    return recorder.record()


def weights_in_training(optimizee: ClosedLoop, history: History, line: int) -> tuple[WeightHistory, ...]:
    """Return the weights of a line of networks before training and after each trial, for each plastic projection.

    Parameters
    ----------
    optimizee : ClosedLoop
        A task in which networks pass on what they learned in training.
    history : History
    line : int
        Number of the individuals.
    """
    assert isinstance(optimizee.learning, RewardModulatedSTDP)
    rows = history.individual == line
    networks = [optimizee.network(vector) for vector in (history.genomes[rows][0], *history.learned[rows])]
    first = networks[0]
    histories: list[WeightHistory] = []
    for number in optimizee.learning.plastic(first):
        projection = first.projections[number]
        weight_pa = np.stack([network.projections[number].weight_pa for network in networks])
        course = WeightHistory(
            projection.source,
            projection.target,
            np.asarray(projection.pre),
            np.asarray(projection.post),
            first.population(projection.source).size,
            first.population(projection.target).size,
            weight_pa,
        )
        histories.append(course)
    return tuple(histories)
