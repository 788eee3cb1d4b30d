"""Gaussian fields along each observed variable; their centres and widths may be genes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.bridge.bounds import check_bounded
from neurosim_rl.bridge.elementary import exponential
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Parameter

CENTRES, WIDTHS = "encoder_centres", "encoder_widths"
"""Names of the genes."""
MOST_SHIFT, LEAST_WIDTH, MOST_WIDTH = 2.0, 0.1, 4.0
"""Bounds of the genes, in units of the spacing of fields; training by gradients may pass them without effect."""


class GaussianFields:
    """Fields with activity ``exp(-(x - centre)^2 / (2 (width * spacing)^2))``, 1 at the centre.

    Centres are evenly spaced; the first and the last are the bounds. A gene of each field shifts its centre, another is
    its width, both in units of the spacing.

    Parameters
    ----------
    low, high : array, shape (n_observations,)
        Bounds of the observed variables.
    n_fields : int
        Fields of each variable, at least 2.
    width : float
        Width of all fields without genes, and the middle of the first widths with genes.
    learned : bool
        Whether there are genes.

    Attributes
    ----------
    centres, deviations : array, shape (n, n_observations, n_fields)
        Centres and standard deviations, scaled like observations from their bounds to [0, 1]; n is the number of
        networks, or 1 without genes.

    Raises
    ------
    EncodingError
        When a variable has no finite bounds.
    ConfigurationError
        When the width is out of the genes' bounds.
    """

    def __init__(self, low: np.ndarray, high: np.ndarray, n_fields: int, width: float, learned: bool) -> None:
        check_bounded(low, high)
        if learned and not LEAST_WIDTH <= width <= MOST_WIDTH:
            raise ConfigurationError(
                f"encoder.width = {width:g} with learned = true; expected {LEAST_WIDTH:g} to {MOST_WIDTH:g}, the "
                "bounds of the genes."
            )
        self.shape = len(low), n_fields
        self.width, self.learned = width, learned
        self._set(np.zeros((1, *self.shape)), np.full((1, *self.shape), width))

    @property
    def variables(self) -> np.ndarray:
        """Index of the observed variable of each field, shape (n_observations * n_fields,)."""
        return np.repeat(np.arange(self.shape[0]), self.shape[1])

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Shifts of the centres and widths, if they are learned."""
        if not self.learned:
            return ()
        first = max(self.width / 2, LEAST_WIDTH), min(self.width * 2, MOST_WIDTH)
        return (
            Parameter(CENTRES, self.shape, -MOST_SHIFT, MOST_SHIFT, "spacing of fields", (-0.5, 0.5)),
            Parameter(WIDTHS, self.shape, LEAST_WIDTH, MOST_WIDTH, "spacing of fields", first),
        )

    def start(self, networks: Sequence[Network]) -> None:
        """Take the genes of each network, if they are learned."""
        if self.learned:
            shifts = [network.bridge_gene(CENTRES, self.shape) for network in networks]
            widths = [network.bridge_gene(WIDTHS, self.shape) for network in networks]
            self._set(np.stack(shifts), np.stack(widths))

    def _set(self, shifts: np.ndarray, widths: np.ndarray) -> None:
        """Set centres and standard deviations, scaled like observations, from genes of shape (n, *self.shape)."""
        spacing = 1.0 / (self.shape[1] - 1)
        if self.learned:
            shifts, widths = np.clip(shifts, -MOST_SHIFT, MOST_SHIFT), np.clip(widths, LEAST_WIDTH, MOST_WIDTH)
        self.centres = np.linspace(0.0, 1.0, self.shape[1]) + shifts * spacing
        self.deviations = widths * spacing

    def activity(self, scaled: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return the activity of each field, shape (n_rows, n_observations * n_fields), rounded to 1e-12.

        Parameters
        ----------
        scaled : array, shape (n_rows, n_observations)
            Observations scaled from their bounds to [0, 1].
        active : int array, shape (n_rows,)
            Index in the batch of each row.
        """
        of_row = active if len(self.centres) > 1 else np.zeros_like(active)
        distance = (scaled[..., None] - self.centres[of_row]) / self.deviations[of_row]
        return np.round(exponential(-0.5 * distance**2), 12).reshape(len(scaled), -1)
