"""Weights of a network that learns: along one trial, and over the training of a line of networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurosim_rl.learning import LearningRecorder, PlasticityRule
from neurosim_rl.optimizees import ClosedLoop, Element, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.records.learning_record import LearningRecord, WeightHistory

RECORDED_EPISODES = 3
"""Number of episodes of a trial that are played again; the first ones show the effect of learning."""


def record_learning_trial(
    optimizee: ClosedLoop, vector: np.ndarray, element: Element, *, training: bool = False
) -> LearningRecord:
    """Play the first episodes of a trial; return rewards, eligibility and weights of each window.

    Parameters
    ----------
    optimizee : ClosedLoop
        A task with a learning rule.
    vector : array, shape (n_genes,)
        The genome at the start of the trial.
    element : Element
        The trial; its individual is ignored.
    training : bool
        Whether the trial is a training trial.
    """
    config = optimizee.config
    n_episodes = min(RECORDED_EPISODES, optimizee.n_trial_episodes(training))
    shorter = create_optimizee(config.replace(learning=config.learning.replace(episodes=n_episodes)))
    recorder = LearningRecorder()
    alone = replace(element, individual=0)
    shorter.play([vector], [alone], training=training, recorder=recorder)
    return recorder.record()


def weights_in_training(optimizee: ClosedLoop, history: History, line: int) -> tuple[WeightHistory, ...]:
    """Return the weights of a line of networks, before training and after each trial, for each projection that learns.

    Parameters
    ----------
    optimizee : ClosedLoop
        A task in which offspring inherit the weights that their parent has learned in training.
    history : History
    line : int
        Number of the line: each of its networks has this number as individual of a generation.
    """
    assert isinstance(optimizee.learning, PlasticityRule)  # networks that learn follow such a rule
    rows = history.individual == line
    networks = [optimizee.network(vector) for vector in (history.genomes[rows][0], *history.learned[rows])]
    first = networks[0]
    weights = []
    for number in optimizee.learning.plastic(first):
        projection = first.projections[number]
        weights.append(
            WeightHistory(
                source=projection.source,
                target=projection.target,
                pre=np.asarray(projection.pre),
                post=np.asarray(projection.post),
                n_source=first.population(projection.source).size,
                n_target=first.population(projection.target).size,
                weight_pa=np.stack([network.projections[number].weight_pa for network in networks]),
                unit=first.weight_unit(projection),
            )
        )
    return tuple(weights)
