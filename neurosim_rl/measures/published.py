"""Published scores on Gymnasium's MuJoCo robots, to compare with."""

from __future__ import annotations

from dataclasses import dataclass

VASILACHE = "Vasilache et al. 2025, ICANN (Gymnasium v5)"
ZOO = "rl-baselines3-zoo, benchmark.md (Gymnasium v3, one run each)"
MANIA = "weights of Mania et al. 2018, arXiv:1803.07055 (trained in Gym v1), played in Gymnasium v5"
EXPERT = "Minari's expert datasets, as in Vasilache et al. 2025 (Gymnasium v5)"


@dataclass(frozen=True)
class PublishedScore:
    """Published score of a controller.

    Parameters
    ----------
    controller : str
    mean, sd : float or None
        Mean return of an episode, and its standard deviation.
    weights : int or None
        Weights that are not 0; None: not known.
    steps : float or None
        Environment steps of training.
    loihi_j : float or None
        Energy per environment step on Loihi in J, as published.
    source : str
    """

    controller: str
    mean: float
    sd: float | None
    source: str
    weights: int | None = None
    steps: float | None = None
    loihi_j: float | None = None


def _spatial(mean: float, sd: float, weights: int, steps: float, loihi_j: float) -> PublishedScore:
    return PublishedScore("spatial SNN, published", mean, sd, VASILACHE, weights, steps, loihi_j)


def _linear(mean: float, sd: float, weights: int) -> PublishedScore:
    return PublishedScore("linear policy, published", mean, sd, MANIA, weights)


def _zoo(mean: float, steps: float) -> PublishedScore:
    return PublishedScore("linear policy (ARS), published", mean, None, ZOO, steps=steps)


SCORES: dict[str, tuple[PublishedScore, ...]] = {
    "swimmer": (
        _spatial(361.8, 1.7, 137, 288e6, 4.91e-7),
        PublishedScore("deep expert (PPO)", 363.7, 1.8, EXPERT),
        _linear(351.1, 1.5, 16),
        _zoo(355.3, 2e6),
    ),
    "hopper": (
        _spatial(2706.1, 73.7, 222, 52e6, 5.63e-7),
        PublishedScore("deep expert (SAC)", 4098.2, 247.7, EXPERT),
        _linear(1514.7, 94.0, 33),
        _zoo(3343.9, 7e6),
    ),
    "half-cheetah": (
        _spatial(3670.4, 1198.3, 703, 288e6, 7.79e-7),
        PublishedScore("deep expert (TQC)", 17641.8, 61.9, EXPERT),
        _linear(6628.0, 54.0, 102),
        _zoo(4815.2, 12e6),
    ),
    "walker2d": (
        _spatial(2492.0, 247.7, 694, 87e6, 8.28e-7),
        PublishedScore("deep expert (SAC)", 6956.6, 15.9, EXPERT),
        _linear(10206.0, 234.0, 102),
        _zoo(2993.6, 75e6),
    ),
    "ant": (
        _spatial(1346.8, 35.1, 1208, 279e6, 1.41e-6),
        PublishedScore("deep expert (SAC)", 5846.3, 138.5, EXPERT),
        _linear(5040.8, 88.0, 888),
        _zoo(2333.8, 75e6),
    ),
}
"""Scores by task."""

EXPERT_ACTORS: dict[str, tuple[int, ...]] = {
    "swimmer": (8, 64, 64, 2),
    "hopper": (11, 256, 256, 3),
    "half-cheetah": (17, 256, 256, 6),
    "walker2d": (17, 256, 256, 6),
    "ant": (105, 256, 256, 8),
}
"""Units in each layer of the acting networks of the deep experts. The published numbers of weights (9 408 to 475 392)
count all networks of training: actor and critic of PPO; actor (means and deviations), two critics and two target
networks of SAC and TQC. Acting needs the layers above only."""
