"""Tunings: the activity of input neurons as a function of observations.

A tuning maps observations, scaled from their bounds to [0, 1], to activities. An encoder then turns activities into
currents or firing rates.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from neurosim_rl.bridge.elementary import exponential
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.options import option
from neurosim_rl.settings.registry import Registry


class Tuning(ABC):
    """Maps scaled observations to the activity of input neurons."""

    signed: bool = False
    """Whether activities may be negative; only currents can express negative activities."""

    @abstractmethod
    def n_inputs(self, n_observations: int) -> int:
        """Return the number of input neurons for a number of observed variables."""

    @abstractmethod
    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return activities, shape (n_rows, n_inputs), for scaled observations, shape (n_rows, n_observations)."""

    def within(self, low: np.ndarray, high: np.ndarray) -> Tuning:
        """Return the tuning for variables with these bounds, shape (n_observations,) each.

        Most tunings do not depend on bounds. A tuning with options in the units of the variables scales them like
        observations.

        Raises
        ------
        ConfigurationError
            When the options fit another number of variables.
        """
        return self

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return the mirror image of each input neuron, shape (n_inputs,), if some scaled variables x become 1 - x.

        Raises
        ------
        ConfigurationError
            When an input neuron has no mirror image.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no mirror image for each input neuron. Use gaussian, one-hot, quantile or "
            "opponent tuning, or set model.mirror = false."
        )


def fields_mirrored(n_fields: int, n_observations: int, variables: Collection[int]) -> np.ndarray:
    """Return the mirror images of neurons with symmetric fields along each variable: reversed order for `variables`."""
    order = np.arange(n_observations * n_fields).reshape(n_observations, n_fields)
    for variable in variables:
        order[variable] = order[variable, ::-1]
    return order.ravel()


def _one_hot(bins: np.ndarray, n_bins: int) -> np.ndarray:
    """Return 1 for the bin of each variable and 0 elsewhere, shape (n_rows, n_observations * n_bins)."""
    activity = np.zeros((*bins.shape, n_bins))
    np.put_along_axis(activity, bins[..., None], 1.0, axis=-1)
    return activity.reshape(len(bins), -1)


@dataclass(frozen=True)
class OneHotTuning(Tuning):
    """Bins of equal width: the neuron of the value's bin has activity 1, all others 0.

    The upper bound belongs to the last bin. Source: Yegenoglu et al. 2022, Front. Comput. Neurosci. 16:885207
    (30 bins per variable, width (max - min) / n).
    """

    n_bins: int = option(30, "bins for each observed variable", low=1)

    def n_inputs(self, n_observations: int) -> int:
        """Return bins times variables."""
        return n_observations * self.n_bins

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return 1 for the bin of each variable, 0 elsewhere."""
        bins = (scaled * self.n_bins).astype(np.int64)
        # At the upper bound the index would be n_bins.
        return _one_hot(np.clip(bins, 0, self.n_bins - 1), self.n_bins)

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return the neurons of reversed bins."""
        return fields_mirrored(self.n_bins, n_observations, variables)


