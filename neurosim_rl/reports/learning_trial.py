"""Replay of the trial in which a run's champion learned."""

from __future__ import annotations

import numpy as np

from neurosim_rl.evaluation.learning_trial import record_learning_trial
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.history import History
from neurosim_rl.records.learning_record import LearningRecord
from neurosim_rl.runs.champion import ChampionRecord


def replay_learning_trial(
    optimizee: ClosedLoop, champion: ChampionRecord, history: History | None
) -> LearningRecord | None:
    """Return the first episodes of the trial in which the champion learned, played again.

    A network that learns in every trial learned in the first recorded trial, too: that one is played. A network that
    learns in training only learned in its last training trial: its genome before that trial is in the history.

    Parameters
    ----------
    optimizee : ClosedLoop
    champion : ChampionRecord
    history : History or None
        None: a champion without its run.

    Returns
    -------
    LearningRecord or None
        None: the champion did not learn, or learned in training and the run's history is not there.
    """
    if optimizee.learns(training=False):
        start = int(champion.recorded().start_seeds[0])
        element = optimizee.evaluation_elements([start])[0]
        return record_learning_trial(optimizee, champion.vector, element)
    if not optimizee.learns(training=True) or history is None:
        return None
    generation = history.of(champion.generation)
    (row,) = np.flatnonzero(generation.individual == champion.individual)
    element = optimizee.training_elements(champion.generation, [champion.individual])[0]
    return record_learning_trial(optimizee, generation.genomes[row], element, training=True)
