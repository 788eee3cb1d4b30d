"""Recorder of a trial in which a network learns: rewards, eligibility and weights, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.learning.plastic_projection import PlasticProjection
from neurosim_rl.records.learning_record import LearningRecord, WeightHistory


@dataclass
class LearningRecorder:
    """Records the learning of a batch's first element; `PlasticLearner` calls it after each window."""

    _reward: list[float] = field(default_factory=list)
    _ended: list[bool] = field(default_factory=list)
    _weight_pa: list[list[np.ndarray]] = field(default_factory=list)
    _eligibility: list[list[np.ndarray]] = field(default_factory=list)
    _projections: Sequence[PlasticProjection] = ()

    def begin(self, projections: Sequence[PlasticProjection]) -> None:
        """Record the weights at the beginning of a trial."""
        self._projections = projections
        self._add_weights()

    def note(self, reward: float, ended: bool) -> None:
        """Record the reward, whether the episode ended, the weights and the eligibility after one window."""
        self._reward.append(reward)
        self._ended.append(ended)
        self._add_weights()
        self._eligibility.append([p.eligibility[0].astype(np.float32) for p in self._projections])

    def _add_weights(self) -> None:
        # Copies in single precision: a trial has many windows, and a record only serves figures.
        self._weight_pa.append([p.weight_pa[0].astype(np.float32) for p in self._projections])

    def record(self) -> LearningRecord:
        """Return the record of the trial so far."""
        weights, eligibility = [], []
        for k, p in enumerate(self._projections):
            weight_pa = np.stack([moment[k] for moment in self._weight_pa])
            weights.append(WeightHistory(p.source, p.target, p.pre[0], p.post[0], p.n_pre, p.n_post, weight_pa))
            eligibility.append(np.stack([window[k] for window in self._eligibility]))
        return LearningRecord(np.array(self._reward), np.array(self._ended), tuple(weights), tuple(eligibility))
