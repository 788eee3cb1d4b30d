"""What the tasks share whose environments are Gymnasium's robots in MuJoCo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop


class Robot(ClosedLoop):
    """One of Gymnasium's MuJoCo environments, version 5 (extra ``[mujoco]``).

    Encoding
    --------
    Observations are standardised by the mean and deviation of random play, cut at 5 deviations, and weighted into the
    current of each neuron, which is constant for 10 ms.

    Decoding
    --------
    Weighted spikes of all neurons: an action is at its bound where they sum up to 200 Hz.

    Genome
    ------
    The weights of observations (300 pA) and of spikes, in one layer of ``iaf_psc_exp`` (``single-layer``): there are no
    synapses, no biases, and no noise.

    Fitness
    -------
    Return of one episode, from a start that all individuals of a generation share, and that is new each generation.

    Learning
    --------
    ``neurosim-rl train TASK --learner ppo``: observations are standardised by what was observed so far, since random
    play falls before it has seen what walking looks like. A generation is 2000 steps in each of 16 environments, two
    whole episodes where none ends early, so that the returns of training are those of whole episodes; 3 840 000 steps
    in all, with a learning rate that falls to nothing.
    """

    rule_label = "do nothing"
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "ppo": {
            "generations": 120,
            "normalisation": {"name": "running"},
            "learning": {
                "environments": 16,
                "rollouts": 125,
                "updates": 16,
                "epochs": 10,
                "mini_batches": 4,
                "learning_rate": 5e-4,
                "annealing": 1.0,
                "reward_scale": 0.02,
                "value_loss_scale": 0.5,
                "gradient_clip": 0.5,
            },
        }
    }

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return no action at all: a robot that is paid for standing earns much without moving."""
        space = self.environment.action_space
        assert space.shape is not None
        return np.zeros((len(observations), *space.shape))


def robot_defaults(
    task: str, environment: dict[str, Any], *, neurons: int, population: int, generations: int
) -> dict[str, Any]:
    """Return the layer of a robot's task.

    Parameters
    ----------
    neurons : int
        In the one layer.
    population, generations : int
        Of the optimizer, ``cma-es``, whose covariance is full up to 200 genes.
    """
    return {
        "task": task,
        "generations": generations,
        "episodes": 1,
        "validation_episodes": 5,
        "window_ms": 10.0,
        "resolution_ms": 1.0,
        "environment": environment,
        "normalisation": {"name": "statistics"},
        "model": {"name": "single-layer", "neurons": neurons},
        "encoder": {"name": "weighted", "n_neurons": 0},
        "decoder": {"name": "linear", "n_neurons": 0, "full_scale_hz": 200.0},
        "fitness": {"name": "return"},
        "optimizer": {"name": "cma-es", "population": population},
    }
