"""Spike-timing-dependent plasticity by traces in NumPy: a reference for the simulators.

The rule is that of Labady 2023, equations 8 to 12, where these equations agree with the original rule (Guetig et al.
2003, J. Neurosci. 23:3697; Morrison et al. 2008, Biol. Cybern. 98:459) and with NEST's ``stdp_synapse``. They differ in
the following points, where this module follows NEST:

* ``alpha = -1`` gives the depression of equation 11 the sign of potentiation: no order of spikes weakens the synapse.
  Here ``alpha`` is 1.
* In equations 8 and 9, traces decay and never grow. Here a spike of a neuron adds 1 to the trace of this neuron.
* The weight changes by equations 10 and 11 "at each time step", with or without a spike. Here a spike of the target
  applies equation 10, and a spike of the source applies equation 11.
* Equation 12, ``min(max(W_min, w_dep), w_pot)``, gives the depressed weight for each positive ``alpha``, because then
  ``w_dep <= w_pot``: no weight is ever potentiated. The equation also does not limit the weight to ``W_max``. Here the
  potentiated weight is at most ``W_max``, and the depressed weight is at least 0.
* The order of updates is not defined. Here traces decay first; then equation 10 and after it equation 11 read the
  traces; then the spikes of the same time are added to the traces. Two spikes that meet at the synapse are therefore no
  pair, and each of them pairs with the earlier spikes of the other side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurosim_rl.errors import ConfigurationError


@dataclass(frozen=True)
class PairRule:
    """Parameters of the rule; the defaults are those of Labady 2023, except `alpha`.

    Parameters
    ----------
    w_max : float
        Largest weight, in the unit of the weights; above 0. The smallest is 0.
    rate : float
        Learning rate, called lambda in NEST and in Labady 2023.
    alpha : float
        Ratio of depression to potentiation, at least 0 (the value -1 of Labady 2023 would potentiate).
    mu_plus, mu_minus : float
        Exponents of the dependence on the weight: 0 is additive, 1 multiplicative.
    tau_plus_ms, tau_minus_ms : float
        Time constants of the traces of the source and of the target; above 0.

    Raises
    ------
    ConfigurationError
        For a value out of range.
    """

    w_max: float = 1000.0
    rate: float = 0.01
    alpha: float = 1.0
    mu_plus: float = 1.0
    mu_minus: float = 1.0
    tau_plus_ms: float = 20.0
    tau_minus_ms: float = 20.0

    def __post_init__(self) -> None:
        """Check ranges."""
        for name in ("w_max", "tau_plus_ms", "tau_minus_ms"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigurationError(f"PairRule.{name} is {getattr(self, name)}; expected a finite value above 0.")
        for name in ("rate", "alpha", "mu_plus", "mu_minus"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigurationError(
                    f"PairRule.{name} is {getattr(self, name)}; expected a finite value from 0 up. A negative "
                    "value would turn depression into potentiation, or the reverse."
                )

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters under NEST's names, for a ``stdp_synapse``; ``tau_minus`` belongs to the target population."""
        return {
            "Wmax": self.w_max,
            "lambda": self.rate,
            "alpha": self.alpha,
            "mu_plus": self.mu_plus,
            "mu_minus": self.mu_minus,
            "tau_plus": self.tau_plus_ms,
        }

    def potentiated(self, w: np.ndarray | float, pre_trace: np.ndarray | float) -> np.ndarray | float:
        """Return the weight after a spike of the target (equation 10), at most `w_max`."""
        relative = np.divide(w, self.w_max)
        return self.w_max * np.minimum(1.0, relative + self.rate * (1 - relative) ** self.mu_plus * pre_trace)

    def depressed(self, w: np.ndarray | float, post_trace: np.ndarray | float) -> np.ndarray | float:
        """Return the weight after a spike of the source (equation 11), at least 0."""
        relative = np.divide(w, self.w_max)
        return self.w_max * np.maximum(0.0, relative - self.alpha * self.rate * relative**self.mu_minus * post_trace)

    def pair_change(self, w: np.ndarray | float, dt_ms: np.ndarray | float) -> np.ndarray:
        """Return the weight change of one pair of spikes in closed form.

        ``w_max lambda (1 - w / w_max)**mu_plus exp(-dt / tau_plus)`` for dt above 0, and
        ``-w_max alpha lambda (w / w_max)**mu_minus exp(dt / tau_minus)`` below, within 0 and `w_max`; 0 for dt = 0.

        Parameters
        ----------
        w : array or float
            Weight before the pair, from 0 to `w_max`; broadcast against `dt_ms`.
        dt_ms : array or float
            Arrival of the target's spike at the synapse, minus the source's spike.

        Returns
        -------
        array, of the broadcast shape
        """
        relative, dt = np.divide(w, self.w_max), np.asarray(dt_ms, np.float64)
        gain = self.rate * (1 - relative) ** self.mu_plus * np.exp(-np.abs(dt) / self.tau_plus_ms)
        loss = self.alpha * self.rate * relative**self.mu_minus * np.exp(-np.abs(dt) / self.tau_minus_ms)
        change = np.where(dt > 0, np.minimum(gain, 1 - relative), np.maximum(-loss, -relative))
        return self.w_max * np.where(dt == 0, 0.0, change)


