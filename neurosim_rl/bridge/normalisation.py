"""Normalisation: observations as encoders and policies see them, scaled by what random play observes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import option, option_fields

SHOWN_DEVIATIONS = 3.0
"""Figures span so many standard deviations, either way, of what has no bounds."""
SMALLEST = 1e-12
"""What moves by less than this does not move: it is not divided."""
ROUNDING = 1e-10
"""Mean squared distance from a mean, in squares of it, that may be rounding of six digits and of sums."""


@dataclass(frozen=True)
class Normalisation(ABC):
    """What happens to observations before they reach an encoder, or a policy without neurons.

    Parameters
    ----------
    low, high : array, shape (n_observations,)
        Bounds of the observed variables themselves; infinite where unknown.
    """

    measured_names: ClassVar[tuple[str, ...]] = ()
    """Options that hold what random play observes; empty until it was measured."""

    low: np.ndarray
    high: np.ndarray

    @property
    @abstractmethod
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds of what :meth:`apply` returns, shape (n_observations,) each."""

    @property
    @abstractmethod
    def shown_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the observed variables themselves, for figures; finite where anything is known of them."""

    @property
    def keeps_mirror(self) -> bool:
        """Whether a variable that changes sign does so normalised, too."""
        return True

    @abstractmethod
    def apply(self, observations: np.ndarray) -> np.ndarray:
        """Return normalised observations, shape (n_rows, n_observations)."""

    @property
    def measured_options(self) -> dict[str, Any]:
        """All options, those that were measured included."""
        return {name: getattr(self, name) for name in option_fields(type(self))}


@dataclass(frozen=True)
class NoNormalisation(Normalisation):
    """Observations as the environment gives them."""

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the observed variables."""
        return self.low, self.high

    @property
    def shown_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The same."""
        return self.low, self.high

    def apply(self, observations: np.ndarray) -> np.ndarray:
        """Return the observations themselves."""
        return observations


@dataclass(frozen=True)
class MeasuredNormalisation(Normalisation):
    """What normalisations share that are measured by random play, once, before a run begins.

    What was measured are options too, so that a run folder and a champion hold them. Random play has a seed of its own:
    all runs of a task see the same, whatever their seed.
    """

    steps: int = option(5_000, "measure so many environment steps of random play, and at least five episodes", low=1)
    seed: int = option(0, "what random play is drawn from; the run's seed does not matter", low=0)

    def __post_init__(self) -> None:
        """Check that what was measured fits the environment."""
        given = [name for name in self.measured_names if len(getattr(self, name))]
        if given and not self.is_measured:
            missing = next(name for name in self.measured_names if name not in given)
            raise ConfigurationError(
                f"normalisation.{given[0]} is given, and normalisation.{missing} is not: expected both, or none of "
                "them, which measures both."
            )
        for name in given:
            check_shape(f"normalisation.{name}", np.asarray(getattr(self, name)), self.low.shape)

    @abstractmethod
    def _measure(self, observations: np.ndarray) -> dict[str, np.ndarray]:
        """Return these options' values, shape (n_observations,) each."""

    @property
    def is_measured(self) -> bool:
        """Whether :meth:`apply` can be used."""
        return all(len(getattr(self, name)) for name in self.measured_names)

    def measured(self, observations: np.ndarray) -> MeasuredNormalisation:
        """Return the normalisation by what was observed, to six digits: the last bits are the processor's.

        Parameters
        ----------
        observations : array, shape (n, n_observations)
        """
        values: dict[str, Any] = {name: _six_digits(v) for name, v in self._measure(observations).items()}
        return replace(self, **values)


def _six_digits(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in values.tolist())


