"""Tuning: how strongly each input neuron answers to an observation.

A tuning maps observations, scaled so that their bounds are 0 and 1, to activities. An encoder then
turns activity into current or into a firing rate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.options import option


class Tuning(ABC):
    """Maps scaled observations to the activity of input neurons."""

    signed: bool = False
    """Whether activities may be negative (then only currents can carry them)."""

    @abstractmethod
    def n_inputs(self, n_observations: int) -> int:
        """Return the number of input neurons for that many observed variables."""

    @abstractmethod
    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return activities, shape (n_rows, n_inputs), of scaled observations, shape (n_rows, n_observations)."""

    def within(self, low: np.ndarray, high: np.ndarray) -> Tuning:
        """Return the tuning of variables with these bounds, shape (n_observations,) each.

        Most are the same for any bounds; one whose options are in the variables' units scales them as observations are.

        Raises
        ------
        ConfigurationError
            When its options are those of another number of variables.
        """
        return self

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return which input neuron answers, when some variables x are 1 - x, as each one does now, shape (n_inputs,).

        Raises
        ------
        ConfigurationError
            When there is no such neuron for some.
        """
        raise ConfigurationError(
            f"{type(self).__name__} tuning has no mirror image among its own neurons. Use gaussian, one-hot, "
            "quantile or opponent tuning, or set model.mirror = false."
        )


def _fields_mirrored(n_fields: int, n_observations: int, variables: Collection[int]) -> np.ndarray:
    """Return neurons whose fields lie evenly along each variable in reversed order for some of these."""
    order = np.arange(n_observations * n_fields).reshape(n_observations, n_fields)
    for variable in variables:
        order[variable] = order[variable, ::-1]
    return order.ravel()


def _one_hot(bins: np.ndarray, n_bins: int) -> np.ndarray:
    """Return 1 for each variable's bin and 0 elsewhere, shape (n_rows, n_observations * n_bins)."""
    answer = np.zeros((*bins.shape, n_bins))
    np.put_along_axis(answer, bins[..., None], 1.0, axis=-1)
    return answer.reshape(len(bins), -1)


@dataclass(frozen=True)
class OneHotTuning(Tuning):
    """Equal-width bins: the neuron whose bin holds the value answers with 1, all others with 0.

    The upper bound belongs to the last bin. Source: Yegenoglu et al. 2022, Front. Comput. Neurosci. 16:885207
    (30 bins per variable, width (max - min) / n).
    """

    n_bins: int = option(30, "bins for each observed variable", low=1)

    def n_inputs(self, n_observations: int) -> int:
        """Return bins times variables."""
        return n_observations * self.n_bins

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return 1 for the bin of each variable, 0 elsewhere."""
        return _one_hot(np.clip((scaled * self.n_bins).astype(np.int64), 0, self.n_bins - 1), self.n_bins)

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return the neurons of reversed bins."""
        return _fields_mirrored(self.n_bins, n_observations, variables)


