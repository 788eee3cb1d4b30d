"""Closed forms of a leaky integrate-and-fire membrane, NEST's ``iaf_psc_alpha``."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurosim_rl.errors import ConfigurationError


@dataclass(frozen=True)
class Membrane:
    """A membrane of NEST's ``iaf_psc_alpha``; the defaults are NEST's.

    Potentials that the methods return are relative to the resting potential.

    Parameters
    ----------
    tau_m : float
        Time constant in ms.
    c_m_pf : float
        Capacitance in pF.
    t_ref_ms : float
        Refractory period in ms.
    tau_syn_ms : float
        Rise time of the alpha-shaped synaptic current in ms; must differ from `tau_m`.
    e_l_mv : float
        Resting potential in mV, also the reset potential.
    theta_mv : float
        Threshold above the resting potential in mV.

    Raises
    ------
    ConfigurationError
        For a value that is not finite or not above 0, and when `tau_syn_ms` equals `tau_m`. `e_l_mv` may be negative,
        and `t_ref_ms` may be 0.
    """

    tau_m: float = 10.0
    c_m_pf: float = 250.0
    t_ref_ms: float = 2.0
    tau_syn_ms: float = 2.0
    e_l_mv: float = -70.0
    theta_mv: float = 15.0

    def __post_init__(self) -> None:
        """Check ranges, and that the two time constants differ."""
        for name in ("tau_m", "c_m_pf", "tau_syn_ms", "theta_mv"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigurationError(f"Membrane.{name} is {getattr(self, name)}; expected a finite value above 0.")
        if not 0 <= self.t_ref_ms < math.inf:
            raise ConfigurationError(f"Membrane.t_ref_ms is {self.t_ref_ms}; expected a finite value from 0 up.")
        if not math.isfinite(self.e_l_mv):
            raise ConfigurationError(f"Membrane.e_l_mv is {self.e_l_mv}; expected a finite value.")
        if self.tau_syn_ms == self.tau_m:
            raise ConfigurationError(
                f"Membrane.tau_syn_ms and tau_m are both {self.tau_m} ms; expected two values: with one value, "
                "the closed form of the postsynaptic potential divides by 0."
            )

    @property
    def resistance_gohm(self) -> float:
        """Membrane resistance ``tau_m / C_m`` in GOhm (mV / pA)."""
        return self.tau_m / self.c_m_pf

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters under NEST's names, for a :class:`~neurosim_rl.networks.population.Population`."""
        return {
            "tau_m": self.tau_m,
            "C_m": self.c_m_pf,
            "t_ref": self.t_ref_ms,
            "tau_syn_ex": self.tau_syn_ms,
            "E_L": self.e_l_mv,
            "V_reset": self.e_l_mv,
            "V_th": self.e_l_mv + self.theta_mv,
        }

    def charging_mv(self, time_ms: np.ndarray, current_pa: float) -> np.ndarray:
        """Return ``R I (1 - exp(-t / tau_m))``: the potential from rest under a constant current, without a threshold.

        Parameters
        ----------
        time_ms : array, any shape
            Time since the current began or the refractory period ended; the potential is 0 before.
        current_pa : float
        """
        elapsed = np.maximum(time_ms, 0.0)
        return -self.resistance_gohm * current_pa * np.expm1(-elapsed / self.tau_m)

    def time_to_threshold_ms(self, current_pa: float) -> float:
        """Return ``tau_m ln(R I / (R I - theta))``; infinite for a current that never reaches the threshold."""
        limit_mv = self.resistance_gohm * current_pa
        if limit_mv <= self.theta_mv:
            return math.inf
        return self.tau_m * math.log(limit_mv / (limit_mv - self.theta_mv))

    def interval_ms(self, current_pa: float) -> float:
        """Return the interspike interval in continuous time, ``t_ref + tau_m ln(R I / (R I - theta))``."""
        return self.t_ref_ms + self.time_to_threshold_ms(current_pa)

    def interval_on_grid_ms(self, current_pa: float, resolution_ms: float) -> float:
        """Return the interspike interval on a time grid, where a spike happens at the end of its grid step.

        `t_ref_ms` is a multiple of the resolution.
        """
        steps = self.time_to_threshold_ms(current_pa) / resolution_ms
        if not math.isfinite(steps):
            return math.inf
        # Rounding must not move a threshold that is reached at a grid point to the next one.
        return self.t_ref_ms + math.ceil(steps - 1e-9) * resolution_ms

    def response_mv(self, time_ms: np.ndarray, weight_pa: float) -> np.ndarray:
        """Return the postsynaptic potential of one spike (Rotter & Diesmann 1999, Biol. Cybern. 81:381).

        The membrane filters the current ``w e / tau_syn t exp(-t / tau_syn)``, which has its peak at `weight_pa`. With
        ``b = 1 / tau_syn - 1 / tau_m``::

            w e / (tau_syn C_m) ((exp(-t / tau_m) - exp(-t / tau_syn)) / b**2 - t exp(-t / tau_syn) / b)

        Parameters
        ----------
        time_ms : array, any shape
            Time since the spike arrived; the potential is 0 before.
        weight_pa : float
        """
        t = np.maximum(time_ms, 0.0)
        b = 1 / self.tau_syn_ms - 1 / self.tau_m
        slow, fast = np.exp(-t / self.tau_m), np.exp(-t / self.tau_syn_ms)
        return weight_pa * math.e / (self.tau_syn_ms * self.c_m_pf) * ((slow - fast) / b**2 - t * fast / b)
