"""Encoders with weights: each input neuron receives a weighted sum of all observations as a current."""

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
    """A weighted sum of all observations for each input neuron, as a current; the network holds the weights.

    Source: Vasilache et al. 2025, ICANN (inputs are real-valued currents). Observations are not clipped; normalisation
    can do that. Currents are constant over the window and rounded to 1e-6 pA.
    """

    n_neurons: int = option(16, "input neurons; 0 = the model's own number", low=0)
    offset_pa: float = option(0.0, "constant current in pA into every input neuron, added to the weighted sum")
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
        """Take the read-in weights of each network."""
        for network in networks:
            if network.read_in is None:
                raise EncodingError(
                    "the weighted encoder needs read-in weights; the network of this model has none. Use another model "
                    "or encoder."
                )
            check_shape("read_in", network.read_in, self.read_in_shape)
        read_ins = [np.asarray(network.read_in, np.float64) for network in networks]
        self._sums = WeightedSums(np.stack(read_ins))

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Currents:
        """Return ``offset_pa`` plus the weighted observations."""
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
    """A weighted sum of all observations plus a bias for each input neuron, as a current of one grid step in each tick.

    Source: Zanatta et al. 2024, Sci. Rep. 14:30648 (observations as currents, one tick). The model ``lif`` needs this
    encoder. Observations are not clipped. Currents are rounded to 1e-9 pA.
    """

    n_neurons: int = option(0, "input neurons; 0 = the model's own number", low=0)
    ticks: int = option(1, "number of pulses in each window, evenly spaced", low=1)

    def __post_init__(self) -> None:
        """Refuse an offset: a network trained by gradients, without this encoder, would not have it."""
        if self.offset_pa:
            raise ConfigurationError(
                f"encoder.offset_pa = {self.offset_pa:g} with encoder 'pulses'; expected 0, because each neuron has "
                "its own bias. Leave it out."
            )

    @property
    def n_ticks(self) -> int:
        """Number of current pulses in each window."""
        return self.ticks

    @property
    def read_in_shape(self) -> tuple[int, int]:
        """Observed variables plus a constant of 1 for the bias, by input neurons."""
        return len(self.low) + 1, self.n_neurons

    def phases(self, drive: Drive) -> list[tuple[Drive, float]]:
        """Return pulses of one grid step, each followed by zero current for the rest of the tick."""
        assert isinstance(drive, Currents)
        rest_ms = self.window_ms / self.ticks - self.resolution_ms
        silence = Currents(np.zeros_like(drive.pa))
        tick: list[tuple[Drive, float]] = [(drive, self.resolution_ms), (silence, rest_ms)]
        return tick * self.ticks

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> Currents:
        """Return the weighted values plus the bias."""
        values = self._values(observations, active)
        extended = np.column_stack([values, np.ones(len(values))])
        return Currents(np.round(self._sums(extended, active, 0.0), 9))

    def _values(self, observations: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return what the weights apply to, shape (n_rows, n_values)."""
        self._check_finite(observations, active)
        return observations
