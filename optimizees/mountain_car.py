"""Drive an underpowered car out of a valley."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.records.episodes import Episodes


class MountainCar(ClosedLoop):
    """Gymnasium's ``MountainCar-v0``, with settings chosen for high returns on unseen starts.

    Source: Moore 1990, PhD thesis, University of Cambridge; Gymnasium: Towers et al. 2024, arXiv:2407.17032.

    Observation
    -----------
    Position in [-1.2, 0.6] m, velocity in [-0.07, 0.07] m per step.

    Action
    ------
    0 push left, 1 no push, 2 push right.

    Encoding
    --------
    8 Gaussian receptive fields for each variable; each drives an input neuron with up to 1 000 pA.

    Decoding
    --------
    The output neuron with most spikes in 20 ms; ties and silence mean no push.

    Genome
    ------
    Weights of a 16-5-3 network of ``iaf_psc_alpha``, 95 genes of 300 pA.

    Fitness
    -------
    Mean return over 4 starts, new in each generation. A failed episode loses 50 for each unit of position between its
    best position and the goal.

    Episode end
    -----------
    Position 0.5 reached (success), or 200 steps.

    Training by gradients
    ---------------------
    ``neurosim-rl train mountain-car --learner ppo``: observations are standardised by all observations so far. A
    generation is 1024 steps in each of 16 environments; there are 983 040 steps in all.
    """

    observation_labels = ("position (m)", "velocity (m / step)")
    action_labels = ("push left", "no push", "push right")
    solved_return = -110.0
    rule_label = "push in the direction of velocity"
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "ppo": {
            "generations": 60,
            "normalisation": {"name": "running"},
            "learning": {
                "environments": 16,
                "rollouts": 16,
                "updates": 64,
                "epochs": 4,
                "mini_batches": 1,
                "learning_rate": 1e-3,
                "reward_scale": 0.1,
                "gae_lambda": 0.98,
                "value_loss_scale": 0.5,
                "gradient_clip": 0.5,
            },
        }
    }

    defaults: ClassVar = {
        "task": "mountain-car",
        "generations": 60,
        "episodes": 4,
        "validation_episodes": 30,
        "environment": {"id": "MountainCar-v0"},
        "model": {
            "name": "feed-forward",
            "hidden": [5],
            "weight_unit_pa": 300.0,
            "weight_limit": 10.0,
            "initial_limit": 5.0,
        },
        "encoder": {"name": "current", "peak_pa": 1000.0, "tuning": {"name": "gaussian", "n_fields": 8, "width": 0.7}},
        "decoder": {"name": "winner", "tie": "neutral"},
        "fitness": {"name": "return-with-progress", "index": 0, "goal": 0.5, "gain": 50.0},
        "optimizer": {"name": "genetic"},
    }

    def successes(self, episodes: Episodes) -> np.ndarray:
        """Return whether the goal was reached."""
        return episodes.terminated

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return a push in the direction of velocity."""
        return np.where(observations[:, 1] < 0, 0, 2)


class MountainCarYegenoglu(MountainCar):
    """The published method: Yegenoglu et al. 2022, Front. Comput. Neurosci. 16:885207.

    Observation, action, episode end: see :class:`MountainCar`, but training episodes have at most 109 steps
    (``range(1, 110)`` in the published code; the paper states 110).

    Encoding
    --------
    30 bins of equal width for each variable; the neuron of the value's bin receives 40 000 pA. Here the current is the
    neuron's ``I_e``; the current of the published ``dc_generator`` arrives 1 ms later (16 spikes in the first window
    instead of 17).

    Decoding
    --------
    Left if the first output neuron spikes more than both others, right if the third does, else no push.

    Genome
    ------
    Weights of a 60-5-3 network of ``iaf_psc_alpha`` (refractory time 1 ms), 315 genes in [-20, 20] times 100 pA.

    Fitness
    -------
    Largest position in one episode; the start seed is the number of the generation.

    Optimizer
    ---------
    L2L's ``GeneticAlgorithmOptimizer``: population 32, crossover 0.7 (blend 0.5), mutation 0.7 (sigma 1, each gene
    with 0.45), tournament 4. The champion is the individual with the best training fitness.
    """

    defaults: ClassVar = {
        "task": "mountain-car-yegenoglu2022",
        "generations": 400,
        "episodes": 1,
        "starts": "generation",
        "champion": "fitness",
        "validation_episodes": 0,
        "environment": {"id": "MountainCar-v0", "max_steps": 109},
        "model": {"name": "feed-forward", "hidden": [5]},
        "encoder": {"name": "current", "peak_pa": 40000.0, "tuning": {"name": "one-hot", "n_bins": 30}},
        "decoder": {"name": "winner", "tie": "neutral"},
        "fitness": {"name": "max-observation", "index": 0},
        "optimizer": {
            "name": "l2l-genetic",
            "population": 32,
            "cx_prob": 0.7,
            "mut_prob": 0.7,
            "ind_prob": 0.45,
            "tourn_size": 4,
            "mate_par": 0.5,
            "mut_par": 1.0,
        },
    }
