"""Swing a pendulum up and hold it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.records.episodes import Episodes

SUCCESSFUL_RETURN = -400.0
"""The rule loses at most 377 from 3 000 starts; a pendulum that turns slowly and is never held up loses some 750."""


class Pendulum(ClosedLoop):
    """Gymnasium's ``Pendulum-v1``.

    Observation
    -----------
    Cosine and sine of the angle (0: upright), angular velocity in [-8, 8] rad/s.

    Action
    ------
    Torque in [-2, 2] N m, too little to lift the pendulum without swinging.

    Encoding
    --------
    7 Gaussian receptive fields a variable, each driving an input neuron with up to 1 000 pA.

    Decoding
    --------
    Two output neurons: the difference of their rates over 20 ms, 250 Hz (5 spikes) being full torque.

    Genome
    ------
    Weights of a 21-8-2 network of ``iaf_psc_alpha`` that does in the mirror what it does outside: 92 genes of 300 pA.

    Fitness
    -------
    Mean return over 8 starts, new each generation. Each step costs angle^2 + 0.1 velocity^2 + 0.001 torque^2, in rad,
    rad/s and N m.

    Episode end
    -----------
    200 steps. Gymnasium calls no return solved; success, for us, is a return of at least -400.
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
    """An episode never ends early: what comes later than some ten steps counts for little."""
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
        """Return whether the pendulum was soon up and stayed there: a return of at least `SUCCESSFUL_RETURN`."""
        return episodes.returns >= SUCCESSFUL_RETURN

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return the torque of energy control, and near the top that of a proportional-derivative controller.

        Energy (over the moment of inertia, 0 upright and at rest) is ``velocity^2 / 2 + 15 (cos(angle) - 1)``, where
        15 is 3 g / (2 l) of the environment. Source: Astrom & Furuta 2000, Automatica 36:287.
        """
        cosine, sine, velocity = observations[:, :3].T
        missing = 15.0 * (1.0 - cosine) - 0.5 * velocity**2
        swing = missing * np.where(velocity < 0, -1.0, 1.0)
        hold = -15.0 * np.arctan2(sine, cosine) - 4.0 * velocity
        return np.clip(np.where(cosine > 0.8, hold, swing), -2.0, 2.0)[:, None]
