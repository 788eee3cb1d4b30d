"""Swing a two-link arm up by its elbow."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.records.episodes import Episodes


class Acrobot(ClosedLoop):
    """Gymnasium's ``Acrobot-v1``.

    Source: Sutton 1996, NIPS 8:1038; Gymnasium: Towers et al. 2024, arXiv:2407.17032.

    Observation
    -----------
    Cosine and sine of the angle of the upper link (0 = hanging down), cosine and sine of the angle of the lower link
    relative to the upper one, and both angular velocities (rad/s). The environment bounds the velocities by 4 pi and
    9 pi, but hardly any episode comes close; the encoder has the bounds [-6, 6] and [-9, 9] rad/s and saturates there.

    Action
    ------
    Torque on the joint between the links: 0 is -1 N m, 1 none, 2 is +1 N m.

    Encoding
    --------
    An ON and an OFF neuron for each variable: ON is active above 0, OFF below. They receive 350 pA, just too little to
    fire, and up to 3 000 pA more.

    Decoding
    --------
    The output neuron with most spikes in 20 ms; ties and silence mean no torque.

    Genome
    ------
    Weights of a 12-8-3 network of ``iaf_psc_alpha`` with mirror symmetry: 60 genes of 300 pA.

    Fitness
    -------
    Mean return (minus the number of steps of the swing-up) over 8 starts, new in each generation.

    Episode end
    -----------
    Free end more than 1 m above the fixed one (success), or 500 steps.
    """

    observation_labels = (
        "cos(upper angle)",
        "sin(upper angle)",
        "cos(lower angle)",
        "sin(lower angle)",
        "upper angular velocity (rad/s)",
        "lower angular velocity (rad/s)",
    )
    action_labels = ("torque -1 N m", "no torque", "torque +1 N m")
    map_axes = (4, 5)
    map_fixed = (1.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    solved_return = -100.0
    mirrored = (1, 3, 4, 5)
    rule_label = "torque along lower - half upper velocity"

    defaults: ClassVar = {
        "task": "acrobot",
        "generations": 50,
        "episodes": 8,
        "validation_episodes": 100,
        "environment": {
            "id": "Acrobot-v1",
            "observation_low": [-1.0, -1.0, -1.0, -1.0, -6.0, -9.0],
            "observation_high": [1.0, 1.0, 1.0, 1.0, 6.0, 9.0],
        },
        "model": {
            "name": "feed-forward",
            "hidden": [8],
            "mirror": True,
            "weight_unit_pa": 300.0,
            "weight_limit": 10.0,
            "initial_limit": 5.0,
        },
        "encoder": {"name": "current", "peak_pa": 3000.0, "offset_pa": 350.0, "tuning": {"name": "opponent"}},
        "decoder": {"name": "winner", "tie": "neutral"},
        "fitness": {"name": "return"},
        "optimizer": {"name": "genetic"},
    }

    def successes(self, episodes: Episodes) -> np.ndarray:
        """Return whether the free end was swung up."""
        return episodes.terminated

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return the torque that adds energy to the lower link and removes energy from the upper link."""
        return np.where(observations[:, 5] - 0.5 * observations[:, 4] < 0, 0, 2)
