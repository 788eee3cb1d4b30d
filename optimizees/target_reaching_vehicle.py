"""Drive a two-wheeled robot to a target, past obstacles."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neurosim_rl.environments.vehicle import ARRIVAL_REWARD, ID, SENSOR_ANGLES_DEG
from neurosim_rl.environments.vehicle_rule import reach_target
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.records.episodes import Episodes


class TargetReachingVehicle(ClosedLoop):
    """``neurosim_rl/TargetReachingVehicle-v0``, learned by reward-modulated STDP, after Bing et al. 2019.

    Two sub-controllers without hidden layers, obstacle avoidance and goal approaching, learn the actions of a
    hand-written controller while they drive themselves. There is no evolution. A generation consists of eight
    independent trials of ten scenes each; the next generation begins with the mean of their weights.

    As in Bing et al. 2019 (Front. Neurorobot. 13:18), two sub-controllers with separate inputs and motor neurons form
    one controller, and all-to-all synapses change by ``dw = eta r STDP g`` after each window, where r is the difference
    between the wanted and the actual output of a motor neuron. The differences:

    * There is no hidden layer; receptive fields of each variable replace it.
    * Wanted actions come from a teacher while the network drives, instead of data sets made before.
    * Both sub-controllers learn at the same time, from the same teacher.
    * In each sub-controller, four motor neurons of a wheel raise its speed, and four lower it.
    * Pairs of spikes count the same in either order. So the rule is a delta rule: the difference of a motor neuron's
      output times the coincidences of its spikes with input spikes.
    * Obstacle avoidance takes over through an inhibitory interneuron. It is never inhibited itself: without a near
      obstacle, the motor neurons of both sub-controllers are summed.

    Observation
    -----------
    Six ranges (0 to 2 m), sine and cosine of the target's bearing, its distance (m).

    Action
    ------
    Speeds of the left and the right wheel, in [-1, 1] of 0.5 m/s.

    Encoding
    --------
    8 Gaussian receptive fields for each variable; each is a source of regular spikes with up to 500 Hz.

    Decoding
    --------
    16 output neurons for each wheel: 8 raise and 8 lower its speed. Every second neuron, beginning with the first,
    belongs to obstacle avoidance. Speed is the difference of their mean rates over 20 ms; 150 Hz (24 spikes) gives full
    speed.

    Genome
    ------
    Weights of a network of ``iaf_psc_alpha`` with 72 inputs and 32 outputs: 48 inputs (ranges) go to one half of the
    outputs and 24 (target) to the other, 1152 genes of 100 pA. The two lowest fields of each range also drive an
    interneuron, which silences goal approaching if an obstacle is closer than about 0.5 m.

    Fitness
    -------
    Mean return over the 80 episodes of a generation, during learning. Validation and reports use learned weights.

    Episode end
    -----------
    Target reached (success), collision, or 400 steps.
    """

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
        "environment": {"id": ID},
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
            "learning_rate": 0.0002,
            "a_plus": 1.0,
            "a_minus": -1.0,
            "tau_eligibility_ms": 0.0,
            "w_max_pa": 1000.0,
            "keep_sign": False,
            "critic": {"name": "teacher", "gain": 1.0},
        },
        "optimizer": {"name": "inherit"},
    }
    learners: ClassVar = {"r-stdp": {}}

    def successes(self, episodes: Episodes) -> np.ndarray:
        """Return whether the target was reached."""
        return episodes.terminated & (episodes.returns > 0.5 * ARRIVAL_REWARD)

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return the wheel speeds of `neurosim_rl.environments.vehicle_rule.reach_target`."""
        angles = self.config.environment.kwargs.get("sensor_angles_deg", SENSOR_ANGLES_DEG)
        return reach_target(observations, angles)
