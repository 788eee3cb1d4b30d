"""Population code of PopSAN: Gaussian populations; their centres and widths may be genes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.bounds import check_symmetric, scaled_to_bounds
from neurosim_rl.bridge.drive import SpikeTrains
from neurosim_rl.bridge.encoder import Encoder
from neurosim_rl.bridge.gaussian_fields import GaussianFields
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.bridge.tunings import fields_mirrored
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Parameter
from neurosim_rl.settings.options import option

THRESHOLD = 0.999
"""Sum of activities at which an accumulator spikes, and that the spike takes away."""


@dataclass
class PopulationEncoder(Encoder):
    """A population of neurons with Gaussian fields for each variable, which spike in a few time steps of each window.

    The activity of a neuron is ``exp(-(x - centre)^2 / (2 (width * spacing)^2))``. ``deterministic``: in each time step
    a neuron adds its activity to a sum; above 0.999 it spikes, and 0.999 is taken away (soft reset). The sum begins at
    0 in each window. ``probabilistic``: the activity is the probability of a spike in each time step. The time steps
    divide the window evenly; spikes come at their first grid step.

    Centres are evenly spaced between the bounds. With ``learned`` each neuron has two genes: the shift of its centre
    and its width, both in units of the spacing of fields.

    Source: Tang, Kumar, Yoo & Michmizos 2020, CoRL (PopSAN: 10 neurons for each variable, 5 time steps, learned centres
    and widths).

    Genome
    ------
    With ``learned``: ``encoder_centres`` and ``encoder_widths``, shape (n_observations, n_fields) each.
    """

    n_fields: int = option(10, "neurons for each observed variable", low=2)
    width: float = option(0.6, "standard deviation of a field, in units of the spacing of fields", low=0.01)
    time_steps: int = option(5, "time steps of the code in each window; a neuron spikes at most once in each", low=1)
    mode: str = option("deterministic", "how activities become spikes", choices=("deterministic", "probabilistic"))
    learned: bool = option(False, "whether centres and widths are genes, which evolve with the network")
    clip: bool = option(True, "move observations out of bounds to the nearest bound; false = an error")
    fields: GaussianFields = field(init=False, repr=False, compare=False)

    drives_spikes = True

    def __post_init__(self) -> None:
        """Make the fields, and check the number of time steps."""
        self.fields = GaussianFields(self.low, self.high, self.n_fields, self.width, self.learned)
        if self.time_steps > self.n_steps:
            raise ConfigurationError(
                f"encoder.time_steps = {self.time_steps}; expected at most {self.n_steps}, the grid steps of a window. "
                "Set fewer time steps, a longer window_ms or a smaller resolution_ms."
            )

    @property
    def n_inputs(self) -> int:
        """Fields times variables."""
        return len(self.low) * self.n_fields

    @property
    def input_variables(self) -> np.ndarray:
        """Index of the observed variable of each input neuron, shape (n_inputs,)."""
        return self.fields.variables

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Shifts of the centres and widths, if they are learned."""
        return self.fields.parameters

    def start(self, networks: Sequence[Network]) -> None:
        """Take the centres and widths of each network, if they are learned."""
        self.fields.start(networks)

    def activity(self, observations: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return the activity of each input neuron, shape (n_rows, n_inputs), in [0, 1]."""
        return self.fields.activity(scaled_to_bounds(observations, self.low, self.high, self.clip), active)

    def encode(self, observations: np.ndarray, active: np.ndarray, rngs: Sequence[np.random.Generator]) -> SpikeTrains:
        """Return the spikes of the window's time steps."""
        activity = self.activity(observations, active)
        if self.mode == "deterministic":
            spikes = accumulated(activity, self.time_steps)
        else:
            draws = [rngs[element].random((self.n_inputs, self.time_steps)) for element in active]
            spikes = np.reshape(draws, (len(active), self.n_inputs, self.time_steps)) < activity[..., None]
        row, neuron, number = np.nonzero(spikes)
        return SpikeTrains(row, neuron, 1 + number * self.n_steps // self.time_steps, len(active))

    def reflection(self, variables: Collection[int]) -> Reflection:
        """Return the neurons of reversed fields; an error with learned fields, which differ between genomes."""
        if self.learned:
            raise ConfigurationError(
                "encoder.learned = true: fields that evolve have no mirror image. Set encoder.learned = false, or "
                "model.mirror = false."
            )
        check_symmetric(self.low, self.high, variables)
        return Reflection.of_order(fields_mirrored(self.n_fields, len(self.low), variables))


def accumulated(activity: np.ndarray, n_steps: int) -> np.ndarray:
    """Return the spikes of integrate-and-fire sums with soft reset, shape (*activity.shape, n_steps)."""
    total = np.zeros_like(activity)
    spikes = np.zeros((*activity.shape, n_steps), bool)
    for step in range(n_steps):
        total += activity
        spikes[..., step] = total > THRESHOLD
        total -= THRESHOLD * spikes[..., step]
    return spikes
