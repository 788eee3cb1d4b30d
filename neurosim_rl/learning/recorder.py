"""What a learning network went through, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.learning.critics import Verdict
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
        """Note the weights with which a trial begins."""
        self._projections = projections
        self._weight_pa.append([p.weight_pa[0].astype(np.float32) for p in projections])

    def note(self, verdict: Verdict, ended: np.ndarray) -> None:
        """Note what a window of the first element brought."""
        self._reward.append(float(verdict.overall[0]))
        self._ended.append(bool(ended[0]))
        self._weight_pa.append([p.weight_pa[0].astype(np.float32) for p in self._projections])
        self._eligibility.append([p.eligibility[0].astype(np.float32) for p in self._projections])

    def record(self) -> LearningRecord:
        """Return what was noted."""
        numbered = list(enumerate(self._projections))
        weights = tuple(
            WeightHistory(*p.ends, p.pre[0], p.post[0], p.n_pre, p.n_post, np.stack([w[k] for w in self._weight_pa]))
            for k, p in numbered
        )
        eligibility = tuple(np.stack([marks[k] for marks in self._eligibility]) for k, _ in numbered)
        return LearningRecord(np.array(self._reward), np.array(self._ended), weights, eligibility)
