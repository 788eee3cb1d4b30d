"""Balance a pole on a cart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop


class CartPole(ClosedLoop):
    """Gymnasium's ``CartPole-v1``.

    Observation
    -----------
    Cart position (m), cart velocity (m/s), pole angle (rad), pole angular velocity (rad/s). The environment's
    velocities are unbounded; the encoder takes [-2.4, 2.4], [-3, 3], [-0.21, 0.21] and [-3, 3] and saturates there.

    Action
    ------
    0 push left, 1 push right.

    Encoding
    --------
    6 Gaussian receptive fields a variable, each driving an input neuron with up to 1 000 pA.

    Decoding
    --------
    The output neuron with most spikes in 20 ms; a tie means left.

    Genome
    ------
    Weights of a 24-5-2 network of ``iaf_psc_alpha``, 130 genes of 300 pA.

    Fitness
    -------
    Mean return (steps survived) over 4 starts, new each generation.

    Episode end
    -----------
    Pole beyond 12 degrees or cart beyond 2.4 m (failure), or 500 steps. Success: at least 475 steps.
    """

    observation_labels = (
        "cart position (m)",
        "cart velocity (m/s)",
        "pole angle (rad)",
        "pole angular velocity (rad/s)",
    )
    action_labels = ("push left", "push right")
    map_axes = (2, 3)
    solved_return: ClassVar[float | None] = 475.0
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

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return a push to the side to which the pole falls."""
        return np.where(observations[:, 2] + observations[:, 3] < 0, 0, 1)