@dataclass(frozen=True)
class BoundsNormalisation(MeasuredNormalisation):
    """Divided by the largest size that each variable has in random play, then multiplied by a gain.

    Source: Vasilache et al. 2025, ICANN (github.com/Alex-Vasilache/Spatial-SNNs, ``util/scaler.py``, ``src/task.py``):
    bounds over 100 000 random episodes, made symmetric, to [-1, 1], with a gain of 2.5; nothing is cut. A variable that
    never was anything but 0 (`SMALLEST`) is not divided.
    """

    measured_names: ClassVar[tuple[str, ...]] = ("bound",)

    gain: float = option(1.0, "what the bound of a variable becomes", low=1e-9)
    bound: tuple = option((), "the largest size of each variable; empty: measured", low=SMALLEST)

    def _measure(self, observations: np.ndarray) -> dict[str, np.ndarray]:
        size = np.abs(observations).max(axis=0)
        return {"bound": np.where(size >= SMALLEST, size, 1.0)}

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Minus and plus the gain: where random play ends; values may lie beyond."""
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
    """Distance from the mean of random play in its standard deviations, cut at a limit.

    Source: Mania, Guy & Recht 2018, arXiv:1803.07055, section 3.2, whose statistics run on while they train; these do
    not (``running`` does). A variable that never changed is not divided.
    """

    measured_names: ClassVar[tuple[str, ...]] = ("mean", "deviation")

    limit: float = option(5.0, "values are cut at minus and plus this", low=1e-9)
    mean: tuple = option((), "mean of each variable; empty: measured")
    deviation: tuple = option((), "standard deviation of each variable; empty: measured", low=SMALLEST)

    def _measure(self, observations: np.ndarray) -> dict[str, np.ndarray]:
        deviation = observations.std(axis=0)
        moves = np.ptp(observations, axis=0) > 0  # of what does not, the deviation may be a last bit
        return {"mean": observations.mean(axis=0), "deviation": np.where(moves & (deviation >= SMALLEST), deviation, 1)}

    @property
    def keeps_mirror(self) -> bool:
        """No: means are not exactly 0, whatever the symmetry."""
        return False

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Minus and plus the limit."""
        return np.full(len(self.low), -self.limit), np.full(len(self.low), self.limit)

    @property
    def shown_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Some deviations about the mean."""
        mean, reach = np.array(self.mean), SHOWN_DEVIATIONS * np.array(self.deviation)
        return mean - reach, mean + reach

    def apply(self, observations: np.ndarray) -> np.ndarray:
        """Return the standardised observations."""
        return np.clip((observations - np.array(self.mean)) / np.array(self.deviation), -self.limit, self.limit)


@dataclass(frozen=True)
class RunningNormalisation(StatisticsNormalisation):
    """Distance from the mean of all that was observed so far, in its standard deviations, cut at a limit.

    Random play comes first, and counts as ``steps`` observations; then all training episodes of each generation count
    for those after it. Individuals of one generation are normalised alike, and a champion keeps the mean and the
    deviation that it was judged with, and in ``steps`` how many observations they are of: a run that goes on from it
    weighs them so. A variable that keeps its old mean, to rounding, keeps its deviation. Source:
    Mania, Guy & Recht 2018, arXiv:1803.07055, section 3.2, where statistics are updated after each iteration, too.
    """

    def after(self, n_observations: int, sums: np.ndarray) -> RunningNormalisation:
        """Return the normalisation when more was observed, to six digits.

        Parameters
        ----------
        n_observations : int
        sums : array, shape (2, n_variables)
            Of these observations and of their squares.
        """
        if not n_observations:
            return self
        mean, variance = np.array(self.mean), np.square(self.deviation)
        n = self.steps + n_observations
        new_mean = (self.steps * mean + sums[0]) / n
        new_variance = (self.steps * (variance + np.square(mean)) + sums[1]) / n - np.square(new_mean)
        stays = sums[1] / n_observations - 2 * mean * sums[0] / n_observations + np.square(mean)  # from the old mean
        moves = (stays > ROUNDING * np.square(mean)) & (new_variance > SMALLEST**2)
        new_mean, new_variance = np.where(moves, new_mean, mean), np.where(moves, new_variance, variance)
        return replace(self, steps=n, mean=_six_digits(new_mean), deviation=_six_digits(np.sqrt(new_variance)))


NORMALISATIONS: dict[str, type[Normalisation]] = {
    "bounds": BoundsNormalisation,
    "none": NoNormalisation,
    "running": RunningNormalisation,
    "statistics": StatisticsNormalisation,
}
