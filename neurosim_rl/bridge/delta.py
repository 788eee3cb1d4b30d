"""Delta code: spikes at changes of the observed variables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.bounds import check_bounded, check_symmetric
from neurosim_rl.bridge.drive import SpikeTrains
from neurosim_rl.bridge.encoder import Encoder
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import ConfigurationError, EncodingError
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.checks import check_shape, first_non_finite
from neurosim_rl.settings.options import option


@dataclass
class DeltaEncoder(Encoder):
    """Send on delta: two input neurons for each variable; one spikes when it has risen by a threshold, one when fallen.

    The encoder keeps a reference for each variable. Each spike moves the reference by one threshold towards the value,
    so the reference plus or minus a threshold always contains the value, and the sum of spikes times threshold follows
    it. A change of several thresholds gives several spikes, ``interval_ms`` apart from the window's first step on. If
    a window is too short for all of them, the rest follow in the next windows. Changes are rounded to 1e-9 thresholds.

    ``reference = 'first'``: the first observation is the reference, and the first window has no spikes; the network
    never gets the absolute value. ``'middle'``: the reference begins at the middle of the bounds, so the first windows
    tell where the episode begins. In a trial of several episodes, the step from one to the next is a change as well.

    Observations are not clipped. Source: step-forward encoding in Petro, Kasabov & Kiss 2020, IEEE Trans. Neural Netw.
    Learn. Syst. 31:358; in vision sensors Lichtsteiner, Posch & Delbruck 2008, IEEE J. Solid-State Circuits 43:566.
    """

    threshold: float = option(
        0.01, "change that gives a spike, as a fraction of the range of a variable", low=1e-6, high=1
    )
    thresholds: tuple = option(
        (), "change of each variable that gives a spike, in its unit; empty = threshold times its range", low=1e-12
    )
    reference: str = option("first", "where the references begin", choices=("first", "middle"))
    interval_ms: float = option(1.0, "time between the spikes of a neuron in a window, in ms", low=1e-3)
    _origin: np.ndarray = field(init=False, repr=False, compare=False, default_factory=lambda: np.zeros((0, 0)))
    _level: np.ndarray = field(init=False, repr=False, compare=False, default_factory=lambda: np.zeros((0, 0)))

    drives_spikes = True

    def __post_init__(self) -> None:
        """Find the threshold of each variable; bounds are needed only for what is relative to them."""
        n_variables = len(self.low)
        if len(self.thresholds) not in (0, n_variables):
            raise ConfigurationError(
                f"encoder.thresholds has {len(self.thresholds)} values; expected one for each of the {n_variables} "
                "observed variables, or none."
            )
        if not self.thresholds or self.reference == "middle":
            check_bounded(self.low, self.high)
        own = np.array(self.thresholds, np.float64)
        self._thresholds = own if self.thresholds else self.threshold * (self.high - self.low)
        self._interval_steps = max(round(self.interval_ms / self.resolution_ms), 1)

    @property
    def n_inputs(self) -> int:
        """Two for each variable: first all that answer to a rise, then all that answer to a fall."""
        return 2 * len(self.low)

    @property
    def input_variables(self) -> np.ndarray:
        """Index of the observed variable of each input neuron, shape (n_inputs,)."""
        return np.tile(np.arange(len(self.low)), 2)

    @property
    def most_spikes(self) -> int:
        """Most spikes of a neuron in a window."""
        return (self.n_steps - 1) // self._interval_steps + 1

    @property
    def interval_steps(self) -> int:
        """Grid steps between the spikes of a neuron in a window."""
        return self._interval_steps

    @property
    def thresholds_of_variables(self) -> np.ndarray:
        """Change of each variable that gives a spike, in its unit, shape (n_observations,)."""
        return self._thresholds

    def start(self, networks: Sequence[Network]) -> None:
        """Begin with new references."""
        shape = len(networks), len(self.low)
        begin = (self.low + self.high) / 2 if self.reference == "middle" else np.nan
        self._origin = np.broadcast_to(begin, shape).astype(np.float64)
        self._level = np.zeros(shape)

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return the spikes of this window's changes, and move the references."""
        observations = self._checked(observations, active)
        unknown = np.isnan(self._origin[active])
        self._origin[active] = np.where(unknown, observations, self._origin[active])
        with np.errstate(over="ignore"):  # a change that overflows is cut like any that is too large
            change = (observations - self._origin[active]) / self._thresholds - self._level[active]
            rises = np.clip(np.trunc(np.round(change, 9)), -self.most_spikes, self.most_spikes)
        # The reference is the origin plus a whole number of thresholds: rounding errors do not add up.
        self._level[active] += rises
        counts = np.concatenate([np.maximum(rises, 0), np.maximum(-rises, 0)], axis=1).astype(np.int64)
        return self._trains(counts)

    def reflection(self, variables: Collection[int]) -> Reflection:
        """Return the neuron of falls for the neuron of rises of these variables, and the reverse."""
        if self.reference == "middle":
            check_symmetric(self.low, self.high, variables)
        order = np.arange(self.n_inputs).reshape(2, -1)
        order[:, list(variables)] = order[::-1, list(variables)]
        return Reflection.of_order(order.ravel())

    def _trains(self, counts: np.ndarray) -> SpikeTrains:
        """Return evenly spaced spikes for the counts of each neuron, shape (n_rows, n_inputs)."""
        row, neuron = np.nonzero(counts)
        n = counts[row, neuron]
        number = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        return SpikeTrains(np.repeat(row, n), np.repeat(neuron, n), 1 + number * self._interval_steps, len(counts))

    def _checked(self, observations: np.ndarray, active: np.ndarray) -> np.ndarray:
        observations = np.asarray(observations, dtype=np.float64)
        check_shape("observations", observations, (len(active), len(self.low)))
        bad = first_non_finite(observations)
        if bad is not None:
            raise EncodingError(
                f"observation[{bad[1]}] is {observations[bad]}; expected a finite value. Check the environment."
            )
        return observations
