"""Fitness: scores of episodes, and their aggregate for each individual."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.settings.options import option
from neurosim_rl.settings.registry import Registry

AGGREGATES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda scores: scores.mean(axis=1),
    "median": lambda scores: np.median(scores, axis=1),
    "worst": lambda scores: scores.min(axis=1),
    "mean-minus-sd": lambda scores: scores.mean(axis=1) - scores.std(axis=1),
}
"""Scores of shape (n_individuals, n_episodes) to fitnesses of shape (n_individuals,), by name."""


@dataclass(frozen=True)
class Fitness(ABC):
    """Scores of episodes and their aggregate for each individual; larger is better."""

    is_return: ClassVar[bool] = False
    """Whether scores are returns, so that figures may show both on one axis; shaped returns are none."""

    aggregate: str = option(
        "mean",
        "function from the scores of an individual's episodes to its fitness",
        choices=tuple(AGGREGATES),
    )

    @abstractmethod
    def scores(self, episodes: Episodes) -> np.ndarray:
        """Return a score for each episode, shape (n_episodes,)."""

    def of_individuals(self, scores: np.ndarray) -> np.ndarray:
        """Return the fitness of each individual, shape (n_individuals,).

        All but the mean favour individuals that do well from every start. The standard deviation of ``mean-minus-sd``
        is that of the episodes themselves (divided by n): a single episode gives its score.

        Parameters
        ----------
        scores : array, shape (n_individuals, n_episodes)
            A NaN makes its individual's fitness NaN.
        """
        with np.errstate(invalid="ignore"):  # the standard deviation of an infinite score is NaN
            return AGGREGATES[self.aggregate](scores)


@dataclass(frozen=True)
class Return(Fitness):
    """The sum of rewards."""

    is_return = True

    def scores(self, episodes: Episodes) -> np.ndarray:
        """Return the returns."""
        return episodes.returns


@dataclass(frozen=True)
class ReturnWithoutBonus(Fitness):
    """The return without the reward for being alive, with which optimizers get stuck at standing still.

    ``return - bonus * paid steps``: all steps but one that terminates the episode, for which Gymnasium's robots of
    version 5 are not paid (those of version 4 were). Source: Mania, Guy & Recht 2018, arXiv:1803.07055, section 4.2,
    who train hopper, walker2d and ant so; with 1 a step, as these are paid, what remains is moving forward less costs.
    """

    bonus: float = option(1.0, "reward for being alive after each step")

    def scores(self, episodes: Episodes) -> np.ndarray:
        """Return the returns, less the bonus of each step after which the robot was alive."""
        return episodes.returns - self.bonus * (episodes.lengths - episodes.terminated)


@dataclass(frozen=True)
class MaxObservation(Fitness):
    """The largest value that one observed variable reached.

    With the car's position this is the fitness of Yegenoglu et al. 2022. It ignores time: reaching the
    goal early or late gives the same fitness.
    """

    index: int = option(0, "index of the observed variable", low=0)

    def scores(self, episodes: Episodes) -> np.ndarray:
        """Return the largest value of the variable."""
        return _highest(episodes, self.index)


@dataclass(frozen=True)
class ReturnWithProgress(Fitness):
    """The return, lowered by the remaining distance to the goal.

    ``return + gain * min(max observation - goal, 0)``. Without the second term all individuals that miss the goal are
    equal, and selection has no direction until the first success.
    """

    index: int = option(0, "index of the observed variable", low=0)
    goal: float = option(0.0, "value of that variable at the goal")
    gain: float = option(1.0, "score for one unit of that variable", low=0)

    def scores(self, episodes: Episodes) -> np.ndarray:
        """Return returns, lowered by the distance from the goal."""
        return episodes.returns + self.gain * np.minimum(_highest(episodes, self.index) - self.goal, 0.0)


def _highest(episodes: Episodes, index: int) -> np.ndarray:
    n_observations = episodes.observation_max.shape[1]
    if index >= n_observations:
        raise ConfigurationError(f"fitness.index = {index}; there are {n_observations} observed variables.")
    return episodes.observation_max[:, index]


FITNESSES: Registry[type[Fitness]] = Registry(
    "fitness",
    Fitness,
    {
        "max-observation": MaxObservation,
        "return": Return,
        "return-with-progress": ReturnWithProgress,
        "return-without-bonus": ReturnWithoutBonus,
    },
)
