"""Ensemble Kalman inversion: an ensemble of genomes, corrected towards a target score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.optimizers.algebra import product, solution
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.ranking import finite_scores, normal_scores
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class EnsembleKalmanParameters(OptimizerParameters):
    """Ensemble Kalman inversion: genomes move along their covariance with the score, towards a target score.

    Source: Iglesias, Law & Stuart 2013, Inverse Problems 29:045001.
    """

    population: int = option(32, "individuals in the ensemble", low=4)
    shaping: str = option(
        "rank",
        "score of an individual: rank = normal score of its rank; raw = fitness (a failure gets the worst fitness)",
        choices=("rank", "raw"),
    )
    target: float = option(
        3.0, "target score: standard deviations above the middle rank of the ensemble, or a raw fitness"
    )
    gamma: float = option(1.0, "variance of the observation noise, in squared units of the score", low=1e-9)
    survivors: float = option(
        0.5, "share of best individuals that stay; copies of them replace the others", low=0.05, high=1
    )
    perturbation: float = option(
        0.15, "standard deviation of noise added to each gene, in standard deviations of created genes", low=0
    )

    @property
    def optimizer(self) -> type[EnsembleKalmanOptimizer]:
        """The optimizer's class."""
        return EnsembleKalmanOptimizer


class EnsembleKalmanOptimizer(VectorOptimizer):
    """Ensemble Kalman inversion with perturbed observations, replacement of the worst, and inflation.

    With ensemble u_j (genes in units of their spread), scores g_j (a vector, one entry for each objective) and
    target y, one generation is

    * C_ug = sum_j (u_j - <u>) (g_j - <g>)^T / (J - 1), and C_gg likewise;
    * K = C_ug (C_gg + gamma I)^-1, the Kalman gain;
    * u_j <- u_j + K (y + eta_j - g_j) + xi_j, with eta_j ~ N(0, gamma I) and xi_j ~ N(0, perturbation^2 I).

    Sources: Iglesias, Law & Stuart 2013, Inverse Problems 29:045001, section 2; for networks within L2L:
    Yegenoglu, Krajsek, Diaz Pier & Herty 2020, arXiv:2002.09672. They invert the output of a network for labelled data.
    Here the observation is the score of an individual, and the data are the target score. By default, g_j is the normal
    score of the rank of fitness within the ensemble, and y lies above the best of them. So the target needs no
    knowledge of the task and moves with the ensemble.

    The update keeps every member in the span of the ensemble (Iglesias et al. 2013, theorem 2.1) and shrinks the
    ensemble, which would collapse. Two measures prevent this: copies of the best members, with their scores, replace
    the worst before the update (as in L2L's Kalman optimizers, ``best_n`` and ``worst_n``), and noise xi_j is added.
    Raw fitness that is not finite takes the worst finite value of its generation. If all fitnesses are equal, the
    ensemble only diffuses.
    """

    single_objective: ClassVar[bool] = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._rng = generator(self.parameters.seed, Purpose.LIBRARY)

    def _next(self, scores: np.ndarray) -> np.ndarray:
        p = self.parameters
        shape = normal_scores if p.shaping == "rank" else finite_scores
        shaped = np.column_stack([shape(column) for column in scores.T])
        kept = self._kept(scores)
        members, shaped = self.genomes[kept] / self.spread, shaped[kept]
        moved = members + self._correction(members, shaped)
        moved += p.perturbation * self._rng.standard_normal(members.shape)
        return np.clip(moved * self.spread, self.low, self.high)

    def _kept(self, scores: np.ndarray) -> np.ndarray:
        """Return the indices of the members after replacement: the best stay, and in turn replace the others."""
        normal = np.column_stack([normal_scores(column) for column in scores.T])
        order = np.argsort(-normal.sum(axis=1), kind="stable")
        n_survivors = max(2, round(self.parameters.survivors * len(order)))
        return order[np.arange(len(order)) % n_survivors]

    def _correction(self, members: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Return the Kalman update of each member, shape of `members`."""
        gamma, n = self.parameters.gamma, len(members)
        du, dg = members - members.mean(axis=0), scores - scores.mean(axis=0)
        noise = np.sqrt(gamma) * self._rng.standard_normal(scores.shape)
        innovation = self.parameters.target + noise - scores
        # The transposed gain, K^T = (C_gg + gamma I)^-1 C_gu: solving the small system of objectives avoids an inverse.
        covariance_scores = product(dg.T, dg) / (n - 1)
        covariance_scores_members = product(dg.T, du) / (n - 1)
        gain = solution(covariance_scores + gamma * np.eye(scores.shape[1]), covariance_scores_members)
        return product(innovation, gain)
