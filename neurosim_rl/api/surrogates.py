"""Surrogate gradients as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.settings.checks import lookup, require_extra


@dataclass(frozen=True)
class SurrogateCurve:
    """Smooth curve that replaces the step of a spike when gradients are computed.

    Parameters
    ----------
    name : str
    width : float
        Of the curve, in the unit of the membrane; above 0.
    """

    name: str
    width: float

    def smooth(self, x: np.ndarray) -> np.ndarray:
        """Return the curve, from 0 to 1.

        Parameters
        ----------
        x : array
            Membrane minus threshold.
        """
        return self._of("smooth", x)

    def slope(self, x: np.ndarray) -> np.ndarray:
        """Return its derivative, the surrogate gradient, at membrane minus threshold."""
        return self._of("slope", x)

    def credit(
        self, current: np.ndarray, *, decay: float = 0.2, threshold: float = 0.5
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return membranes of a spiking neuron, and the gradient of the last read-out with respect to each current.

        The neuron's spikes, with weight 1, drive a leaky integrator, which is read out after the last tick.

        Parameters
        ----------
        current : array, shape (n_ticks,)
            Into the neuron in each tick.
        decay : float
            Share of a membrane that is left after a tick, of both neurons.
        threshold : float

        Returns
        -------
        membrane : array, shape (n_ticks,)
            Of the spiking neuron, before the reset of a spike.
        gradient : array, shape (n_ticks,)
        """
        from neurosim_rl.gradient.credit import credit_of_currents

        return credit_of_currents(np.asarray(current, np.float64), decay, threshold, self.name, self.width)

    def _of(self, part: str, x: np.ndarray) -> np.ndarray:
        import torch

        from neurosim_rl.gradient.surrogates import SURROGATES

        curve = getattr(SURROGATES[self.name], part)
        return curve(torch.as_tensor(x, dtype=torch.float64), torch.tensor(self.width, dtype=torch.float64)).numpy()


def surrogate(name: str = "rectangular", width: float = 0.5) -> SurrogateCurve:
    """Return a surrogate gradient by its name: ``rectangular``, ``polynomial``, ``sigmoid``, ``gaussian``, ``arctan``.

    Parameters
    ----------
    name : str
    width : float
        The a of Zanatta et al. 2024, Sci. Rep. 14:30648, equations 12 to 15, in units of the threshold; above 0.

    Raises
    ------
    UnknownNameError
        For another name, with the nearest match.
    MissingExtraError
        Without the extra ``[gradient]``.

    Examples
    --------
    >>> nrl.surrogate("sigmoid", 0.2).slope(np.linspace(-1, 1, 100))  # doctest: +SKIP
    """
    require_extra("torch", "gradient")
    from neurosim_rl.gradient.surrogates import SURROGATES

    lookup("surrogate", name, SURROGATES)
    return SurrogateCurve(name, float(width))
