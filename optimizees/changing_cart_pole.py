"""Balance a pole on a cart with hidden properties that a network has to find out in each trial."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neurosim_rl.optimizees.cart_pole import CartPole
from neurosim_rl.records.episodes import Episodes

EPISODE_SUCCESS = 475.0
"""Smallest return of a successful episode, as in ``CartPole-v1``."""


class ChangingCartPole(CartPole):
    """``neurosim_rl/ChangingCartPole-v0``: evolution of networks that learn.

    A trial consists of 10 episodes in one world. The length of the pole differs between worlds, and in half of the
    worlds the two actions are exchanged. No observation contains these properties. A fixed policy without memory is
    right in half of the worlds; a network that learns may be right in all, after some episodes. Evolution sets the
    first weights and the learning rule, and gets the returns of trials only. ``learning.name = "none"`` with
    ``learning.episodes = 10`` gives the same trials to networks with fixed weights.

    Source: a design of this package, made of the pole and cart of Barto, Sutton & Anderson 1983, IEEE Trans. Syst. Man
    Cybern. 13:834.

    Observation
    -----------
    See :class:`CartPole`.

    Action
    ------
    0 pushes left and 1 right, or the reverse.

    Encoding
    --------
    6 Gaussian receptive fields for each variable, each a Poisson process of up to 100 spikes/s. Its noise makes the
    network explore.

    Decoding
    --------
    The group of 5 output neurons with more spikes in 50 ms; a tie gives a random action.

    Learning
    --------
    Reward-modulated STDP from input to output. The reward of a window is the decrease of the value function of a
    linear-quadratic regulator of ``CartPole-v1``, linearised about the centred cart with an upright pole. The costs are
    (0.1, 0.1, 1, 0.1) for the squared observed variables and 1 for the squared force in 10 N, scaled to 1 for the
    angle. The reward depends on states only: the learning rule has to find the right action.

    Genome
    ------
    First weights of a 24-10 network of ``iaf_psc_exp``: 240 weights of 20 pA, tied by the mirror symmetry to 120 genes.
    In addition: learning rate, A+, A-, time constants of pairs and of eligibility. A constant current of 300 pA lets
    output neurons fire before they have learned.

    Fitness
    -------
    Mean return (number of steps) over all episodes of 4 trials, in worlds that are new in each generation. Early
    episodes of a trial count as well. Training episodes have at most 200 steps.

    Episode end
    -----------
    See :class:`CartPole`. Success: at least 475 steps.
    """

    solved_return = None

    defaults: ClassVar = {
        "task": "changing-cart-pole",
        "generations": 8,
        "episodes": 4,
        "validation_episodes": 10,
        "finalists": 0,
        "window_ms": 50.0,
        "resolution_ms": 0.5,
        "environment": {
            **CartPole.defaults["environment"],
            "id": "neurosim_rl/ChangingCartPole-v0",
            "max_steps": 200,
        },
        "model": {
            "name": "feed-forward",
            "hidden": [],
            "weight_unit_pa": 20.0,
            "weight_limit": 50.0,
            "initial_limit": 3.0,
            "mirror": True,
            "neuron": "iaf_psc_exp",
            "neuron_parameters": {"t_ref": 2.0, "tau_m": 20.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0, "I_e": 300.0},
        },
        "encoder": {"name": "poisson", "peak_hz": 100.0, "tuning": {"name": "gaussian", "n_fields": 6, "width": 0.7}},
        "decoder": {"name": "winner", "tie": "random", "neurons_per_action": 5},
        "fitness": {"name": "return"},
        "learning": {
            "name": "r-stdp",
            "when": "always",
            "episodes": 10,
            "w_max_pa": 1000.0,
            "keep_sign": False,
            "learning_rate": 0.003,
            "a_minus": 0.0,
            "tau_eligibility_ms": 50.0,
            "evolve": ["learning_rate", "a_plus", "a_minus", "tau_plus_ms", "tau_minus_ms", "tau_eligibility_ms"],
            "critic": {
                "name": "loss",
                "weights": [0.0528, 0.056, 1.0, 0.0607],
                "cross": [0.0361, 0.1195, 0.0308, 0.1951, 0.0502, 0.2346],
                "gain": 3.0,
            },
        },
        "optimizer": {"name": "cma-es", "population": 16},
    }
    learners: ClassVar = {"r-stdp": {}}

    def successes(self, episodes: Episodes) -> np.ndarray:
        """Return whether the pole stayed up for at least 475 steps."""
        return episodes.returns >= EPISODE_SUCCESS
