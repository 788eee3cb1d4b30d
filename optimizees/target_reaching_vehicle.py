"""Drive a two-wheeled robot to a target, past obstacles."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neurosim_rl.environments.vehicle import ARRIVAL_REWARD, ID, SENSOR_ANGLES_DEG
from neurosim_rl.environments.vehicle_rule import reach_target
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.records.episodes import Episodes


class TargetReachingVehicle(ClosedLoop):
    """Our ``neurosim_rl/TargetReachingVehicle-v0``, learned by reward-modulated STDP, after Bing et al. 2019.

    Two sub-controllers without hidden layers, obstacle avoidance and goal approaching, learn what the environment's
    hand-written rule would do, from windows in which they drive themselves: there is no evolution. A generation is
    eight trials of ten scenes, each of which learns on its own; the next begins with their mean weights.

    In Bing et al. 2019 (Front. Neurorobot. 13:18), too, two sub-controllers with inputs and motor neurons of their own
    make one controller, and all-to-all synapses change by ``dw = eta r STDP g`` after each window, r being what a
    motor neuron lacks of the wanted output. Other than there

    * there is no hidden layer; receptive fields of each variable take its place;
    * wanted actions come from a teacher who looks on while the network drives, and not from data sets made before;
    * both sub-controllers learn at once, from the same teacher;
    * a wheel has four motor neurons of each sub-controller to raise its speed, and four to lower it;
    * pairs of spikes count alike in either order, so that the rule is a delta rule: what a motor neuron lacks times
      the coincidences of its spikes with those of the input;
    * obstacle avoidance takes over by an inhibitory interneuron. It is never silenced itself: with nothing near, both
      sub-controllers speak, and their motor neurons are added up.

    Observation
    -----------
    Six ranges (0 to 2 m), sine and cosine of the target's bearing, its distance (m).

    Action
    ------
    Speeds of the left and the right wheel, in [-1, 1] of 0.5 m/s.

    Encoding
    --------
    8 Gaussian receptive fields a variable, each a source of regular spikes with up to 500 Hz.

    Decoding
    --------
    16 output neurons a wheel, 8 that raise and 8 that lower its speed; every second of them, from the first, belongs to
    obstacle avoidance. Speed is the difference of their mean rates over 20 ms, 150 Hz (24 spikes) being full speed.

    Genome
    ------
    Weights of a network of ``iaf_psc_alpha`` whose 72 inputs go to 32 outputs, 48 (ranges) to one half and 24 (target)
    to the other: 1152 genes of 100 pA. The two lowest fields of each range also drive an interneuron, which silences
    the neurons of goal approaching where something is nearer than some 0.5 m.

    Fitness
    -------
    Mean return over the 80 episodes of a generation, while learning. Validation and results: with learned weights.

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
