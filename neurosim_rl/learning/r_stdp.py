"""Reward-modulated STDP."""

from __future__ import annotations

from dataclasses import dataclass

from neurosim_rl.learning.learner import LearningBatch
from neurosim_rl.learning.stdp_learner import STDPLearner
from neurosim_rl.learning.stdp_options import STDPOptions


@dataclass(frozen=True)
class RewardModulatedSTDP(STDPOptions):
    """Reward-modulated spike-timing-dependent plasticity (R-STDP), applied after each window.

    Pairs of spikes change the eligibility e of a synapse, e decays, and the reward r turns e into a change of weight;
    with w in units of ``w_max_pa``::

        e  <-  e * exp(-window / tau_eligibility)
               + sum over pairs of the window of A+ exp(-dt / tau+) if dt > 0, of -A- exp(dt / tau-) if dt < 0
        w  <-  w + learning_rate * r * e * g(w)

    With ``tau_eligibility_ms = 0``, only the pairs of the present window count. This is the rule of Bing et al. 2019
    (Front. Neurorobot. 13:18), dw = eta r STDP g. With a trace, it is the rule of Izhikevich 2007 (Cereb. Cortex
    17:2443) and Florian 2007 (Neural Comput. 19:1468). The rule reads spikes from a simulator and sets weights in it,
    so it is the same in all simulators. Weights keep their sign unless ``keep_sign`` is false (0 counts as excitatory).
    Their absolute values stay between ``w_min_pa`` and ``w_max_pa``.

    The critic rewards each output neuron. Other neurons get the overall reward. With ``hidden_credit = "feedback"``,
    they get the sum of the rewards of output neurons, weighted by their own synapses onto these: a neuron that drives
    the supporters of a good action is rewarded as well (symmetric feedback, as in e-prop: Bellec et al. 2020, Nat.
    Commun. 11:3625). The synapses that carry feedback must be plastic, too.

    Weights that follow every reward keep fluctuating. With ``average``, the result of a trial is the mean of its
    weights over all windows (Polyak & Juditsky 1992, SIAM J. Control Optim. 30:838); the next trial begins with it.

    Every ``normalise_every`` windows, the weights onto each neuron are scaled to their first sum (homeostasis: if one
    synapse grows, the others shrink).

    A genome may hold any of learning_rate, a_plus, a_minus, tau_plus_ms, tau_minus_ms, tau_eligibility_ms, w_min_pa,
    w_max_pa and normalise_every (``evolve``). Genes of a_plus and a_minus are their values, between -3 and 3. For all
    others, the configured value is multiplied by 2 to the power of the gene, between -4 and 4; normalise_every is then
    rounded, to at least 1. If a genome gives w_min_pa above w_max_pa, both are w_max_pa.
    """

    def start(self, batch: LearningBatch) -> STDPLearner:
        """Return a new learner for a batch of trials."""
        return STDPLearner(self, batch)
