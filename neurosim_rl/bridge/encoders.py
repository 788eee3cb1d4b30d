"""Encoders: observations to drive, for a whole batch at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.drive import Currents, Drive, SpikeTrains
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.bridge.sums import WeightedSums
from neurosim_rl.bridge.tunings import TUNINGS
from neurosim_rl.checks import check_shape, first_non_finite
from neurosim_rl.errors import ConfigurationError, EncodingError
from neurosim_rl.network import Network
from neurosim_rl.options import create, option


@dataclass
class Encoder(ABC):
    """Turns observations into a drive.

    Parameters
    ----------
    low, high : float array, shape (n_observations,)
        Bounds of the observed variables, as the encoder sees them: after normalisation, if there is any.
    window_ms, resolution_ms : float
        Length of a window and grid of the simulator.
    """

    low: np.ndarray
    high: np.ndarray
    window_ms: float
    resolution_ms: float

    drives_spikes = False
    """Whether the drive is :class:`SpikeTrains` (else :class:`Currents`)."""

    @property
    @abstractmethod
    def n_inputs(self) -> int:
        """Number of input neurons."""

    @property
    def read_in_shape(self) -> tuple[int, int] | None:
        """Shape of the read-in weights that the genome must hold, or None."""
        return None

    @property
    def n_ticks(self) -> int:
        """Pulses of its currents in each window; 1 where they last."""
        return 1

    @property
    def n_steps(self) -> int:
        """Grid steps in a window."""
        return round(self.window_ms / self.resolution_ms)

    def start(self, networks: Sequence[Network]) -> None:  # noqa: B027  # most encoders remember nothing
        """Forget everything about earlier episodes; new ones begin, one for each network."""

    @abstractmethod
    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Drive:
        """Return the drive of the next window.

        Parameters
        ----------
        observations : array, shape (n_rows, n_observations)
            One row for each running element.
        active : int array, shape (n_rows,)
            Index in the batch of each row.
        rngs : sequence of numpy.random.Generator
            One for each element of the batch (index with `active`).

        Raises
        ------
        EncodingError
            For NaN always; for values out of bounds when ``clip`` is off.
        """

    def phases(self, drive: Drive) -> list[tuple[Drive, float]]:
        """Return what a simulator shall get in a window, one after the other, and for how long in ms each."""
        return [(drive, self.window_ms)]

    def reflection(self, variables: Collection[int]) -> Reflection:
        """Return what happens to the input neurons when some observed variables change sign.

        Raises
        ------
        ConfigurationError
            When the input neurons have no mirror image.
        EncodingError
            When the bounds of such a variable are not symmetric about 0.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no mirror image among its own neurons. Use an encoder with a tuning, such as "
            "current, or set model.mirror = false."
        )


@dataclass
class TunedEncoder(Encoder):
    """What encoders share whose input neurons each answer to a part of the observed range; all bounds are finite."""

    tuning: dict = option({"name": "gaussian"}, "how neurons divide the observed range", registry=TUNINGS)
    clip: bool = option(True, "move observations out of bounds to the nearest bound (false: an error)")

    def __post_init__(self) -> None:
        """Check bounds and build the tuning."""
        for index, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise EncodingError(
                    f"observation[{index}] has bounds [{low}, {high}]; expected finite, ordered bounds. "
                    "Set environment.observation_low and environment.observation_high, or measure them: "
                    "normalisation.name = 'bounds'."
                )
        self._tuning = create("encoder.tuning", TUNINGS, self.tuning).within(self.low, self.high)

    @property
    def n_inputs(self) -> int:
        """Number of input neurons."""
        return self._tuning.n_inputs(len(self.low))

    def activity(self, observations: np.ndarray) -> np.ndarray:
        """Return the activity of each input neuron, shape (n_rows, n_inputs), in [0, 1] or [-1, 1]."""
        observations = np.asarray(observations, dtype=np.float64)
        check_shape("observations", observations, ("n_rows", len(self.low)))
        self._check_values(observations)
        scaled = (np.clip(observations, self.low, self.high) - self.low) / (self.high - self.low)
        return self._tuning.activity(scaled)

    def reflection(self, variables: Collection[int]) -> Reflection:
        """Return the input neurons that change places, or sign, with the tuning's help."""
        check_symmetric(self.low, self.high, variables)
        return Reflection.of_order(self._tuning.mirrored(len(self.low), variables))

    def _check_values(self, observations: np.ndarray) -> None:
        bad = np.isnan(observations)
        if not self.clip:
            bad |= (observations < self.low) | (observations > self.high)
        if bad.any():
            row, index = np.argwhere(bad)[0]
            raise EncodingError(
                f"observation[{index}] is {observations[row, index]}; expected a value in "
                f"[{self.low[index]:g}, {self.high[index]:g}]. Check the environment"
                + (", or set encoder.clip = true." if not self.clip else ".")
            )


