"""Swing a pendulum up and hold it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.records.episodes import Episodes

SUCCESSFUL_RETURN = -400.0
"""Smallest return of a successful episode.

The hand-written controller loses at most 377 from 3 000 starts. A pendulum that turns slowly and is never held up loses
about 750.
"""


class Pendulum(ClosedLoop):
    """Gymnasium's ``Pendulum-v1``.

    Source: Gymnasium: Towers et al. 2024, arXiv:2407.17032.

    Observation
    -----------
    Cosine and sine of the angle (0 = upright), angular velocity in [-8, 8] rad/s.

    Action
    ------
    Torque in [-2, 2] N m, too little to lift the pendulum without swinging.

    Encoding
    --------
    7 Gaussian receptive fields for each variable; each drives an input neuron with up to 1 000 pA.

    Decoding
    --------
    Two output neurons: the difference of their rates over 20 ms; 250 Hz (5 spikes) gives full torque.

    Genome
    ------
    Weights of a 21-8-2 network of ``iaf_psc_alpha`` with mirror symmetry: 92 genes of 300 pA.

    Fitness
    -------
    Mean return over 8 starts, new in each generation. Each step costs angle^2 + 0.1 velocity^2 + 0.001 torque^2, in
    rad, rad/s and N m.

    Episode end
    -----------
    200 steps. Gymnasium calls no return solved; success here is a return of at least -400.
    """

    observation_labels = ("cos(angle)", "sin(angle)", "angular velocity (rad/s)")
    action_labels = ("torque (N m)",)
    map_axes = (1, 2)
    map_fixed = (1.0, 0.0, 0.0)
    mirrored = (1, 2)
    rule_label = "energy swing-up, then PD"

    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "ppo": {
            "generations": 15,
            "learning": {
                "discount": 0.9,
                "epochs": 10,
                "learning_rate": 1e-3,
                "mini_batches": 4,
                "reward_scale": 0.05,
                "value_loss_scale": 0.5,
            },
        }
    }
    """A discount of 0.9: episodes never end early, and rewards more than about ten steps later hardly matter."""
    defaults: ClassVar = {
        "task": "pendulum",
        "generations": 80,
        "episodes": 8,
        "validation_episodes": 50,
        "environment": {"id": "Pendulum-v1"},
        "model": {
            "name": "feed-forward",
            "hidden": [8],
            "mirror": True,
            "weight_unit_pa": 300.0,
            "weight_limit": 10.0,
            "initial_limit": 5.0,
        },
        "encoder": {"name": "current", "peak_pa": 1000.0, "tuning": {"name": "gaussian", "n_fields": 7, "width": 0.7}},
        "decoder": {"name": "rate-difference", "full_scale_hz": 250.0},
        "fitness": {"name": "return"},
        "optimizer": {"name": "genetic", "population": 64},
    }

    def successes(self, episodes: Episodes) -> np.ndarray:
        """Return whether the return is at least `SUCCESSFUL_RETURN`: the pendulum was soon up and stayed there."""
        return episodes.returns >= SUCCESSFUL_RETURN

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return the torque of energy control, or near the top that of a proportional-derivative controller.

        The energy, divided by the moment of inertia and 0 for an upright pendulum at rest, is ``velocity^2 / 2 +
        15 (cos(angle) - 1)``; 15 is 3 g / (2 l) of the environment. Source: Astrom & Furuta 2000, Automatica 36:287.
        """
        cosine, sine, velocity = observations[:, :3].T
        missing = 15.0 * (1.0 - cosine) - 0.5 * velocity**2
        swing = missing * np.where(velocity < 0, -1.0, 1.0)
        hold = -15.0 * np.arctan2(sine, cosine) - 4.0 * velocity
        return np.clip(np.where(cosine > 0.8, hold, swing), -2.0, 2.0)[:, None]
