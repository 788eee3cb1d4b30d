"""Population code as currents: Gaussian fields in front of the first layer, for networks that gradients train."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.bridge.bounds import scaled_to_bounds
from neurosim_rl.bridge.gaussian_fields import GaussianFields
from neurosim_rl.bridge.weighted_encoders import PulseEncoder
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Parameter
from neurosim_rl.settings.options import option


@dataclass
class PopulationPulses(PulseEncoder):
    """Activities of Gaussian fields instead of observations, weighted and given as pulses like ``pulses``.

    The activities enter as numbers, as in the population encoder of PopSAN before it spikes. They can be differentiated
    with respect to centres and widths: with ``learned``, gradients train these with the weights (model ``lif``), and
    evolution may change them as well. Source: Tang, Kumar, Yoo & Michmizos 2020, CoRL.

    Genome
    ------
    With ``learned``: ``encoder_centres`` and ``encoder_widths``, as of ``population``.
    """

    n_fields: int = option(8, "fields for each observed variable", low=2)
    width: float = option(0.6, "standard deviation of a field, in units of the spacing of fields", low=0.01)
    learned: bool = option(False, "whether centres and widths are genes, which evolve or are trained with the network")
    clip: bool = option(True, "move observations out of bounds to the nearest bound; false = an error")
    fields: GaussianFields = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the offset and the bounds, and make the fields."""
        super().__post_init__()
        self.fields = GaussianFields(self.low, self.high, self.n_fields, self.width, self.learned)

    @property
    def read_in_shape(self) -> tuple[int, int]:
        """Fields of all variables plus a constant of 1 for the bias, by input neurons."""
        return len(self.low) * self.n_fields + 1, self.n_neurons

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Shifts of the centres and widths, if they are learned."""
        return self.fields.parameters

    def start(self, networks: Sequence[Network]) -> None:
        """Take the read-in weights, and learned centres and widths, of each network."""
        super().start(networks)
        self.fields.start(networks)

    def scaled(self, observations: np.ndarray) -> np.ndarray:
        """Return observations scaled from their bounds to [0, 1], shape (n_rows, n_observations)."""
        return scaled_to_bounds(observations, self.low, self.high, self.clip)

    def _values(self, observations: np.ndarray, active: np.ndarray) -> np.ndarray:
        return self.fields.activity(self.scaled(observations), active)