def check_symmetric(low: np.ndarray, high: np.ndarray, variables: Collection[int]) -> None:
    """Raise unless the bounds of some observed variables are symmetric about 0.

    Raises
    ------
    EncodingError
    """
    for index in variables:
        if low[index] != -high[index]:
            raise EncodingError(
                f"observation[{index}] changes sign in the mirror, but has bounds [{low[index]:g}, {high[index]:g}]; "
                "expected bounds symmetric about 0. Set environment.observation_low and environment.observation_high."
            )


@dataclass
class CurrentEncoder(TunedEncoder):
    """Activity times a peak current, constant over the window.

    With one-hot tuning and 40 000 pA this is the encoder of Yegenoglu et al. 2022. Currents are rounded
    to 1e-6 pA, so that the last bit of an exponential, which differs between processors, stays out of
    the simulation.
    """

    peak_pa: float = option(1000.0, "current in pA at activity 1", low=0)
    offset_pa: float = option(0.0, "current in pA that every input neuron receives besides")

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Currents:
        """Return ``offset_pa + peak_pa * activity``."""
        return Currents(np.round(self.offset_pa + self.peak_pa * self.activity(observations), 6))


@dataclass
class RateEncoder(TunedEncoder):
    """Activity times a peak rate: each input neuron is a spike source with that firing rate in Hz."""

    peak_hz: float = option(500.0, "firing rate in Hz at activity 1", low=0)
    floor_hz: float = option(0.0, "firing rate in Hz at activity 0", low=0)

    drives_spikes = True

    def __post_init__(self) -> None:
        """Check that rates are not negative and fit the grid: one spike a step at most."""
        super().__post_init__()
        if self._tuning.signed:
            raise ConfigurationError(
                f"encoder.tuning {self.tuning['name']!r} gives negative activities, which no firing rate can carry; "
                "use linear, opponent, gaussian, one-hot or quantile, or the current encoder."
            )
        highest_hz = 1000.0 / self.resolution_ms
        if max(self.peak_hz, self.floor_hz) > highest_hz:
            raise ConfigurationError(
                f"encoder.peak_hz = {self.peak_hz:g} and floor_hz = {self.floor_hz:g}: at a resolution of "
                f"{self.resolution_ms:g} ms at most {highest_hz:g} Hz are possible."
            )

    def spikes_per_step(self, observations: np.ndarray) -> np.ndarray:
        """Return the expected number of spikes in one grid step, shape (n_rows, n_inputs)."""
        rate_hz = self.floor_hz + (self.peak_hz - self.floor_hz) * self.activity(observations)
        return np.round(rate_hz * self.resolution_ms * 1e-3, 12)


@dataclass
class PoissonEncoder(RateEncoder):
    """Poisson spike trains on the grid: each step holds a spike with probability rate times step.

    Drawn from each element's own generator, never by the simulator: so two simulators see the same input,
    and an element's input does not depend on what else is in the batch.
    """

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return one Bernoulli draw a neuron and grid step."""
        probability = self.spikes_per_step(observations)
        draws = np.stack([rngs[element].random((self.n_inputs, self.n_steps)) for element in active])
        row, neuron, step = np.nonzero(draws < probability[..., None])
        return SpikeTrains(row, neuron, step + 1, len(active))


@dataclass
class RegularEncoder(RateEncoder):
    """Evenly spaced spikes: each neuron's phase grows with its rate and it spikes at every whole number.

    The phase is kept between windows, so that rates below one spike a window are right as well. It starts
    at one half.
    """

    _phase: np.ndarray = field(init=False, default_factory=lambda: np.zeros((0, 0)))

    def start(self, networks: Sequence[Network]) -> None:
        """Set all phases to one half."""
        self._phase = np.full((len(networks), self.n_inputs), 0.5)

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return the steps in which a phase reaches a whole number."""
        rate = self.spikes_per_step(observations)
        # Those at rest neither spike nor change their phase; with one-hot activity they are nearly all.
        row, neuron = np.nonzero(rate)
        phase = self._phase[active[row], neuron][:, None] + rate[row, neuron][:, None] * np.arange(self.n_steps + 1)
        driven, step = np.nonzero(np.floor(phase[:, 1:]) > np.floor(phase[:, :-1]))
        self._phase[active[row], neuron] = phase[:, -1] % 1.0
        return SpikeTrains(row[driven], neuron[driven], step + 1, len(active))


