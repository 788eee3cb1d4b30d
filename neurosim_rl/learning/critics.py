"""Critics: rewards of a window for the network and for each of its output neurons."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from neurosim_rl.bridge import Decoder
from neurosim_rl.environments import Step
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.options import option
from neurosim_rl.settings.registry import Registry

CREDITS = ("targeted", "chosen", "global")


@dataclass(frozen=True)
class Verdict:
    """Rewards of one window.

    Parameters
    ----------
    overall : array, shape (n_rows,)
        Reward of the whole network.
    outputs : array, shape (n_rows, n_outputs)
        Reward of each output neuron.
    """

    overall: np.ndarray
    outputs: np.ndarray


@dataclass
class Critic(ABC):
    """Base class of critics: a critic rewards the windows of a whole batch.

    Parameters
    ----------
    decoder : Decoder
        Credits output neurons for an action.
    teach : callable
        The task's hand-written controller: observations, shape (n_rows, n_observations), to actions.
    """

    decoder: Decoder
    teach: Callable[[np.ndarray], np.ndarray]

    def start(self, n_batch: int) -> None:  # noqa: B027  # most critics have no state
        """Forget all earlier trials and prepare for `n_batch` new ones."""

    @abstractmethod
    def assess(self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, step: Step) -> Verdict:
        """Return the rewards of a window of the running elements.

        Parameters
        ----------
        active : int array, shape (n_rows,)
        observations : array, shape (n_rows, n_observations)
            Observations before the action.
        actions : array, shape (n_rows,) or (n_rows, n_dimensions)
        step : Step
            Result of the action: observations, rewards, and ends of episodes.
        """


@dataclass
class ScalarCritic(Critic):
    """Base class of critics with one reward for each window; ``credit`` distributes it among output neurons.

    ``targeted``: neurons that support the action get the reward, and neurons that oppose it get the negative reward
    (Hasegan et al. 2022, "targeted RL"). ``chosen``: only neurons that support the action get it. ``global``: all
    output neurons get it.
    """

    credit: str = option("targeted", "distribution of a reward among output neurons", choices=CREDITS)
    gain: float = option(1.0, "reward for a value of 1", low=0)
    limit: float = option(1.0, "largest absolute reward", low=1e-9)
    positive_bias: float = option(1.0, "factor of positive rewards, applied before the limit", low=0)

    @abstractmethod
    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        """Return the value of the window, shape (n_rows,), before gain and limit."""

    def assess(self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, step: Step) -> Verdict:
        """Return the limited reward, and its part for each output neuron."""
        reward = self.gain * self.value(active, observations, step)
        biased = np.where(reward > 0, self.positive_bias * reward, reward)
        reward = np.clip(biased, -self.limit, self.limit)
        if self.credit == "global":
            return Verdict(reward, np.repeat(reward[:, None], self.decoder.n_outputs, axis=1))
        credit = self.decoder.credit(actions)
        if self.credit == "chosen":
            credit = np.maximum(credit, 0.0)
        return Verdict(reward, reward[:, None] * credit)


@dataclass
class LossCritic(ScalarCritic):
    """Decrease of a loss of the observations: the square root of a quadratic form, 0 in the goal state.

    ``loss(x) = sqrt(sum_i weights_i x_i^2 + 2 sum_{i<j} cross_ij x_i x_j)``. The critic rewards early what helps later:
    if the form is the value function of the linearised task (of a linear-quadratic regulator), its decrease gives the
    long-term value of a window at once.

    With weights (0, 0, 1, 0.4), no cross terms, gain 3, positive bias 1.5, limit 1 and balanced 0.01, this is the
    critic of Hasegan et al. 2022 for CartPole (``critic.py``, ``angv_bias``), which uses the pole only: a window that
    begins balanced gets 0, and a window that ends balanced gets the limit. One difference: a random action of a tie
    gets a reward like any other action.
    """

    weights: tuple = option((), "weight of the square of each observed variable; empty = 1 for all", low=0)
    cross: tuple = option((), "weight of each product of two variables: 0 with 1, 0 with 2, ..., 1 with 2, ...")
    balanced: float = option(
        0.0, "a state is balanced if all variables with a weight are closer to 0 than this; 0 = never", low=0
    )

    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        """Return the decrease of the loss."""
        weights, cross = self._form(observations.shape[1])
        decrease = _loss(observations, weights, cross) - _loss(step.observations, weights, cross)
        if not self.balanced:
            return decrease
        began_balanced = self._is_balanced(observations, weights)
        ended_balanced = self._is_balanced(step.observations, weights)
        # The value that gives the limit after multiplication by the gain.
        best = self.limit / max(self.gain, 1e-12)
        return np.where(began_balanced, 0.0, np.where(ended_balanced, best, decrease))

    def _is_balanced(self, observations: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return whether all variables with a weight are close to 0, shape (n_rows,)."""
        return (np.abs(observations[:, weights > 0]) < self.balanced).all(axis=1)

    def _form(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the weights of squares, shape (n,), and of products, shape (n (n - 1) / 2,)."""
        n_products = n * (n - 1) // 2
        weights = np.array(self.weights or (1.0,) * n, np.float64)
        cross = np.array(self.cross or (0.0,) * n_products, np.float64)
        for name, values, expected in (("weights", weights, n), ("cross", cross, n_products)):
            if len(values) != expected:
                raise ConfigurationError(
                    f"learning.critic.{name} has {len(values)} values; expected {expected}, for {n} observed variables."
                )
        return weights, cross


def _loss(x: np.ndarray, weights: np.ndarray, cross: np.ndarray) -> np.ndarray:
    """Return the square root of the quadratic form, shape (n_rows,); 0 where the form is negative."""
    # Term by term, in a fixed order: a matrix product could add in another order and change the last bit.
    total = np.zeros(len(x))
    for i, weight in enumerate(weights):
        total += weight * x[:, i] ** 2
    for (i, j), weight in zip(combinations(range(len(weights)), 2), cross, strict=True):
        total += 2 * weight * x[:, i] * x[:, j]
    return np.sqrt(np.maximum(total, 0.0))


@dataclass
class RewardCritic(ScalarCritic):
    """The reward of the environment minus its running mean, plus a value for the end of an episode.

    Source: a design of this package.
    """

    mean_tau: float = option(100.0, "time constant of the running mean in windows; 0 = no mean is subtracted", low=0)
    at_end: float = option(0.0, "reward added if the task ends the episode (not if the step limit does)")

    def start(self, n_batch: int) -> None:
        """Forget all means; the first reward of each element becomes its mean."""
        self._mean = np.full(n_batch, np.nan)

    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        """Return the difference between reward and mean reward."""
        rewards = step.rewards + self.at_end * step.terminated
        if not self.mean_tau:
            return rewards
        mean = np.where(np.isnan(self._mean[active]), rewards, self._mean[active])
        self._mean[active] = mean + (rewards - mean) / self.mean_tau
        return rewards - mean


@dataclass
class TeacherCritic(Critic):
    """The task's hand-written controller as a teacher: output neurons get their difference from its action.

    The reward is positive for neurons that should spike more, negative for neurons that should spike less, and 0 if the
    network's action equals the teacher's. This is the supervised reward of Bing et al. 2019 (Front. Neurorobot. 13:18):
    the difference between the wanted and the actual output of each motor neuron. There, wanted actions came from a data
    set.
    """

    gain: float = option(1.0, "reward for a difference of 1 (half the range of an action)", low=0)

    def assess(self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, step: Step) -> Verdict:
        """Return half the difference between the credits of the teacher's and of the network's action."""
        wanted = self.decoder.credit(self.teach(observations))
        difference = 0.5 * self.gain * (wanted - self.decoder.credit(actions))
        return Verdict(-np.abs(difference).mean(axis=1), difference)


CRITICS: Registry[type[Critic]] = Registry(
    "critic", Critic, {"loss": LossCritic, "reward": RewardCritic, "teacher": TeacherCritic}
)
