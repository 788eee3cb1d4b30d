"""Drive an underpowered car out of a valley, with as little force as possible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.records.episodes import Episodes


class MountainCarContinuous(ClosedLoop):
    """Gymnasium's ``MountainCarContinuous-v0``.

    Source: Moore 1990, PhD thesis, University of Cambridge; Gymnasium: Towers et al. 2024, arXiv:2407.17032.

    Observation
    -----------
    Position in [-1.2, 0.6] m, velocity in [-0.07, 0.07] m per step.

    Action
    ------
    Force in [-1, 1], to the right if positive, in units of 0.0015 m per step squared; the slope pulls with up to
    0.0025. Each step costs 0.1 times the square of the force, and the goal gives 100, so small forces pay.

    Encoding
    --------
    8 Gaussian receptive fields for each variable; each drives an input neuron with up to 1 000 pA.

    Decoding
    --------
    Two output neurons: the difference of their rates over 20 ms; 500 Hz (10 spikes) gives full force.

    Genome
    ------
    Weights of a 16-5-2 network of ``iaf_psc_alpha``, 90 genes of 300 pA.

    Fitness
    -------
    Mean return over 4 starts, new in each generation. A failed episode loses 100 for each unit of position between its
    best position and the goal. Without this loss, a car that does nothing (return 0) beats every failed attempt.

    Episode end
    -----------
    Position 0.45 reached (success), or 999 steps.

    Training by gradients
    ---------------------
    ``neurosim-rl train mountain-car-continuous --learner ppo``: the initial standard deviation of actions is twice full
    force, so most actions are full force. With the default, a quarter of that, no episode reaches the goal, and the
    network learns to do nothing. A generation is 1024 steps in each of 64 environments; there are 1 966 080 steps in
    all.
    """

    observation_labels = ("position (m)", "velocity (m / step)")
    action_labels = ("force (share of full)",)
    solved_return = 90.0
    rule_label = "push 0.2 in the direction of velocity"
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "ppo": {
            "generations": 30,
            "normalisation": {"name": "running"},
            "learning": {
                "environments": 64,
                "rollouts": 128,
                "updates": 8,
                "epochs": 10,
                "mini_batches": 8,
                "learning_rate": 1e-3,
                "annealing": 1.0,
                "reward_scale": 0.05,
                "discount": 0.999,
                "gae_lambda": 0.98,
                "deviation": 2.0,
                "value_loss_scale": 0.5,
                "gradient_clip": 0.5,
            },
        }
    }

    defaults: ClassVar = {
        "task": "mountain-car-continuous",
        "generations": 40,
        "episodes": 4,
        "validation_episodes": 30,
        "environment": {"id": "MountainCarContinuous-v0"},
        "model": {
            "name": "feed-forward",
            "hidden": [5],
            "weight_unit_pa": 300.0,
            "weight_limit": 10.0,
            "initial_limit": 5.0,
        },
        "encoder": {"name": "current", "peak_pa": 1000.0, "tuning": {"name": "gaussian", "n_fields": 8, "width": 0.7}},
        "decoder": {"name": "rate-difference", "full_scale_hz": 500.0},
        "fitness": {"name": "return-with-progress", "index": 0, "goal": 0.45, "gain": 100.0},
        "optimizer": {"name": "genetic"},
    }

    def successes(self, episodes: Episodes) -> np.ndarray:
        """Return whether the goal was reached."""
        return episodes.terminated

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return a gentle push in the direction of velocity, shape (n_rows, 1)."""
        return np.where(observations[:, 1:2] < 0, -0.2, 0.2)
