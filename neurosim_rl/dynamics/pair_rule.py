"""Spike-timing-dependent plasticity by traces, in a few lines of NumPy: a reference for the simulators.

The rule is that of Labady 2023, equations 8 to 12, where they agree with the one behind them (Guetig et al. 2003,
J. Neurosci. 23:3697; Morrison et al. 2008, Biol. Cybern. 98:459) and with NEST's ``stdp_synapse``. They do not in these
points, in which this module follows NEST:

* ``alpha = -1`` gives the depression of equation 11 the sign of potentiation, and no order of spikes weakens the
  synapse. Here ``alpha`` is 1.
* Equations 8 and 9 let traces decay and never grow. Here a neuron's own spike adds 1 to its trace.
* The weight follows equations 10 and 11 "at each time step", whether there was a spike or not. Here a spike of the
  target applies equation 10, and one of the source equation 11.
* Equation 12, ``min(max(W_min, w_dep), w_pot)``, is the depressed weight whenever ``alpha`` is positive, as then
  ``w_dep <= w_pot``: nothing is ever potentiated. And it does not hold the weight below ``W_max``. Here the potentiated
  weight is at most ``W_max``, and the depressed one at least 0.
* The order of updates is left open. Here traces decay first, then equation 10 and after it equation 11 read them, and
  then the spikes of this moment are added. So two spikes that meet at the synapse are no pair, and each of them still
  pairs with the earlier spikes of the other side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurosim_rl.errors import ConfigurationError


@dataclass(frozen=True)
class PairRule:
    """Parameters of the rule; the defaults are the report's, except `alpha`.

    Parameters
    ----------
    w_max : float
        Largest weight, in the unit of the weights; above 0. The smallest is 0.
    rate : float
        Called lambda in NEST and in the report.
    alpha : float
        Depression over potentiation, at least 0 (the report's -1 would potentiate).
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
                    f"PairRule.{name} is {getattr(self, name)}; expected a finite value from 0 up. A negative one "
                    "would turn depression into potentiation, or the reverse."
                )

    @property
    def parameters(self) -> dict[str, float]:
        """The same under NEST's names, for a ``stdp_synapse``; ``tau_minus`` belongs to the target population."""
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
        """Return the closed form of what one pair of spikes adds to the weight.

        ``w_max lambda (1 - w / w_max)**mu_plus exp(-dt / tau_plus)`` for dt above 0, and
        ``-w_max alpha lambda (w / w_max)**mu_minus exp(dt / tau_minus)`` below, within 0 and `w_max`; 0 for dt = 0.

        Parameters
        ----------
        w : array or float
            Weight before, from 0 to `w_max`; broadcast against `dt_ms`.
        dt_ms : array or float
            Time at which the target's spike reaches the synapse, minus time of the source's spike.

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
    """Traces and weight at the ends of grid steps, with the spikes of that moment taken in.

    Parameters
    ----------
    pre_trace, post_trace : array, shape (n_steps,)
        At the synapse.
    weight : array, shape (n_steps,)
    """

    pre_trace: np.ndarray
    post_trace: np.ndarray
    weight: np.ndarray


def follow(
    rule: PairRule, weight: float, pre_step: np.ndarray, post_step: np.ndarray, n_steps: int, dt_ms: float
) -> Course:
    """Step through time by equations 8 to 12, with the repairs that the module's text names.

    Parameters
    ----------
    rule : PairRule
    weight : float
        Initial weight, from 0 to ``rule.w_max``.
    pre_step : int array, shape (n_pre,)
        Grid steps, from 1 up, at whose end the source spikes.
    post_step : int array, shape (n_post,)
        Grid steps at whose end the target's spikes reach the synapse: the synapse's whole delay after they were
        emitted, because NEST counts it between synapse and soma.
    n_steps : int
        Length of the course; later spikes are left out.
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