@dataclass(frozen=True)
class Course:
    """Traces and weight at the ends of grid steps, after the spikes of that time.

    Parameters
    ----------
    pre_trace, post_trace : array, shape (n_steps,)
        Traces at the synapse.
    weight : array, shape (n_steps,)
    """

    pre_trace: np.ndarray
    post_trace: np.ndarray
    weight: np.ndarray


def follow(
    rule: PairRule, weight: float, pre_step: np.ndarray, post_step: np.ndarray, n_steps: int, dt_ms: float
) -> Course:
    """Return traces and weight over time by equations 8 to 12, as corrected in the module docstring.

    Parameters
    ----------
    rule : PairRule
    weight : float
        Initial weight, from 0 to ``rule.w_max``.
    pre_step : int array, shape (n_pre,)
        Spikes of the source, in grid steps from 1 up; a spike is at the end of its step.
    post_step : int array, shape (n_post,)
        Arrivals of the target's spikes at the synapse, in grid steps: one whole delay after the spikes, because NEST
        places the delay between synapse and soma.
    n_steps : int
        Number of steps; later spikes are left out.
    dt_ms : float
        Length of a step.

    Raises
    ------
    ConfigurationError
        For a weight out of range, or a step below 1.
    """
    if not 0 <= weight <= rule.w_max:
        raise ConfigurationError(f"weight is {weight}; expected a value from 0 to the rule's w_max, {rule.w_max:g}.")
    for name, step in (("pre_step", pre_step), ("post_step", post_step)):
        if np.min(step, initial=1) < 1:
            raise ConfigurationError(f"{name} holds {np.min(step)}; expected grid steps from 1 up.")
    decay = np.exp(-dt_ms / rule.tau_plus_ms), np.exp(-dt_ms / rule.tau_minus_ms)
    spikes = np.zeros((2, n_steps + 1), np.int64)
    for row, step in enumerate((pre_step, post_step)):
        np.add.at(spikes[row], np.asarray(step, np.int64)[np.asarray(step) <= n_steps], 1)
    pre_trace = post_trace = 0.0
    w: float = weight
    values = np.empty((3, n_steps))
    for k, (n_pre, n_post) in enumerate(spikes[:, 1:].T.tolist()):
        pre_trace *= decay[0]
        post_trace *= decay[1]
        for _ in range(n_post):
            w = float(rule.potentiated(w, pre_trace))
        for _ in range(n_pre):
            w = float(rule.depressed(w, post_trace))
        pre_trace += n_pre
        post_trace += n_post
        values[:, k] = pre_trace, post_trace, w
    return Course(*values)