@dataclass
class WeightedEncoder(Encoder):
    """A weighted sum of all observations for each input neuron, as a current; the weights come with the network.

    Source: Vasilache et al. 2025, ICANN, whose inputs are real-valued currents. Nothing is cut: that is for
    normalisation to do. Currents are constant over the window, and rounded to 1e-6 pA.
    """

    n_neurons: int = option(16, "input neurons; 0: as many as a model has that says so", low=0)
    offset_pa: float = option(0.0, "current in pA that every input neuron receives besides")
    _sums: WeightedSums = field(init=False, repr=False, compare=False)

    @property
    def n_inputs(self) -> int:
        """Number of input neurons."""
        return self.n_neurons

    @property
    def read_in_shape(self) -> tuple[int, int]:
        """Observed variables by input neurons."""
        return len(self.low), self.n_neurons

    def start(self, networks: Sequence[Network]) -> None:
        """Take each network's read-in weights."""
        for network in networks:
            if network.read_in is None:
                raise EncodingError("the weighted encoder needs a network with read-in weights; this model gives none.")
            check_shape("read_in", network.read_in, self.read_in_shape)
        self._sums = WeightedSums(np.stack([np.asarray(n.read_in, np.float64) for n in networks], axis=1))

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Currents:
        """Return ``offset_pa`` and the weighted observations."""
        self._check_finite(observations, active)
        return Currents(np.round(self._sums(observations, active, self.offset_pa), 6))

    def _check_finite(self, observations: np.ndarray, active: np.ndarray) -> None:
        check_shape("observations", observations, (len(active), len(self.low)))
        bad = first_non_finite(observations)
        if bad is not None:
            raise EncodingError(
                f"observation[{bad[1]}] is {observations[bad]}; expected a finite value. Check the environment."
            )


@dataclass
class PulseEncoder(WeightedEncoder):
    """A weighted sum of all observations and a bias for each input neuron, as a current of one grid step in each tick.

    Source: Zanatta et al. 2024, Sci. Rep. 14:30648 (observations as currents, one tick). It goes with the model
    ``lif``; nothing is cut. Currents are rounded to 1e-9 pA.
    """

    n_neurons: int = option(0, "input neurons; 0: as many as a model has that says so", low=0)
    ticks: int = option(1, "pulses in each window, evenly spaced", low=1)

    def __post_init__(self) -> None:
        """Refuse an offset, which a network that is trained elsewhere would not have."""
        if self.offset_pa:
            raise ConfigurationError(
                f"encoder.offset_pa = {self.offset_pa:g} with encoder 'pulses': expected 0, as each neuron has a bias "
                "of its own. Leave it out."
            )

    @property
    def n_ticks(self) -> int:
        """Pulses in each window."""
        return self.ticks

    @property
    def read_in_shape(self) -> tuple[int, int]:
        """Observed variables, and a constant of 1 behind them, by input neurons."""
        return len(self.low) + 1, self.n_neurons

    def phases(self, drive: Drive) -> list[tuple[Drive, float]]:
        """Return pulses of one grid step, and the silence after each."""
        assert isinstance(drive, Currents)
        rest_ms = self.window_ms / self.ticks - self.resolution_ms
        tick: list[tuple[Drive, float]] = [(drive, self.resolution_ms), (Currents(np.zeros_like(drive.pa)), rest_ms)]
        return tick * self.ticks

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Currents:
        """Return the weighted observations and the bias."""
        self._check_finite(observations, active)
        extended = np.column_stack([observations, np.ones(len(observations))])
        return Currents(np.round(self._sums(extended, active, 0.0), 9))


ENCODERS: dict[str, type[Encoder]] = {
    "current": CurrentEncoder,
    "poisson": PoissonEncoder,
    "pulses": PulseEncoder,
    "regular": RegularEncoder,
    "weighted": WeightedEncoder,
}
