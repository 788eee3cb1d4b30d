"""Encoders with a tuning: each input neuron answers to a part of the observed range, by a current or by spikes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.bounds import check_bounded, check_symmetric, scaled_to_bounds
from neurosim_rl.bridge.drive import Currents, SpikeTrains
from neurosim_rl.bridge.encoder import Encoder
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.bridge.tunings import TUNINGS
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.options import Options, option


@dataclass
class TunedEncoder(Encoder):
    """Base class of encoders with a tuning. All observed variables need finite bounds."""

    tuning: Options = option(
        {"name": "gaussian"}, "division of the observed range among input neurons", registry=TUNINGS
    )
    clip: bool = option(True, "move observations out of bounds to the nearest bound; false = an error")

    def __post_init__(self) -> None:
        """Check the bounds and create the tuning."""
        check_bounded(self.low, self.high)
        self._tuning = self.tuning.create().within(self.low, self.high)

    @property
    def n_inputs(self) -> int:
        """Number of input neurons."""
        return self._tuning.n_inputs(len(self.low))

    def activity(self, observations: np.ndarray) -> np.ndarray:
        """Return the activity of each input neuron, shape (n_rows, n_inputs), in [0, 1] or [-1, 1]."""
        scaled = scaled_to_bounds(observations, self.low, self.high, self.clip)
        return self._tuning.activity(scaled)

    def reflection(self, variables: Collection[int]) -> Reflection:
        """Return the reordering of input neurons if some observed variables change sign."""
        check_symmetric(self.low, self.high, variables)
        return Reflection.of_order(self._tuning.mirrored(len(self.low), variables))

    def _refuse_negative(self, reason: str) -> None:
        """Raise if the tuning gives negative activities, for encoders with spikes.

        Raises
        ------
        ConfigurationError
        """
        if self._tuning.signed:
            raise ConfigurationError(
                f"encoder.tuning {self.tuning.name!r} gives negative activities; expected activities of at least 0, "
                f"because {reason}. Use linear, opponent, gaussian, one-hot or quantile tuning, "
                "or encoder.name = 'current'."
            )


@dataclass
class CurrentEncoder(TunedEncoder):
    """A current in proportion to activity, constant over the window.

    With one-hot tuning and 40 000 pA this is the encoder of Yegenoglu et al. 2022. Currents are rounded to 1e-6 pA.
    """

    peak_pa: float = option(1000.0, "current in pA at activity 1, without the offset", low=0)
    offset_pa: float = option(0.0, "constant current in pA into every input neuron, added to the other")

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Currents:
        """Return ``offset_pa + peak_pa * activity``."""
        pa = self.offset_pa + self.peak_pa * self.activity(observations)
        # The last bit of an exponential differs between processors; rounding keeps it out of the simulation.
        return Currents(np.round(pa, 6))


@dataclass
class RateEncoder(TunedEncoder):
    """Base class of encoders with spikes: the firing rate of each input neuron is in proportion to its activity."""

    peak_hz: float = option(500.0, "firing rate in Hz at activity 1", low=0)
    floor_hz: float = option(0.0, "firing rate in Hz at activity 0", low=0)

    drives_spikes = True

    def __post_init__(self) -> None:
        """Check that rates are not negative and fit the grid: at most one spike in each step."""
        super().__post_init__()
        self._refuse_negative("a firing rate cannot be negative")
        highest_hz = 1000.0 / self.resolution_ms
        if max(self.peak_hz, self.floor_hz) > highest_hz:
            raise ConfigurationError(
                f"encoder.peak_hz = {self.peak_hz:g} and encoder.floor_hz = {self.floor_hz:g}; expected at most "
                f"{highest_hz:g} Hz, one spike in each step of {self.resolution_ms:g} ms. Set smaller rates."
            )

    def spikes_per_step(self, observations: np.ndarray) -> np.ndarray:
        """Return the expected number of spikes in one grid step, shape (n_rows, n_inputs), rounded to 1e-12."""
        rate_hz = self.floor_hz + (self.peak_hz - self.floor_hz) * self.activity(observations)
        # The last bit of an exponential differs between processors and could decide on a spike: round it away.
        return np.round(rate_hz * self.resolution_ms * 1e-3, 12)


@dataclass
class PoissonEncoder(RateEncoder):
    """Poisson spike trains on the grid: a step contains a spike with probability rate times step.

    Spikes are drawn by the generator of each element, never by the simulator. So all simulators get the same input, and
    the input of an element does not depend on the rest of the batch.

    Source: the Poisson rate code, for instance Gerstner, Kistler, Naud & Paninski 2014, Neuronal Dynamics, chapter 7.
    """

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return spikes from one Bernoulli draw for each neuron and grid step."""
        probability = self.spikes_per_step(observations)
        draws = np.stack([rngs[element].random((self.n_inputs, self.n_steps)) for element in active])
        row, neuron, step = np.nonzero(draws < probability[..., None])
        return SpikeTrains(row, neuron, step + 1, len(active))


@dataclass
class RegularEncoder(RateEncoder):
    """Evenly spaced spikes: the phase of each neuron grows with its rate; the neuron spikes at each whole number.

    The phase starts at one half and is kept between windows, so rates below one spike in a window are correct as well.

    Source: a design of this package.
    """

    _phase: np.ndarray = field(init=False, default_factory=lambda: np.zeros((0, 0)))

    def start(self, networks: Sequence[Network]) -> None:
        """Set all phases to one half."""
        self._phase = np.full((len(networks), self.n_inputs), 0.5)

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return a spike for each step in which a phase reaches a whole number."""
        rate = self.spikes_per_step(observations)
        # Neurons with rate 0 neither spike nor change their phase; with one-hot tuning these are nearly all.
        row, neuron = np.nonzero(rate)
        start = self._phase[active[row], neuron][:, None]
        # One product for each step instead of repeated additions: rounding errors do not add up within a window.
        phase = start + rate[row, neuron][:, None] * np.arange(self.n_steps + 1)
        driven, step = np.nonzero(np.floor(phase[:, 1:]) > np.floor(phase[:, :-1]))
        self._phase[active[row], neuron] = phase[:, -1] % 1.0
        return SpikeTrains(row[driven], neuron[driven], step + 1, len(active))
