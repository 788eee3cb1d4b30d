"""Balance a pole on a cart with the sensorimotor network of Hasegan et al. 2022."""

from __future__ import annotations

from typing import Any, ClassVar

from neurosim_rl.optimizees.cart_pole import REGULATOR, CartPole

PUBLISHED_ENCODER: dict[str, Any] = {
    "name": "regular",
    "peak_hz": 50.0,
    "tuning": {
        "name": "quantile",
        "n_bins": 20,
        "means": [-0.00645789, -0.03634136, 0.00529333, 0.04752025],
        "deviations": [1.0, 0.53989509, 0.09129902, 0.82070579],
    },
}


class CartPoleHasegan(CartPole):
    """The published recipe EVOL: Hasegan et al. 2022, Front. Comput. Neurosci. 16:1017284 (``train_es.py``).

    Observation, action, episode end: as :class:`CartPole`.

    Encoding
    --------
    20 bins a variable, which normally distributed values of the published means and standard deviations fill alike. The
    input neuron whose bin holds the value spikes at 50 Hz, the others not at all.

    Decoding
    --------
    40 output neurons: the half with more spikes in 50 ms, left or right; a tie, or silence, gives either at random.

    Genome
    ------
    Weights between the 80 sensory, 40 association and 40 motor neurons of ``sensorimotor``: 1800 genes, multiples of
    the published weights, first within 50 % of them.

    Fitness
    -------
    Mean length of 5 episodes, from starts that are new each generation.

    Optimizer
    ---------
    ``multiplicative-es``: 10 perturbed individuals, relative perturbations of 0.1 and learning rate 1; 1600 generations
    make the published 80 000 episodes. The centre is evaluated besides (8 000 episodes more), and the best of each
    generation is validated: these choose the champion, and change nothing else.

    Learning
    --------
    ``neurosim-rl train cart-pole-hasegan2022``: STDP-RL (``config-seed6623146.json``, ``critic.py``). One network, 7500
    episodes in trials of 50, each of which goes on from the last one's weights. Synapses from EA to EM change by up to
    0.02 of their published gain for a reward of 1, pairs within some 3 ms mark them for 250 ms, the sums onto neurons
    are kept, and motor neurons that spoke against the action get the opposite. Left out: gain control and balancing
    of outputs.
    """

    defaults: ClassVar = {
        "task": "cart-pole-hasegan2022",
        "generations": 1600,
        "episodes": 5,
        "validation_episodes": 20,
        "window_ms": 50.0,
        "resolution_ms": 0.5,
        "environment": CartPole.defaults["environment"],
        "model": {"name": "sensorimotor"},
        "encoder": PUBLISHED_ENCODER,
        "decoder": {"name": "winner", "tie": "random", "neurons_per_action": 20},
        "fitness": {"name": "return"},
        "optimizer": {
            "name": "multiplicative-es",
            "population": 11,
            "centre": True,
            "sigma": 0.1,
            "learning_rate": 1.0,
            "smallest": -0.8,
        },
    }
    learners: ClassVar = {
        "r-stdp": {
            "generations": 150,
            "episodes": 1,
            "validation_episodes": 5,
            "learning": {
                "name": "r-stdp",
                "episodes": 50,
                "projections": ["EA->EM"],
                "learning_rate": 3.1e-4,
                "a_minus": 1.0,
                "tau_plus_ms": 3.0,
                "tau_minus_ms": 3.0,
                "tau_eligibility_ms": 250.0,
                "w_max_pa": 9906.0,
                "normalise_every": 25,
                "critic": {
                    "name": "loss",
                    "weights": [0.0, 0.0, 1.0, 0.4],
                    "gain": 3.0,
                    "positive_bias": 1.5,
                    "limit": 1.0,
                    "balanced": 0.01,
                },
            },
            "optimizer": {"name": "inherit", "population": 1},
        }
    }


class CartPoleSensorimotor(CartPoleHasegan):
    """The same network with settings of ours: symmetric, evolved by larger and fewer steps from more individuals.

    Observation, action, decoding, episode end: as :class:`CartPoleHasegan`.

    Encoding
    --------
    As there, but all means are 0, so that bins have mirror images.

    Genome
    ------
    As there, but the left half of each population is the mirror image of the right one (``model.mirror``): 900 genes.

    Fitness
    -------
    Length of one episode, whose start is new each generation.

    Optimizer
    ---------
    ``multiplicative-es``: the centre and 64 perturbed individuals, relative perturbations of 0.6, a learning rate that
    falls from 4 by 3 % a generation. With validation (30 episodes for the best of each generation, 300 for the
    finalists) 40 generations take 4 100 episodes.

    Learning
    --------
    ``neurosim-rl train cart-pole-sensorimotor``: reward-modulated STDP in the published network, without symmetry, from
    the sensory to the association neurons, too, which get what motor neurons get, through their weights onto them
    (``hidden_credit``): as they are drawn, they say too little about the state for any read-out. The critic is the
    value function of a linear-quadratic regulator. Four networks learn side by side, in 12 trials of 10 episodes, each
    of which goes on from the mean weights of the last one; the best is taken.
    """

    defaults: ClassVar = {
        **CartPoleHasegan.defaults,
        "task": "cart-pole-sensorimotor",
        "generations": 40,
        "episodes": 1,
        "resolution_ms": 1.0,
        "validation_episodes": 30,
        "model": {"name": "sensorimotor", "mirror": True},
        "encoder": {**PUBLISHED_ENCODER, "tuning": {**PUBLISHED_ENCODER["tuning"], "means": [0.0, 0.0, 0.0, 0.0]}},
        "optimizer": {
            "name": "multiplicative-es",
            "population": 65,
            "centre": True,
            "sigma": 0.6,
            "learning_rate": 4.0,
            "decay": 0.97,
        },
    }

    learners: ClassVar = {
        "r-stdp": {
            "model": {"mirror": False},  # learned weights are not tied
            "encoder": PUBLISHED_ENCODER,
            "generations": 12,
            "validation_episodes": 10,
            "finalists": 5,
            "learning": {
                "name": "r-stdp",
                "projections": ["ES->EA", "EA->EM"],
                "hidden_credit": "feedback",
                "episodes": 10,
                "w_max_pa": 4000.0,
                "learning_rate": 0.03,
                "a_minus": -0.5,
                "tau_eligibility_ms": 90.0,
                "normalise_every": 25,
                "average": True,
                "critic": REGULATOR,
            },
            "optimizer": {"name": "inherit", "population": 4},
        }
    }
