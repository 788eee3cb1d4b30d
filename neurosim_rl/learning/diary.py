"""What a learning network went through, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.learning.critics import Verdict
from neurosim_rl.learning.plastic_projection import PlasticProjection


@dataclass(frozen=True)
class WeightCourse:
    """How the weights of one projection changed.

    Parameters
    ----------
    source, target : str
        Populations.
    pre, post : int array, shape (n_synapses,)
        Neurons of each synapse, counted within their populations.
    n_source, n_target : int
        Sizes of the populations.
    weight_pa : array, shape (n_moments, n_synapses)
        In pA; a row for each moment.
    """

    source: str
    target: str
    pre: np.ndarray
    post: np.ndarray
    n_source: int
    n_target: int
    weight_pa: np.ndarray

    @property
    def label(self) -> str:
        """Where the synapses go from and to."""
        return f"{self.source}->{self.target}"

    def matrix_pa(self, moment: int) -> np.ndarray:
        """Return the total weights by source and target at a moment, shape (n_source, n_target); NaN: no synapse."""
        matrix = np.full((self.n_source, self.n_target), np.nan)
        matrix[self.pre, self.post] = 0.0
        np.add.at(matrix, (self.pre, self.post), self.weight_pa[moment])
        return matrix


@dataclass(frozen=True)
class Diary:
    """A trial in which one network learned.

    Parameters
    ----------
    reward : array, shape (n_windows,)
        What the critic said of each window.
    ended : bool array, shape (n_windows,)
        Whether an episode ended with it.
    weights : tuple of WeightCourse
        Of each projection that learns, before the first window and after each.
    eligibility : tuple of array, each of shape (n_windows, n_synapses)
        Of the same projections: what each window's reward was multiplied by.
    """

    reward: np.ndarray
    ended: np.ndarray
    weights: tuple[WeightCourse, ...]
    eligibility: tuple[np.ndarray, ...]

    @property
    def n_windows(self) -> int:
        """Number of windows."""
        return len(self.reward)


@dataclass
class DiaryKeeper:
    """Keeps the diary of a batch's first element; `PlasticLearner` calls it after each window."""

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

    def diary(self) -> Diary:
        """Return what was noted."""
        numbered = list(enumerate(self._projections))
        weights = tuple(
            WeightCourse(*p.ends, p.pre[0], p.post[0], p.n_pre, p.n_post, np.stack([w[k] for w in self._weight_pa]))
            for k, p in numbered
        )
        eligibility = tuple(np.stack([marks[k] for marks in self._eligibility]) for k, _ in numbered)
        return Diary(np.array(self._reward), np.array(self._ended), weights, eligibility)
