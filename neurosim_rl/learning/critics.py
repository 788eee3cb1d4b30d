"""Critics: what an action was worth, told to the output neurons that took it."""

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

CREDITS = ("targeted", "chosen", "global")


@dataclass(frozen=True)
class Verdict:
    """What a window was worth.

    Parameters
    ----------
    overall : array, shape (n_rows,)
        To all neurons.
    outputs : array, shape (n_rows, n_outputs)
        To each output neuron.
    """

    overall: np.ndarray
    outputs: np.ndarray


@dataclass
class Critic(ABC):
    """Judges windows; one for a batch.

    Parameters
    ----------
    decoder : Decoder
        Knows which output neurons spoke for an action.
    teach : callable
        The task's rule: observations, shape (n_rows, n_observations), to actions.
    """

    decoder: Decoder
    teach: Callable[[np.ndarray], np.ndarray]

    def start(self, n_batch: int) -> None:  # noqa: B027  # most critics remember nothing
        """Forget everything; `n_batch` trials begin."""

    @abstractmethod
    def assess(self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, step: Step) -> Verdict:
        """Return what a window was worth to the running elements.

        Parameters
        ----------
        active : int array, shape (n_rows,)
        observations : array, shape (n_rows, n_observations)
            Before the action.
        actions : array, shape (n_rows,) or (n_rows, n_dimensions)
        step : Step
            What came of it.
        """


@dataclass
class ScalarCritic(Critic):
    """A critic with one number for each window, and what output neurons get of it.

    ``targeted``: those that spoke for the action get it, those that spoke against it get the opposite (Hasegan et al.
    2022, "targeted RL"); ``chosen``: only those that spoke for it; ``global``: all.
    """

    credit: str = option("targeted", "which output neurons are meant by a reward", choices=CREDITS)
    gain: float = option(1.0, "reward for a value of 1", low=0)
    limit: float = option(1.0, "largest reward or punishment", low=1e-9)
    positive_bias: float = option(1.0, "factor of rewards above 0, before the limit", low=0)

    @abstractmethod
    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        """Return what the window was worth, shape (n_rows,), before gain and limit."""

    def assess(self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, step: Step) -> Verdict:
        """Return the limited value, and each output neuron's part."""
        reward = self.gain * self.value(active, observations, step)
        reward = np.clip(np.where(reward > 0, self.positive_bias * reward, reward), -self.limit, self.limit)
        if self.credit == "global":
            return Verdict(reward, np.repeat(reward[:, None], self.decoder.n_outputs, axis=1))
        credit = self.decoder.credit(actions)
        return Verdict(reward, reward[:, None] * (np.maximum(credit, 0.0) if self.credit == "chosen" else credit))


@dataclass
class LossCritic(ScalarCritic):
    """How much nearer the state came to 0: the decrease of a loss, the square root of a quadratic form.

    ``loss(x) = sqrt(sum_i weights_i x_i^2 + 2 sum_{i<j} cross_ij x_i x_j)``. A reward now for what helps later: if the
    form is the value function of the linearised task (a linear-quadratic regulator's), its decrease says at once what
    a window was worth. With weights (0, 0, 1, 0.4), no cross terms, gain 3, positive bias 1.5, limit 1 and balanced
    0.01 this is the critic of Hasegan et al. 2022 for CartPole (``critic.py``, ``angv_bias``), which looks at the pole
    only: nothing is said of a window that begins balanced, and one that ends balanced gets the limit. Other than there,
    a random action for a tie is judged like any other.
    """

    weights: tuple = option((), "weight of the square of each observed variable; empty: 1 for all", low=0)
    cross: tuple = option((), "weight of each product of two variables: 0 with 1, 0 with 2, ... 1 with 2, ...")
    balanced: float = option(0.0, "weighted variables within this of 0 are balanced; 0: never", low=0)

    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        """Return the decrease of the loss."""
        weights, cross = self._form(observations.shape[1])
        before, after = (_loss(x, weights, cross) for x in (observations, step.observations))
        if not self.balanced:
            return before - after
        was, came = ((np.abs(x[:, weights > 0]) < self.balanced).all(axis=1) for x in (observations, step.observations))
        best = self.limit / max(self.gain, 1e-12)
        return np.where(was, 0.0, np.where(came, best, before - after))

    def _form(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the weights of squares, shape (n,), and of products, shape (n (n - 1) / 2,)."""
        weights = np.array(self.weights or (1.0,) * n, np.float64)
        cross = np.array(self.cross or (0.0,) * (n * (n - 1) // 2), np.float64)
        for name, values, expected in (("weights", weights, n), ("cross", cross, n * (n - 1) // 2)):
            if len(values) != expected:
                raise ConfigurationError(
                    f"learning.critic.{name} has {len(values)} values; {n} observed variables need {expected}."
                )
        return weights, cross


def _loss(x: np.ndarray, weights: np.ndarray, cross: np.ndarray) -> np.ndarray:
    """Return the square root of the quadratic form, shape (n_rows,); 0 where the form is negative."""
    total = np.zeros(len(x))
    for i, weight in enumerate(weights):
        total += weight * x[:, i] ** 2
    for (i, j), weight in zip(combinations(range(len(weights)), 2), cross, strict=True):
        total += 2 * weight * x[:, i] * x[:, j]
    return np.sqrt(np.maximum(total, 0.0))


@dataclass
class RewardCritic(ScalarCritic):
    """The environment's reward, above or below its running mean, and a value for the end of an episode."""

    mean_tau: float = option(100.0, "windows over which the mean reward is taken; 0: no mean is subtracted", low=0)
    at_end: float = option(0.0, "added where the task ended (not where it was cut)")

    def start(self, n_batch: int) -> None:
        """Begin with the first reward as mean."""
        self._mean = np.full(n_batch, np.nan)

    def value(self, active: np.ndarray, observations: np.ndarray, step: Step) -> np.ndarray:
        """Return the surprise."""
        rewards = step.rewards + self.at_end * step.terminated
        if not self.mean_tau:
            return rewards
        mean = np.where(np.isnan(self._mean[active]), rewards, self._mean[active])
        self._mean[active] = mean + (rewards - mean) / self.mean_tau
        return rewards - mean


@dataclass
class TeacherCritic(Critic):
    """The task's rule as teacher: output neurons get what they lack of its action.

    Positive for those that the teacher's action wants to speak louder, negative for the others, 0 where the actions
    agree. This is the supervised reward of Bing et al. 2019 (Front. Neurorobot. 13:18), whose actions came from a data
    set: the difference between the wanted and the actual output of each motor neuron.
    """

    gain: float = option(1.0, "reward for a difference of 1 (half an action's range)", low=0)

    def assess(self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, step: Step) -> Verdict:
        """Return half the difference between what the wanted and the taken action credit."""
        wanted = self.decoder.credit(self.teach(observations))
        lacking = 0.5 * self.gain * (wanted - self.decoder.credit(actions))
        return Verdict(-np.abs(lacking).mean(axis=1), lacking)


CRITICS: dict[str, type[Critic]] = {"loss": LossCritic, "reward": RewardCritic, "teacher": TeacherCritic}
