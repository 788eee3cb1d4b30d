"""Leaky integrate-and-fire neurons as Vasilache et al. 2025 step them, in terms of NEST's ``iaf_psc_exp``.

Theirs are ``LIFCell`` of Norse (1.1.0, ``lif_feed_forward_step``), with steps of dt = 1 ms by Euler's method::

    a = dt tau_mem_inv        b = dt tau_syn_inv
    i <- i + x + sum of w over spikes of the last step
    v <- v + a (v_leak - v + i)
    i <- (1 - b) i
    spike if v > v_th; then v <- 0

NEST integrates the same equations exactly, with steps of its resolution h. Decay by ``1 - a`` in a step of dt is exact
decay with another time constant, so with h = dt each step is the same, up to rounding:

===============  ===========================================================================================
``tau_m``        ``-h / ln(1 - a)``
``tau_syn_ex``   ``-h / ln(1 - b)``, and ``tau_syn_in`` as well
``C_m``          ``tau_m`` times 1 pF / ms: the resistance is 1 GOhm, so that 1 pA is worth 1 mV
``E_L``          ``v_leak``; ``V_m = V_reset = 0`` at first and after a spike, ``V_th = v_th``, ``t_ref = 0``
weight           ``w a / P32``, where P32 is what NEST's membrane gets in a step from 1 pA of synaptic current
current          ``x / b``, with b of steps of 1 ms: what a constant x makes of the synaptic current in the end
===============  ===========================================================================================

Three things differ. A recurrent spike arrives one step later, since NEST's shortest delay is one step. An input is a
current into the membrane, so it is there at once, where theirs rises and falls with the synaptic time constant. And a
rate of 1000 / s would make time constants of 0: they end at `RATE_LIMIT`.
"""

from __future__ import annotations

import numpy as np

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
        Step of their integration, and NEST's resolution.
    """
    tau_m, tau_syn = (-step_ms / np.log1p(-_per_step(rate, step_ms)) for rate in (tau_mem_inv, tau_syn_inv))
    potentials = {"E_L": v_leak, "V_th": v_th, "V_reset": 0.0, "V_m": 0.0}
    return {**potentials, "tau_m": tau_m, "C_m": tau_m, "tau_syn_ex": tau_syn, "tau_syn_in": tau_syn, "t_ref": 0.0}


def weight_unit_pa(tau_mem_inv: np.ndarray, tau_syn_inv: np.ndarray, step_ms: float) -> np.ndarray:
    """Return what a published weight of 1 onto each neuron is in pA, shape (n,).

    ``P32 = (u - w) / (tau_syn^-1 - tau_m^-1) / C_m`` with the decay u of the membrane and w of the synapse in a step.
    With ``C_m = tau_m`` it is ``-ln(u)`` times the logarithmic mean of u and w, which is smooth where they are equal.
    """
    a, b = (_per_step(rate, step_ms) for rate in (tau_mem_inv, tau_syn_inv))
    u, w = 1 - a, 1 - b
    ratio = (u - w) / w
    equal = ratio == 0
    mean = np.where(equal, u, (u - w) / np.where(equal, 1.0, np.log1p(ratio)))
    return a / (-np.log(u) * mean)


def input_unit_pa(tau_syn_inv: np.ndarray) -> np.ndarray:
    """Return what a published input of 1 to each neuron is in pA, shape (n,).

    It is added in each of their steps, so the drive is the same whatever the resolution here.
    """
    return 1.0 / _per_step(tau_syn_inv, PUBLISHED_STEP_MS)


def _per_step(rate: np.ndarray, step_ms: float) -> np.ndarray:
    return np.minimum(np.asarray(rate, np.float64) * step_ms * 1e-3, RATE_LIMIT)
