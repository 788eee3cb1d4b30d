"""Normalisations: observations scaled for encoders and policies, by statistics of random play or of training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import option, option_fields
from neurosim_rl.settings.registry import Registry

SHOWN_DEVIATIONS = 3.0
"""Range of figures for variables without bounds: this number of standard deviations to either side of the mean."""
SMALLEST = 1e-12
"""A variable with a smaller range counts as constant and is not divided."""
ROUNDING = 1e-10
"""Squared distance from the mean, relative to the squared mean, that rounding to six digits and of sums may cause."""


@dataclass(frozen=True)
class Normalisation(ABC):
    """Base class: a function of observations, applied before an encoder or a policy without neurons gets them.

    Parameters
    ----------
    low, high : array, shape (n_observations,)
        Bounds of the observed variables before normalisation; infinite if unknown.
    """

    measured_names: ClassVar[tuple[str, ...]] = ()
    """Names of the options with statistics of random play; these options are empty until they are measured."""

    low: np.ndarray
    high: np.ndarray

    @property
    @abstractmethod
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds of normalised observations, shape (n_observations,) each."""

    @property
    @abstractmethod
    def shown_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the observed variables before normalisation, for figures; finite if anything is known of them."""

    @property
    def keeps_mirror(self) -> bool:
        """Whether a normalised variable changes sign if the variable does."""
        return True

    @abstractmethod
    def apply(self, observations: np.ndarray) -> np.ndarray:
        """Return normalised observations, shape (n_rows, n_observations)."""

    @property
    def measured_options(self) -> dict[str, Any]:
        """Values of all options, with measured statistics."""
        return {name: getattr(self, name) for name in option_fields(type(self))}


@dataclass(frozen=True)
class NoNormalisation(Normalisation):
    """No normalisation: observations as the environment gives them."""

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the observed variables."""
        return self.low, self.high

    @property
    def shown_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the observed variables."""
        return self.low, self.high

    def apply(self, observations: np.ndarray) -> np.ndarray:
        """Return the observations unchanged."""
        return observations


@dataclass(frozen=True)
class MeasuredNormalisation(Normalisation):
    """Base class of normalisations with statistics of random play, measured once before a run begins.

    The measured statistics are options as well, so a run folder and a champion hold them. Random play has its own seed,
    so all runs of a task have the same statistics, independent of the run's seed.
    """

    steps: int = option(5_000, "environment steps of random play to measure; at least five episodes are played", low=1)
    seed: int = option(0, "seed of random play, independent of the run's seed", low=0)

    def __post_init__(self) -> None:
        """Check that given statistics are complete and fit the environment."""
        given = [name for name in self.measured_names if len(getattr(self, name))]
        if given and not self.is_measured:
            missing = next(name for name in self.measured_names if name not in given)
            raise ConfigurationError(
                f"normalisation.{given[0]} is set, but normalisation.{missing} is not; expected both or neither. Set "
                "both, or leave both out: then random play measures them."
            )
        for name in given:
            check_shape(f"normalisation.{name}", np.asarray(getattr(self, name)), self.low.shape)

    @abstractmethod
    def _measure(self, observations: np.ndarray) -> dict[str, np.ndarray]:
        """Return the statistics that `measured_names` lists, shape (n_observations,) each."""

    @property
    def is_measured(self) -> bool:
        """Whether the statistics exist, which :meth:`apply` needs."""
        return all(len(getattr(self, name)) for name in self.measured_names)

    def measured(self, observations: np.ndarray) -> MeasuredNormalisation:
        """Return the normalisation with statistics of these observations, rounded to six digits.

        Parameters
        ----------
        observations : array, shape (n, n_observations)
        """
        values: dict[str, Any] = {name: _six_digits(v) for name, v in self._measure(observations).items()}
        return replace(self, **values)


def _six_digits(values: np.ndarray) -> tuple[float, ...]:
    """Return values rounded to six digits: the last bits of means and deviations differ between processors."""
    return tuple(float(f"{value:.6g}") for value in values.tolist())


@dataclass(frozen=True)
class BoundsNormalisation(MeasuredNormalisation):
    """Observations divided by the largest absolute value of each variable in random play, times a gain.

    Source: Vasilache et al. 2025, ICANN (github.com/Alex-Vasilache/Spatial-SNNs, ``util/scaler.py``, ``src/task.py``):
    symmetric bounds over 100 000 random episodes are scaled to [-1, 1], with a gain of 2.5. Values are not clipped. A
    variable that was always 0 (below `SMALLEST`) is not divided.
    """

    measured_names: ClassVar[tuple[str, ...]] = ("bound",)

    gain: float = option(1.0, "normalised value of the bound of a variable", low=1e-9)
    bound: tuple = option((), "largest absolute value of each variable; empty = measured", low=SMALLEST)

    def _measure(self, observations: np.ndarray) -> dict[str, np.ndarray]:
        largest = np.abs(observations).max(axis=0)
        return {"bound": np.where(largest >= SMALLEST, largest, 1.0)}

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Minus and plus the gain, the limits of random play; values may lie beyond."""
        return np.full(len(self.low), -self.gain), np.full(len(self.low), self.gain)

    @property
    def shown_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Minus and plus the measured bound."""
        return -np.array(self.bound), np.array(self.bound)

    def apply(self, observations: np.ndarray) -> np.ndarray:
        """Return the scaled observations."""
        return observations / np.array(self.bound) * self.gain


@dataclass(frozen=True)
class StatisticsNormalisation(MeasuredNormalisation):
    """Observations standardised by mean and standard deviation of random play, and clipped at a limit.

    Source: Mania, Guy & Recht 2018, arXiv:1803.07055, section 3.2. There, statistics are updated during training; for
    that, use ``running``. A variable that never changed is not divided.
    """

    measured_names: ClassVar[tuple[str, ...]] = ("mean", "deviation")

    limit: float = option(5.0, "largest absolute value; normalised observations are clipped there", low=1e-9)
    mean: tuple = option((), "mean of each variable; empty = measured")
    deviation: tuple = option((), "standard deviation of each variable; empty = measured", low=SMALLEST)

    def _measure(self, observations: np.ndarray) -> dict[str, np.ndarray]:
        deviation = observations.std(axis=0)
        # The deviation of a constant variable may be a rounding error instead of 0.
        changes = (np.ptp(observations, axis=0) > 0) & (deviation >= SMALLEST)
        return {"mean": observations.mean(axis=0), "deviation": np.where(changes, deviation, 1)}

    @property
    def keeps_mirror(self) -> bool:
        """Whether a normalised variable changes sign if the variable does: no, measured means are not exactly 0."""
        return False

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Minus and plus the limit."""
        return np.full(len(self.low), -self.limit), np.full(len(self.low), self.limit)

    @property
    def shown_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean minus and plus `SHOWN_DEVIATIONS` standard deviations."""
        mean, reach = np.array(self.mean), SHOWN_DEVIATIONS * np.array(self.deviation)
        return mean - reach, mean + reach

    def apply(self, observations: np.ndarray) -> np.ndarray:
        """Return the standardised observations."""
        standardised = (observations - np.array(self.mean)) / np.array(self.deviation)
        return np.clip(standardised, -self.limit, self.limit)


@dataclass(frozen=True)
class RunningNormalisation(StatisticsNormalisation):
    """Observations standardised by mean and standard deviation of all observations so far, and clipped at a limit.

    Random play comes first and counts as ``steps`` observations. After each generation, the observations of all its
    training episodes are added; the result applies to the next generation. So all individuals of a generation have the
    same normalisation. A champion keeps the mean and the deviation of its own evaluation, and in ``steps`` the number
    of observations behind them; a run that starts from this champion gives them that weight. A variable that stays at
    its old mean, up to rounding, keeps its deviation.

    Source: Mania, Guy & Recht 2018, arXiv:1803.07055, section 3.2 (statistics are updated after each iteration).
    """

    def after(self, n_observations: int, sums: np.ndarray) -> RunningNormalisation:
        """Return the normalisation after more observations, with statistics rounded to six digits.

        Parameters
        ----------
        n_observations : int
            Number of new observations; 0 changes nothing.
        sums : array, shape (2, n_variables)
            Sums of the new observations and of their squares.
        """
        if not n_observations:
            return self
        mean, variance = np.array(self.mean), np.square(self.deviation)
        n = self.steps + n_observations
        new_mean = (self.steps * mean + sums[0]) / n
        new_variance = (self.steps * (variance + np.square(mean)) + sums[1]) / n - np.square(new_mean)
        # Mean squared distance of the new observations from the old mean. If it is no more than rounding, the variable
        # is constant: a difference of large numbers would then give a deviation that is rounding as well.
        distance = sums[1] / n_observations - 2 * mean * sums[0] / n_observations + np.square(mean)
        changes = (distance > ROUNDING * np.square(mean)) & (new_variance > SMALLEST**2)
        new_mean, new_variance = np.where(changes, new_mean, mean), np.where(changes, new_variance, variance)
        return replace(self, steps=n, mean=_six_digits(new_mean), deviation=_six_digits(np.sqrt(new_variance)))


NORMALISATIONS: Registry[type[Normalisation]] = Registry(
    "normalisation",
    Normalisation,
    {
        "bounds": BoundsNormalisation,
        "none": NoNormalisation,
        "running": RunningNormalisation,
        "statistics": StatisticsNormalisation,
    },
)
