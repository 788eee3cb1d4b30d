"""The contract of fitnesses: ours keep it, and each way to break it is told."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim_rl.optimizees import FITNESSES
from neurosim_rl.optimizees.fitness import AGGREGATES, Fitness, Return
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.testing import ContractError, check_fitness

CASES = [*((name, "mean") for name in FITNESSES), *(("return", name) for name in AGGREGATES)]


@pytest.mark.parametrize(("name", "aggregate"), CASES)
def test_every_fitness_keeps_the_contract(name: str, aggregate: str) -> None:
    check_fitness(FITNESSES[name], aggregate=aggregate)


class Ranks(Return):
    def scores(self, episodes: Episodes) -> np.ndarray:
        return episodes.returns.argsort().argsort().astype(float)


class Sums(Return):
    def scores(self, episodes: Episodes) -> np.ndarray:
        return episodes.returns.sum()  # type: ignore[no-any-return]


class Divides(Return):
    def scores(self, episodes: Episodes) -> np.ndarray:
        return np.where(episodes.terminated, episodes.returns, np.inf)


class Mutates(Return):
    def scores(self, episodes: Episodes) -> np.ndarray:
        episodes.returns[:] = -episodes.returns
        return episodes.returns.copy()


class Forgives(Return):
    def of_individuals(self, scores: np.ndarray) -> np.ndarray:
        return np.nanmean(scores, axis=1)


class One(Return):
    def of_individuals(self, scores: np.ndarray) -> np.ndarray:
        return scores.mean(keepdims=True)[0]


class Missing(Return):
    def scores(self, episodes: Episodes) -> np.ndarray:
        return episodes.rewards  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Ranks, "episode . alone gets another score: expected .* got 0"),
        (Sums, r"scores\(\) has shape \(\); expected \(6,\), one an episode"),
        (Divides, r"scores\(\) gives .*inf.*; expected finite scores"),
        (Mutates, r"scores\(\) changes episodes\.returns"),
        (Forgives, "a NaN score gives a fitness that is a number; expected NaN"),
        (One, r"of_individuals\(\) has shape \(1,\); expected \(2,\)"),
        (Missing, r"scores\(\) fails: AttributeError: .*'rewards'"),
    ],
)
def test_a_broken_fitness_is_told(broken: type[Fitness], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_fitness(broken)
