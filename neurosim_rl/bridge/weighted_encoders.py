"""Encoders whose input neurons receive weighted sums of all observations; the weights come with the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.drive import Currents, Drive
from neurosim_rl.bridge.encoder import Encoder
from neurosim_rl.bridge.sums import WeightedSums
from neurosim_rl.errors import ConfigurationError, EncodingError
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.checks import check_shape, first_non_finite
from neurosim_rl.settings.options import option


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
        self._sums = WeightedSums(np.stack([np.asarray(n.read_in, np.float64) for n in networks]))

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