@dataclass(frozen=True)
class QuantileTuning(Tuning):
    """Bins that normally distributed values fill alike: the neuron whose bin holds the value answers with 1.

    The edges of a variable's bins are its mean plus its standard deviation times the normal distribution's quantiles
    k / n_bins; a bin holds its lower edge, and the first and last reach to the bounds. Source: Hasegan et al. 2022,
    Front. Comput. Neurosci. 16:1017284 (20 bins for each variable of CartPole).

    Means and deviations are in the observed variables' units. Without an encoder (`within`) the bounds are 0 and 1.
    """

    n_bins: int = option(20, "bins for each observed variable", low=1)
    means: tuple = option((), "mean of each observed variable, in its unit; empty: the middle of its bounds")
    deviations: tuple = option(
        (), "standard deviation of each observed variable, in its unit; empty: a quarter of its range", low=1e-12
    )

    def within(self, low: np.ndarray, high: np.ndarray) -> QuantileTuning:
        """Return the same with means and deviations scaled as observations are."""
        for name in ("means", "deviations"):
            if len(getattr(self, name)) not in (0, len(low)):
                raise ConfigurationError(
                    f"encoder.tuning.{name} has {len(getattr(self, name))} values; expected one for each of the "
                    f"{len(low)} observed variables, or none."
                )
        width = np.subtract(high, low)
        means = tuple((np.subtract(self.means, low) / width).tolist()) if self.means else ()
        deviations = tuple((self.deviations / width).tolist()) if self.deviations else ()
        return replace(self, means=means, deviations=deviations)

    def n_inputs(self, n_observations: int) -> int:
        """Return bins times variables."""
        return n_observations * self.n_bins

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return 1 for the bin of each variable, 0 elsewhere."""
        edges = ndtri(np.arange(1, self.n_bins) / self.n_bins)
        standardized = (scaled - (self.means or 0.5)) / (self.deviations or 0.25)
        return _one_hot(np.searchsorted(edges, standardized, side="right"), self.n_bins)

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return the neurons of reversed bins, if the means of these variables are the middle of their bounds."""
        for variable in variables if self.means else ():
            if abs(self.means[variable] - 0.5) > 1e-12:
                raise ConfigurationError(
                    f"encoder.tuning.means[{variable}] is not 0, so its bins have no mirror image. Set it to 0, or "
                    "model.mirror = false."
                )
        return _fields_mirrored(self.n_bins, n_observations, variables)


@dataclass(frozen=True)
class GaussianTuning(Tuning):
    """Gaussian receptive fields whose centres divide the range evenly, the bounds included.

    Activity is ``exp(-(x - centre)^2 / (2 (width * spacing)^2))``, with 1 at a centre.
    Source: Bohte, Kok & La Poutre 2002, Neurocomputing 48:17 (population coding by overlapping Gaussians).
    """

    n_fields: int = option(8, "receptive fields for each observed variable", low=2)
    width: float = option(0.7, "standard deviation of a field, in units of the fields' spacing", low=0.01)

    def n_inputs(self, n_observations: int) -> int:
        """Return fields times variables."""
        return n_observations * self.n_fields

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return the height of each field's Gaussian at the value."""
        centres = np.linspace(0.0, 1.0, self.n_fields)
        deviation = self.width / (self.n_fields - 1)
        distance = (scaled[..., None] - centres) / deviation
        return np.exp(-0.5 * distance**2).reshape(len(scaled), -1)

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return the neurons of reversed fields."""
        return _fields_mirrored(self.n_fields, n_observations, variables)


@dataclass(frozen=True)
class LinearTuning(Tuning):
    """One neuron a variable: 0 at the lower bound, 1 at the upper."""

    def n_inputs(self, n_observations: int) -> int:
        """Return the number of variables."""
        return n_observations

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return the scaled values themselves."""
        return scaled


@dataclass(frozen=True)
class SignedTuning(Tuning):
    """One neuron a variable: -1 at the lower bound, 0 in the middle, 1 at the upper (currents only)."""

    signed = True

    def n_inputs(self, n_observations: int) -> int:
        """Return the number of variables."""
        return n_observations

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return the values scaled to [-1, 1]."""
        return 2.0 * scaled - 1.0


@dataclass(frozen=True)
class OpponentTuning(Tuning):
    """Two neurons a variable, ON and OFF: one answers above the middle of the range, the other below."""

    def n_inputs(self, n_observations: int) -> int:
        """Return twice the number of variables."""
        return 2 * n_observations

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return max(x, 0) for each variable, then max(-x, 0), with x in [-1, 1]."""
        signed = 2.0 * scaled - 1.0
        return np.concatenate([np.maximum(signed, 0.0), np.maximum(-signed, 0.0)], axis=1)

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return ON for OFF and OFF for ON."""
        order = np.arange(2 * n_observations).reshape(2, n_observations)
        order[:, list(variables)] = order[::-1, list(variables)]
        return order.ravel()


TUNINGS: dict[str, type[Tuning]] = {
    "gaussian": GaussianTuning,
    "linear": LinearTuning,
    "one-hot": OneHotTuning,
    "opponent": OpponentTuning,
    "quantile": QuantileTuning,
    "signed": SignedTuning,
}
