"""Leaky integrate-and-fire neurons of Vasilache et al. 2025, expressed by NEST's ``iaf_psc_exp``.

Their neurons are ``LIFCell`` of Norse (1.1.0, ``lif_feed_forward_step``), with Euler steps of dt = 1 ms::

    a = dt tau_mem_inv        b = dt tau_syn_inv
    i <- i + x + sum of w over spikes of the last step
    v <- v + a (v_leak - v + i)
    i <- (1 - b) i
    spike if v > v_th; then v <- 0

NEST integrates the same equations exactly, with steps of its resolution h. A factor ``1 - a`` in each step of dt is an
exact decay with another time constant. So with h = dt each step is the same, up to rounding:

===============  ===========================================================================================
``tau_m``        ``-h / ln(1 - a)``
``tau_syn_ex``   ``-h / ln(1 - b)``; ``tau_syn_in`` is the same
``C_m``          ``tau_m`` times 1 pF / ms: the resistance is 1 GOhm, so 1 pA corresponds to 1 mV
``E_L``          ``v_leak``; ``V_m = V_reset = 0``, ``V_th = v_th``, ``t_ref = 0``
weight           ``w a / P32``; P32 is the effect of 1 pA of synaptic current on NEST's membrane in one step
current          ``x / b``, with b of a step of 1 ms: the synaptic current in the limit of a constant x
===============  ===========================================================================================

Three things differ. A recurrent spike arrives one step later, because NEST's shortest delay is one step. An input is a
current into the membrane, so it acts at once; in the original it rises and falls with the synaptic time constant. And a
rate of 1000 / s would give a time constant of 0, so rates are limited by `RATE_LIMIT`.
"""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge.elementary import logarithm, logarithm_of_one_plus

PUBLISHED_STEP_MS = 1.0
RATE_LIMIT = 0.99
"""Largest dt tau_mem_inv and dt tau_syn_inv: a time constant of 0.22 ms, with steps of 1 ms."""


def neuron_parameters(
    v_th: np.ndarray, v_leak: np.ndarray, tau_mem_inv: np.ndarray, tau_syn_inv: np.ndarray, step_ms: float
) -> dict[str, np.ndarray | float]:
    """Return the parameters of ``iaf_psc_exp``, by NEST's names.

    Parameters
    ----------
    v_th, v_leak : array, shape (n,)
        Threshold and resting potential in mV, relative to the reset potential, 0.
    tau_mem_inv, tau_syn_inv : array, shape (n,)
        Inverse time constants in 1 / s, above 0.
    step_ms : float
        Euler step of the original, and NEST's resolution.
    """
    tau_m = -step_ms / logarithm_of_one_plus(-_per_step(tau_mem_inv, step_ms))
    tau_syn = -step_ms / logarithm_of_one_plus(-_per_step(tau_syn_inv, step_ms))
    potentials: dict[str, np.ndarray | float] = {"E_L": v_leak, "V_th": v_th, "V_reset": 0.0, "V_m": 0.0}
    return {**potentials, "tau_m": tau_m, "C_m": tau_m, "tau_syn_ex": tau_syn, "tau_syn_in": tau_syn, "t_ref": 0.0}


def weight_unit_pa(tau_mem_inv: np.ndarray, tau_syn_inv: np.ndarray, step_ms: float) -> np.ndarray:
    """Return the weight in pA, onto each neuron, of a published weight of 1, shape (n,).

    ``P32 = (u - w) / (tau_syn^-1 - tau_m^-1) / C_m``, where u is the decay of the membrane and w that of the synapse in
    a step (Rotter & Diesmann 1999, Biol. Cybern. 81:381). With ``C_m = tau_m`` it is ``-ln(u)`` times the logarithmic
    mean of u and w. That mean is smooth where u and w are equal.
    """
    a, b = _per_step(tau_mem_inv, step_ms), _per_step(tau_syn_inv, step_ms)
    u, w = 1 - a, 1 - b
    # Logarithmic mean (u - w) / ln(u / w); log1p of the relative difference stays accurate where u is close to w.
    ratio = (u - w) / w
    equal = ratio == 0
    mean = np.where(equal, u, (u - w) / np.where(equal, 1.0, logarithm_of_one_plus(ratio)))
    return a / (-logarithm(u) * mean)


def input_unit_pa(tau_syn_inv: np.ndarray) -> np.ndarray:
    """Return the current in pA, into each neuron, of a published input of 1, shape (n,).

    The original adds the input in each step of 1 ms, so the current does not depend on the resolution here.
    """
    return 1.0 / _per_step(tau_syn_inv, PUBLISHED_STEP_MS)


def _per_step(rate: np.ndarray, step_ms: float) -> np.ndarray:
    """Return rate (1 / s) times step, at most `RATE_LIMIT`."""
    return np.minimum(np.asarray(rate, np.float64) * step_ms * 1e-3, RATE_LIMIT)
