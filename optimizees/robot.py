"""Base class of the tasks with Gymnasium's MuJoCo robots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop


class Robot(ClosedLoop):
    """One of Gymnasium's MuJoCo environments, version 5 (extra ``[mujoco]``).

    Encoding
    --------
    Observations are standardised by the mean and standard deviation of random play, and clipped at 5 standard
    deviations. Their weighted sum is the current of each neuron, constant for 10 ms.

    Decoding
    --------
    Weighted spikes of all neurons; a sum of 200 Hz gives the bound of an action.

    Genome
    ------
    The weights of observations (300 pA) and of spikes, in one layer of ``iaf_psc_exp`` (``single-layer``). There are no
    synapses, no biases and no noise.

    Fitness
    -------
    Return of one episode. The start is the same for all individuals of a generation, and new in each generation.

    Learning
    --------
    ``neurosim-rl train TASK --learner ppo``: observations are standardised by all observations so far, because in
    random play a robot falls before it walks. A generation is 2000 steps in each of 16 environments: two whole episodes
    if none ends early, so that training returns are returns of whole episodes. There are 3 840 000 steps in all, and
    the learning rate falls to 0.
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
        """Return zero actions: a robot with a reward for staying upright gets a high return without moving."""
        space = self.environment.action_space
        assert space.shape is not None
        return np.zeros((len(observations), *space.shape))


def robot_defaults(
    task: str, environment: dict[str, Any], *, neurons: int, population: int, generations: int
) -> dict[str, Any]:
    """Return the default configuration of a robot's task.

    Parameters
    ----------
    neurons : int
        Number of neurons in the only layer.
    population, generations : int
        Options of the optimizer ``cma-es``. Its covariance is full up to 200 genes.
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