@dataclass(frozen=True)
class QuantileTuning(Tuning):
    """Bins with equal probability for normally distributed values: the neuron of the value's bin has activity 1.

    The edges of a variable's bins are its mean plus its standard deviation times the quantiles k / n_bins of the
    standard normal distribution. A bin contains its lower edge. The first and the last bin extend to the bounds.
    Source: Hasegan et al. 2022, Front. Comput. Neurosci. 16:1017284 (20 bins for each variable of CartPole).

    Means and deviations are in the units of the observed variables. Without an encoder (`within`), the bounds are 0
    and 1.
    """

    n_bins: int = option(20, "bins for each observed variable", low=1)
    means: tuple = option((), "mean of each observed variable, in its unit; empty = the middle of its bounds")
    deviations: tuple = option(
        (), "standard deviation of each observed variable, in its unit; empty = a quarter of its range", low=1e-12
    )

    def within(self, low: np.ndarray, high: np.ndarray) -> QuantileTuning:
        """Return the same tuning with means and deviations scaled like observations."""
        for name in ("means", "deviations"):
            n_values = len(getattr(self, name))
            if n_values not in (0, len(low)):
                raise ConfigurationError(
                    f"encoder.tuning.{name} has {n_values} values; expected one for each of the {len(low)} observed "
                    "variables, or none."
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
        from scipy.special import ndtri  # loaded here: SciPy takes long

        edges = ndtri(np.arange(1, self.n_bins) / self.n_bins)
        standardized = (scaled - (self.means or 0.5)) / (self.deviations or 0.25)
        # side="right": a value on an edge belongs to the bin above.
        bins = np.searchsorted(edges, standardized, side="right")
        return _one_hot(bins, self.n_bins)

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return the neurons of reversed bins; an error unless the mean of each variable is the middle of its bounds.

        Bounds of mirrored variables are symmetric about 0, so the middle is 0 in the variable's own unit.
        """
        if self.means:
            for variable in variables:
                if abs(self.means[variable] - 0.5) > 1e-12:
                    raise ConfigurationError(
                        f"encoder.tuning.means[{variable}] is not 0, so the bins of this variable have no mirror "
                        "image. Set it to 0, or model.mirror = false."
                    )
        return fields_mirrored(self.n_bins, n_observations, variables)


@dataclass(frozen=True)
class GaussianTuning(Tuning):
    """Gaussian receptive fields with evenly spaced centres; the first and the last centre are the bounds.

    Activity is ``exp(-(x - centre)^2 / (2 (width * spacing)^2))``, which is 1 at a centre.
    Source: Bohte, Kok & La Poutre 2002, Neurocomputing 48:17 (population coding by overlapping Gaussians).
    """

    n_fields: int = option(8, "receptive fields for each observed variable", low=2)
    width: float = option(0.7, "standard deviation of a field, in units of the spacing of fields", low=0.01)

    def n_inputs(self, n_observations: int) -> int:
        """Return fields times variables."""
        return n_observations * self.n_fields

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return the value of the Gaussian of each field."""
        centres = np.linspace(0.0, 1.0, self.n_fields)
        deviation = self.width / (self.n_fields - 1)
        distance = (scaled[..., None] - centres) / deviation
        return exponential(-0.5 * distance**2).reshape(len(scaled), -1)

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return the neurons of reversed fields."""
        return fields_mirrored(self.n_fields, n_observations, variables)


@dataclass(frozen=True)
class LinearTuning(Tuning):
    """One neuron for each variable, with activity 0 at the lower and 1 at the upper bound.

    Source: a design of this package.
    """

    def n_inputs(self, n_observations: int) -> int:
        """Return the number of variables."""
        return n_observations

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return the scaled observations."""
        return scaled


@dataclass(frozen=True)
class SignedTuning(Tuning):
    """One neuron for each variable, with activity -1 at the lower and 1 at the upper bound (only with currents).

    Source: a design of this package.
    """

    signed = True

    def n_inputs(self, n_observations: int) -> int:
        """Return the number of variables."""
        return n_observations

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return the observations scaled to [-1, 1]."""
        return 2.0 * scaled - 1.0


@dataclass(frozen=True)
class OpponentTuning(Tuning):
    """Two neurons for each variable: ON is active above the middle of the range, OFF below.

    Source: a design of this package, after the ON and OFF cells of the retina.
    """

    def n_inputs(self, n_observations: int) -> int:
        """Return twice the number of variables."""
        return 2 * n_observations

    def activity(self, scaled: np.ndarray) -> np.ndarray:
        """Return max(x, 0) for all variables, then max(-x, 0) for all, with x in [-1, 1]."""
        signed = 2.0 * scaled - 1.0
        return np.concatenate([np.maximum(signed, 0.0), np.maximum(-signed, 0.0)], axis=1)

    def mirrored(self, n_observations: int, variables: Collection[int]) -> np.ndarray:
        """Return the OFF neuron for each ON neuron of these variables, and the reverse."""
        order = np.arange(2 * n_observations).reshape(2, n_observations)
        order[:, list(variables)] = order[::-1, list(variables)]
        return order.ravel()


TUNINGS: Registry[type[Tuning]] = Registry(
    "tuning",
    Tuning,
    {
        "gaussian": GaussianTuning,
        "linear": LinearTuning,
        "one-hot": OneHotTuning,
        "opponent": OpponentTuning,
        "quantile": QuantileTuning,
        "signed": SignedTuning,
    },
)
