"""Sliding-rate decoder: another decoder reads the spikes of several windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.centre_of_mass import CentreOfMass
from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.decoders import LinearReadout, RateDifference, WinnerTakesAll
from neurosim_rl.bridge.elementary import exponential
from neurosim_rl.bridge.population_vector import PopulationVector
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import DecodingError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Parameter
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import Options, option

READOUTS: dict[str, type[Decoder]] = {
    "centre-of-mass": CentreOfMass,
    "linear": LinearReadout,
    "population-vector": PopulationVector,
    "rate-difference": RateDifference,
    "winner": WinnerTakesAll,
}
"""Decoders that read spike counts and remember nothing."""
GRAIN = 2.0**-16
"""Averages are rounded to this many spikes: so the sums of readouts are exact, and equal averages are ties."""


@dataclass
class SlidingRate(Decoder):
    """A running average of spike counts, which another decoder turns into actions: ``readout``.

    ``exponential``: in each window the average moves towards the count by a share of ``1 - exp(-window_ms / tau_ms)``.
    ``boxcar``: the mean of the last ``windows`` windows. The average begins at 0, as if the network had been silent.
    It continues through all episodes of a trial, like membranes. The weights of rates are those of the readout: fixed
    for the rate difference, the population codes and the winner, genes for ``linear``. Averages are rounded to 2^-16
    spikes.

    Source: Dayan & Abbott 2001, Theoretical Neuroscience, section 1.2 (firing rates by a sliding window and by an
    exponential kernel).
    """

    readout: Options = option({"name": "winner"}, "decoder that reads the averages", registry=READOUTS)
    kernel: str = option("exponential", "weight of earlier windows", choices=("exponential", "boxcar"))
    tau_ms: float = option(50.0, "time constant of the exponential kernel in ms", low=1e-3)
    windows: int = option(3, "windows of the boxcar kernel", low=1)
    _state: np.ndarray = field(init=False, repr=False, compare=False)
    _n_decoded: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        """Create the readout."""
        window = {"window_ms": self.window_ms, "resolution_ms": self.resolution_ms}
        try:
            self.inner: Decoder = self.readout.create(action_space=self.action_space, **window)
        except DecodingError as error:  # its advice names decoders, which are readouts here
            raise DecodingError(f"decoder.readout.name = {self.readout.name!r}: {error}") from error
        self._share = float(np.round(1.0 - exponential(-self.window_ms / self.tau_ms), 12))

    @property
    def n_outputs(self) -> int:
        """Number of output neurons of the readout."""
        return self.inner.n_outputs

    @property
    def share(self) -> float:
        """Share by which the exponential average moves towards the counts of a window, rounded to 1e-12."""
        return self._share

    @property
    def readout_shape(self) -> tuple[int, int] | None:
        """Shape of the readout's weights, or None."""
        return self.inner.readout_shape

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Genes of the readout's own."""
        return self.inner.parameters

    def start(self, networks: Sequence[Network]) -> None:
        """Begin with averages of 0."""
        n_kept = self.windows if self.kernel == "boxcar" else 1
        self._state, self._n_decoded = np.zeros((n_kept, len(networks), self.n_outputs)), 0
        self.inner.start(networks)

    def average(self, counts: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return the average counts after these of a window, both of shape (n_rows, n_outputs)."""
        if self.kernel == "boxcar":
            self._state[self._n_decoded % self.windows, active] = counts
            self._n_decoded += 1
            mean = self._state[:, active].sum(axis=0) / self.windows
        else:
            before = self._state[0, active]
            mean = before + self._share * (counts - before)
            self._state[0, active] = mean
        return np.round(mean / GRAIN) * GRAIN

    def decode(self, counts: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> np.ndarray:
        """Return the readout's actions for the averages."""
        check_shape("counts", counts, (len(active), self.n_outputs))
        return self.inner.decode(self.average(counts, active), active, rngs)

    def reflection(self) -> Reflection:
        """Return the mirror image of the readout's neurons."""
        return self.inner.reflection()

    def credit(self, actions: np.ndarray) -> np.ndarray:
        """Return the credit of the readout's neurons."""
        return self.inner.credit(actions)
