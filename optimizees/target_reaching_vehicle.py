"""Drive a two-wheeled robot to a target, past obstacles."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neurosim_rl.environments.vehicle import ARRIVAL_REWARD, SENSOR_ANGLES_DEG
from neurosim_rl.environments.vehicle_rule import reach_target
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.rollout import Episodes


class TargetReachingVehicle(ClosedLoop):
    observation_labels = (
        *(f"range at {angle:g} deg (m)" for angle in SENSOR_ANGLES_DEG),
        "sin(bearing)",
        "cos(bearing)",
        "distance (m)",
    )
    action_labels = ("left wheel (share of full speed)", "right wheel (share of full speed)")
    map_axes = (2, 3)
    map_fixed = (2.0,) * 6 + (0.0, 1.0, 4.0)
    rule_label = "turn from near obstacles, else to the target"

    defaults: ClassVar = {
        "task": "target-reaching-vehicle",
        "generations": 20,
        "episodes": 8,
        "validation_episodes": 50,
        "environment": {"id": "neurosim_rl/TargetReachingVehicle-v0"},
        "model": {
            "name": "sub-controllers",
            "variables": [6, 3],
            "near_fields": 2,
            "output_current_pa": 500.0,
            "weight_unit_pa": 100.0,
            "weight_limit": 10.0,
            "initial_limit": 0.5,
        },
        "encoder": {"name": "regular", "peak_hz": 500.0, "tuning": {"name": "gaussian", "n_fields": 8, "width": 0.7}},
        "decoder": {"name": "rate-difference", "full_scale_hz": 150.0, "neurons_per_side": 8},
        "fitness": {"name": "return"},
        "learning": {
            "name": "r-stdp",
            "episodes": 10,
            "projections": ["input->output"],
            "learning_rate": 0.0001,
            "a_plus": 1.0,
            "a_minus": -1.0,
            "tau_eligibility_ms": 0.0,
            "w_max_pa": 1000.0,
            "keep_sign": False,
            "critic": {"name": "teacher", "gain": 1.0},
        },
        "optimizer": {"name": "inherit"},
    }

    def successes(self, episodes: Episodes) -> np.ndarray:
        """Return whether the target was reached."""
        return episodes.terminated & (episodes.returns > 0.5 * ARRIVAL_REWARD)

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return the wheel speeds of `neurosim_rl.environments.vehicle_rule.reach_target`."""
        angles = self.config.environment.get("kwargs", {}).get("sensor_angles_deg", SENSOR_ANGLES_DEG)
        return reach_target(observations, angles)
