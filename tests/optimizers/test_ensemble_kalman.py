"""Ensemble Kalman inversion: the Kalman filter's own mean and variance where the score is linear."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.optimizers.driven import genomes, step, unbounded
from tests.optimizers.sphere import sphere

PLAIN: dict[str, Any] = {"population": 4000, "shaping": "raw", "survivors": 1.0, "perturbation": 0.0, "gamma": 2.0}
SLOPE = np.array([1.0, -0.5, 0.0, 2.0])


def linear(asked: np.ndarray) -> np.ndarray:
    return asked @ SLOPE


def test_a_linear_score_moves_the_ensemble_to_the_kalman_posterior() -> None:
    optimizer, trajectory = unbounded("ensemble-kalman", **PLAIN, target=10.0)
    first = genomes(optimizer)
    mean, cov = first.mean(axis=0), np.cov(first, rowvar=False)
    gain = cov @ SLOPE / (SLOPE @ cov @ SLOPE + 2.0)
    after = step(optimizer, trajectory, linear)
    np.testing.assert_allclose(after.mean(axis=0), mean + gain * (10.0 - SLOPE @ mean), atol=0.05)
    np.testing.assert_allclose(np.cov(after, rowvar=False), cov - np.outer(gain, SLOPE @ cov), atol=0.3)


def test_two_objectives_are_corrected_together() -> None:
    optimizer, trajectory = unbounded("ensemble-kalman", (1.0, -1.0), **PLAIN, target=6.0)
    first = genomes(optimizer)
    slopes = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0]])  # the second objective is minimized
    mean, cov = first.mean(axis=0), np.cov(first, rowvar=False)
    gain = cov @ slopes.T @ np.linalg.inv(slopes @ cov @ slopes.T + 2.0 * np.eye(2))
    after = step(optimizer, trajectory, lambda asked: asked @ slopes.T * np.array([1.0, -1.0]))
    np.testing.assert_allclose(after.mean(axis=0), mean + gain @ (6.0 - slopes @ mean), atol=0.1)


def test_without_noise_the_ensemble_stays_in_its_span() -> None:
    optimizer, trajectory = unbounded("ensemble-kalman", population=4, survivors=1.0, perturbation=0.0)
    plane = np.linalg.svd(np.diff(genomes(optimizer) / optimizer.spread, axis=0))[2][3]
    after = genomes(optimizer)[0] / optimizer.spread - step(optimizer, trajectory, sphere) / optimizer.spread
    np.testing.assert_allclose(after @ plane, 0.0, atol=1e-10)


def test_copies_of_the_best_replace_the_worst() -> None:
    options: dict[str, Any] = {"population": 8, "survivors": 0.25, "perturbation": 0.0, "target": 0.0, "gamma": 1e9}
    optimizer, trajectory = unbounded("ensemble-kalman", **options)
    first = genomes(optimizer)
    after = step(optimizer, trajectory, sphere)  # with that noise the observations correct next to nothing
    best = first[np.argsort(-sphere(first))[:2]]
    nearest = np.abs(after[:, None] - best[None]).max(axis=2)
    assert nearest.min(axis=1).max() < 1e-3
    assert sorted(nearest.argmin(axis=1)) == [0, 0, 0, 0, 1, 1, 1, 1]


def test_noise_keeps_the_ensemble_from_collapsing() -> None:
    deviations = {}
    for perturbation in (0.0, 0.15):
        optimizer, trajectory = unbounded("ensemble-kalman", perturbation=perturbation)
        for _ in range(40):
            asked = step(optimizer, trajectory, sphere)
        deviations[perturbation] = (asked.std(axis=0) / optimizer.spread).mean()
    assert deviations[0.0] < 1e-3
    assert 0.1 < deviations[0.15] < 0.5


@pytest.mark.parametrize("penalty", [-1e6, -np.inf, np.nan])
def test_by_ranks_a_penalty_counts_as_worst_whatever_its_size(penalty: float) -> None:
    asked = [unbounded("ensemble-kalman") for _ in range(2)]
    mild, hard = (
        step(*driven, partial(failing, value)) for driven, value in zip(asked, (-200.0, penalty), strict=True)
    )
    np.testing.assert_array_equal(mild, hard)


def failing(value: float, genes: np.ndarray) -> np.ndarray:
    return np.where(genes[:, 0] > 3, value, sphere(genes))
