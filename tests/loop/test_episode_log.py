"""Adding up episodes while they run."""

import numpy as np

from neurosim_rl.environments import Step
from neurosim_rl.loop.episode_log import EpisodeLog


def test_the_log_does_not_alias_what_it_is_given() -> None:
    first = np.zeros((1, 1))
    log = EpisodeLog([0], n_outputs=1)
    row = np.zeros(1, np.int64)
    log.begin(row, first)
    step = Step(np.array([[5.0]]), np.array([2.0]), np.array([True]), np.array([False]))
    log.add(row, np.array([[3]]), np.array([0]), step)
    assert first.tolist() == [[0.0]]
    assert log.episodes().observation_max.tolist() == [[5.0]]
    assert log.episodes().returns.tolist() == [2.0]
