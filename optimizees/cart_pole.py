"""Balance a pole on a cart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop

REGULATOR = {
    "name": "loss",
    "gain": 3.0,
    "weights": [0.0611, 0.0474, 1.0, 0.0632],
    "cross": [0.0437, 0.1465, 0.0392, 0.17, 0.0461, 0.2442],
}
"""Critic with the value function of a linear-quadratic regulator of ``CartPole-v1``, linearised about upright."""


class CartPole(ClosedLoop):
    """Gymnasium's ``CartPole-v1``.

    Source: Barto, Sutton & Anderson 1983, IEEE Trans. Syst. Man Cybern. 13:834; Gymnasium: Towers et al. 2024,
    arXiv:2407.17032.

    Observation
    -----------
    Cart position (m), cart velocity (m/s), pole angle (rad), pole angular velocity (rad/s). The environment does not
    bound velocities; the encoder has the bounds [-2.4, 2.4], [-3, 3], [-0.21, 0.21] and [-3, 3] and saturates there.

    Action
    ------
    0 push left, 1 push right.

    Encoding
    --------
    6 Gaussian receptive fields for each variable; each drives an input neuron with up to 1 000 pA.

    Decoding
    --------
    The output neuron with most spikes in 20 ms; a tie means left.

    Genome
    ------
    Weights of a 24-5-2 network of ``iaf_psc_alpha``, 130 genes of 300 pA.

    Fitness
    -------
    Mean return (number of steps) over 4 starts, new in each generation.

    Episode end
    -----------
    Pole beyond 12 degrees or cart beyond 2.4 m (failure), or 500 steps. Success: at least 475 steps.

    Learning
    --------
    ``neurosim-rl train cart-pole``: reward-modulated STDP in a network without hidden neurons, with 10 receptive fields
    for each variable and 10 neurons for each action. A constant current of 300 pA lets these neurons fire from the
    beginning. The reward of a window of 50 ms is the decrease of the value function of a linear-quadratic regulator,
    which is 0 for a centred cart with an upright pole.
    """

    observation_labels = (
        "cart position (m)",
        "cart velocity (m/s)",
        "pole angle (rad)",
        "pole angular velocity (rad/s)",
    )
    action_labels = ("push left", "push right")
    map_axes = (2, 3)
    solved_return: float | None = 475.0
    mirrored = (0, 1, 2, 3)
    rule_label = "push to the side of angle + angular velocity"

    defaults: ClassVar = {
        "task": "cart-pole",
        "generations": 30,
        "episodes": 4,
        "validation_episodes": 50,
        "environment": {
            "id": "CartPole-v1",
            "observation_low": [-2.4, -3.0, -0.21, -3.0],
            "observation_high": [2.4, 3.0, 0.21, 3.0],
        },
        "model": {
            "name": "feed-forward",
            "hidden": [5],
            "weight_unit_pa": 300.0,
            "weight_limit": 10.0,
            "initial_limit": 5.0,
        },
        "encoder": {"name": "current", "peak_pa": 1000.0, "tuning": {"name": "gaussian", "n_fields": 6, "width": 0.7}},
        "decoder": {"name": "winner", "tie": "first"},
        "fitness": {"name": "return"},
        "optimizer": {"name": "genetic"},
    }
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "r-stdp": {
            "generations": 10,
            "episodes": 1,
            "validation_episodes": 20,
            "window_ms": 50.0,
            "resolution_ms": 0.5,
            "model": {
                "name": "feed-forward",
                "hidden": [],
                "weight_unit_pa": 20.0,
                "weight_limit": 50.0,
                "initial_limit": 3.0,
                "neuron": "iaf_psc_exp",
                "neuron_parameters": {"t_ref": 2.0, "tau_m": 20.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0, "I_e": 300.0},
            },
            "encoder": {
                "name": "poisson",
                "peak_hz": 100.0,
                "tuning": {"name": "gaussian", "n_fields": 10, "width": 0.7},
            },
            "decoder": {"name": "winner", "tie": "random", "neurons_per_action": 10},
            "learning": {
                "name": "r-stdp",
                "episodes": 10,
                "w_max_pa": 1000.0,
                "learning_rate": 0.001,
                "keep_sign": False,
                "a_minus": 0.0,
                "tau_eligibility_ms": 50.0,
                "critic": REGULATOR,
            },
            "optimizer": {"name": "inherit", "population": 4},
        },
        "ppo": {"learning": {"learning_rate": 0.001, "mini_batches": 4, "reward_scale": 0.1}},
    }

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return a push to the side of the falling pole."""
        return np.where(observations[:, 2] + observations[:, 3] < 0, 0, 1)
