"""Balance a pole on a cart, in a world that each life has to find out about."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neurosim_rl.optimizees.cart_pole import CartPole
from neurosim_rl.records.episodes import Episodes

EPISODE_SUCCESS = 475.0
"""Return from which an episode counts as a success, as in ``CartPole-v1``."""


class ChangingCartPole(CartPole):
    """``neurosim_rl/ChangingCartPole-v0``: evolving to learn.

    A life is a trial of 10 episodes in one world: a pole of its own length, and in half of the worlds the two actions
    are exchanged. Nothing that is observed tells. A fixed policy without memory is right in half of the worlds; a
    network that learns may be right in all, after some episodes. Evolution sets the first weights and the learning
    rule, and sees only what comes of them within a life. ``learning.name = "none"`` with ``learning.episodes = 10``
    gives the same lives to networks with fixed weights.

    Observation
    -----------
    As :class:`CartPole`.

    Action
    ------
    0 pushes left and 1 right, or the other way round.

    Encoding
    --------
    6 Gaussian receptive fields a variable, each a Poisson process of up to 100 spikes/s: the noise is what explores.

    Decoding
    --------
    The group of 5 output neurons with more spikes in 50 ms; a tie is drawn.

    Learning
    --------
    Reward-modulated STDP from input to output. The reward is how much nearer the window brought the state to upright
    and centred, by the value function of a linear-quadratic regulator of ``CartPole-v1`` linearised about that, with
    the costs (0.1, 0.1, 1, 0.1) of the squared observed variables and 1 of the squared force in 10 N, scaled to 1 for
    the angle. It looks at states only: which action is the right one, the rule has to find out.

    Genome
    ------
    First weights of a 24-10 network of ``iaf_psc_exp``, 240 genes of 20 pA, tied by the mirror symmetry to 120; and
    learning rate, A+, A-, time constants of pairs and of the eligibility trace. A constant current of 300 pA lets
    output neurons fire before they have learned anything.

    Fitness
    -------
    Mean return (steps survived) over all episodes of 4 lives, in worlds that are new each generation; what is lost
    while learning counts. Training episodes are cut after 200 steps.

    Episode end
    -----------
    As :class:`CartPole`; success: at least 475 steps.
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
        """Return whether the pole was up for at least 475 steps."""
        return episodes.returns >= EPISODE_SUCCESS
